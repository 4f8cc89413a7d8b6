//! A copy of the project in which every mutant has its switch, built until all of it compiles.

use crate::Result;
use crate::cargo::{Binary, binaries, cargo, messages};
use crate::constants::constants;
use crate::copy::{copy, seed, write};
use crate::mutant::{Mutant, Sources};
use crate::render::{Mark, Rendered, Renderer};
use crate::splice::{Kind, Places, places};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is known of a mutant from building, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Build {
    /// It does not compile.
    Unviable,
    /// It cannot stand behind a switch; it is built by itself (`plain`).
    Plain,
    /// It compiles in this form.
    Form(u8),
}

pub type Builds = BTreeMap<String, Build>;

/// Test targets beside the unit tests of the library and the command.
const TESTS: [&str; 14] = [
    "claims",
    "checks",
    "compat",
    "format",
    "peers",
    "peer_sharing",
    "peer_envelope",
    "audit_vectors",
    "fuzz_corpus",
    "book",
    "envelope",
    "keys",
    "policy_record",
    "bad_input",
];

/// What lints forbid is no reason for a mutant not to build.
pub const ALLOW: &str = "#![allow(warnings, arithmetic_overflow, unconditional_panic)]";

/// Everything about the sources with switches.
pub struct Tree<'a> {
    pub folder: PathBuf,
    build: PathBuf,
    sources: &'a Sources,
    mutants: &'a [Mutant],
    places: BTreeMap<String, Places>,
    constant: BTreeSet<(String, usize)>,
    pub builds: Vec<Build>,
    rendered: BTreeMap<String, Rendered>,
    /// Splices that are written otherwise from the next round on: their other errors of this round say nothing.
    moved: BTreeSet<(String, usize)>,
}

impl<'a> Tree<'a> {
    /// Finds the places of all mutants; what was known of them before is not tried again.
    pub fn new(
        target: &Path,
        sources: &'a Sources,
        mutants: &'a [Mutant],
        known: &Builds,
    ) -> Result<Tree<'a>> {
        let mut builds = vec![Build::Form(0); mutants.len()];
        let values = constants(sources, mutants)?;
        let mut all = BTreeMap::new();
        for (file, source) in sources {
            let here = mutants.iter().enumerate().filter(|(_, m)| m.file == *file);
            let here: Vec<_> = here.collect();
            let found = places(source, &here, &values).map_err(|e| format!("{file}: {e}"))?;
            for n in &found.unviable {
                builds[*n] = Build::Unviable;
            }
            for n in &found.plain {
                builds[*n] = Build::Plain;
            }
            all.insert(file.clone(), found);
        }
        for (n, _) in values.values().flatten() {
            builds[*n] = Build::Form(0);
        }
        for (n, m) in mutants.iter().enumerate() {
            if let Some(before) = known.get(&m.key) {
                builds[n] = *before;
            }
        }
        for places in all.values_mut() {
            for s in &mut places.splices {
                let forms = s.mutants.iter().filter_map(|n| match builds[*n] {
                    Build::Form(form) => Some(form),
                    _ => None,
                });
                s.form = forms.max().unwrap_or(0);
            }
        }
        Ok(Tree {
            folder: target.join("tree"),
            build: target.join("build"),
            sources,
            mutants,
            places: all,
            constant: BTreeSet::new(),
            builds,
            rendered: BTreeMap::new(),
            moved: BTreeSet::new(),
        })
    }

    /// What is known of every mutant now.
    pub fn known(&mut self) -> Builds {
        for s in self.places.values().flat_map(|p| &p.splices) {
            for n in &s.mutants {
                if let Build::Form(form) = &mut self.builds[*n] {
                    *form = s.form;
                }
            }
        }
        let keys = self.mutants.iter().map(|m| m.key.clone());
        keys.zip(self.builds.iter().copied()).collect()
    }

    /// Writes every source, with switches where mutants are.
    fn write_sources(&mut self, project: &Path) -> Result<()> {
        let mut open = vec![PathBuf::from("src")];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(project.join(&folder))? {
                let path = folder.join(entry?.file_name());
                if project.join(&path).is_dir() {
                    open.push(path);
                    continue;
                }
                let name = path.to_string_lossy().into_owned();
                let to = self.folder.join(&path);
                match self.places.get(&name) {
                    _ if name == "src/lib.rs" => {
                        let text = std::fs::read_to_string(project.join(&path))?;
                        let text = format!("{ALLOW}\n{text}\n#[doc(hidden)]\npub mod mutant;\n");
                        write(&to, text.as_bytes())?;
                    }
                    None => write(&to, &std::fs::read(project.join(&path))?)?,
                    Some(places) => {
                        let renderer = Renderer {
                            text: &self.sources[&name].text,
                            splices: &places.splices,
                            mutants: self.mutants,
                            live: &|n| matches!(self.builds[n], Build::Form(_)),
                            constant: &|f| self.constant.contains(&(name.clone(), f)),
                        };
                        let rendered = renderer.render();
                        write(&to, rendered.text.as_bytes())?;
                        self.rendered.insert(name, rendered);
                    }
                }
            }
        }
        let switch = include_str!("switch.rs.txt")
            .replace("MUTANTS]", &format!("{}]", self.mutants.len() + 1));
        write(&self.folder.join("src/mutant.rs"), switch.as_bytes())
    }

    /// Builds the library and its unit tests until they compile, then all tests.
    pub fn build(&mut self, project: &Path) -> Result<Vec<Binary>> {
        copy(project, &self.folder)?;
        seed(project, &self.build)?;
        for round in 1.. {
            self.write_sources(project)?;
            let args = ["test", "--no-run", "--workspace", "--lib"];
            let messages = messages(&mut cargo(&self.build, &self.folder, &args))?;
            let errors: Vec<&Value> = messages
                .iter()
                .filter(|m| m["message"]["level"] == "error")
                .collect();
            eprintln!("building, round {round}: {} errors", errors.len());
            if errors.is_empty() {
                break;
            }
            self.moved.clear();
            let changed: usize = errors
                .iter()
                .map(|e| usize::from(self.learn(&e["message"])))
                .sum();
            if changed == 0 {
                let said = errors
                    .iter()
                    .filter_map(|e| e["message"]["rendered"].as_str());
                let said: Vec<_> = said.take(20).collect();
                return Err(format!(
                    "the copy does not build, and no mutant is to blame:\n{}",
                    said.join("\n")
                )
                .into());
            }
        }
        let mut args = vec!["test", "--no-run", "--workspace", "--lib", "--bins"];
        args.extend(TESTS.iter().flat_map(|t| ["--test", t]));
        let binaries = binaries(&mut cargo(&self.build, &self.folder, &args))?;
        for binary in binaries
            .iter()
            .filter(|b| ["lib", "claims", "checks"].contains(&b.name.as_str()))
        {
            let bytes = std::fs::read(&binary.path)?;
            let switch = b"BILLETBOOK_MUTANT";
            if !bytes.windows(switch.len()).any(|w| w == switch) {
                return Err(format!("{} was built without switches", binary.path.display()).into());
            }
        }
        Ok(binaries)
    }

    /// Takes back what an error comes from. False where that is not known.
    fn learn(&mut self, error: &Value) -> bool {
        let code = error["code"]["code"].as_str().unwrap_or_default();
        let text = error["message"].as_str().unwrap_or_default();
        let spans = error["spans"].as_array().into_iter().flatten();
        let (first, other): (Vec<&Value>, Vec<&Value>) =
            spans.partition(|s| s["is_primary"] == true);
        for span in first.into_iter().chain(other) {
            let file = span["file_name"].as_str().unwrap_or_default().to_owned();
            let at = |name: &str| span[name].as_u64().unwrap_or_default() as usize;
            let bytes = at("byte_start")..at("byte_end");
            let marks = self.rendered.get(&file).map(|r| r.around(bytes));
            let marks = marks.unwrap_or_default();
            // Arms with guards do not cover their cases.
            let is_match = |m: &&Mark| matches!(m, Mark::Splice(s) if matches!(self.places[&file].splices[*s].kind, Kind::Match));
            let mark = match code {
                "E0004" => marks.iter().find(is_match),
                _ => marks.first(),
            };
            match mark {
                Some(Mark::Mutant(n)) => return self.blame(&file, *n, code),
                Some(Mark::Splice(s)) => return self.next_form(&file, *s),
                None => {}
            }
        }
        // A function that is called in a constant has to stay constant.
        if code == "E0015" {
            let called = text.split('`').nth(1).and_then(|c| c.rsplit("::").next());
            let mut changed = false;
            for (file, places) in &self.places {
                for (n, name) in places.const_fns.iter().enumerate() {
                    if Some(name.as_str()) == called && self.constant.insert((file.clone(), n)) {
                        for s in places.splices.iter().filter(|s| s.const_fn == Some(n)) {
                            s.mutants
                                .iter()
                                .for_each(|m| self.builds[*m] = Build::Plain);
                        }
                        changed = true;
                    }
                }
            }
            return changed;
        }
        eprintln!(
            "not understood: {}",
            error["rendered"].as_str().unwrap_or(text)
        );
        false
    }

    /// An error in the text of one mutant: it does not compile, unless our way of writing it is to blame.
    fn blame(&mut self, file: &str, n: usize, code: &str) -> bool {
        let splices = &self.places[file].splices;
        let number = splices.iter().position(|s| s.mutants.contains(&n));
        let number = number.expect("its mark has been written");
        if self.moved.contains(&(file.to_owned(), number)) {
            return true;
        }
        let s = &splices[number];
        let unviable = match s.kind {
            // No `-` for text, no `<` for what has no order.
            Kind::Binary { .. } if s.form == 0 && code != "E0369" => {
                return self.next_form(file, number);
            }
            Kind::Binary { .. } | Kind::Unary { .. } => true,
            Kind::Return => true,
            Kind::Arm { .. } | Kind::Field { .. } | Kind::Const | Kind::Match | Kind::Use(_) => {
                false
            }
        };
        self.builds[n] = match unviable {
            true => Build::Unviable,
            false => Build::Plain,
        };
        true
    }

    fn next_form(&mut self, file: &str, number: usize) -> bool {
        let places = self.places.get_mut(file).expect("it has been rendered");
        let s = &mut places.splices[number];
        if self.moved.insert((file.to_owned(), number)) {
            match s.kind {
                Kind::Binary { .. } if s.form == 0 => s.form = 1,
                _ => s
                    .mutants
                    .iter()
                    .for_each(|n| self.builds[*n] = Build::Plain),
            }
        }
        true
    }
}
