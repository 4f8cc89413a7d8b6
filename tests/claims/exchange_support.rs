//! A school and a council, each with a book of its own: log, three gates and a witness in memory.

use crate::grant_support::now;
use billetbook::audit::{NoteKey, NoteSigner, Policy as LogPolicy, Witness};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, Policy, Purpose, Recipient, Request, SpecialCondition,
};
use billetbook::envelope::EnvelopeId;
use billetbook::exchange::{
    Book, BookKeys, Card, CardParts, Colocated, Courier, CourierError, ExchangeError, FRESH, Given,
    GrantPacket, GrantRequest, History, HistoryOptions, OpenPacket, OpenedSections, Released, SKEW,
    To, What,
};
use billetbook::gate::{Gate, Rules};
use billetbook::keys::{KeyProvider, Keyring, Role, RoleKeys, Root};
use billetbook::record::{IdentifierState, Section};
use billetbook::store::{MemoryDisk, MemoryGate, MemoryStore};

pub(crate) type MemoryBook = Book<'static, MemoryStore, MemoryGate>;
pub(crate) type Parties = Colocated<'static, MemoryGate, MemoryStore>;

/// The school's own reference for the child, and what is written down as reasons: nothing of either may show.
pub(crate) const SUBJECT: &str = "Qvzzykx-0017";
pub(crate) const WHY: &str = "Jwplokk, so that the visit can be planned";
pub(crate) const HEALTH: &[u8] = b"asthma";
const SECTIONS: [(Section, &[u8]); 2] =
    [(Section::Personal, b"personal"), (Section::Health, HEALTH)];

/// An agency: its keys, and the disks of its book and of its gates and witness. It lives as long as the test's process,
/// so that books may borrow its keys.
pub(crate) struct Agency {
    pub(crate) root: Root,
    pub(crate) ring: Keyring,
    pub(crate) card: Card,
    pub(crate) disk: MemoryDisk,
    pub(crate) shelf: MemoryGate,
    pub(crate) gates: [MemoryGate; 3],
    pub(crate) witness: MemoryDisk,
}

pub(crate) fn ring() -> Keyring {
    let keys = [
        (Role::Issue, "records system"),
        (Role::Open, "records team"),
        (Role::Log, "log"),
        (Role::Witness, "witness"),
        (Role::Gate, "gate 1"),
        (Role::Gate, "gate 2"),
        (Role::Gate, "gate 3"),
        (Role::BreakGlass, "duty officer"),
        (Role::BreakGlass, "duty manager"),
    ];
    let always = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    Keyring::generate(&keys, always).unwrap()
}

/// What an agency of that name would put on its card.
pub(crate) fn card_parts(organisation: &str, root: &Root, ring: &Keyring) -> CardParts {
    let note = |name: String, role| {
        let key = NoteKey::new(&name, ring.of(role).unwrap()).unwrap();
        key.verifier().to_string()
    };
    let log = note(format!("{organisation}/log"), Role::Log);
    let witness = note(format!("{organisation}/witness"), Role::Witness);
    let records = ring.keys().iter().map(|k| root.certify(k.request()));
    CardParts {
        organisation: organisation.parse().unwrap(),
        root: root.public().clone(),
        records: records.collect(),
        log_policy: format!("log {log}\nwitness own {witness}\nquorum own\n"),
    }
}

impl Agency {
    pub(crate) fn new(organisation: &str, name: &str) -> &'static Agency {
        let (root, ring) = (Root::generate(name).unwrap(), ring());
        let parts = card_parts(organisation, &root, &ring);
        let card = Card::make(parts, ring.of(Role::Issue).unwrap(), now()).unwrap();
        Box::leak(Box::new(Agency {
            root,
            ring,
            card,
            disk: MemoryDisk::new(),
            shelf: MemoryGate::new(),
            gates: [(); 3].map(|()| MemoryGate::new()),
            witness: MemoryDisk::new(),
        }))
    }

    pub(crate) fn key(&'static self, role: Role) -> &'static RoleKeys {
        self.ring.of(role).unwrap()
    }

    fn keys(&'static self) -> BookKeys<'static> {
        BookKeys {
            author: self.key(Role::Issue),
            owner: self.key(Role::Open),
            log: self.key(Role::Log),
            opening: self.ring.opening(),
        }
    }

    pub(crate) fn begin(&'static self) -> MemoryBook {
        let store = self.disk.open();
        Book::create(self.keys(), &self.card, store, self.shelf.clone()).unwrap()
    }

    pub(crate) fn open(&'static self) -> MemoryBook {
        Book::open(self.keys(), self.disk.open(), self.shelf.clone()).unwrap()
    }

    /// Gates and witness, which trust whom the book trusts.
    pub(crate) fn parties(&'static self, book: &MemoryBook) -> Parties {
        self.parties_of(self.card.log_policy().unwrap(), book)
    }

    /// This agency's gates and witness, which go by that log.
    pub(crate) fn parties_of(&'static self, policy: LogPolicy, book: &MemoryBook) -> Parties {
        let rules = Rules {
            policy: policy.clone(),
            max_age: FRESH,
            skew: SKEW,
            emergencies: 2,
        };
        let keys = self.ring.keys().iter();
        let keys = keys.filter(|k| k.request().role() == Role::Gate);
        let gates = keys.zip(&self.gates);
        let gates = gates.map(|(k, store)| Gate::new(k, rules.clone(), store.clone()));
        let name = format!("{}/witness", self.card.organisation());
        let cosigner = NoteKey::new(&name, self.key(Role::Witness)).unwrap();
        let cosigner: &'static dyn NoteSigner = Box::leak(Box::new(cosigner));
        let witness = Witness::new(policy.logs().to_vec(), self.witness.open());
        let (gates, keys) = (gates.collect(), book.directory().clone());
        Colocated::new(gates, Some((witness, cosigner)), keys, now())
    }
}

/// A school with a record, and a council that may ask for it; each has accepted the other's card.
pub(crate) struct Region {
    pub(crate) oak: &'static Agency,
    pub(crate) west: &'static Agency,
    pub(crate) book: MemoryBook,
    pub(crate) council: MemoryBook,
    pub(crate) parties: Parties,
    pub(crate) envelope: EnvelopeId,
}

impl Region {
    pub(crate) fn new() -> Region {
        let oak = Agency::new("oakfield", "Oakfield School");
        let west = Agency::new("westshire", "Westshire Council");
        let (mut book, mut council) = (oak.begin(), west.begin());
        book.accept(&west.card).unwrap();
        council.accept(&oak.card).unwrap();
        let policy = Policy::parse(include_str!("../../examples/policy.toml")).unwrap();
        book.confirm_policy(&policy, now()).unwrap();
        let mut parties = oak.parties(&book);
        let envelope = book.seal(&mut parties, SUBJECT, &SECTIONS, now());
        Region {
            envelope: envelope.unwrap(),
            oak,
            west,
            book,
            council,
            parties,
        }
    }

    /// Another policy comes into force, and the record is sealed anew under it.
    pub(crate) fn confirm(&mut self, policy: &Policy) {
        self.book.confirm_policy(policy, now()).unwrap();
        let sealed = self
            .book
            .reseal(&mut self.parties, SUBJECT, &SECTIONS, now());
        self.envelope = sealed.unwrap().0;
        self.parties.set_keys(self.book.directory().clone());
    }

    pub(crate) fn asked(&self) -> Request {
        Request {
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
            window: Window::new(now(), now().after(14 * 86_400)).unwrap(),
            identifier: IdentifierState::OmittedAsDetrimental,
        }
    }

    pub(crate) fn request(&self) -> GrantRequest {
        let key = self.west.key(Role::Open);
        self.council
            .request(self.asked(), "R-17", key, now())
            .unwrap()
    }

    pub(crate) fn given(&self) -> Given<'static> {
        Given {
            envelope: self.envelope,
            most_opens: 2,
            depth: 0,
            notify_after: now(),
            why: WHY,
        }
    }

    pub(crate) fn grant(&mut self) -> GrantPacket {
        let (request, given) = (self.request(), self.given());
        self.book
            .grant(&mut self.parties, &request, &[], &given, now())
            .unwrap()
    }

    pub(crate) fn answer(&mut self, grant: &GrantPacket) -> OpenPacket {
        let key = self.west.key(Role::Open);
        let request = self.council.ask(grant, (None, None), key, now()).unwrap();
        let answer = self
            .book
            .answer(&mut self.parties, &request, now())
            .unwrap();
        self.council.answered(&request.request).unwrap();
        answer
    }

    pub(crate) fn open(
        &self,
        grant: &GrantPacket,
        answer: &OpenPacket,
    ) -> Result<OpenedSections, ExchangeError> {
        let held = self.council.check_grant(grant)?;
        held.open(answer, self.west.key(Role::Open), now())
    }
}

pub(crate) fn contents(opened: &OpenedSections) -> Vec<&[u8]> {
    opened.sections.iter().map(|s| s.content()).collect()
}

/// Reaches some parties and not others.
pub(crate) struct Reaching<'a, F> {
    pub(crate) parties: &'a mut dyn Courier,
    pub(crate) reached: F,
}

impl<F: FnMut(&To) -> bool> Courier for Reaching<'_, F> {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        match (self.reached)(to) {
            true => self.parties.carry(to, message),
            false => Err(CourierError::new("made unreachable")),
        }
    }
}

/// All witnesses, and no more than the first so many gates that are asked.
pub(crate) fn first_gates(
    parties: &mut dyn Courier,
    mut left: i32,
) -> Reaching<'_, impl FnMut(&To) -> bool> {
    let reached = move |to: &To| match to {
        To::Witness(_) => true,
        To::Gate(_) => {
            left -= 1;
            left >= 0
        }
    };
    Reaching { parties, reached }
}

pub(crate) fn history(region: &mut Region, options: HistoryOptions) -> History {
    region
        .book
        .history(&mut region.parties, SUBJECT, options, now())
        .unwrap()
}

/// What it says, on one line.
pub(crate) fn said(history: &History) -> String {
    history
        .text()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

pub(crate) fn opened(history: &History) -> Vec<Released> {
    let released = |w: &What| match w {
        What::Opened { released, .. } => Some(*released),
        _ => None,
    };
    history
        .items
        .iter()
        .filter_map(|i| released(&i.what))
        .collect()
}
