//! The mutants, as cargo-mutants lists them.

use crate::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path;
use std::process::Command;

/// A source file, with byte offsets of its lines.
pub struct Source {
    pub text: String,
    lines: Vec<usize>,
}

impl Source {
    pub fn new(text: String) -> Source {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Source { text, lines }
    }

    /// The byte offset of a line (from 1) and a column (in characters, from 0).
    pub fn byte(&self, line: usize, column: usize) -> usize {
        let start = self.lines[line - 1];
        let rest = &self.text[start..];
        let inside = rest.char_indices().nth(column);
        start + inside.map_or(rest.len(), |(at, _)| at)
    }

    /// The line (from 1) of a byte offset.
    pub fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let at = |p: Point| self.byte(p.line, p.column - 1);
        at(span.start)..at(span.end)
    }
}

/// What is changed, where.
#[derive(Clone, Debug)]
pub struct Mutant {
    pub file: String,
    /// Empty outside functions.
    pub function: String,
    pub genre: String,
    /// cargo-mutants' line for it.
    pub name: String,
    pub replacement: String,
    /// What the replacement takes the place of, in bytes.
    pub at: Range<usize>,
    /// The same as long as its function's text is the same.
    pub key: String,
}

impl Mutant {
    pub fn room(&self) -> &str {
        room(&self.file)
    }
}

/// The room that a source file belongs to.
pub fn room(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    let first = inside.split('/').next().unwrap_or(inside);
    first.strip_suffix(".rs").unwrap_or(first)
}

#[derive(Deserialize)]
struct Listed {
    file: String,
    function: Option<Function>,
    genre: String,
    name: String,
    replacement: String,
    span: Span,
}

#[derive(Deserialize)]
struct Function {
    function_name: String,
    span: Span,
}

#[derive(Clone, Copy, Deserialize)]
struct Span {
    start: Point,
    end: Point,
}

#[derive(Clone, Copy, Deserialize)]
struct Point {
    line: usize,
    column: usize,
}

/// Sources by their path from the project.
pub type Sources = BTreeMap<String, Source>;

/// All mutants of these rooms, in the order of files and places, and all files of the library.
pub fn list(project: &Path, rooms: &[&str]) -> Result<(Vec<Mutant>, Sources)> {
    let mut command = Command::new("cargo");
    command.current_dir(project);
    command.args(["mutants", "--list", "--json"]);
    for room in rooms {
        command.args(["-f", &format!("src/{room}.rs")]);
        command.args(["-f", &format!("src/{room}/**/*.rs")]);
    }
    let out = command.output()?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        return Err(
            format!("cargo mutants --list failed (cargo install cargo-mutants): {said}").into(),
        );
    }
    let listed: Vec<Listed> = serde_json::from_slice(&out.stdout)?;
    let mut sources = Sources::new();
    let mut open = vec!["src".to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(project.join(&folder))? {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if path.ends_with(".rs") {
                let text = std::fs::read_to_string(project.join(&path))?;
                sources.insert(path, Source::new(text));
            }
        }
    }
    let mut mutants: Vec<Mutant> = listed.into_iter().map(|m| read(m, &sources)).collect();
    mutants.sort_by(|a, b| (&a.file, a.at.start, &a.key).cmp(&(&b.file, b.at.start, &b.key)));
    mutants.dedup_by(|a, b| a.key == b.key);
    Ok((mutants, sources))
}

fn read(m: Listed, sources: &Sources) -> Mutant {
    let source = &sources[&m.file];
    let at = source.range(m.span);
    let (function, around) = match m.function {
        Some(f) => (f.function_name, source.range(f.span)),
        // Outside a function: its line.
        None => {
            let line = source.line(at.start);
            let end = source.lines.get(line).copied();
            let whole = source.lines[line - 1]..end.unwrap_or(source.text.len());
            (String::new(), whole)
        }
    };
    let mut hash = DefaultHasher::new();
    source.text[around.clone()].hash(&mut hash);
    let inside = at.start - around.start.min(at.start);
    let key = format!(
        "{} {function} {} `{}` at {inside} of {:016x}",
        m.file,
        m.genre,
        m.replacement,
        hash.finish()
    );
    Mutant {
        file: m.file,
        function,
        genre: m.genre,
        name: m.name,
        replacement: m.replacement,
        at,
        key,
    }
}
