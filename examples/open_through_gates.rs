//! A school seals a made-up child's record; a council's social worker opens a section of it through two of three
//! gates, after a witness has seen the request in the log; the school then reads who opened what:
//! `cargo run -p billetbook --example open_through_gates -- FOLDER`. Log, witness and gates keep a folder each.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "an example speaks and fails by panicking"
)]

use billetbook::audit::{
    Draft, Entry, Freshness, Kind, Log, NoteKey, NoteSigner, OpeningKey, Policy as LogPolicy,
    Reading, RequestId, Witness,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, Policy, PolicyHead, Purpose, Recipient, Request, SpecialCondition,
    decide,
};
use billetbook::envelope::{Gates, Sealer};
use billetbook::gate::{Evidence, Gate, LoggedGrant, LoggedRequest, Releases, Rules};
use billetbook::grant::{AccessRequest, Asked, Grant, Offer};
use billetbook::keys::{Directory, KeyProvider, KeyRecord, Role, RoleKeys, Root};
use billetbook::record::{IdentifierState, Section};
use billetbook::store::{SqliteGate, SqliteStore, SqliteWitness};
use std::path::{Path, PathBuf};

/// An agency: its offline root, and what the root stands for.
struct Agency {
    root: Root,
    window: Window,
}

impl Agency {
    fn key(&self, role: Role, name: &str) -> (RoleKeys, KeyRecord) {
        let keys = RoleKeys::generate(role, name, self.window).unwrap();
        let record = self.root.certify(keys.request());
        (keys, record)
    }
}

/// The log, its witness in another place, and their keys.
struct Book<'k> {
    log: Log<SqliteStore>,
    signer: NoteKey<'k, RoleKeys>,
    opening_key: OpeningKey,
    witness: Witness<SqliteWitness>,
    cosigner: NoteKey<'k, RoleKeys>,
    now: UnixTime,
}

impl<'k> Book<'k> {
    fn new(folder: &Path, log: &'k RoleKeys, witness: &'k RoleKeys, now: UnixTime) -> Book<'k> {
        let signer = NoteKey::new("log.example/region", log).unwrap();
        let cosigner = NoteKey::new("witness.example/university", witness).unwrap();
        let store = SqliteStore::create(&folder.join("log")).unwrap();
        let state = SqliteWitness::create(&folder.join("witness")).unwrap();
        Book {
            log: Log::create(store, &signer).unwrap(),
            opening_key: OpeningKey::generate().unwrap(),
            witness: Witness::new(vec![signer.verifier().clone()], state),
            signer,
            cosigner,
            now,
        }
    }

    fn policy(&self) -> LogPolicy {
        let witnesses = [self.cosigner.verifier().clone()];
        LogPolicy::new(self.signer.verifier().clone(), &witnesses, 1).unwrap()
    }

    /// Logs an entry, has the witness cosign the log, and proves the entry.
    fn enter(&mut self, kind: Kind, bytes: Vec<u8>) -> Evidence {
        let draft = Draft {
            request: RequestId::generate().unwrap(),
            entry: Entry::new(kind, bytes).unwrap(),
            rows: Vec::new(),
        };
        let placed = self.log.append(&self.opening_key, vec![draft]).unwrap();
        let mut signed = self.log.publish(&self.signer).unwrap();
        let seen = self.witness.latest(self.signer.verifier().name()).unwrap();
        let step = self
            .log
            .add_checkpoint(seen.map_or(0, |s| s.size), &signed)
            .unwrap();
        signed.add(
            self.witness
                .add_checkpoint(&step, self.now, &self.cosigner)
                .unwrap(),
        );
        Evidence {
            opening: placed[0].opening.clone(),
            proof: self.log.prove(placed[0].index, &signed).unwrap(),
        }
    }
}

fn main() {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "gates-example".into()),
    );
    let now: UnixTime = "2026-05-04T09:30:00Z".parse().unwrap();
    let window = Window::new(now, now.after(365 * 86_400)).unwrap();
    let agency = |name: &str| Agency {
        root: Root::generate(name).unwrap(),
        window,
    };
    // Four agencies that trust each other's roots. No two gates stand under one.
    let [school, council, nhs, police] = ["Oakfield", "Westshire", "NHS", "Police"].map(agency);
    let (author, author_record) = school.key(Role::Issue, "case system");
    let (owner, owner_record) = school.key(Role::Open, "records team");
    let (worker, worker_record) = council.key(Role::Open, "social worker");
    let gates = [&school, &nhs, &police].map(|a| a.key(Role::Gate, "gate"));
    let (log_keys, _) = nhs.key(Role::Log, "log");
    let (witness_keys, _) = police.key(Role::Witness, "witness");
    let roots = [&school, &council, &nhs, &police].map(|a| a.root.public().clone());
    let mut keys = Directory::new(roots);
    let records = [
        &author_record,
        &worker_record,
        &gates[0].1,
        &gates[1].1,
        &gates[2].1,
    ];
    for record in records {
        keys.add(&record.to_text()).unwrap();
    }

    // The school seals, and leaves a deposit with each gate.
    let policy = Policy::parse(include_str!("policy.toml")).unwrap();
    let behind = Gates::new(gates.iter().map(|g| g.1.clone()).collect()).unwrap();
    let sections: [(Section, &[u8]); 2] = [
        (Section::Personal, b"{}"),
        (Section::Health, b"{\"gp\":\"Wren Lane\"}"),
    ];
    let sealer = Sealer::new(&author, &owner_record, &behind, &policy);
    let billet = sealer.seal(&sections, now).unwrap();
    let envelope = billet.envelope().unwrap().verify(&author_record).unwrap();
    let mut book = Book::new(&folder, &log_keys, &witness_keys, now);
    let rules = Rules {
        policy: book.policy(),
        max_age: 600,
        skew: 30,
        emergencies: 3,
    };
    let mut gates: Vec<_> = (1..)
        .zip(&gates)
        .map(|(n, (key, _))| {
            let store = SqliteGate::create(&folder.join(format!("gate-{n}"))).unwrap();
            Gate::new(key, rules.clone(), store)
        })
        .collect();
    for (gate, deposit) in gates.iter_mut().zip(billet.deposits()) {
        gate.deposit(deposit, &keys).unwrap();
    }

    // The council asks, the school decides and grants, and both are logged.
    let asked = Request {
        source: "oakfield".parse().unwrap(),
        recipient: Recipient {
            organisation: "westshire".parse().unwrap(),
            role: "social_worker".parse().unwrap(),
        },
        sections: [Section::Health].into(),
        purpose: Purpose::Section47Enquiry,
        mode: Mode::Content,
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        special: Some(SpecialCondition::SafeguardingOfChildren),
        offence: None,
        window: Window::new(now, now.after(14 * 86_400)).unwrap(),
        identifier: IdentifierState::OmittedAsDetrimental,
    };
    let head = PolicyHead {
        digest: policy.digest(),
        confirmed: now,
    };
    let permit = decide(&asked, &policy, &head, &[], now).unwrap();
    let owned = envelope.owned_by(billet.owner_packet(), &owner).unwrap();
    let offer = Offer {
        reasons: [0; 32],
        most_opens: 1,
        depth: 0,
        notify_after: now,
        emergency: false,
    };
    let grant = Grant::issue(permit, &owned, &worker_record, &offer, &author, now).unwrap();
    let granted = book.enter(Kind::Grant, grant.encode());
    let grant = LoggedGrant::verify(&[granted], &book.policy(), &author_record, &keys).unwrap();

    // The social worker asks to open, has it logged, and hands the proof to two gates.
    let terms = grant.chain().last().grant.terms();
    let asked = Asked {
        slots: terms.slots,
        purpose: terms.purpose,
        uses: vec![1],
    };
    let request = AccessRequest::make(grant.chain(), asked, &worker, now).unwrap();
    let logged = book.enter(Kind::Request, request.encode());
    let fresh = Freshness {
        now,
        max_age: 600,
        skew: 30,
    };
    let slot = terms.slots.iter().next().unwrap();
    let request = LoggedRequest::verify(grant, logged, &book.policy(), &keys, fresh).unwrap();
    let ask = request.ask(0, Vec::new());
    let releases: Vec<_> = gates
        .iter_mut()
        .take(2)
        .map(|g| g.handle(&ask, &keys, now).unwrap())
        .collect();
    let deposits = billet.deposits().iter().cloned();
    let deposits: Vec<_> = deposits
        .map(|d| envelope.deposit(d, &author_record).unwrap())
        .collect();
    let key = request
        .open_key(slot, (&envelope, &deposits), &releases, &keys, &worker)
        .unwrap();
    println!("assurance: {}", key.assurance());
    let opened = key.open(&envelope).unwrap();
    assert_eq!(opened.content(), sections[1].1);
    println!("opened: {}", opened.section());

    // Who opened it? Any two gates' lists miss nothing; the log's keeper opens the entries that they name.
    let lists: Vec<_> = gates[1..]
        .iter()
        .map(|g| g.releases(envelope.id()).unwrap())
        .collect();
    let of = (envelope.id(), envelope.gates(), envelope.threshold());
    let history = Releases::join(of, &lists, &keys).unwrap();
    println!("{}", history.completeness);
    for line in history.lines {
        let Reading::Open(opening) = book.log.reading(line.index, &book.opening_key).unwrap()
        else {
            println!("entry {}: erased", line.index);
            continue;
        };
        let request = AccessRequest::decode(opening.entry().bytes()).unwrap();
        let by = keys.record(request.requester()).unwrap();
        println!(
            "entry {}: {} for {}, at {}",
            line.index,
            by.name(),
            request.purpose().title(),
            request.made()
        );
    }
}
