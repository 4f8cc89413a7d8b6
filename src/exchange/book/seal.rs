//! Sealing a record into the book, and finding it again.

use super::{Book, refused};
use crate::audit::Store;
use crate::clock::UnixTime;
use crate::envelope::{Billet, EnvelopeId, Sealer};
use crate::exchange::courier::Courier;
use crate::exchange::error::ExchangeError;
use crate::exchange::gate_message::{GateAnswer, GateCall};
use crate::gate::GateStore;
use crate::record::Section;
use zeroize::Zeroizing;

impl<S: Store, F: GateStore> Book<'_, S, F> {
    /// Seals a child's sections under the policy in force, files them under the agency's own reference for the child,
    /// and leaves a deposit with each gate. The reference is kept sealed.
    ///
    /// # Errors
    /// As [`Sealer::seal`]; where no policy is in force. Where a gate is not reached the envelope is kept, and
    /// [`Book::deposit`] tries again.
    pub fn seal(
        &mut self,
        courier: &mut dyn Courier,
        subject: &str,
        sections: &[(Section, &[u8])],
        now: UnixTime,
    ) -> Result<EnvelopeId, ExchangeError> {
        self.seal_in_place_of(courier, (subject, &[]), sections, now)
    }

    /// Seals a record anew, such as under a new policy: from then on requests are granted of the new envelope. What was
    /// granted of older ones lasts until it ends; these come back, so that they can be erased then.
    ///
    /// # Errors
    /// As [`Book::seal`]; where nothing is filed under that reference.
    pub fn reseal(
        &mut self,
        courier: &mut dyn Courier,
        subject: &str,
        sections: &[(Section, &[u8])],
        now: UnixTime,
    ) -> Result<(EnvelopeId, Vec<EnvelopeId>), ExchangeError> {
        let older = self.current(subject)?;
        if older.is_empty() {
            return Err(ExchangeError::Missing("record under that reference"));
        }
        let id = self.seal_in_place_of(courier, (subject, &older), sections, now)?;
        Ok((id, older))
    }

    fn seal_in_place_of(
        &mut self,
        courier: &mut dyn Courier,
        (subject, older): (&str, &[EnvelopeId]),
        sections: &[(Section, &[u8])],
        now: UnixTime,
    ) -> Result<EnvelopeId, ExchangeError> {
        self.not_compromised(self.keys.author.key_id(), now)?;
        let (policy, _) = self.policy()?;
        let owner = self.own_record(self.keys.owner.key_id())?.clone();
        let gates = self.gates()?;
        let billet = Sealer::new(self.keys.author, &owner, &gates, &policy).seal(sections, now)?;
        let id = billet.owner_packet().envelope();
        self.shelf
            .file(&self.private, subject, (id, &billet), older)?;
        self.deposit(courier, id)?;
        Ok(id)
    }

    /// Leaves an envelope's deposits with its gates, as often as it takes: a gate keeps the first.
    ///
    /// # Errors
    /// The first gate that was not reached, or did not take it.
    pub fn deposit(
        &mut self,
        courier: &mut dyn Courier,
        id: EnvelopeId,
    ) -> Result<(), ExchangeError> {
        let billet = self.shelf.billet(id)?;
        for deposit in billet.deposits() {
            let gate = deposit.gate_key();
            let call = GateCall::Deposit(deposit.clone());
            match self.ask_gate(courier, gate, call, &[deposit.author()])? {
                GateAnswer::Kept => {}
                other => return Err(refused(gate, other)),
            }
        }
        Ok(())
    }

    /// The envelopes filed under the agency's own reference for a child.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn envelopes(&self, subject: &str) -> Result<Vec<EnvelopeId>, ExchangeError> {
        self.shelf.envelopes(&self.private.tag(subject))
    }

    /// Those of them in whose place no newer one was sealed: usually one.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn current(&self, subject: &str) -> Result<Vec<EnvelopeId>, ExchangeError> {
        let mut out = Vec::new();
        for id in self.envelopes(subject)? {
            if !self.shelf.resealed(id)? {
                out.push(id);
            }
        }
        Ok(out)
    }

    /// The agency's own reference for the child whose envelope it is.
    ///
    /// # Errors
    /// Where the book holds no such envelope.
    pub fn subject(&self, id: EnvelopeId) -> Result<Zeroizing<String>, ExchangeError> {
        self.shelf.subject(&self.private, id)
    }

    /// An envelope as it was sealed.
    ///
    /// # Errors
    /// Where the book holds no such envelope.
    pub fn billet(&self, id: EnvelopeId) -> Result<Billet, ExchangeError> {
        self.shelf.billet(id)
    }
}
