//! The recipient's side: a grant received, used, and what it opens.

use super::card::Card;
use super::error::ExchangeError;
use super::packet::{GrantPacket, OpenPacket};
use crate::audit::{Freshness, Policy as LogPolicy};
use crate::clock::UnixTime;
use crate::consent::{Mode, Purpose};
use crate::envelope::{Assurance, Envelope, OpenSection, VerifiedDeposit, VerifiedEnvelope};
use crate::gate::{LoggedGrant, LoggedRequest, NewGates, Release};
use crate::grant::{AccessRequest, Asked, EmergencyReason, Grant, Slots, Terms};
use crate::keys::{Directory, KeyId, KeyProvider, KeyRecord, KeyRefused, Role};

/// Seconds by which clocks may differ.
pub const SKEW: u64 = 30;

/// A grant that was checked: signed along its whole chain, logged, witnessed; and the envelope that it is about.
#[derive(Debug)]
pub struct Held<'a> {
    grant: LoggedGrant,
    sealed: Option<Sealed<'a>>,
    policy: LogPolicy,
    keys: Directory,
}

#[derive(Debug)]
struct Sealed<'a> {
    envelope: VerifiedEnvelope<'a>,
    deposits: Vec<VerifiedDeposit>,
}

/// Who keeps an envelope's shares.
enum Keepers {
    Author,
    New(NewGates),
}

/// What a request to open opened.
#[derive(Debug)]
pub struct OpenedSections {
    /// The sections.
    pub sections: Vec<OpenSection>,
    /// In which slot of the envelope each stood.
    pub slots: Vec<u8>,
    /// Who stood in between.
    pub assurance: Assurance,
}

impl<'a> Held<'a> {
    /// Checks a grant against the card of the agency that gave it. `keys` are those that the reader trusts: the card's
    /// root and its own must be among their roots.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        packet: &'a GrantPacket,
        card: &Card,
        keys: &Directory,
    ) -> Result<Held<'a>, ExchangeError> {
        let mut keys = keys.clone();
        card.add_to(&mut keys)?;
        for record in &packet.records {
            // Under a root that is trusted, or it counts for nothing and the grant is refused below.
            let _ = keys.add_bytes(record);
        }
        let policy = card.log_policy()?;
        let envelope = match packet.envelope.is_empty() {
            true => None,
            false => Some(Envelope::decode(&packet.envelope)?),
        };
        let author = match &envelope {
            Some(envelope) => keys.record(envelope.inspect().author),
            None => card.records().iter().find(|r| r.role() == Role::Issue),
        };
        let author = author.cloned().ok_or(ExchangeError::NoAuthor)?;
        let grant = LoggedGrant::verify(&packet.grants, &policy, &author, &keys)?;
        let sealed = match envelope {
            None => None,
            Some(envelope) => Some(sealed(envelope.verify(&author)?, packet, &author)?),
        };
        let held = Held {
            grant,
            sealed,
            policy,
            keys,
        };
        match &held.sealed {
            Some(s) if s.envelope.id() != held.terms().envelope => {
                Err(ExchangeError::OtherEnvelope)
            }
            _ => Ok(held),
        }
    }

    /// What it allows.
    pub fn terms(&self) -> &Terms {
        self.last().terms()
    }

    /// The grant that is used.
    pub fn last(&self) -> &Grant {
        &self.grant.chain().last().grant
    }

    /// The chain, as it is logged.
    pub fn grant(&self) -> &LoggedGrant {
        &self.grant
    }

    /// Asks to open some of the granted slots, all of them where none are named, for a purpose within that of the
    /// grant, that of the grant where none is named. `uses` says which use of each grant of the chain it is.
    ///
    /// # Errors
    /// Where the grant tells of existence only, is not this key's, or the key cannot be used now.
    pub fn ask(
        &self,
        (slots, purpose): (Option<Slots>, Option<Purpose>),
        uses: Vec<u16>,
        key: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<AccessRequest, ExchangeError> {
        let terms = self.terms();
        if terms.mode == Mode::Existence {
            return Err(crate::grant::GrantError::Existence.into());
        }
        let asked = Asked {
            slots: slots.unwrap_or(terms.slots),
            purpose: purpose.unwrap_or(terms.purpose),
            uses,
        };
        let request = AccessRequest::make(self.grant.chain(), asked, key, now)?;
        // What a gate would refuse is told before it is sent.
        self.grant.chain().admit(&request, &self.keys, now)?;
        Ok(request)
    }

    /// Asks to open all that an emergency grant allows: two officers sign, and the written reasons are sealed to
    /// `auditor`. `budget` says which of the first officer's emergencies of the day it is.
    ///
    /// # Errors
    /// As [`Held::ask`]; where the text is longer than 2,000 bytes.
    pub fn ask_emergency(
        &self,
        officers: [&dyn KeyProvider; 2],
        (reason, text, auditor): (EmergencyReason, &str, &KeyRecord),
        (uses, budget): (Vec<u16>, u16),
        now: UnixTime,
    ) -> Result<AccessRequest, ExchangeError> {
        let terms = self.terms();
        let asked = Asked {
            slots: terms.slots,
            purpose: terms.purpose,
            uses,
        };
        let why = (reason, text, auditor);
        let chain = self.grant.chain();
        let request = AccessRequest::make_emergency(chain, asked, officers, why, budget, now)?;
        chain.admit(&request, &self.keys, now)?;
        Ok(request)
    }

    /// Opens what was asked for, from what the gates released: any quorum of them is enough, whatever the others sent.
    /// The proof that the request is logged may be older than gates would take it, so that what was released before a
    /// journey opens on the way, while the grant lasts.
    ///
    /// # Errors
    /// Where the request is not logged, too few gates released, or what they released does not open.
    pub fn open(
        &self,
        packet: &OpenPacket,
        key: &dyn KeyProvider,
        now: UnixTime,
    ) -> Result<OpenedSections, ExchangeError> {
        let sealed = self.sealed.as_ref().ok_or(ExchangeError::NoEnvelope)?;
        let window = self.terms().window;
        let fresh = Freshness {
            now,
            max_age: window.until().as_secs() - window.from().as_secs(),
            skew: SKEW,
        };
        let request = AccessRequest::decode(packet.request.opening.entry().bytes())?;
        let logged = LoggedRequest::verify(
            self.grant.clone(),
            packet.request.clone(),
            &self.policy,
            &self.keys,
            fresh,
        )?;
        let gates = self.gates_of(sealed, packet)?;
        let releases = packet.releases();
        let needed = match &gates {
            Keepers::Author => sealed.envelope.threshold(),
            Keepers::New(gates) => gates.set().threshold(),
        };
        if releases.len() < needed {
            let words = packet.denials().iter().map(|d| d.words.clone()).collect();
            return Err(ExchangeError::Unreleased {
                released: releases.len(),
                needed,
                why: super::error::Reasons(words),
            });
        }
        let mut refused = None;
        for quorum in quorums(&releases, needed) {
            match self.open_with((sealed, &gates), &logged, request.slots(), &quorum, key) {
                Ok(opened) => return Ok(opened),
                Err(e) => refused = Some(e),
            }
        }
        Err(refused.unwrap_or(ExchangeError::NoEnvelope))
    }

    /// The gates that keep the envelope's shares: those of its author, unless the answer shows that they were dealt anew.
    fn gates_of(&self, sealed: &Sealed<'_>, packet: &OpenPacket) -> Result<Keepers, ExchangeError> {
        let Some(moved) = &packet.moved else {
            return Ok(Keepers::Author);
        };
        let author = self.keys.record(sealed.envelope.author());
        let author = author.ok_or(ExchangeError::NoAuthor)?;
        let both = (&sealed.envelope, author);
        let [redeal, done] = &moved.steps;
        let steps = [redeal, done];
        let gates = NewGates::verify(both, steps, &moved.taken, &self.policy, &self.keys)?;
        Ok(Keepers::New(gates))
    }

    fn open_with(
        &self,
        (sealed, gates): (&Sealed<'_>, &Keepers),
        logged: &LoggedRequest,
        slots: Slots,
        releases: &[Release],
        key: &dyn KeyProvider,
    ) -> Result<OpenedSections, ExchangeError> {
        let mut sections = Vec::new();
        let mut assurance = Assurance::Advisory;
        let (envelope, keys) = (&sealed.envelope, &self.keys);
        for slot in slots.iter() {
            let open = match gates {
                Keepers::Author => {
                    let both = (envelope, sealed.deposits.as_slice());
                    logged.open_key(slot, both, releases, keys, key)?
                }
                Keepers::New(gates) => {
                    logged.open_key_of(slot, (envelope, gates), releases, keys, key)?
                }
            };
            assurance = open.assurance();
            sections.push(open.open(envelope)?);
        }
        Ok(OpenedSections {
            sections,
            slots: slots.iter().collect(),
            assurance,
        })
    }

    /// The key whose holder may use it.
    pub fn recipient(&self) -> KeyId {
        self.last().recipient()
    }
}

fn sealed<'a>(
    envelope: VerifiedEnvelope<'a>,
    packet: &GrantPacket,
    author: &KeyRecord,
) -> Result<Sealed<'a>, ExchangeError> {
    let deposits = packet.deposits.iter().cloned();
    let deposits = deposits.map(|d| envelope.deposit(d, author));
    Ok(Sealed {
        deposits: deposits.collect::<Result<_, _>>()?,
        envelope,
    })
}

/// Every choice of `needed` releases, the first ones first. There are at most seven gates, so at most 35.
fn quorums(releases: &[Release], needed: usize) -> impl Iterator<Item = Vec<Release>> {
    let n = releases.len().min(crate::envelope::MOST_GATES);
    (0u8..1 << n)
        .filter(move |set| usize::try_from(set.count_ones()) == Ok(needed))
        .map(|set| {
            let chosen = releases.iter().enumerate();
            chosen
                .filter(|(i, _)| set >> i & 1 == 1)
                .map(|(_, r)| r.clone())
                .collect()
        })
}

impl From<KeyRefused> for ExchangeError {
    fn from(e: KeyRefused) -> ExchangeError {
        ExchangeError::Key(e)
    }
}
