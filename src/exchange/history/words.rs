//! The history in plain words.

use super::{GroundShown, History, HistoryItem, Released, What, Who};
use crate::clock::UnixTime;
use crate::consent::Mode;
use crate::gate::Completeness;
use std::fmt::Write;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Widest line.
const WIDTH: usize = 100;
/// Where an entry's words begin.
const INDENT: usize = 30;

/// A day in words: `4 May 2026`.
pub fn date_words(at: UnixTime) -> String {
    let text = at.to_string();
    let mut parts = text.split(['-', 'T']);
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let number = |p: Option<&str>| p.and_then(|p| p.parse::<usize>().ok()).unwrap_or(0);
    let month = MONTHS.get(number(month).wrapping_sub(1)).unwrap_or(&"");
    format!("{} {month} {}", number(day), year.unwrap_or_default())
}

/// A time in words: `4 May 2026, 09:30 UTC`.
pub fn time_words(at: UnixTime) -> String {
    let text = at.to_string();
    let clock = text.split('T').nth(1).and_then(|t| t.get(..5));
    format!("{}, {} UTC", date_words(at), clock.unwrap_or_default())
}

impl Who {
    fn words(&self) -> String {
        match self.name == self.agency || self.name.is_empty() {
            true => self.agency.clone(),
            false => format!("{} ({})", self.agency, self.name),
        }
    }
}

impl GroundShown {
    /// The lawful basis and the conditions in words.
    pub fn words(&self) -> String {
        let mut out = self.basis.title();
        if let Some(condition) = self.article_9 {
            let _ = write!(out, "; {}", condition.title());
        }
        if let Some(condition) = self.article_10 {
            let _ = write!(out, "; {}", condition.title());
        }
        out
    }
}

impl HistoryItem {
    /// When, in words; a dash where that is not known any more.
    pub fn when(&self) -> String {
        self.at.map_or_else(|| "-".to_owned(), time_words)
    }

    /// What happened, in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let mut out = self.what.sentences();
        if let Some(reasons) = &self.reasons {
            out.push(format!("Written down: {reasons}"));
        }
        out
    }
}

impl What {
    fn sentences(&self) -> Vec<String> {
        match self {
            What::Granted {
                to,
                by,
                sections,
                mode,
                purpose,
                ground,
                until,
                most_opens,
                handed_on,
                emergency,
                ..
            } => {
                let what = match mode {
                    Mode::Existence => "was told that a record exists",
                    Mode::Content => "was allowed to see",
                };
                let when = match emergency {
                    true => ", in an emergency only,",
                    false => "",
                };
                let times = match most_opens {
                    1 => "once".to_owned(),
                    n => format!("{n} times"),
                };
                let mut out = vec![
                    format!("{} {what}{when}: {}.", to.words(), list(sections)),
                    format!("What for: {}.", purpose.title()),
                    format!("Legal ground: {}.", ground.words()),
                ];
                if *mode == Mode::Content {
                    out.push(format!("At most {times}, until {}.", time_words(*until)));
                }
                let given = match handed_on {
                    true => "Handed on by",
                    false => "Allowed by",
                };
                out.push(format!("{given} {}.", by.words()));
                out
            }
            What::Opened {
                by,
                sections,
                purpose,
                ground,
                released,
                emergency,
            } => {
                let (by, sections) = (by.words(), list(sections));
                let mut out = vec![match released {
                    Released::Yes => format!("{by} opened: {sections}."),
                    Released::Perhaps => {
                        format!("{by} asked to open: {sections}. It may have been opened.")
                    }
                    Released::No => {
                        format!("{by} asked to open: {sections}. It was not opened.")
                    }
                }];
                if let Some((second, reason)) = emergency {
                    let second = second.words();
                    out.push(format!(
                        "An emergency: {}. {second} agreed to it as second officer.",
                        reason.title()
                    ));
                }
                out.push(format!("What for: {}.", purpose.title()));
                if let Some(ground) = ground {
                    out.push(format!("Legal ground: {}.", ground.words()));
                }
                out
            }
            What::Refused {
                to,
                by,
                purpose,
                reason,
            } => vec![
                format!("{} asked for your record and did not get it.", to.words()),
                format!("What for: {}.", purpose.title()),
                format!("Why not: {}.", reason.title()),
                format!("Decided by {}.", by.words()),
            ],
            What::Withheld {
                by,
                purpose,
                reason,
            } => vec![
                format!(
                    "{} thought about sharing your record, and decided not to.",
                    by.words()
                ),
                format!("What for: {}.", purpose.title()),
                format!("Why not: {}.", reason.title()),
            ],
            What::Revoked {
                grant,
                to,
                by,
                reason,
            } => {
                let whose = to
                    .as_ref()
                    .map_or_else(String::new, |w| format!(" of {}", w.words()));
                let which = grant.map_or_else(String::new, |n| format!(" (entry {n})"));
                vec![
                    format!(
                        "The permission{whose}{which} was ended. What had been read before cannot be taken back."
                    ),
                    format!("Why: {}.", reason.title()),
                    format!("Ended by {}.", by.words()),
                ]
            }
            What::RecordErased { by, ground } => vec![
                "The record was closed for good: nobody can open it any more.".to_owned(),
                format!("Why: {}.", ground.title()),
                format!("By {}.", by.words()),
            ],
            What::EntryErased { erased, by, ground } => {
                let which = erased.map_or_else(|| "an entry".to_owned(), |n| format!("entry {n}"));
                vec![
                    format!("What {which} said was erased."),
                    format!("Why: {}.", ground.title()),
                    format!("By {}.", by.words()),
                ]
            }
            What::Erased { released } => vec![gone("erased", *released)],
            What::Lost { released } => vec![gone("lost with a disk", *released)],
        }
    }
}

fn gone(how: &str, released: Released) -> String {
    match released {
        Released::Yes => format!("Something was opened. Who and what for was {how}."),
        Released::Perhaps => format!("Something may have been opened. What was said was {how}."),
        Released::No => format!("What was said here was {how}. It opened nothing."),
    }
}

impl History {
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
            true => {
                "This list is complete: no opening of your record is missing from it.".to_owned()
            }
            false => {
                "This list is not proven complete: openings may be missing from it.".to_owned()
            }
        });
        for e in &self.envelopes {
            if let Completeness::NotProven { .. } = e.completeness {
                out.push(format!("Part {}: {}.", e.envelope, e.completeness));
            }
            for why in &e.unreached {
                out.push(format!("Part {}: {why}.", e.envelope));
            }
        }
        let mut worth: Vec<String> = Vec::new();
        for e in &self.envelopes {
            let words = format!("How far this can be relied on - {}.", e.assurance);
            if !worth.contains(&words) {
                worth.push(words);
            }
        }
        out.append(&mut worth);
        out.push(match self.witnesses {
            (0, 0) => "No witness looks at the log.".to_owned(),
            (0, _) => "Nobody outside the agency witnesses the log: an older copy of it as a whole would not be noticed."
                .to_owned(),
            (outside, all) => format!(
                "Of {all} witnesses of the log {outside} stand outside the agency."
            ),
        });
        out.push(match self.with_held {
            true => "With what may not be told yet: do not hand this on.".to_owned(),
            // The same whether there is something or not.
            false => "The law lets an agency wait up to 90 days before it tells of sharing, where telling could put \
                      someone in danger. Such sharing, if there was any, is told here after that time: ask again."
                .to_owned(),
        });
        out
    }

    /// The whole history as text, to read or to print.
    pub fn text(&self) -> String {
        let mut out = format!(
            "Who was allowed to see the record, and who did\n\nHeld by {}. As of {}.\n",
            self.agency,
            time_words(self.until)
        );
        if self.items.is_empty() {
            out += "\nNothing has happened to it.\n";
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

fn list(sections: &[String]) -> String {
    sections.join(", ")
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
    fn times_are_told_as_people_write_them() {
        let at: UnixTime = "2026-05-04T09:30:00Z".parse().unwrap();
        assert_eq!(date_words(at), "4 May 2026");
        assert_eq!(time_words(at), "4 May 2026, 09:30 UTC");
        let last: UnixTime = "2026-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(time_words(last), "31 December 2026, 23:59 UTC");
    }

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
