//! The gate.

use super::acknowledged::Acknowledgement;
use super::ask::{Ask, Evidence};
use super::error::Denial;
use super::holding::{at, theirs};
use super::list::{ReleaseLine, ReleaseList};
use super::logged::{LoggedGrant, witnessed_by};
use super::release::Release;
use super::storage::{BUDGET, DEPOSIT, ERASED, GateStore, LINE, REQUEST, REVOKED, SEEN, USE, row};
use crate::audit::{
    Checkpoint, Freshness, Hash, Included, Kind, Policy, Row, Seen, StoreError, check_consistency,
};
use crate::clock::UnixTime;
use crate::envelope::{Deposit, EnvelopeId, VerifiedDeposit};
use crate::grant::{AccessRequest, Chain, EntryRef, Erased, Erasure, Revocation};
use crate::keys::{Directory, KeyId, KeyProvider, KeyRefused};

/// How often a gate reads again where another process of it was faster.
pub(super) const TRIES: usize = 16;
const DAY: u64 = 86_400;

/// By what a gate goes.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The logs and witnesses that it believes.
    pub policy: Policy,
    /// Seconds that a witness's cosignature stays fresh.
    pub max_age: u64,
    /// Seconds by which clocks may differ.
    pub skew: u64,
    /// How many emergencies an officer may declare in a day (UTC).
    pub emergencies: u16,
}

/// A gate: a state machine without sockets.
pub struct Gate<'k, S> {
    pub(super) key: &'k dyn KeyProvider,
    pub(super) rules: Rules,
    pub(super) store: S,
}

impl<'k, S: GateStore> Gate<'k, S> {
    /// A gate with this key, of the role `gate`, and these rules.
    pub fn new(key: &'k dyn KeyProvider, rules: Rules, store: S) -> Gate<'k, S> {
        Gate { key, rules, store }
    }

    /// Its key.
    pub fn key_id(&self) -> KeyId {
        self.key.key_id()
    }

    /// Keeps a deposit: the first of an envelope that its author signed and that opens.
    ///
    /// # Errors
    /// Where it is for another gate, another is kept, or it was not signed by a known author.
    pub fn deposit(&mut self, deposit: &Deposit, keys: &Directory) -> Result<(), Denial> {
        if deposit.gate_key() != self.key.key_id() {
            return Err(Denial::OtherGate);
        }
        self.not_erased(deposit.envelope())?;
        self.not_yielded(&at(deposit.envelope(), 0))?;
        verified(deposit, keys)?.open(self.key)?;
        let kept = row(DEPOSIT, &[&deposit.envelope().0], &[&deposit.encode()]);
        self.store.put(&[kept]).map_err(|e| match e {
            StoreError::Taken => Denial::OtherDeposit,
            e => e.into(),
        })
    }

    /// The largest tree of a log that the gate has seen.
    ///
    /// # Errors
    /// Where its state cannot be read.
    pub fn seen(&self, origin: &str) -> Result<Option<Seen>, Denial> {
        seen(&self.store, origin)
    }

    /// Keeps a revocation, and acknowledges it: from now on this gate releases nothing under that grant, nor under any
    /// that hands it on. Whether its signer may revoke it is looked at when it is used.
    ///
    /// # Errors
    /// Where its signature does not hold, or its state cannot be written.
    pub fn revoke(
        &mut self,
        revocation: &Revocation,
        keys: &Directory,
        now: UnixTime,
    ) -> Result<Acknowledgement, Denial> {
        revocation.verify(keys, now)?;
        let key: [&[u8]; 2] = [&revocation.grant().0, &revocation.id()];
        self.store
            .put(&[row(REVOKED, &key, &[&revocation.encode()])])?;
        let released = self.released_under(revocation.grant())?;
        let statement = (revocation.id(), revocation.grant());
        Ok(Acknowledgement::sign(statement, released, self.key)?)
    }

    /// Erases an envelope's shares, where the log has the agency's word for it, and acknowledges that. No deposit of
    /// that envelope is taken any more.
    ///
    /// # Errors
    /// Where the erasure is not in a witnessed log, is not by the agency that sealed the envelope, or the state cannot
    /// be written.
    pub fn erase(
        &mut self,
        evidence: &Evidence,
        keys: &Directory,
    ) -> Result<Acknowledgement, Denial> {
        let included = evidence.check(&[Kind::Erasure], &self.rules.policy, None)?;
        let erasure = Erasure::decode(evidence.opening.entry().bytes())?;
        let Erased::Shares(envelope) = erasure.erased() else {
            return Err(Denial::OtherKind);
        };
        let root = erasure.verify(keys, witnessed_by(&included))?;
        let entry = evidence.entry();
        let tombstone = row(ERASED, &[&envelope.0], &[&entry.0]);
        if self.store.row(ERASED, &envelope.0)?.as_ref() != Some(&tombstone.value) {
            self.not_erased(envelope)?;
            let author = self.author_of(envelope)?.ok_or(Denial::NoDeposit)?;
            theirs(author, root, keys)?;
        }
        self.store.replace(DEPOSIT, &envelope.0, &tombstone)?;
        self.delete_dealt(&envelope.0, &tombstone)?;
        let released = self.lines(envelope)?.into_iter().map(|l| l.entry);
        Ok(Acknowledgement::sign(
            (erasure.id(), entry),
            released.collect(),
            self.key,
        )?)
    }

    pub(super) fn lines(&self, envelope: EnvelopeId) -> Result<Vec<ReleaseLine>, Denial> {
        let rows = self.store.rows(LINE, &envelope.0)?;
        let lines = rows.iter().map(|r| ReleaseLine::from_bytes(&r.value));
        lines.collect::<Option<_>>().ok_or_else(damaged)
    }

    /// The requests that used a grant, or one that hands it on.
    fn released_under(&self, grant: EntryRef) -> Result<Vec<EntryRef>, Denial> {
        let mut out = Vec::new();
        for used in self.store.rows(USE, &grant.0)? {
            let entry = self.store.row(REQUEST, &used.value)?;
            let entry = entry.and_then(|e| e.try_into().ok());
            out.push(EntryRef(entry.ok_or_else(damaged)?));
        }
        Ok(out)
    }

    /// Answers a request to open: checks all of it, writes down what will be released, then releases. The same request
    /// again gets the same shares again and counts once.
    ///
    /// # Errors
    /// The first thing that does not hold. Nothing was released.
    pub fn handle(
        &mut self,
        ask: &Ask,
        keys: &Directory,
        now: UnixTime,
    ) -> Result<Release, Denial> {
        let fresh = Freshness {
            now,
            max_age: self.rules.max_age,
            skew: self.rules.skew,
        };
        let kinds = [Kind::Request, Kind::BreakGlass];
        let included = ask.request.check(&kinds, &self.rules.policy, Some(fresh))?;
        let entry = ask.request.opening.entry();
        let request = AccessRequest::decode(entry.bytes())?;
        if request.emergency().is_some() != (entry.kind() == Kind::BreakGlass) {
            return Err(Denial::OtherKind);
        }
        let tree = included.witnessed().checkpoint();
        self.extends(ask, tree)?;
        let holding = self.current(request.envelope(), keys)?;
        let author = keys.record(holding.author());
        let author = author.ok_or(KeyRefused::Unknown(holding.author()))?;
        let grant = LoggedGrant::verify(&ask.grants, &self.rules.policy, author, keys)?;
        if holding.two_issuers() && !grant.chain().has_two_issuers() {
            return Err(Denial::TwoIssuers);
        }
        if request.made() > now.after(self.rules.skew) {
            return Err(Denial::Future {
                made: request.made(),
            });
        }
        let admitted = grant.chain().admit(&request, keys, now)?;
        self.not_revoked(grant.chain(), keys)?;
        let shares = holding.shares(self.key)?;
        let entry = included.leaf().commitment().0;
        let by = holding.dealt_by();
        self.not_used_before((&request, entry), grant.chain(), by)?;
        self.write_down(&request, &included, grant.chain())?;
        // Again, for a process that keeps a revocation or an erasure, or deals the shares, writes it down before it looks
        // for uses: either it finds this one and says so, or this one finds what it wrote.
        self.not_revoked(grant.chain(), keys)?;
        self.not_erased(request.envelope())?;
        self.not_moved(request.envelope(), holding.epoch())?;
        Release::make(&request, &included, &shares, admitted.recipient(), self.key)
    }

    /// What this gate released of an envelope, signed.
    ///
    /// # Errors
    /// Where its state cannot be read, or its key cannot be reached.
    pub fn releases(&self, envelope: EnvelopeId) -> Result<ReleaseList, Denial> {
        let lines = self.lines(envelope)?;
        Ok(ReleaseList::sign(envelope, lines, self.key)?)
    }

    /// The gate is a witness too: whatever it is shown extends what it was shown before.
    fn extends(&self, ask: &Ask, tree: &Checkpoint) -> Result<(), Denial> {
        let Some(Seen { size: seen, root }) = self.seen(&tree.origin)? else {
            return Ok(());
        };
        if tree.size < seen {
            return Err(Denial::Older { seen });
        }
        if ask.seen != seen && tree.size != seen {
            return Err(Denial::Consistency { seen });
        }
        let none = Vec::new();
        let path = if tree.size == seen {
            &none
        } else {
            &ask.consistency
        };
        let extends = check_consistency(seen, root, tree.size, tree.root, path);
        extends.map_err(|error| Denial::Forked { seen, error })
    }

    fn not_revoked(&self, chain: &Chain, keys: &Directory) -> Result<(), Denial> {
        for link in chain.links() {
            for kept in self.store.rows(REVOKED, &link.entry.0)? {
                if chain.is_ended_by(&Revocation::decode(&kept.value)?, keys) {
                    return Err(Denial::Revoked);
                }
            }
        }
        Ok(())
    }

    /// Binds the request's number and uses to it and adds a line to the envelope's list, in one write.
    fn write_down(
        &mut self,
        request: &AccessRequest,
        included: &Included,
        chain: &Chain,
    ) -> Result<(), Denial> {
        let (id, entry) = (request.id(), included.leaf().commitment().0);
        for _ in 0..TRIES {
            match self.store.row(REQUEST, &id)? {
                Some(before) if before == entry => return Ok(()),
                Some(_) => return Err(Denial::RequestReused),
                None => {}
            }
            let mut rows = self.uses(request, chain)?;
            rows.push(row(REQUEST, &[&id], &[&entry]));
            rows.push(self.line(request, included)?);
            let tree = included.witnessed().checkpoint();
            let (origin, size) = (seen_prefix(&tree.origin), tree.size.to_be_bytes());
            rows.push(row(SEEN, &[&origin, &size], &[&tree.root.0]));
            match self.store.put(&rows) {
                Err(StoreError::Taken) => {}
                done => return Ok(done?),
            }
        }
        Err(StoreError::Locked.into())
    }

    fn uses(&self, request: &AccessRequest, chain: &Chain) -> Result<Vec<Row>, Denial> {
        let id = request.id();
        let mut rows = Vec::new();
        for (index, (link, found)) in chain.links().iter().zip(request.ordinals()).enumerate() {
            let used = row(USE, &[&link.entry.0, &found.to_be_bytes()], &[&id]);
            if self.store.row(USE, &used.key)?.is_some_and(|by| by != id) {
                let found = *found;
                return Err(Denial::UseTaken { index, found });
            }
            rows.push(used);
        }
        if let Some(emergency) = request.emergency() {
            let (found, most) = (emergency.budget(), self.rules.emergencies);
            let used = row(BUDGET, &[&emergency_key(request, found)], &[&id]);
            let taken = self
                .store
                .row(BUDGET, &used.key)?
                .is_some_and(|by| by != id);
            if found > most || taken {
                return Err(Denial::Budget { found, most });
            }
            rows.push(used);
        }
        Ok(rows)
    }

    fn line(&self, request: &AccessRequest, included: &Included) -> Result<Row, Denial> {
        let envelope = request.envelope().0;
        let next = match self.store.last(LINE, &envelope)? {
            None => 0,
            Some(last) => match last.key[envelope.len()..].try_into() {
                Ok(n) => u64::from_be_bytes(n) + 1,
                Err(_) => return Err(damaged()),
            },
        };
        let line = ReleaseLine {
            index: included.index(),
            entry: EntryRef(included.leaf().commitment().0),
        };
        Ok(row(
            LINE,
            &[&envelope, &next.to_be_bytes()],
            &[&line.to_bytes()],
        ))
    }
}

impl<S> std::fmt::Debug for Gate<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Gate").field(&self.key.key_id()).finish()
    }
}

/// Where it stands that a request is the emergency of this number of its officer's day.
pub(super) fn emergency_key(request: &AccessRequest, number: u16) -> Vec<u8> {
    let day = (request.made().as_secs() / DAY).to_be_bytes();
    [&request.requester().0[..], &day, &number.to_be_bytes()].concat()
}

pub(super) fn verified(deposit: &Deposit, keys: &Directory) -> Result<VerifiedDeposit, Denial> {
    let author = keys.record(deposit.author());
    let author = author.ok_or(KeyRefused::Unknown(deposit.author()))?;
    Ok(deposit.clone().verify(author)?)
}

/// The largest tree of a log that a gate has seen whose store this is. Needs no key.
///
/// # Errors
/// Where its state cannot be read.
pub fn seen<S: GateStore>(store: &S, origin: &str) -> Result<Option<Seen>, Denial> {
    let prefix = seen_prefix(origin);
    let Some(last) = store.last(SEEN, &prefix)? else {
        return Ok(None);
    };
    let size = last.key[prefix.len()..].try_into().map(u64::from_be_bytes);
    match (size, <[u8; 32]>::try_from(last.value.as_slice())) {
        (Ok(size), Ok(root)) => Ok(Some(Seen {
            size,
            root: Hash(root),
        })),
        _ => Err(damaged()),
    }
}

/// A log's name and a NUL, which no name holds.
fn seen_prefix(origin: &str) -> Vec<u8> {
    [origin.as_bytes(), &[0]].concat()
}

pub(super) fn damaged() -> Denial {
    Denial::Store(StoreError::Damaged {
        what: "what the gate keeps",
    })
}
