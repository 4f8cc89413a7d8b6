//! Dealing shares anew, at the gates: those before deal, those after add up, those before delete, those after begin.
//!
//! A gate that has dealt releases nothing any more, and a gate that has added up releases nothing before as many of those
//! before as open have said that they deleted theirs for this very entry, which each of them says for one entry only. So
//! what was bound to a use before, is bound after, and no two sets of gates serve one envelope.

use super::acknowledged::{Acknowledgement, Ended};
use super::ask::Evidence;
use super::dealing::{Dealing, Head};
use super::error::Denial;
use super::handle::{Gate, TRIES};
use super::holding::{Held, Holding, SubShares, at, theirs};
use super::storage::{DEALING, DEPOSIT, ERASED, FROZEN, GateStore, HELD, SERVING, YIELDED, row};
use super::taken::{Said, Taken, all_taken, said};
use crate::audit::{Row, StoreError};
use crate::clock::UnixTime;
use crate::envelope::GateSet;
use crate::grant::Revocation;
use crate::keys::{Directory, KeyId, Role};

impl<S: GateStore> Gate<'_, S> {
    /// Deals this gate's shares of an envelope to the gates that a logged entry of two officers names, and releases
    /// nothing of it any more. `header` is the envelope's header, where the author's own deposit is dealt. The same entry
    /// again gets the same dealing again.
    ///
    /// # Errors
    /// Where the entry is not in a witnessed log, is not by the agency that sealed the envelope, names other gates than
    /// these or not this one as a dealer; where a new gate's key is not to be trusted; where the state cannot be written.
    pub fn deal(
        &mut self,
        evidence: &Evidence,
        header: &[u8],
        keys: &Directory,
        now: UnixTime,
    ) -> Result<Dealing, Denial> {
        let said = said(evidence, &self.rules.policy, keys)?;
        let (dealt, envelope) = (said.dealt()?, said.redeal.envelope());
        self.not_erased(envelope)?;
        let epoch = dealt.from.epoch();
        let place = at(envelope, epoch);
        self.not_yielded(&place)?;
        let holding = self.of_epoch(envelope, epoch, keys)?;
        let holding = holding.ok_or(Denial::NoDeposit)?;
        let set = match &holding {
            Holding::Author(deposit) => deposit.gates(header)?,
            Holding::New(held) => held.set.clone(),
        };
        let number = set.number(self.key.key_id());
        let Some(number) = number.filter(|n| set == *dealt.from && dealt.dealers.contains(n))
        else {
            return Err(Denial::OtherGates);
        };
        let author = holding.author();
        theirs(author, said.root, keys)?;
        let publics = dealt.to.gates().iter();
        let publics = publics.map(|g| keys.keys_at(*g, Role::Gate, now));
        let publics = publics.collect::<Result<Vec<_>, _>>()?;
        let key = [&place[..], &said.entry.0].concat();
        // From here on nothing is released: what is read below stays as it is.
        self.store.put(&[row(FROZEN, &[&key], &[])])?;
        if self.store.row(DEALING, &key)?.is_none() {
            let head = Head {
                round: holding.round(said.entry, dealt.to.epoch()),
                author,
                two_issuers: holding.two_issuers(),
                dealer: number,
                key: self.key.key_id(),
                hashes: Vec::new(),
                list: self.releases(envelope)?,
                bound: self.bound(envelope, holding.dealt_by())?,
            };
            let revocations = self.revocations(&head.bound)?;
            let shares = holding.shares(self.key)?;
            let made = Dealing::make(head, (dealt.to, &publics), &shares, &revocations, self.key)?;
            match self.store.put(&[row(DEALING, &[&key], &[&made.encode()])]) {
                // Another process of this gate dealt meanwhile: its dealing is the one.
                Ok(()) | Err(StoreError::Taken) => {}
                Err(e) => return Err(e.into()),
            }
        }
        // An end that came meanwhile has deleted what it found; this was written after.
        self.gone(DEALING, &key, (ERASED, &envelope.0))?;
        self.gone(DEALING, &key, (YIELDED, &place))?;
        let kept = self.store.row(DEALING, &key)?.ok_or(Denial::Moved)?;
        Ok(Dealing::decode(&kept)?)
    }

    /// Adds up what was dealt to this gate, keeps it with what the dealers know of the envelope, and says so. It releases
    /// nothing yet.
    ///
    /// # Errors
    /// Where the entry is not in a witnessed log or not by the agency that sealed the envelope; where a dealing is missing,
    /// another's, or not as it was signed; where the state cannot be written.
    pub fn take(
        &mut self,
        evidence: &Evidence,
        dealings: &[Dealing],
        keys: &Directory,
    ) -> Result<Taken, Denial> {
        let said = said(evidence, &self.rules.policy, keys)?;
        let (dealt, envelope) = (said.dealt()?, said.redeal.envelope());
        self.not_erased(envelope)?;
        let number = dealt.to.number(self.key.key_id());
        let number = number.ok_or(Denial::OtherGates)?;
        let place = at(envelope, dealt.to.epoch());
        let key = [&place[..], &said.entry.0].concat();
        for _ in 0..TRIES {
            // What it has handed over, or was given by another entry, does not come back by an old message.
            let serving = self.store.row(SERVING, &place)?;
            if serving.is_some_and(|by| by != said.entry.0) {
                return Err(Denial::Moved);
            }
            self.not_yielded(&place)?;
            if let Some(held) = self.held(envelope, dealt.to.epoch(), said.entry)? {
                return Ok(held.taken);
            }
            let (heads, parts, revocations) = self.open_all(&said, number, dealings, keys)?;
            let first = heads.first().ok_or(Denial::OtherKind)?;
            theirs(first.author, said.root, keys)?;
            let (round, author) = (first.round, (first.author, first.two_issuers));
            let added = round.add_up(number, &parts, dealt.from.threshold());
            let (shares, checks) = added.ok_or(Denial::OtherKind)?;
            let taken = Taken::sign((round, number), &shares, checks, self.key)?;
            let parts = (round, author, dealt.to.clone(), taken.clone());
            let held = Held::seal(parts, &shares, self.key)?;
            let mut rows = self.moved(said.entry, &heads, &revocations)?;
            rows.push(row(HELD, &[&key], &[&held.encode()]));
            match self.store.put(&rows) {
                Err(StoreError::Taken) => {}
                Err(e) => return Err(e.into()),
                Ok(()) => {
                    self.gone(HELD, &key, (ERASED, &envelope.0))?;
                    self.gone(HELD, &key, (YIELDED, &place))?;
                    return Ok(taken);
                }
            }
        }
        Err(StoreError::Locked.into())
    }

    /// Deletes this gate's shares of an envelope, and what it dealt of them, once every new gate has taken its own and what
    /// was dealt agrees; and says so, for this entry and no other. It keeps what it knows of releases.
    ///
    /// # Errors
    /// Where either entry is not in a witnessed log or not by the agency that sealed the envelope; [`Denial::NotTaken`],
    /// [`Denial::Disagree`]; [`Denial::Moved`] where the shares went to other gates; where the state cannot be written.
    pub fn hand_over(
        &mut self,
        [redeal, done]: [&Evidence; 2],
        taken: &[Taken],
        keys: &Directory,
    ) -> Result<Acknowledgement, Denial> {
        let policy = &self.rules.policy;
        let (said, done) = (said(redeal, policy, keys)?, said(done, policy, keys)?);
        said.is_done_by(&done)?;
        let (dealt, envelope) = (said.dealt()?, said.redeal.envelope());
        self.not_erased(envelope)?;
        all_taken(&said, taken, keys)?;
        let epoch = dealt.from.epoch();
        let place = at(envelope, epoch);
        let yielded = match self.store.row(YIELDED, &place)? {
            Some(value) if value.starts_with(&said.entry.0) => Row {
                space: YIELDED,
                key: place.clone(),
                value,
            },
            Some(_) => return Err(Denial::Moved),
            None => {
                let holding = self.of_epoch(envelope, epoch, keys)?;
                let holding = holding.ok_or(Denial::NoDeposit)?;
                theirs(holding.author(), said.root, keys)?;
                if !is_of(&holding, dealt.from, self.key.key_id()) {
                    return Err(Denial::OtherGates);
                }
                let author = holding.author();
                row(YIELDED, &[&place], &[&said.entry.0, &author.0])
            }
        };
        self.put_once(&yielded)?;
        if epoch == 0 {
            self.store.replace(DEPOSIT, &envelope.0, &yielded)?;
        }
        self.delete_dealt(&place, &yielded)?;
        let released = self.lines(envelope)?.into_iter().map(|l| l.entry);
        let statement = (done.redeal.id(), done.entry);
        Ok(Acknowledgement::sign(
            statement,
            released.collect(),
            self.key,
        )?)
    }

    /// Releases from now on what this gate has taken, once as many of the gates before as open have deleted theirs.
    ///
    /// # Errors
    /// Where either entry is not in a witnessed log; [`Denial::NotYet`] where too few have; where this gate has taken
    /// nothing by that entry, or the state cannot be written.
    pub fn begin(
        &mut self,
        [redeal, done]: [&Evidence; 2],
        words: &[Acknowledgement],
        keys: &Directory,
    ) -> Result<(), Denial> {
        let policy = &self.rules.policy;
        let (said, done) = (said(redeal, policy, keys)?, said(done, policy, keys)?);
        said.is_done_by(&done)?;
        let (dealt, envelope) = (said.dealt()?, said.redeal.envelope());
        self.not_erased(envelope)?;
        let epoch = dealt.to.epoch();
        if self.held(envelope, epoch, said.entry)?.is_none() {
            // What it had is dealt on already, or it never had any.
            self.not_moved(envelope, epoch)?;
            return Err(Denial::NoDeposit);
        }
        let gates = (dealt.from.gates(), dealt.from.threshold());
        let ended = Ended::by_redeal((&done.redeal, done.entry), gates, words, keys);
        let acked = ended.map_err(|_| Denial::NotYet)?.acked;
        if acked < dealt.from.threshold() {
            return Err(Denial::NotYet);
        }
        let place = at(envelope, epoch);
        let serving = row(SERVING, &[&place], &[&said.entry.0]);
        self.put_once(&serving)?;
        // What it took by other redeals of this epoch, which none can end any more.
        for other in self.store.rows(HELD, &place)? {
            if !other.key.ends_with(&said.entry.0) {
                self.store.replace(HELD, &other.key, &serving)?;
            }
        }
        Ok(())
    }

    /// Sets a fact that is about one redeal only.
    fn put_once(&mut self, fact: &Row) -> Result<(), Denial> {
        let set = self.store.put(std::slice::from_ref(fact));
        set.map_err(|e| match e {
            StoreError::Taken => Denial::Moved,
            e => e.into(),
        })
    }

    /// Deletes what was written where a fact that ends it came first.
    fn gone(&mut self, space: u8, key: &[u8], end: (u8, &[u8])) -> Result<(), Denial> {
        let Some(value) = self.store.row(end.0, end.1)? else {
            return Ok(());
        };
        let by = row(end.0, &[end.1], &[&value]);
        self.store.replace(space, key, &by)?;
        Err(match end.0 {
            ERASED => Denial::Erased,
            _ => Denial::Moved,
        })
    }

    /// Every dealing that the entry names, checked, with what each dealt to this gate and the revocations.
    fn open_all<'d>(
        &self,
        said: &Said,
        number: u8,
        dealings: &'d [Dealing],
        keys: &Directory,
    ) -> Result<(Vec<&'d Head>, SubShares, Vec<Revocation>), Denial> {
        let (dealt, envelope) = (said.dealt()?, said.redeal.envelope());
        let (mut heads, mut parts): (Vec<&Head>, _) = (Vec::new(), SubShares::new());
        let mut revocations = Vec::new();
        for dealer in dealt.dealers {
            let gate = dealt.from.gate(*dealer).ok_or(Denial::OtherKind)?;
            let other = || Denial::OtherDealing { dealer: *dealer };
            let dealing = dealings.iter().find(|d| d.gate() == gate);
            let dealing = dealing.ok_or_else(other)?;
            dealing.verify((said.entry, envelope), (*dealer, gate), dealt.to, keys)?;
            let head = &dealing.head;
            if let Some(first) = heads.first()
                && (first.round, first.author, first.two_issuers)
                    != (head.round, head.author, head.two_issuers)
            {
                return Err(other());
            }
            let (bytes, mut kept) = dealing.open(number, self.key)?;
            heads.push(head);
            parts.push((*dealer, bytes));
            revocations.append(&mut kept);
        }
        Ok((heads, parts, revocations))
    }
}

/// That a gate holds what it holds as one of these.
fn is_of(holding: &Holding, set: &GateSet, gate: KeyId) -> bool {
    match holding {
        Holding::New(held) => held.set == *set,
        Holding::Author(deposit) => {
            holding.epoch() == set.epoch() && set.number(gate) == Some(deposit.gate())
        }
    }
}
