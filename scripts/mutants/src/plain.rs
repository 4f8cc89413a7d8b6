//! Mutants the plain way: the source changed as cargo-mutants would, built and tested one at a time.

use crate::Result;
use crate::cargo::{Binary, binaries, cargo, messages};
use crate::copy::{copy, files, seed, write};
use crate::mutant::{Mutant, Sources, room};
use crate::run::is_of;
use crate::store::Became;
use crate::tests::{Cover, Ended, Place};
use crate::tree::ALLOW;
use std::path::{Path, PathBuf};

/// A copy of the project without switches.
pub struct Plain<'a> {
    target: &'a Path,
    tree: PathBuf,
    build: PathBuf,
    sources: &'a Sources,
    cover: &'a Cover,
}

impl<'a> Plain<'a> {
    pub fn new(
        project: &Path,
        target: &'a Path,
        sources: &'a Sources,
        cover: &'a Cover,
    ) -> Result<Plain<'a>> {
        let tree = target.join("plain");
        let build = target.join("plain.build");
        copy(project, &tree)?;
        seed(project, &build)?;
        for path in files(project, "src")? {
            let mut text = std::fs::read(project.join(&path))?;
            if path == Path::new("src/lib.rs") {
                text = [ALLOW.as_bytes(), &text].concat();
            }
            write(&tree.join(&path), &text)?;
        }
        Ok(Plain {
            target,
            tree,
            build,
            sources,
            cover,
        })
    }

    /// What becomes of a mutant by the unit tests and claims of its room, quickest first.
    pub fn try_one(&self, m: &Mutant, most_seconds: f64) -> Result<Became> {
        let text = &self.sources[&m.file].text;
        let mut changed = text.clone();
        changed.replace_range(m.at.clone(), &m.replacement);
        let file = self.tree.join(&m.file);
        write(&file, changed.as_bytes())?;
        let became = self.test(m, most_seconds);
        write(&file, text.as_bytes())?;
        became
    }

    fn test(&self, m: &Mutant, most_seconds: f64) -> Result<Became> {
        let cargo = |args: &[&str]| cargo(&self.build, &self.tree, args);
        let unit = messages(&mut cargo(&["test", "--no-run", "--workspace", "--lib"]))?;
        if unit.iter().any(|m| m["message"]["level"] == "error") {
            return Ok(Became::Unviable);
        }
        let place = Place::new(self.target, 0, crate::NICE)?;
        let (mut tests, mut left_out) = (0, 0);
        for step in [&["--lib"][..], &["--test", "claims"]] {
            let mut args = vec!["test", "--no-run", "--workspace"];
            args.extend(step);
            for binary in binaries(&mut cargo(&args))?
                .iter()
                .filter(|b| b.name == "lib" || b.name == "claims")
            {
                match self.of_room(
                    &place,
                    binary,
                    room(&m.file),
                    most_seconds,
                    (&mut tests, &mut left_out),
                )? {
                    Ended::Passed => {}
                    Ended::Failed(by) => {
                        return Ok(Became::Caught(format!("{} {by}", binary.name)));
                    }
                    Ended::TimedOut => return Ok(Became::TimedOut(binary.name.clone())),
                }
            }
        }
        Ok(Became::Missed { tests, left_out })
    }

    fn of_room(
        &self,
        place: &Place,
        binary: &Binary,
        room: &str,
        most_seconds: f64,
        (tests, left_out): (&mut usize, &mut usize),
    ) -> Result<Ended> {
        let mut own: Vec<(f64, &str)> = (self.cover.tests.iter())
            .filter_map(|(t, alone)| Some((t.split_once(' ')?, alone)))
            .filter(|((b, t), alone)| *b == binary.name && alone.passed && is_of(room, b, t))
            .map(|((_, t), alone)| (alone.seconds, t))
            .collect();
        own.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut spent = 0.0;
        let within = own.iter().take_while(|(seconds, _)| {
            spent += seconds;
            spent <= most_seconds
        });
        let names: Vec<&str> = within.map(|(_, t)| *t).collect();
        *tests += names.len();
        *left_out += own.len() - names.len();
        if names.is_empty() {
            return Ok(Ended::Passed);
        }
        place.run(
            binary,
            &names,
            ("BILLETBOOK_PLAIN", "1"),
            spent.min(most_seconds),
        )
    }
}
