//! A log, three witnesses of which two are needed, and three gates of which two are needed.

use crate::crash::{Seeded, signer};
use crate::grant_support::{Region, now};
use crate::scene::book;
use billetbook::audit::{Freshness, Hash, Kind, Log, Policy, SignedCheckpoint, Witness};
use billetbook::clock::UnixTime;
use billetbook::envelope::VerifiedDeposit;
use billetbook::gate::{
    Ask, Denial, Evidence, Gate, LoggedGrant, LoggedRequest, OpenKeyError, Release, Rules,
};
use billetbook::grant::{AccessRequest, Asked, Grant};
use billetbook::keys::{KeyProvider, RoleKeys};
use billetbook::store::{MemoryDisk, MemoryGate, MemoryStore};

/// A log and its witnesses, all in memory.
pub(crate) struct Logged {
    pub(crate) disk: MemoryDisk,
    pub(crate) log: Log<MemoryStore>,
    pub(crate) witnesses: Vec<(Seeded, Witness<MemoryStore>)>,
}

impl Logged {
    pub(crate) fn new() -> Logged {
        let witnesses = [1, 2, 3].map(|i| {
            let key = Seeded::witness(&format!("w{i}.example"), 10 + i);
            (
                key,
                Witness::new(vec![signer().key()], MemoryDisk::new().open()),
            )
        });
        let disk = MemoryDisk::new();
        Logged {
            log: Log::create(disk.open(), &signer()).unwrap(),
            disk,
            witnesses: witnesses.into(),
        }
    }

    pub(crate) fn policy(&self) -> Policy {
        let keys: Vec<_> = self.witnesses.iter().map(|(key, _)| key.key()).collect();
        Policy::new(signer().key(), &keys, 2).unwrap()
    }

    pub(crate) fn append(&mut self, kind: Kind, bytes: Vec<u8>) -> u64 {
        book::append(&mut self.log, kind, bytes)
    }

    /// The log as signed, cosigned by so many of the witnesses.
    pub(crate) fn cosigned(&mut self, by: usize, at: UnixTime) -> SignedCheckpoint {
        let mut signed = self.log.publish(&signer()).unwrap();
        for (key, witness) in self.witnesses.iter_mut().take(by) {
            let seen = witness.latest(signer().key().name()).unwrap();
            let old = seen.map_or(0, |s| s.size);
            let step = self.log.add_checkpoint(old, &signed).unwrap();
            signed.add(witness.add_checkpoint(&step, at, key).unwrap());
        }
        signed
    }

    pub(crate) fn evidence(&mut self, index: u64, signed: &SignedCheckpoint) -> Evidence {
        book::evidence(&mut self.log, index, signed)
    }

    /// Logs an entry and proves it under two witnesses.
    pub(crate) fn enter(&mut self, kind: Kind, bytes: Vec<u8>) -> Evidence {
        let index = self.append(kind, bytes);
        let signed = self.cosigned(2, now());
        self.evidence(index, &signed)
    }

    /// From what a gate has seen to the tree of this evidence.
    pub(crate) fn since(&mut self, seen: u64, evidence: &Evidence) -> Vec<Hash> {
        let to = evidence.proof.checkpoint();
        match seen == 0 || seen >= to.unverified().size {
            true => Vec::new(),
            false => self.log.add_checkpoint(seen, to).unwrap().proof,
        }
    }
}

pub(crate) fn fresh() -> Freshness {
    Freshness {
        now: now(),
        max_age: 600,
        skew: 30,
    }
}

/// All of it: what the region shares, the log, the gates' stores.
pub(crate) struct Book {
    pub(crate) region: Region,
    pub(crate) logged: Logged,
    pub(crate) stores: [MemoryGate; 3],
}

impl Book {
    /// Three gates that hold their deposits.
    pub(crate) fn new() -> Book {
        Book::of(Region::new())
    }

    pub(crate) fn of(mut region: Region) -> Book {
        for gate in &region.gates {
            region
                .keys
                .add(&region.school.record(gate).to_text())
                .unwrap();
        }
        let book = Book {
            region,
            logged: Logged::new(),
            stores: [(); 3].map(|()| MemoryGate::new()),
        };
        for (i, deposit) in book.region.billet.deposits().iter().enumerate() {
            book.gate(i).deposit(deposit, &book.region.keys).unwrap();
        }
        book
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            policy: self.logged.policy(),
            max_age: 600,
            skew: 30,
            emergencies: 2,
        }
    }

    pub(crate) fn gate(&self, i: usize) -> Gate<'_, MemoryGate> {
        Gate::new(&self.region.gates[i], self.rules(), self.stores[i].clone())
    }

    pub(crate) fn grant(&mut self, grant: &Grant) -> LoggedGrant {
        let evidence = self.logged.enter(Kind::Grant, grant.encode());
        self.logged_grant(&[evidence]).unwrap()
    }

    pub(crate) fn logged_grant(&self, evidence: &[Evidence]) -> Result<LoggedGrant, Denial> {
        let (policy, author) = (self.logged.policy(), self.region.author());
        LoggedGrant::verify(evidence, &policy, &author, &self.region.keys)
    }

    /// The council's social worker asks, and has it logged.
    pub(crate) fn request(&mut self, grant: &LoggedGrant, uses: &[u16]) -> LoggedRequest {
        let terms = grant.chain().last().grant.terms();
        let asked = Asked {
            slots: terms.slots,
            purpose: terms.purpose,
            uses: uses.to_vec(),
        };
        let key = &self.region.council.open;
        let request = AccessRequest::make(grant.chain(), asked, key, now()).unwrap();
        self.enter(grant, Kind::Request, &request)
    }

    /// Many requests, logged and then proven in one tree, so that gates may see them in any order.
    pub(crate) fn requests(&mut self, grant: &LoggedGrant, uses: &[u16]) -> Vec<LoggedRequest> {
        let key = &self.region.council.open;
        let terms = grant.chain().last().grant.terms();
        let mut indices = Vec::new();
        for n in uses {
            let asked = Asked {
                slots: terms.slots,
                purpose: terms.purpose,
                uses: vec![*n],
            };
            let request = AccessRequest::make(grant.chain(), asked, key, now()).unwrap();
            indices.push(self.logged.append(Kind::Request, request.encode()));
        }
        let signed = self.logged.cosigned(2, now());
        let (policy, keys) = (self.logged.policy(), &self.region.keys);
        let mut out = Vec::new();
        for index in indices {
            let evidence = self.logged.evidence(index, &signed);
            let verified = LoggedRequest::verify(grant.clone(), evidence, &policy, keys, fresh());
            out.push(verified.unwrap());
        }
        out
    }

    pub(crate) fn enter(
        &mut self,
        grant: &LoggedGrant,
        kind: Kind,
        request: &AccessRequest,
    ) -> LoggedRequest {
        let evidence = self.logged.enter(kind, request.encode());
        let policy = self.logged.policy();
        let keys = &self.region.keys;
        LoggedRequest::verify(grant.clone(), evidence, &policy, keys, fresh()).unwrap()
    }

    /// What this gate is to be asked with.
    pub(crate) fn ask(&mut self, gate: usize, request: &LoggedRequest) -> Ask {
        let seen = self.gate(gate).seen(signer().key().name()).unwrap();
        let seen = seen.map_or(0, |s| s.size);
        let since = self.logged.since(seen, &request.ask(0, Vec::new()).request);
        request.ask(seen, since)
    }

    pub(crate) fn release(
        &mut self,
        gate: usize,
        request: &LoggedRequest,
    ) -> Result<Release, Denial> {
        let ask = self.ask(gate, request);
        self.gate(gate).handle(&ask, &self.region.keys, now())
    }

    pub(crate) fn deposits(&self) -> Vec<VerifiedDeposit> {
        let envelope = self.region.envelope();
        let author = self.region.author();
        let deposits = self.region.billet.deposits().iter();
        deposits
            .map(|d| envelope.deposit(d.clone(), &author).unwrap())
            .collect()
    }

    pub(crate) fn open(
        &self,
        request: &LoggedRequest,
        slot: u8,
        releases: &[Release],
        key: &RoleKeys,
    ) -> Result<Vec<u8>, OpenKeyError> {
        let (envelope, deposits) = (self.region.envelope(), self.deposits());
        let keys = &self.region.keys;
        let key: &dyn KeyProvider = key;
        let open = request.open_key(slot, (&envelope, &deposits), releases, keys, key)?;
        Ok(open.open(&envelope)?.content().to_vec())
    }
}
