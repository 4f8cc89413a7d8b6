//! What happened, in plain words.

use super::{GroundShown, HistoryItem, Released, What, Who};
use crate::clock::UnixTime;
use crate::consent::Mode;
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

impl What {
    /// What happened, in a word or two.
    pub fn label(&self) -> &'static str {
        match self {
            What::Granted {
                emergency: true, ..
            } => "Allowed in an emergency",
            What::Granted {
                handed_on: true, ..
            } => "Handed on",
            What::Granted { .. } => "Allowed",
            What::Opened {
                emergency: Some(_),
                released: Released::Yes,
                ..
            } => "Opened in an emergency",
            What::Opened { released, .. } => match released {
                Released::Yes => "Opened",
                Released::Perhaps => "Perhaps opened",
                Released::No => "Not opened",
            },
            What::Refused { .. } => "Refused",
            What::Withheld { .. } => "Not shared",
            What::Revoked { .. } => "Permission ended",
            What::RecordErased { .. } => "Closed for good",
            What::EntryErased { .. } => "Words erased",
            What::NoticeHeld { .. } => "Told late",
            What::GatesChange { .. } => "New keepers of the keys",
            What::GatesChanged { .. } => "Keepers changed",
            What::Erased { .. } => "Erased",
            What::Lost { .. } => "Lost",
        }
    }

    /// How it should stand out: `alert`, `opened`, `refused` or `plain`.
    pub fn tone(&self) -> &'static str {
        match self {
            What::Granted {
                emergency: true, ..
            }
            | What::Opened {
                emergency: Some(_), ..
            } => "alert",
            What::Refused { .. }
            | What::Withheld { .. }
            | What::Revoked { .. }
            | What::Opened {
                released: Released::No,
                ..
            } => "refused",
            _ if self.may_be_open().is_some() => "opened",
            _ => "plain",
        }
    }

    /// Of what was opened, or may have been.
    pub(super) fn may_be_open(&self) -> Option<Released> {
        match self {
            What::Opened { released, .. } | What::Erased { released } | What::Lost { released } => {
                Some(*released).filter(|r| *r != Released::No)
            }
            _ => None,
        }
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
                second,
                sections,
                mode,
                purpose,
                ground,
                until,
                most_opens,
                handed_on,
                emergency,
                told_after,
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
                let mut out = vec![
                    format!("{} {what}{when}: {}.", to.words(), list(sections)),
                    format!("What for: {}.", purpose.title()),
                    format!("Legal ground: {}.", ground.words()),
                ];
                if *mode == Mode::Content {
                    let most = times(usize::from(*most_opens));
                    out.push(format!("At most {most}, until {}.", time_words(*until)));
                }
                let given = match handed_on {
                    true => "Handed on by",
                    false => "Allowed by",
                };
                let and = second.as_ref();
                let and = and.map_or_else(String::new, |w| format!(" and {}", w.words()));
                out.push(format!("{given} {}{and}.", by.words()));
                if let Some(until) = told_after {
                    out.push(format!(
                        "You were not told of this, nor of what was opened because of it, before {}.",
                        time_words(*until)
                    ));
                }
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
            What::NoticeHeld {
                grant,
                until,
                ended,
                by,
                reason,
            } => {
                let which = grant.map_or_else(String::new, |n| format!(" (entry {n})"));
                let decided = format!("Decided by {}.", by.words());
                match ended {
                    true => vec![
                        format!("From then on you could be told of what was allowed{which}."),
                        decided,
                    ],
                    false => vec![
                        format!(
                            "It was decided not to tell you before {} of what was allowed{which}, and of what was opened \
                             because of it.",
                            time_words(*until)
                        ),
                        format!("Why: {}.", reason.title()),
                        decided,
                    ],
                }
            }
            What::GatesChange {
                from,
                to,
                threshold,
                by,
            } => vec![
                format!(
                    "Others are to keep the keys without which your record does not open: {}. Nothing opens without \
                     {threshold} of these {}.",
                    people(to),
                    to.len()
                ),
                format!("Until then they are kept by {}.", people(from)),
                "Nobody read your record for this.".to_owned(),
                format!("Decided by {}.", people(by)),
            ],
            What::GatesChanged { begun, by } => {
                let which = begun.map_or_else(String::new, |n| format!(" (entry {n})"));
                vec![
                    format!(
                        "The keys are now with those who were to keep them{which}. Those who kept them before had to \
                         delete theirs. What they wrote down of openings stays part of this list."
                    ),
                    format!("Confirmed by {}.", people(by)),
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

/// `once`, `3 times`.
pub(super) fn times(n: usize) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

pub(super) fn people(who: &[Who]) -> String {
    let words: Vec<String> = who.iter().map(Who::words).collect();
    words.join(", ")
}

fn list(sections: &[String]) -> String {
    sections.join(", ")
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
}
