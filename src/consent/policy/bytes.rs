//! The compiled form: what is hashed, signed into envelopes and compared.

use super::*;
use crate::keys::label;
use crate::wire::{Reader, WireError, Writer};
use sha2::{Digest, Sha256};
use std::str::FromStr;

const MAGIC: &[u8; 8] = b"BLBpol\0\x01";
/// Of one under which every grant takes two who issue it.
const MAGIC_TWO: &[u8; 8] = b"BLBpol\0\x02";

impl Policy {
    /// Its compiled bytes (docs/format.md).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(match self.two_issuers {
            false => MAGIC,
            true => MAGIC_TWO,
        });
        w.text(self.id.as_str());
        w.u32(self.version);
        w.u8(self.nation.code());
        self.valid.write(&mut w);
        w.u16(self.confirm_hours);
        for id in [
            &self.agreement.id,
            &self.agreement.version,
            &self.agreement.assessment,
            &self.agreement.assessment_version,
        ] {
            w.text(id.as_str());
        }
        list(&mut w, self.organisations.iter(), |w, (id, o)| {
            w.text(id.as_str());
            w.text(&o.name);
            w.u8(o.kind.code());
            list(w, o.roles.iter(), |w, role| w.text(role.as_str()));
        });
        list(&mut w, self.sections.iter(), |w, (section, terms)| {
            w.text(section.as_str());
            w.text(&terms.title);
            w.u8(u8::from(terms.special));
            w.u8(u8::from(terms.offence));
        });
        list(&mut w, self.rules.iter(), |w, (id, rule)| {
            w.text(id.as_str());
            rule.write(w);
        });
        w.finish()
    }

    /// Reads compiled bytes: exactly one encoding for each policy, every list in order.
    ///
    /// # Errors
    /// Where they are of another kind or version, or not what [`Policy::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Policy, WireError> {
        let (mut r, two_issuers) = Reader::either(bytes, [MAGIC, MAGIC_TWO], "policy")?;
        let id = id(&mut r)?;
        let version = r.u32()?;
        let nation = r.code(Reader::u8, Nation::from_code)?;
        let valid = Window::read(&mut r)?;
        let confirm_hours = r.u16()?;
        let agreement = Agreement {
            id: self::id(&mut r)?,
            version: self::id(&mut r)?,
            assessment: self::id(&mut r)?,
            assessment_version: self::id(&mut r)?,
        };
        let organisations = map(&mut r, MOST_ORGANISATIONS, self::id, |r| {
            Ok(Organisation {
                name: r.text(LONGEST_TITLE)?,
                kind: r.code(Reader::u8, Kind::from_code)?,
                roles: set(r, self::id)?,
            })
        })?;
        let sections = map(&mut r, MOST_SECTIONS, self::id, |r| {
            Ok(SectionTerms {
                title: r.text(LONGEST_TITLE)?,
                special: flag(r)?,
                offence: flag(r)?,
            })
        })?;
        let rules = map(&mut r, MOST_RULES, self::id, Rule::read)?;
        let at = r.at();
        r.finish()?;
        let policy = Policy {
            id,
            version,
            nation,
            valid,
            confirm_hours,
            two_issuers,
            agreement,
            organisations,
            sections,
            rules,
        };
        policy.check().map_err(|_| WireError::Value { at })?;
        Ok(policy)
    }

    /// SHA-256 over a label and the compiled bytes: what envelopes, grants and log entries name it by.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(label::POLICY);
        hash.update(self.to_bytes());
        hash.finalize().into()
    }
}

impl Rule {
    fn write(&self, w: &mut Writer) {
        w.u8(self.effect.code());
        for parties in [&self.from, &self.to] {
            list(w, parties.organisations.iter(), |w, o| w.text(o.as_str()));
            list(w, parties.kinds.iter(), |w, k| w.u8(k.code()));
        }
        list(w, self.roles.iter(), |w, role| w.text(role.as_str()));
        list(w, self.sections.iter(), |w, s| w.text(s.as_str()));
        list(w, self.purposes.iter(), |w, p| w.u16(p.code()));
        w.u8(self.mode.code());
        list(w, self.bases.iter(), |w, b| {
            w.u8(b.code());
            w.u16(b.detail());
        });
        list(w, self.special.iter(), |w, c| w.u8(c.code()));
        list(w, self.offence.iter(), |w, c| w.u8(c.code()));
        self.valid.write(w);
        w.u16(self.longest_days);
        w.u8(u8::from(self.identifier));
        w.u8(self.retention.code());
    }

    fn read(r: &mut Reader<'_>) -> Result<Rule, WireError> {
        let effect = r.code(Reader::u8, Effect::from_code)?;
        let parties = |r: &mut Reader<'_>| {
            Ok(Parties {
                organisations: bounded_set(r, MOST_ORGANISATIONS, id)?,
                kinds: set(r, |r| r.code(Reader::u8, Kind::from_code))?,
            })
        };
        let (from, to) = (parties(r)?, parties(r)?);
        Ok(Rule {
            effect,
            from,
            to,
            roles: set(r, id)?,
            sections: set(r, id)?,
            purposes: set(r, |r| r.code(Reader::u16, Purpose::from_code))?,
            mode: r.code(Reader::u8, Mode::from_code)?,
            bases: set(r, |r| {
                r.code(
                    |r| Ok((r.u8()?, r.u16()?)),
                    |(code, detail)| LawfulBasis::from_codes(code, detail),
                )
            })?,
            special: set(r, |r| r.code(Reader::u8, SpecialCondition::from_code))?,
            offence: set(r, |r| r.code(Reader::u8, OffenceCondition::from_code))?,
            valid: Window::read(r)?,
            longest_days: r.u16()?,
            identifier: flag(r)?,
            retention: r.code(Reader::u8, Retention::from_code)?,
        })
    }
}

fn list<T>(w: &mut Writer, items: impl ExactSizeIterator<Item = T>, each: impl Fn(&mut Writer, T)) {
    w.u32(crate::limits::index(items.len()));
    for item in items {
        each(w, item);
    }
}

fn flag(r: &mut Reader<'_>) -> Result<bool, WireError> {
    r.code(Reader::u8, |b| match b {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    })
}

/// A name, checked as in files.
fn id<T: FromStr>(r: &mut Reader<'_>) -> Result<T, WireError> {
    r.parsed(super::super::party::LONGEST_ID)
}

fn set<'a, T: Ord>(
    r: &mut Reader<'a>,
    each: impl Fn(&mut Reader<'a>) -> Result<T, WireError>,
) -> Result<BTreeSet<T>, WireError> {
    bounded_set(r, MOST_IN_LIST, each)
}

fn bounded_set<'a, T: Ord>(
    r: &mut Reader<'a>,
    most: usize,
    each: impl Fn(&mut Reader<'a>) -> Result<T, WireError>,
) -> Result<BTreeSet<T>, WireError> {
    let entries = map(r, most, each, |_| Ok(()))?;
    Ok(entries.into_keys().collect())
}

/// Entries in strictly rising order: a set has one encoding.
fn map<'a, K: Ord, V>(
    r: &mut Reader<'a>,
    most: usize,
    key: impl Fn(&mut Reader<'a>) -> Result<K, WireError>,
    value: impl Fn(&mut Reader<'a>) -> Result<V, WireError>,
) -> Result<BTreeMap<K, V>, WireError> {
    let n = r.count(most)?;
    let mut out = BTreeMap::new();
    for _ in 0..n {
        let at = r.at();
        let k = key(r)?;
        if out.last_key_value().is_some_and(|(last, _)| *last >= k) {
            return Err(WireError::Value { at });
        }
        let v = value(r)?;
        out.insert(k, v);
    }
    Ok(out)
}
