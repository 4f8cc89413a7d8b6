//! A record's history, as it can be handed to the person whom it is about.

mod page;
mod words;

pub use words::{date_words, time_words};

use crate::clock::UnixTime;
use crate::consent::{LawfulBasis, Mode, OffenceCondition, Purpose, SpecialCondition};
use crate::envelope::{Assurance, EnvelopeId};
use crate::gate::Completeness;
use crate::grant::{EmergencyReason, ErasureGround, HoldReason, RefusalReason, RevocationReason};
use serde::{Serialize, Serializer};

/// Whose eyes a history is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryOptions {
    /// With what may not be told yet, because telling could put someone in danger: for the agency itself only.
    pub with_held: bool,
    /// With the reasons as they were written down: for the agency itself only.
    pub with_reasons: bool,
}

/// What happened to a child's record, in the order of the log.
///
/// As JSON it is for programs; [`History::text`] is for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// Who holds the record.
    pub agency: String,
    /// Up to when.
    #[serde(serialize_with = "shown")]
    pub until: UnixTime,
    /// What happened.
    pub items: Vec<HistoryItem>,
    /// The envelopes of which the record consists, and whether the history of each misses nothing.
    pub envelopes: Vec<EnvelopeHistory>,
    /// Whether witnesses outside the agency look at the log: how many, and of how many.
    pub witnesses: (usize, usize),
    /// What does not fit together, in words. Empty in a sound book.
    pub alarms: Vec<String>,
    /// True where it tells also what may not be told yet.
    pub with_held: bool,
}

/// One envelope's part in a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnvelopeHistory {
    /// The envelope.
    #[serde(serialize_with = "shown")]
    pub envelope: EnvelopeId,
    /// Whether no opening is missing.
    #[serde(serialize_with = "shown")]
    pub completeness: Completeness,
    /// What its gates are worth.
    #[serde(serialize_with = "shown")]
    pub assurance: Assurance,
    /// Gates that gave no list, and why.
    pub unreached: Vec<String>,
    /// Where its shares were dealt anew: every set of gates that kept them, the first ones first, and whether the lists of
    /// each miss nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GatesHistory>,
}

/// One set of gates that keeps or kept an envelope's shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GatesHistory {
    /// How often the shares had been dealt anew before they came to these gates.
    pub epoch: u32,
    /// The gates.
    pub gates: Vec<Who>,
    /// Whether their lists miss no opening.
    #[serde(serialize_with = "shown")]
    pub completeness: Completeness,
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HistoryItem {
    /// Its number in the log, from 0.
    pub entry: u64,
    /// When, as its signer says; none where it was erased or lost.
    #[serde(serialize_with = "perhaps")]
    pub at: Option<UnixTime>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// The reasons as they were written down, where they were asked for and are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<String>,
}

/// Its number only: it is about one child.
impl std::fmt::Debug for HistoryItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HistoryItem({})", self.entry)
    }
}

/// Who did something: what an agency calls the key, and the agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    /// The key's name, such as a team's.
    pub name: String,
    /// The agency.
    pub agency: String,
}

/// On what ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GroundShown {
    /// The lawful basis.
    #[serde(serialize_with = "shown")]
    pub basis: LawfulBasis,
    /// The Art 9 condition.
    pub article_9: Option<SpecialCondition>,
    /// The Art 10 condition.
    pub article_10: Option<OffenceCondition>,
}

/// Whether what was asked for was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Released {
    /// As many gates released as it takes.
    Yes,
    /// Fewer are known to have, and gates that gave no list would be enough.
    Perhaps,
    /// Too few have.
    No,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Someone was allowed to open sections, or to learn that they exist.
    Granted {
        /// To whom.
        to: Who,
        /// By whom.
        by: Who,
        /// The second who issued it, where two did.
        #[serde(skip_serializing_if = "Option::is_none")]
        second: Option<Who>,
        /// Which sections.
        sections: Vec<String>,
        /// That they exist, or what they hold.
        mode: Mode,
        /// For what.
        purpose: Purpose,
        /// On what ground.
        ground: GroundShown,
        /// From when.
        #[serde(serialize_with = "shown")]
        from: UnixTime,
        /// Until when.
        #[serde(serialize_with = "shown")]
        until: UnixTime,
        /// How often.
        most_opens: u16,
        /// True where someone who held it handed it on.
        handed_on: bool,
        /// True where it is kept ready for emergencies.
        emergency: bool,
        /// Until when it was not told, where it was held back.
        #[serde(serialize_with = "perhaps", skip_serializing_if = "Option::is_none")]
        told_after: Option<UnixTime>,
    },
    /// Someone asked to open sections that had been granted.
    Opened {
        /// Who.
        by: Who,
        /// Which sections.
        sections: Vec<String>,
        /// For what.
        purpose: Purpose,
        /// On what ground; none where the grant was erased.
        ground: Option<GroundShown>,
        /// Whether they were opened.
        released: Released,
        /// In an emergency: the second officer, and the reason.
        emergency: Option<(Who, EmergencyReason)>,
    },
    /// A request was refused.
    Refused {
        /// Who had asked.
        to: Who,
        /// By whom.
        by: Who,
        /// For what.
        purpose: Purpose,
        /// Why.
        reason: RefusalReason,
    },
    /// It was considered to share something, and decided not to.
    Withheld {
        /// By whom.
        by: Who,
        /// For what.
        purpose: Purpose,
        /// Why.
        reason: RefusalReason,
    },
    /// A grant was ended.
    Revoked {
        /// The grant's number in the log.
        grant: Option<u64>,
        /// Whose grant it was.
        to: Option<Who>,
        /// By whom.
        by: Who,
        /// Why.
        reason: RevocationReason,
    },
    /// The record was closed for good.
    RecordErased {
        /// By whom.
        by: Who,
        /// Why.
        ground: ErasureGround,
    },
    /// What an entry said was erased.
    EntryErased {
        /// The entry's number.
        erased: Option<u64>,
        /// By whom.
        by: Who,
        /// Why.
        ground: ErasureGround,
    },
    /// It was held back that a grant was given and used, or was so no longer.
    NoticeHeld {
        /// The grant's number in the log.
        grant: Option<u64>,
        /// Until when.
        #[serde(serialize_with = "shown")]
        until: UnixTime,
        /// True where it says that it is held back no longer.
        ended: bool,
        /// The duty officer.
        by: Who,
        /// Why.
        reason: HoldReason,
    },
    /// Other gates are to keep what opens the record.
    GatesChange {
        /// Those that keep it.
        from: Vec<Who>,
        /// Those that are to.
        to: Vec<Who>,
        /// How many of those open.
        threshold: usize,
        /// The two officers who say so.
        by: [Who; 2],
    },
    /// Other gates keep it, and those before have been told to delete theirs.
    GatesChanged {
        /// The number in the log of the entry that said so first.
        begun: Option<u64>,
        /// The two officers who say so.
        by: [Who; 2],
    },
    /// What this entry said was erased. That something was opened then is still known.
    Erased {
        /// Whether it was an opening.
        released: Released,
    },
    /// What this entry said was lost with a disk.
    Lost {
        /// Whether it was an opening.
        released: Released,
    },
}

impl History {
    /// True where every envelope's history misses no opening.
    pub fn is_complete(&self) -> bool {
        let complete = |e: &EnvelopeHistory| e.completeness == Completeness::Complete;
        self.alarms.is_empty() && self.envelopes.iter().all(complete)
    }
}

fn shown<T: std::fmt::Display, S: Serializer>(value: &T, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(value)
}

fn perhaps<T: std::fmt::Display, S: Serializer>(
    value: &Option<T>,
    s: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => s.collect_str(value),
        None => s.serialize_none(),
    }
}
