//! Consents that an agency was given or refused, and what a withdrawal ends.

use super::{Book, EndedAt};
use crate::audit::{Kind, Store};
use crate::clock::UnixTime;
use crate::consent::Consent;
use crate::exchange::consent_file::parse;
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::gate::GateStore;
use crate::grant::{EntryRef, Link, RevocationReason, resting_on};

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Keeps an answer to sharing a child's record, as TOML (docs/format.md), sealed; gives its receipt: a blinded
    /// commitment to it, which the grants that rest on it carry.
    ///
    /// # Errors
    /// Where the text is not of that form.
    pub fn keep_consent(&mut self, subject: &str, text: &str) -> Result<[u8; 32], ExchangeError> {
        parse(text, [0; 32])?;
        let written = self.private.write(text)?;
        self.shelf.keep_written(&written)?;
        let receipt = written.commitment;
        self.shelf
            .keep_consent(&self.private.tag(subject), receipt)?;
        Ok(receipt)
    }

    /// The answers kept about a child, with their withdrawals.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn consents(&self, subject: &str) -> Result<Vec<Consent>, ExchangeError> {
        let mut out = Vec::new();
        for receipt in self.shelf.consents(&self.private.tag(subject))? {
            let text = self.shelf.written(&self.private, &receipt)?;
            let text = text.ok_or(ExchangeError::Missing("text of that consent"))?;
            let mut consent = parse(&text, receipt)?;
            consent.withdrawn = self.shelf.withdrawn(&receipt)?;
            out.push(consent);
        }
        Ok(out)
    }

    /// Withdraws a consent: nothing more is granted on it, and what was granted on it is revoked, with all that hands it
    /// on. Grants on any other ground stay.
    ///
    /// # Errors
    /// Where no consent about that child has this receipt, or a revocation does not get into a witnessed log; call it
    /// again then.
    pub fn withdraw(
        &mut self,
        courier: &mut dyn Courier,
        (subject, receipt): (&str, [u8; 32]),
        why: &str,
        now: UnixTime,
    ) -> Result<Vec<(EntryRef, EndedAt)>, ExchangeError> {
        let kept = self.shelf.consents(&self.private.tag(subject))?;
        if !kept.contains(&receipt) {
            return Err(ExchangeError::Missing("consent with that receipt"));
        }
        // First of all nothing more rests on it.
        if self.shelf.withdrawn(&receipt)?.is_none() {
            self.shelf.withdraw(&receipt, now)?;
        }
        self.catch_up()?;
        let mut links: Vec<Link> = Vec::new();
        for id in self.envelopes(subject)? {
            for place in self.shelf.entries(id)? {
                if place.kind == Kind::Grant {
                    // One that was erased has nothing left to compare.
                    links.extend(self.link(place.entry, now).ok());
                }
            }
        }
        let ended = resting_on(receipt, &links);
        // Those whose own ground is this consent: what hands them on ends with them.
        let own = ended.iter().filter(|l| l.grant.parent().is_none());
        let entries: Vec<EntryRef> = own.map(|l| l.entry).collect();
        let mut out = Vec::with_capacity(entries.len());
        for entry in entries {
            let reason = (RevocationReason::ConsentWithdrawn, why);
            out.push((entry, self.revoke(courier, entry, reason, now)?));
        }
        Ok(out)
    }
}
