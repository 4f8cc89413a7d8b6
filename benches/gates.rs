//! Opening a section of 30 KB through two of three gates, nothing synced to disk:
//! `cargo bench -p billetbook --bench gates`.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use billetbook::audit::{
    Draft, Entry, Freshness, Kind, Log, NoteKey, NoteSigner, OpeningKey, Policy as LogPolicy,
    RequestId, Witness,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, Policy, PolicyHead, Purpose, Recipient, Request, decide,
};
use billetbook::envelope::{Billet, Gates, Sealer};
use billetbook::gate::{Evidence, Gate, LoggedGrant, LoggedRequest, Rules};
use billetbook::grant::{AccessRequest, Asked, Grant, Offer};
use billetbook::keys::{Directory, KeyProvider, KeyRecord, Role, RoleKeys, Root};
use billetbook::record::{IdentifierState, Section};
use billetbook::store::{MemoryDisk, MemoryGate, MemoryStore};
use divan::Bencher;

const CONTENT: usize = 30 * 1024;

fn main() {
    divan::main();
}

fn now() -> UnixTime {
    "2026-05-04T09:30:00Z".parse().unwrap()
}

struct Parties {
    keys: Directory,
    author: (RoleKeys, KeyRecord),
    owner: (RoleKeys, KeyRecord),
    reader: (RoleKeys, KeyRecord),
    gates: [(RoleKeys, KeyRecord); 3],
    log: RoleKeys,
    witness: RoleKeys,
}

impl Parties {
    fn new() -> Parties {
        let root = Root::generate("bench").unwrap();
        let window = Window::new(now(), now().after(86_400)).unwrap();
        let key = |role| {
            let keys = RoleKeys::generate(role, "bench", window).unwrap();
            let record = root.certify(keys.request());
            (keys, record)
        };
        let mut out = Parties {
            keys: Directory::new([root.public().clone()]),
            author: key(Role::Issue),
            owner: key(Role::Open),
            reader: key(Role::Open),
            gates: [Role::Gate; 3].map(key),
            log: key(Role::Log).0,
            witness: key(Role::Witness).0,
        };
        let records = [&out.author, &out.reader].into_iter().chain(&out.gates);
        for (_, record) in records {
            out.keys.add(&record.to_text()).unwrap();
        }
        out
    }

    fn seal(&self, policy: &Policy) -> Billet {
        let gates = Gates::new(self.gates.iter().map(|g| g.1.clone()).collect()).unwrap();
        let content = vec![7; CONTENT];
        Sealer::new(&self.author.0, &self.owner.1, &gates, policy)
            .seal(&[(Section::Personal, content.as_slice())], now())
            .unwrap()
    }
}

/// The log and its witness, in memory.
struct Book<'k> {
    log: Log<MemoryStore>,
    key: OpeningKey,
    signer: NoteKey<'k, RoleKeys>,
    witness: Witness<MemoryStore>,
    cosigner: NoteKey<'k, RoleKeys>,
}

impl<'k> Book<'k> {
    fn new(parties: &'k Parties) -> Book<'k> {
        let signer = NoteKey::new("log.example/bench", &parties.log).unwrap();
        Book {
            log: Log::create(MemoryDisk::new().open(), &signer).unwrap(),
            key: OpeningKey::generate().unwrap(),
            witness: Witness::new(vec![signer.verifier().clone()], MemoryDisk::new().open()),
            cosigner: NoteKey::new("witness.example/bench", &parties.witness).unwrap(),
            signer,
        }
    }

    fn policy(&self) -> LogPolicy {
        let witness = self.cosigner.verifier().clone();
        LogPolicy::new(self.signer.verifier().clone(), &[witness], 1).unwrap()
    }

    fn enter(&mut self, kind: Kind, bytes: Vec<u8>) -> Evidence {
        let draft = Draft {
            request: RequestId::generate().unwrap(),
            entry: Entry::new(kind, bytes).unwrap(),
            rows: Vec::new(),
        };
        let placed = self.log.append(&self.key, vec![draft]).unwrap();
        let mut signed = self.log.publish(&self.signer).unwrap();
        let seen = self.witness.latest(self.signer.verifier().name()).unwrap();
        let old = seen.map_or(0, |s| s.size);
        let step = self.log.add_checkpoint(old, &signed).unwrap();
        let line = self.witness.add_checkpoint(&step, now(), &self.cosigner);
        signed.add(line.unwrap());
        Evidence {
            opening: placed[0].opening.clone(),
            proof: self.log.prove(placed[0].index, &signed).unwrap(),
        }
    }
}

fn grant(parties: &Parties, policy: &Policy, billet: &Billet) -> Grant {
    let request = Request {
        source: "oakfield".parse().unwrap(),
        recipient: Recipient {
            organisation: "westshire".parse().unwrap(),
            role: "social_worker".parse().unwrap(),
        },
        sections: [Section::Personal].into(),
        purpose: Purpose::ChildProtection,
        mode: Mode::Content,
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        special: None,
        offence: None,
        window: Window::new(now(), now().after(86_400)).unwrap(),
        identifier: IdentifierState::OmittedAsDetrimental,
    };
    let head = PolicyHead {
        digest: policy.digest(),
        confirmed: now(),
    };
    let permit = decide(&request, policy, &head, &[], now()).unwrap();
    let envelope = billet
        .envelope()
        .unwrap()
        .verify(&parties.author.1)
        .unwrap();
    let owned = envelope
        .owned_by(billet.owner_packet(), &parties.owner.0)
        .unwrap();
    let offer = Offer {
        reasons: [0; 32],
        most_opens: u16::MAX,
        depth: 0,
        notify_after: now(),
        emergency: false,
    };
    let (to, by) = (&parties.reader.1, &parties.author.0);
    Grant::issue(permit, &owned, to, &offer, by, now()).unwrap()
}

/// Two gates check, write down in memory and release; the recipient joins, unwraps the capsule and opens. The request
/// was logged before.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn open_through_two_gates(bencher: Bencher<'_, '_>) {
    let parties = Parties::new();
    let policy = Policy::parse(include_str!("../examples/policy.toml")).unwrap();
    let billet = parties.seal(&policy);
    let envelope = billet
        .envelope()
        .unwrap()
        .verify(&parties.author.1)
        .unwrap();
    let mut book = Book::new(&parties);
    let granted = book.enter(Kind::Grant, grant(&parties, &policy, &billet).encode());
    let author = &parties.author.1;
    let logged = LoggedGrant::verify(&[granted], &book.policy(), author, &parties.keys).unwrap();
    let rules = Rules {
        policy: book.policy(),
        max_age: 600,
        skew: 30,
        emergencies: 1,
    };
    let mut gates = [0, 1].map(|i| {
        let key = &parties.gates[i].0;
        let mut gate = Gate::new(key, rules.clone(), MemoryGate::new());
        gate.deposit(&billet.deposits()[i], &parties.keys).unwrap();
        gate
    });
    let deposits = billet.deposits().iter().cloned();
    let deposits = deposits.map(|d| envelope.deposit(d, author).unwrap());
    let deposits: Vec<_> = deposits.collect();
    let fresh = Freshness {
        now: now(),
        max_age: 600,
        skew: 30,
    };
    let terms = logged.chain().last().grant.terms().clone();
    let slot = terms.slots.iter().next().unwrap();
    let reader = &parties.reader.0;
    let mut uses = 0;
    let mut seen = 0;
    let inputs = || {
        uses += 1;
        let asked = Asked {
            slots: terms.slots,
            purpose: terms.purpose,
            uses: vec![uses],
        };
        let request = AccessRequest::make(logged.chain(), asked, reader, now()).unwrap();
        let evidence = book.enter(Kind::Request, request.encode());
        let tree = evidence.proof.checkpoint().clone();
        let policy = book.policy();
        let keys = &parties.keys;
        let request = LoggedRequest::verify(logged.clone(), evidence, &policy, keys, fresh);
        let since = match seen {
            0 => Vec::new(),
            _ => book.log.add_checkpoint(seen, &tree).unwrap().proof,
        };
        let before = std::mem::replace(&mut seen, tree.unverified().size);
        (request.unwrap(), before, since)
    };
    bencher
        .with_inputs(inputs)
        .bench_local_values(|(request, seen, since)| {
            let ask = request.ask(seen, since);
            let keys = &parties.keys;
            let releases = gates
                .each_mut()
                .map(|g| g.handle(&ask, keys, now()).unwrap());
            let sealed = (&envelope, deposits.as_slice());
            let key = request
                .open_key(slot, sealed, &releases, keys, reader)
                .unwrap();
            let opened = key.open(&envelope).unwrap();
            assert_eq!(opened.content().len(), CONTENT);
        });
}
