//! A whole history in plain words: what it comes to, and how far it can be relied on.

use super::words::{people, times};
use super::{History, Released, What, time_words};
use crate::envelope::Assurance;
use crate::gate::Completeness;
use std::fmt::Write;

/// Widest line.
const WIDTH: usize = 100;
/// Where an entry's words begin.
const INDENT: usize = 30;

impl History {
    /// What it comes to, in a sentence or two.
    pub fn summary(&self) -> Vec<String> {
        let opened = self.items.iter().filter_map(|i| i.what.may_be_open());
        let (mut sure, mut perhaps) = (0, 0);
        for released in opened {
            match released {
                Released::Yes => sure += 1,
                _ => perhaps += 1,
            }
        }
        let refused = self.items.iter();
        let refused = refused
            .filter(|i| matches!(i.what, What::Refused { .. }))
            .count();
        // What may not be told yet is not denied either.
        let mut out = vec![match (sure, self.with_held) {
            (0, true) => "Nobody is known to have opened your record.".to_owned(),
            (0, false) => "No opening of your record stands in this list.".to_owned(),
            (n, true) => format!("Your record was opened {}.", times(n)),
            (n, false) => format!("This list tells that your record was opened {}.", times(n)),
        }];
        if perhaps > 0 {
            out.push(format!("It may have been opened {} more.", times(perhaps)));
        }
        if refused > 0 {
            out.push(format!("Others asked and were refused {}.", times(refused)));
        }
        out
    }

    /// The sentences after the list: whether it misses anything, what gates and witnesses are worth, what may not be told
    /// yet.
    pub fn closing(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for alarm in &self.alarms {
            out.push(format!("WARNING: {alarm}"));
        }
        if self.envelopes.is_empty() {
            out.push("There is no record of yours in this book.".to_owned());
            return out;
        }
        out.push(match self.is_complete() {
            true if self.with_held => {
                "This list is complete: no opening of your record is missing from it.".to_owned()
            }
            // The same whether something is held back or not.
            true => "This list is complete, but for what the law may not let you be told yet (see below): no other opening \
                     of your record is missing from it."
                .to_owned(),
            false => {
                "This list is not proven complete: openings may be missing from it.".to_owned()
            }
        });
        for e in &self.envelopes {
            match e.gates.as_slice() {
                [] => {
                    if let Completeness::NotProven { .. } = e.completeness {
                        out.push(format!("Part {}: {}.", e.envelope, e.completeness));
                    }
                }
                all => {
                    for set in all {
                        out.push(format!(
                            "Part {}, while its keys were with {}: {}.",
                            e.envelope,
                            people(&set.gates),
                            set.completeness
                        ));
                    }
                }
            }
            for why in &e.unreached {
                out.push(format!("Part {}: {why}.", e.envelope));
            }
        }
        let mut worth: Vec<String> = Vec::new();
        for e in &self.envelopes {
            let words = match e.assurance {
                Assurance::Enforced { threshold, gates } => format!(
                    "How far you can rely on this: {gates} keepers of keys stand apart from each other, and nothing opens \
                     without {threshold} of them, who look at this list first (enforced)."
                ),
                _ => format!(
                    "How far you can rely on this: the agency itself keeps the keys and the list. What its programs \
                     open stands here; the agency itself could open your record without this list ({}).",
                    e.assurance
                ),
            };
            if !worth.contains(&words) {
                worth.push(words);
            }
        }
        out.append(&mut worth);
        out.push(match self.witnesses {
            (0, 0) => "Nobody keeps watch over the list, so that an older copy of it would not be noticed.".to_owned(),
            (0, _) => "Nobody outside the agency keeps watch over the list: if the agency put back an older copy of all it \
                       has, that would not be noticed."
                .to_owned(),
            (outside, all) => format!(
                "Of {all} who keep watch over the list, so that nothing is taken from it, {outside} stand outside the \
                 agency."
            ),
        });
        out.push(match self.with_held {
            true => "With what may not be told yet: do not hand this on.".to_owned(),
            // The same whether there is something or not.
            false => "The law lets an agency wait before it tells of sharing, where telling could put someone in danger: up \
                      to 90 days at a time, each time decided by a second person and written down. Such sharing, if there \
                      was any, is told here after that time, with who decided it and why: ask again."
                .to_owned(),
        });
        if !self.with_held {
            out.push(format!(
                "If something here looks wrong or is hard to understand, ask {}. You may ask for a copy of your record \
                 and for mistakes to be put right; in the UK you may also complain to the Information Commissioner.",
                self.agency
            ));
        }
        out
    }

    /// The whole history as text, to read or to print.
    pub fn text(&self) -> String {
        let mut out = format!(
            "Who was allowed to see your record, and who did\n\nHeld by {}. As of {}.\n",
            self.agency,
            time_words(self.until)
        );
        out += &self.summary().join(" ");
        out.push('\n');
        if self.items.is_empty() {
            out += "\nNothing has happened to it yet.\n";
        }
        for item in &self.items {
            out.push('\n');
            let mut margin = item.when();
            for sentence in item.sentences() {
                for line in wrapped(&sentence, WIDTH - INDENT) {
                    let _ = writeln!(out, "{margin:<INDENT$}{line}");
                    margin.clear();
                }
            }
            let _ = writeln!(out, "{:INDENT$}[entry {}]", "", item.entry);
        }
        out.push('\n');
        for sentence in self.closing() {
            for line in wrapped(&sentence, WIDTH) {
                out += &line;
                out.push('\n');
            }
        }
        out
    }
}

/// Lines of at most `width` characters, broken at blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_and_lose_no_word() {
        let text = "one two three four five six";
        let lines = wrapped(text, 9);
        assert!(lines.iter().all(|l| l.len() <= 9), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(
            wrapped("incomprehensibilities", 5),
            ["incomprehensibilities"]
        );
    }
}
