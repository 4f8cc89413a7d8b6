//! Results and crosswalks as files: strict binary in text armour.

use super::model::priors_decide;
use super::outcome::{ClusterFlag, Decision, Fit, Link, RowOutcome, Status};
use super::parties::{HELD, MemberResult, ResultLink};
use super::{Agreement, BirthAgreement, Evidence, GivenAgreement, IdAgreement, RowRef};
use crate::keys::LinkageId;
use crate::keys::armour::{armour, unarmour};
use crate::keys::{Fingerprint, NotArmour};
use crate::limits::{MOST_RECORDS, byte, index};
use crate::token::{Crosswalk, RowId};
use crate::wire::{Reader, WireError, Writer};
use thiserror::Error;

const RESULT: (&[u8; 8], &str) = (b"BLBres\0\x01", "BILLETBOOK RESULT");
const WALK: (&[u8; 8], &str) = (b"BLBwlk\0\x01", "BILLETBOOK CROSSWALK");

/// Why a result or crosswalk file was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResultFileError {
    /// Not of the format.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Not the armoured text of this kind of file.
    #[error(transparent)]
    Armour(#[from] NotArmour),
}

/// A closed list of values by number.
macro_rules! numbered {
    ($name:ident, $type:ty, [$($value:expr),+ $(,)?]) => {
        const $name: &[$type] = &[$($value),+];
    };
}

numbered!(
    DECISIONS,
    Decision,
    [Decision::None, Decision::Possible, Decision::Match]
);
numbered!(
    STATUSES,
    Status,
    [
        Status::Matched,
        Status::Possible,
        Status::Many,
        Status::Unmatched,
        Status::NotTokenised
    ]
);
numbered!(
    FLAGS,
    ClusterFlag,
    [
        ClusterFlag::IdentifierConflict,
        ClusterFlag::NoLink,
        ClusterFlag::TwoOfOneFile,
        ClusterFlag::Shielded,
        ClusterFlag::Split,
    ]
);
numbered!(
    GIVEN,
    GivenAgreement,
    [
        GivenAgreement::Unknown,
        GivenAgreement::Differs,
        GivenAgreement::Weak,
        GivenAgreement::Near,
        GivenAgreement::Form,
        GivenAgreement::Nickname,
        GivenAgreement::Crossed,
        GivenAgreement::Same,
    ]
);
numbered!(
    AGREE,
    Agreement,
    [
        Agreement::Unknown,
        Agreement::Differs,
        Agreement::Close,
        Agreement::Same
    ]
);
numbered!(
    BIRTH,
    BirthAgreement,
    [
        BirthAgreement::Unknown,
        BirthAgreement::Differs,
        BirthAgreement::Partial,
        BirthAgreement::Same,
    ]
);
numbered!(
    IDS,
    IdAgreement,
    [
        IdAgreement::Unknown,
        IdAgreement::Differs,
        IdAgreement::Doubtful,
        IdAgreement::Same
    ]
);

fn number<T: PartialEq>(list: &[T], value: &T) -> u8 {
    byte(list.iter().position(|v| v == value).unwrap_or(0))
}

fn value<T: Copy>(list: &[T], r: &mut Reader<'_>) -> Result<T, WireError> {
    let at = r.at();
    list.get(usize::from(r.u8()?))
        .copied()
        .ok_or(WireError::Value { at })
}

impl MemberResult {
    /// The result as text.
    pub fn to_text(&self) -> String {
        let mut w = Writer::new(RESULT.0);
        w.fixed(&self.linkage.0);
        w.u32(self.epoch);
        w.fixed(&self.member.0);
        w.u32(index(self.links.len()));
        for l in &self.links {
            w.fixed(&l.reference);
            w.fixed(&l.row.0);
            w.fixed(&l.other.0);
            w.u64(l.link.probability.to_bits());
            w.u8(number(DECISIONS, &l.link.decision));
            w.u8(l.link.held.map_or(0, |h| number(&HELD, &h) + 1));
            let e = &l.link.evidence;
            w.u8(number(GIVEN, &e.given));
            w.u8(number(AGREE, &e.family));
            w.u8(number(BIRTH, &e.birth));
            w.u8(number(AGREE, &e.place));
            w.u8(number(AGREE, &e.address));
            w.u8(number(IDS, &e.identifier));
            w.u8(number(AGREE, &e.sex));
            w.u8(number(AGREE, &e.middle));
            w.fixed(&l.note.0);
            w.fixed(&l.note.1);
        }
        w.u32(index(self.rows.len()));
        for (row, outcome, name, flags) in &self.rows {
            w.fixed(&row.0);
            w.u8(number(STATUSES, &outcome.status));
            w.fixed(name);
            w.u8(byte(flags.len()));
            for f in flags {
                w.u8(number(FLAGS, f));
            }
        }
        w.u64(self.fit.candidates);
        w.u64(self.fit.match_share.to_bits());
        w.u32(self.fit.rounds);
        w.u32(index(self.fit.steps.len()));
        for (name, a, b) in &self.fit.steps {
            w.bytes(name.as_bytes());
            w.u64(*a);
            w.u64(*b);
        }
        armour(RESULT.1, &w.finish())
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file or not of the format.
    pub fn from_text(text: &str) -> Result<MemberResult, ResultFileError> {
        let bytes = unarmour(RESULT.1, "result", text)?;
        let mut r = Reader::new(&bytes, RESULT.0, "result")?;
        let (linkage, epoch, member) = (LinkageId(r.fixed()?), r.u32()?, Fingerprint(r.fixed()?));
        let mut links = Vec::new();
        for _ in 0..r.count(MOST_RECORDS)? {
            links.push(read_link(&mut r)?);
        }
        let mut rows = Vec::new();
        for _ in 0..r.count(MOST_RECORDS)? {
            let (row, status, name) = (RowId(r.fixed()?), value(STATUSES, &mut r)?, r.fixed()?);
            let mut flags = Vec::new();
            for _ in 0..r.u8()? {
                flags.push(value(FLAGS, &mut r)?);
            }
            rows.push((row, RowOutcome { status, cluster: 0 }, name, flags));
        }
        let (candidates, match_share) = (r.u64()?, finite(&mut r)?);
        let mut fit = Fit {
            candidates,
            match_share,
            priors_used: priors_decide(candidates, match_share),
            rounds: r.u32()?,
            steps: Vec::new(),
        };
        for _ in 0..r.count(64)? {
            fit.steps.push((r.text(200)?, r.u64()?, r.u64()?));
        }
        r.finish()?;
        Ok(MemberResult {
            linkage,
            epoch,
            member,
            links,
            rows,
            fit,
        })
    }
}

fn read_link(r: &mut Reader<'_>) -> Result<ResultLink, WireError> {
    let (reference, row, other) = (r.fixed()?, RowId(r.fixed()?), Fingerprint(r.fixed()?));
    let (probability, decision) = (finite(r)?, value(DECISIONS, r)?);
    let at = r.at();
    let held = match r.u8()? {
        0 => None,
        n => Some(
            HELD.get(usize::from(n) - 1)
                .copied()
                .ok_or(WireError::Value { at })?,
        ),
    };
    let evidence = Evidence {
        given: value(GIVEN, r)?,
        family: value(AGREE, r)?,
        birth: value(BIRTH, r)?,
        place: value(AGREE, r)?,
        address: value(AGREE, r)?,
        identifier: value(IDS, r)?,
        sex: value(AGREE, r)?,
        middle: value(AGREE, r)?,
        ..Evidence::default()
    };
    let note = (r.fixed()?, r.fixed()?);
    let nowhere = RowRef { file: 0, row: 0 };
    let link = Link {
        left: nowhere,
        right: nowhere,
        probability,
        decision,
        held,
        evidence,
    };
    Ok(ResultLink {
        reference,
        row,
        other,
        link,
        note,
    })
}

/// A number from 0 to 1.
fn finite(r: &mut Reader<'_>) -> Result<f64, WireError> {
    let at = r.at();
    let value = f64::from_bits(r.u64()?);
    if (0.0..=1.0).contains(&value) && !value.is_sign_negative() {
        Ok(value)
    } else {
        Err(WireError::Value { at })
    }
}

impl Crosswalk {
    /// The crosswalk as text, for the agency's own disk.
    pub fn to_text(&self) -> String {
        let mut w = Writer::new(WALK.0);
        w.fixed(&self.file);
        w.u32(index(self.rows.len()));
        for (row, records) in self.rows.iter().zip(&self.records) {
            w.fixed(&row.0);
            w.u32(index(records.len()));
            for r in records {
                w.u32(*r);
            }
        }
        armour(WALK.1, &w.finish())
    }

    /// Reads such text.
    ///
    /// # Errors
    /// Where it is another kind of file or not of the format.
    pub fn from_text(text: &str) -> Result<Crosswalk, ResultFileError> {
        let bytes = unarmour(WALK.1, "crosswalk", text)?;
        let mut r = Reader::new(&bytes, WALK.0, "crosswalk")?;
        let (file, mut rows, mut records) = (r.fixed()?, Vec::new(), Vec::new());
        for _ in 0..r.count(MOST_RECORDS)? {
            rows.push(RowId(r.fixed()?));
            let mut list = Vec::new();
            for _ in 0..r.count(1 << 16)? {
                list.push(r.u32()?);
            }
            records.push(list);
        }
        r.finish()?;
        Ok(Crosswalk {
            rows,
            records,
            file,
        })
    }
}
