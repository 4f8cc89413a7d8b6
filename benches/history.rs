//! The history of one child's record, through a book whose log holds much else:
//! `cargo bench -p billetbook --bench history`. BILLETBOOK_BENCH_DIR names the disk to write to.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use billetbook::audit::{
    Draft, Entry, Kind, NoteKey, NoteSigner, OpeningKey, RequestId, Witness, WitnessStore,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, Policy, Purpose, Recipient, Request, SpecialCondition,
};
use billetbook::exchange::{
    Book, BookKeys, Card, CardParts, Colocated, FRESH, Given, HistoryOptions, Released, SKEW, What,
};
use billetbook::gate::{Gate, GateStore, Rules};
use billetbook::keys::{KeyProvider, Keyring, Role, Root, Secret};
use billetbook::record::{IdentifierState, Section};
use billetbook::store::{SqliteGate, SqliteShelf, SqliteStore, SqliteWitness};
use divan::Bencher;
use tempfile::TempDir;

/// Entries of the log, and openings of the record; a few where benches run as tests.
const ENTRIES: u64 = if cfg!(debug_assertions) {
    600
} else {
    1_000_000
};
const OPENINGS: u16 = if cfg!(debug_assertions) { 12 } else { 1_000 };
const SUBJECT: &str = "0017";

fn main() {
    divan::main();
}

fn now() -> UnixTime {
    "2026-05-04T09:30:00Z".parse().unwrap()
}

fn folder() -> TempDir {
    match std::env::var_os("BILLETBOOK_BENCH_DIR") {
        Some(folder) => TempDir::new_in(folder).unwrap(),
        None => TempDir::new().unwrap(),
    }
}

/// A school that gives its own records team what it asks for.
fn card(root: &Root, ring: &Keyring) -> Card {
    let note = |name, role| {
        let key = NoteKey::new(name, ring.of(role).unwrap()).unwrap();
        key.verifier().to_string()
    };
    let (log, witness) = (
        note("westshire/log", Role::Log),
        note("westshire/witness", Role::Witness),
    );
    let records = ring.keys().iter().map(|k| root.certify(k.request()));
    let parts = CardParts {
        organisation: "westshire".parse().unwrap(),
        root: root.public().clone(),
        records: records.collect(),
        log_policy: format!("log {log}\nwitness own {witness}\nquorum own\n"),
    };
    Card::make(parts, ring.of(Role::Issue).unwrap(), now()).unwrap()
}

fn asked() -> Request {
    Request {
        source: "westshire".parse().unwrap(),
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
        window: Window::new(now(), now().after(14 * 86_400)).unwrap(),
        identifier: IdentifierState::OmittedAsDetrimental,
    }
}

fn parties<'k, G: GateStore, W: WitnessStore>(
    (ring, card): (&'k Keyring, &Card),
    stores: Vec<G>,
    witness: W,
    cosigner: &'k dyn NoteSigner,
    keys: billetbook::keys::Directory,
) -> Colocated<'k, G, W> {
    let policy = card.log_policy().unwrap();
    let gates = ring.keys().iter();
    let gates = gates.filter(|k| k.request().role() == Role::Gate);
    let gates = gates.zip(stores).map(|(key, store)| {
        let rules = Rules {
            policy: policy.clone(),
            max_age: FRESH,
            skew: SKEW,
            emergencies: 1,
        };
        Gate::new(key, rules, store)
    });
    let witness = Witness::new(policy.logs().to_vec(), witness);
    Colocated::new(gates.collect(), Some((witness, cosigner)), keys, now())
}

/// A thousand openings of one record, told from a log of a million entries and the lists of three gates.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn history(bencher: Bencher<'_, '_>) {
    let roles = [
        (Role::Issue, "records system"),
        (Role::Open, "records team"),
        (Role::Log, "log"),
        (Role::Witness, "witness"),
        (Role::Gate, "gate 1"),
        (Role::Gate, "gate 2"),
        (Role::Gate, "gate 3"),
    ];
    let always = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let ring = Keyring::generate(&roles, always).unwrap();
    let root = Root::generate("Westshire").unwrap();
    let (card, folder) = (card(&root, &ring), folder());
    let keys = BookKeys {
        author: ring.of(Role::Issue).unwrap(),
        owner: ring.of(Role::Open).unwrap(),
        log: ring.of(Role::Log).unwrap(),
        opening: ring.opening(),
    };
    let at = |name: &str| folder.path().join(name);
    let store = SqliteStore::create(&at("log")).unwrap();
    let shelf = SqliteShelf::create(&at("shelf")).unwrap();
    let mut book = Book::create(keys, &card, store, shelf).unwrap();
    let policy = Policy::parse(include_str!("../examples/policy.toml")).unwrap();
    book.confirm_policy(&policy, now()).unwrap();
    let cosigner = NoteKey::new("westshire/witness", ring.of(Role::Witness).unwrap()).unwrap();
    let gates = ["1", "2", "3"].map(|n| SqliteGate::create(&at(n)).unwrap());
    let witness = SqliteWitness::create(&at("witness")).unwrap();
    let trusted = book.directory().clone();
    let mut parties = parties((&ring, &card), gates.into(), witness, &cosigner, trusted);

    let sections: [(Section, &[u8]); 1] = [(Section::Health, b"asthma")];
    let envelope = book.seal(&mut parties, SUBJECT, &sections, now()).unwrap();
    let request = book.request(asked(), "R-17", keys.owner, now()).unwrap();
    let given = Given {
        envelope,
        most_opens: OPENINGS,
        depth: 0,
        notify_after: now(),
        why: "bench",
    };
    let grant = book.grant(&mut parties, &request, &[], &given, now());
    let grant = grant.unwrap();
    let secret = Secret::from_secret_bytes(ring.opening().secret_bytes()).unwrap();
    let opening = OpeningKey::new(secret);
    let others = ENTRIES / u64::from(OPENINGS) - 1;
    for _ in 0..OPENINGS {
        let draft = |_| Draft {
            request: RequestId::generate().unwrap(),
            entry: Entry::new(Kind::Request, vec![7; 200]).unwrap(),
            rows: Vec::new(),
        };
        let drafts = (0..others).map(draft).collect();
        book.log().append(&opening, drafts).unwrap();
        let ask = book.ask(&grant, (None, None), keys.owner, now()).unwrap();
        let answer = book.answer(&mut parties, &ask, now()).unwrap();
        assert!(answer.releases().len() >= 2);
        book.answered(&ask.request).unwrap();
    }
    let mut told = || {
        let options = HistoryOptions::default();
        book.history(&mut parties, SUBJECT, options, now()).unwrap()
    };
    let once = told();
    assert!(once.is_complete() && once.alarms.is_empty());
    let opened = |w: &What| {
        matches!(
            w,
            What::Opened {
                released: Released::Yes,
                ..
            }
        )
    };
    let opened = once.items.iter().filter(|i| opened(&i.what)).count();
    assert_eq!(opened, usize::from(OPENINGS));
    assert!(once.items.last().unwrap().entry + 1 >= ENTRIES - ENTRIES / 50);
    bencher.bench_local(told);
}
