//! The history of a child's record, from the log and the gates' signed lists.

use super::Book;
use super::releases::{AllReleases, OfSet, released};
use crate::audit::{Kind, Opening, Reading, Standing, Store};
use crate::clock::UnixTime;
use crate::consent::Policy;
use crate::envelope::{Billet, EnvelopeId};
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::history::{
    GroundShown, History, HistoryItem, HistoryOptions, Released, What, Who,
};
use crate::exchange::shelf::Place;
use crate::gate::{GateStore, ReleaseLine};
use crate::grant::{
    AccessRequest, EntryRef, Erased, Erasure, Grant, Ground, Hold, Redeal, RedealStep, Refusal,
    Refused, Revocation, Slots,
};
use crate::keys::{KeyId, KeyRefused};
use crate::record::Section;
use std::collections::{BTreeMap, HashMap};

/// What is known of one envelope while its entries are told.
pub(super) struct Telling {
    /// Slots of sections, from the manifest.
    slots: BTreeMap<u8, Section>,
    policy: Option<Policy>,
    /// What each set of gates that keeps or kept the shares released.
    sets: Vec<OfSet>,
    /// Until when grants are held back, as an officer said last.
    pub(super) held: HashMap<EntryRef, UnixTime>,
    /// Grants by their entries, each read once, however often it was used.
    grants: HashMap<EntryRef, Option<(u64, Grant)>>,
}

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// What happened to the record of a child: every grant, opening, refusal and decision not to share, and what ended
    /// them. Openings are those that the gates say they released, so that none is missing where enough of them answer.
    ///
    /// # Errors
    /// Where the log, the book or an answer cannot be read. A gate that is not reached is told in the history.
    pub fn history(
        &mut self,
        courier: &mut dyn Courier,
        subject: &str,
        options: HistoryOptions,
        now: UnixTime,
    ) -> Result<History, ExchangeError> {
        self.catch_up()?;
        let mut out = History {
            agency: self.card.root().name().to_owned(),
            until: now,
            items: Vec::new(),
            envelopes: Vec::new(),
            witnesses: self.card.witnesses(),
            alarms: Vec::new(),
            with_held: options.with_held,
        };
        if let Standing::RolledBack { stored, signed } = self.log.standing() {
            let damage = crate::audit::LogError::RolledBack { stored, signed };
            out.alarms.push(damage.to_string());
        }
        for id in self.envelopes(subject)? {
            let mut items = self.envelope_history(courier, id, options, now, &mut out)?;
            out.items.append(&mut items);
        }
        out.items.sort_by_key(|i| i.entry);
        Ok(out)
    }

    fn envelope_history(
        &mut self,
        courier: &mut dyn Courier,
        id: EnvelopeId,
        options: HistoryOptions,
        now: UnixTime,
        out: &mut History,
    ) -> Result<Vec<HistoryItem>, ExchangeError> {
        let billet = self.shelf.billet(id)?;
        let seen = billet.envelope()?.inspect();
        let AllReleases { of_sets, lines } = self.all_releases(courier, id, out)?;
        let mut telling = Telling {
            slots: self.slots(&billet)?,
            policy: self.shelf.policy(&seen.policy_digest)?,
            sets: of_sets,
            held: self.held_until(&self.shelf.entries(id)?, now)?,
            grants: HashMap::new(),
        };
        let mut places: BTreeMap<u64, Place> = BTreeMap::new();
        for place in self.shelf.entries(id)? {
            places.insert(place.index, place);
        }
        for line in lines.values() {
            self.hold_against_log(line, out);
            // An opening that was erased before it was gone through.
            places.entry(line.index).or_insert(Place {
                index: line.index,
                kind: Kind::Request,
                entry: line.entry,
            });
        }
        let mut items = Vec::with_capacity(places.len());
        for place in places.values() {
            if let Some(item) = self.item(place, &mut telling, options, now)? {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// Which slots hold which sections, as the owner's manifest says.
    pub(super) fn slots(&self, billet: &Billet) -> Result<BTreeMap<u8, Section>, ExchangeError> {
        let envelope = self.checked(billet)?;
        let owned = envelope.owned_by(billet.owner_packet(), self.keys.owner)?;
        let entries = owned.entries().iter();
        Ok(entries.map(|e| (e.slot(), e.section().clone())).collect())
    }

    /// A gate that released for an entry which this log does not hold tells of a fork.
    fn hold_against_log(&self, line: &ReleaseLine, out: &mut History) {
        let leaf = self.log.leaf(line.index);
        if !leaf.is_ok_and(|l| l.commitment().0 == line.entry.0) {
            let index = line.index;
            out.alarms
                .push(ExchangeError::Foreign { index }.to_string());
        }
    }

    fn item(
        &self,
        place: &Place,
        telling: &mut Telling,
        options: HistoryOptions,
        now: UnixTime,
    ) -> Result<Option<HistoryItem>, ExchangeError> {
        let released = telling.released(place);
        let held = telling.held.get(&place.entry).copied();
        let gone = |what| {
            if held.is_some_and(|until| until > now) && !options.with_held {
                return Ok(None);
            }
            Ok(Some(HistoryItem {
                entry: place.index,
                at: None,
                what,
                reasons: None,
            }))
        };
        let opening = match self.log.reading(place.index, &self.opening) {
            Ok(Reading::Open(opening)) => opening,
            Ok(Reading::Erased) => return gone(What::Erased { released }),
            Ok(Reading::Lost) | Err(_) => return gone(What::Lost { released }),
        };
        let Some((at, what, held, reasons)) = self.told(&opening, released, telling)? else {
            return Ok(None);
        };
        if held.is_some_and(|until| until > now) && !options.with_held {
            return Ok(None);
        }
        let reasons = match reasons {
            _ if !options.with_reasons => None,
            Some(commitment) => self.shelf.written(&self.private, &commitment)?,
            None => self.sealed_reasons(&opening),
        };
        Ok(Some(HistoryItem {
            entry: place.index,
            at: Some(at),
            what,
            reasons: reasons.map(|r| r.to_string()),
        }))
    }

    /// What an entry tells: when, what, until when it may not be told, and the commitment to its reasons.
    #[expect(clippy::type_complexity, reason = "four parts, taken apart at once")]
    fn told(
        &self,
        opening: &Opening,
        released: Released,
        telling: &mut Telling,
    ) -> Result<Option<(UnixTime, What, Option<UnixTime>, Option<[u8; 32]>)>, ExchangeError> {
        let bytes = opening.entry().bytes();
        let entry = EntryRef(opening.leaf().commitment().0);
        Ok(Some(match opening.entry().kind() {
            Kind::Grant => {
                let g = Grant::decode(bytes)?;
                let t = g.terms();
                let held = self.held_back(telling, entry, &g)?;
                let what = What::Granted {
                    to: self.who(g.recipient()),
                    by: self.who(g.issuer()),
                    second: g.second_issuer().map(|key| self.who(key)),
                    sections: telling.titles(t.slots),
                    mode: t.mode,
                    purpose: t.purpose,
                    ground: shown(&t.ground),
                    from: t.window.from(),
                    until: t.window.until(),
                    most_opens: t.most_opens,
                    handed_on: g.parent().is_some(),
                    emergency: t.emergency,
                    told_after: (held > g.issued()).then_some(held),
                };
                (g.issued(), what, Some(held), Some(t.ground.evidence))
            }
            Kind::Request | Kind::BreakGlass => {
                let r = AccessRequest::decode(bytes)?;
                let grant = self.grant_at(telling, r.grant())?;
                let emergency = r.emergency();
                let what = What::Opened {
                    by: self.who(r.requester()),
                    sections: telling.titles(r.slots()),
                    purpose: r.purpose(),
                    ground: grant.as_ref().map(|g| shown(&g.1.terms().ground)),
                    released,
                    emergency: emergency.map(|e| (self.who(e.second()), e.reason())),
                };
                let held = self.held_with(telling, r.grant(), grant)?;
                (r.made(), what, held, None)
            }
            Kind::Refusal | Kind::Withheld => {
                let r = Refusal::decode(bytes)?;
                let (by, purpose, reason) = (self.who(r.by()), r.purpose(), r.reason());
                let what = match r.refused() {
                    Refused::Request(to) => What::Refused {
                        to: self.who(to),
                        by,
                        purpose,
                        reason,
                    },
                    Refused::Withheld => What::Withheld {
                        by,
                        purpose,
                        reason,
                    },
                };
                (r.made(), what, None, Some(r.reasons()))
            }
            Kind::Revocation => {
                let r = Revocation::decode(bytes)?;
                let grant = self.grant_at(telling, r.grant())?;
                let what = What::Revoked {
                    grant: grant.as_ref().map(|g| g.0),
                    to: grant.as_ref().map(|g| self.who(g.1.recipient())),
                    by: self.who(r.by()),
                    reason: r.reason(),
                };
                let held = self.held_with(telling, r.grant(), grant)?;
                (r.made(), what, held, Some(r.reasons()))
            }
            Kind::Erasure => {
                let e = Erasure::decode(bytes)?;
                let (by, ground) = (self.who(e.by()[0]), e.ground());
                let what = match e.erased() {
                    Erased::Shares(_) => What::RecordErased { by, ground },
                    Erased::Opening(entry) => What::EntryErased {
                        erased: self.shelf.place(entry)?,
                        by,
                        ground,
                    },
                };
                (e.made(), what, None, None)
            }
            Kind::NotifyHold => {
                let h = Hold::decode(bytes)?;
                let grant = self.grant_at(telling, h.grant())?;
                let what = What::NoticeHeld {
                    grant: grant.as_ref().map(|g| g.0),
                    until: h.until(),
                    ended: h.until() == h.made(),
                    by: self.who(h.by()),
                    reason: h.reason(),
                };
                let held = self.held_with(telling, h.grant(), grant)?;
                (h.made(), what, held, Some(h.reasons()))
            }
            Kind::Redeal => {
                let r = Redeal::decode(bytes)?;
                let by = r.by().map(|key| self.who(key));
                let what = match r.step() {
                    RedealStep::Deal { from, to, .. } => What::GatesChange {
                        from: from.gates().iter().map(|g| self.who(*g)).collect(),
                        to: to.gates().iter().map(|g| self.who(*g)).collect(),
                        threshold: to.threshold(),
                        by,
                    },
                    RedealStep::Done { redeal } => What::GatesChanged {
                        begun: self.shelf.place(*redeal)?,
                        by,
                    },
                };
                (r.made(), what, None, None)
            }
            _ => return Ok(None),
        }))
    }

    /// The reasons of an emergency, where they were sealed to this book's owner.
    fn sealed_reasons(&self, opening: &Opening) -> Option<zeroize::Zeroizing<String>> {
        match opening.entry().kind() {
            Kind::BreakGlass => AccessRequest::decode(opening.entry().bytes())
                .and_then(|r| r.reasons(self.keys.owner))
                .ok(),
            _ => None,
        }
    }

    /// A grant that is still in the log, and its number there.
    pub(super) fn grant_at(
        &self,
        telling: &mut Telling,
        entry: EntryRef,
    ) -> Result<Option<(u64, Grant)>, ExchangeError> {
        if let Some(found) = telling.grants.get(&entry) {
            return Ok(found.clone());
        }
        let mut found = None;
        if let Some(index) = self.shelf.place(entry)?
            && let Reading::Open(opening) = self.log.reading(index, &self.opening)?
        {
            found = Some((index, Grant::decode(opening.entry().bytes())?));
        }
        telling.grants.insert(entry, found.clone());
        Ok(found)
    }

    pub(super) fn who(&self, key: KeyId) -> Who {
        let record = self.own_record(key);
        let agency = |root| self.directory.root(&root).map(|r| r.name().to_owned());
        match record {
            Ok(record) => Who {
                name: record.name().to_owned(),
                agency: agency(record.root()).unwrap_or_default(),
            },
            Err(_) => Who {
                name: String::new(),
                agency: KeyRefused::Unknown(key).to_string(),
            },
        }
    }
}

impl Telling {
    fn released(&self, place: &Place) -> Released {
        released(&self.sets, (place.index, place.entry))
    }

    fn titles(&self, slots: Slots) -> Vec<String> {
        let title = |slot: u8| match self.slots.get(&slot) {
            None => format!("a part that is not used (slot {slot})"),
            Some(section) => {
                let terms = self.policy.as_ref().map(Policy::sections);
                let title = terms.and_then(|t| t.get(section)).map(|t| t.title.clone());
                title.unwrap_or_else(|| section.as_str().replace('_', " "))
            }
        };
        slots.iter().map(title).collect()
    }
}

fn shown(ground: &Ground) -> GroundShown {
    GroundShown {
        basis: ground.basis,
        article_9: ground.special,
        article_10: ground.offence,
    }
}
