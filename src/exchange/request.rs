//! Asking an agency for a grant.

use super::error::ExchangeError;
use crate::clock::{UnixTime, Window};
use crate::consent::{
    LONGEST_ID, LawfulBasis, Mode, OffenceCondition, Purpose, Recipient, Request, SpecialCondition,
};
use crate::keys::{Directory, KeyId, KeyProvider, KeyRecord, KeyRefused, Role, label};
use crate::limits::byte;
use crate::record::{IdentifierState, LONGEST_SECTION_NAME};
use crate::wire::{Reader, WireError, Writer};
use std::collections::BTreeSet;
use std::fmt;

const MAGIC: &[u8; 8] = b"BLBgrq\0\x01";
const MOST_SECTIONS: usize = 15;
const LONGEST_RECORD: usize = 16 * 1024;

/// Longest text that says which child is meant.
pub const LONGEST_ABOUT: usize = 200;

/// What one agency asks another for, signed with the key that is to receive it: of the role `open`, or `break-glass`
/// for a grant that is kept ready for emergencies. It holds nothing of a child but [`GrantRequest::about`].
#[derive(Clone, PartialEq, Eq)]
pub struct GrantRequest {
    id: [u8; 16],
    by: KeyId,
    /// The record of `by`, so that whoever trusts its root needs nothing more.
    record: Vec<u8>,
    about: String,
    asked: Request,
    made: UnixTime,
    signature: [u8; 64],
}

impl GrantRequest {
    /// Asks. `about` says which child is meant in words that both agencies know, such as a pair's reference in
    /// `links.csv`: no name.
    ///
    /// # Errors
    /// Where the key has another role, is not that of the record, or cannot be reached; where `about` or the list of
    /// sections is too long; where there is no randomness.
    pub fn make(
        asked: Request,
        about: &str,
        (key, record): (&dyn KeyProvider, &KeyRecord),
        now: UnixTime,
    ) -> Result<GrantRequest, ExchangeError> {
        if about.len() > LONGEST_ABOUT || asked.sections.len() > MOST_SECTIONS {
            return Err(ExchangeError::Long);
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| crate::keys::KeyError::NoRandomness)?;
        let mut out = GrantRequest {
            id,
            by: key.key_id(),
            record: record.encode(),
            about: about.to_owned(),
            asked,
            made: now,
            signature: [0; 64],
        };
        receives(record, now)?;
        if record.id() != out.by {
            return Err(KeyRefused::Unknown(out.by).into());
        }
        out.signature = key.sign(label::GRANT_REQUEST, &out.signed_part())?;
        Ok(out)
    }

    /// Its number: 16 random bytes.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The key that is to receive.
    pub fn by(&self) -> KeyId {
        self.by
    }

    /// Which child is meant, in words that both agencies know.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What is asked for.
    pub fn asked(&self) -> &Request {
        &self.asked
    }

    /// When it was made, as it says.
    pub fn made(&self) -> UnixTime {
        self.made
    }

    /// Believes the request: adds the key's record under the root that stands for it, and checks key and signature.
    ///
    /// # Errors
    /// Where no trusted root stands for the key, it may not be used so now, or it has not signed.
    pub fn verify(&self, keys: &mut Directory, now: UnixTime) -> Result<KeyRecord, ExchangeError> {
        keys.add_bytes(&self.record)?;
        let record = keys.record(self.by).cloned();
        let record = record.ok_or(KeyRefused::Unknown(self.by))?;
        let role = receives(&record, now)?;
        let public = keys.keys_at(self.by, role, now)?;
        let holds = public.verify(label::GRANT_REQUEST, &self.signed_part(), &self.signature);
        holds.map_err(|_| ExchangeError::Signature { key: self.by })?;
        Ok(record)
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut w = Writer::new(MAGIC);
        w.fixed(&self.id);
        w.fixed(&self.by.0);
        w.bytes(&self.record);
        w.text(&self.about);
        let a = &self.asked;
        w.text(a.source.as_str());
        w.text(a.recipient.organisation.as_str());
        w.text(a.recipient.role.as_str());
        w.u8(byte(a.sections.len()));
        a.sections.iter().for_each(|s| w.text(s.as_str()));
        w.u16(a.purpose.code());
        w.u8(a.mode.code());
        w.u8(a.basis.code());
        w.u16(a.basis.detail());
        w.u8(a.special.map_or(0, SpecialCondition::code));
        w.u8(a.offence.map_or(0, OffenceCondition::code));
        a.window.write(&mut w);
        w.u8(a.identifier.code());
        w.u64(self.made.as_secs());
        w.finish()
    }

    /// Its bytes (docs/format.md).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.signed_part();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads such bytes. Nothing of them is believed before [`GrantRequest::verify`].
    ///
    /// # Errors
    /// Where they are not of the format.
    pub fn decode(bytes: &[u8]) -> Result<GrantRequest, WireError> {
        let mut r = Reader::new(bytes, MAGIC, "request for a grant")?;
        let (id, by) = (r.fixed()?, KeyId(r.fixed()?));
        let record = r.bytes(LONGEST_RECORD)?.to_vec();
        let about = r.text(LONGEST_ABOUT)?;
        let asked = read_asked(&mut r)?;
        let out = GrantRequest {
            id,
            by,
            record,
            about,
            asked,
            made: UnixTime::read(&mut r)?,
            signature: r.fixed()?,
        };
        r.finish()?;
        Ok(out)
    }
}

/// The role of a key that may receive, within its window.
fn receives(record: &KeyRecord, now: UnixTime) -> Result<Role, KeyRefused> {
    let role = match record.role() {
        Role::BreakGlass => Role::BreakGlass,
        _ => Role::Open,
    };
    record.keys_at(role, now).map(|_| role)
}

fn read_asked(r: &mut Reader<'_>) -> Result<Request, WireError> {
    let source = r.parsed(LONGEST_ID)?;
    let recipient = Recipient {
        organisation: r.parsed(LONGEST_ID)?,
        role: r.parsed(LONGEST_ID)?,
    };
    let begin = r.at();
    let count = r.count_u8(MOST_SECTIONS)?;
    let mut sections = BTreeSet::new();
    for _ in 0..count {
        let section = r.parsed(LONGEST_SECTION_NAME)?;
        // In rising order, none twice: one encoding of each request.
        if sections.last().is_some_and(|last| *last >= section) {
            return Err(WireError::Value { at: begin });
        }
        sections.insert(section);
    }
    let purpose = r.code(Reader::u16, Purpose::from_code)?;
    let mode = r.code(Reader::u8, Mode::from_code)?;
    let basis = r.code(
        |r| Ok((r.u8()?, r.u16()?)),
        |(basis, law)| LawfulBasis::from_codes(basis, law),
    )?;
    let special = r.code(Reader::u8, |c| match c {
        0 => Some(None),
        c => SpecialCondition::from_code(c).map(Some),
    })?;
    let offence = r.code(Reader::u8, |c| match c {
        0 => Some(None),
        c => OffenceCondition::from_code(c).map(Some),
    })?;
    let window = Window::read(r)?;
    Ok(Request {
        source,
        recipient,
        sections,
        purpose,
        mode,
        basis,
        special,
        offence,
        window,
        identifier: r.code(Reader::u8, IdentifierState::from_code)?,
    })
}

/// The number only.
impl fmt::Debug for GrantRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantRequest({})", crate::hex::Hex(&self.id))
    }
}
