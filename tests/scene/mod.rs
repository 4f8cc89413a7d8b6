//! A made-up school, council and hospital, three gates, a log and two witnesses, whose keys grow from a number: for the
//! fuzzers, for runs that are killed, and for the second reader. Whoever reads this knows every key of it.

pub(crate) mod book;

use billetbook::audit::{
    Freshness, Log, LogError, NoteKey, NoteSigner, OpeningKey, Policy as LogPolicy, Witness,
    WitnessStore,
};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, Permit, Policy, PolicyHead, Purpose, Recipient, Request,
    SpecialCondition, decide,
};
use billetbook::envelope::{Billet, Gates, Sealer, VerifiedDeposit, VerifiedEnvelope};
use billetbook::gate::{Evidence, LoggedGrant, LoggedRequest, Rules};
use billetbook::grant::{AccessRequest, Asked, Chain, Grant, Offer, Proposal, Slots, Terms};
use billetbook::keys::hazmat::{role_keys_from_secrets, root_from_secret};
use billetbook::keys::{Directory, KeyId, KeyProvider, KeyRecord, Role, RoleKeys, Root, Secret};
use billetbook::record::{IdentifierState, Section};
use billetbook::store::{MemoryDisk, MemoryStore};
pub(crate) use book::Book;

const LOG: &str = "log.example/scene";
const POLICY: &str = include_str!("../vectors/policy-v1.toml");

const SECTIONS: [(Section, &[u8]); 3] = [
    (Section::Personal, b"made-up person"),
    (Section::Education, b"made-up school"),
    (Section::Health, b"made-up health"),
];

pub(crate) fn now() -> UnixTime {
    "2026-05-04T09:30:00Z".parse().unwrap()
}

pub(crate) fn opening_key() -> OpeningKey {
    let bytes: Vec<u8> = (1..33).collect();
    OpeningKey::new(Secret::from_secret_bytes(&bytes).unwrap())
}

/// SplitMix64, 32 bytes at a time; and what grew from it.
struct Stream(u64, Vec<(KeyId, Secrets)>);

/// A key's Ed25519 seed and X-Wing key.
type Secrets = [[u8; 32]; 2];

impl Stream {
    fn next(&mut self) -> [u8; 32] {
        let mut out = [0; 32];
        for word in out.chunks_exact_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes());
        }
        out
    }

    fn secret(&mut self) -> Secret {
        Secret::from_secret_bytes(&self.next()).unwrap()
    }

    fn key(&mut self, role: Role, name: &str) -> RoleKeys {
        let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
        let (signing, sealing) = (self.next(), self.next());
        let [a, b] = [&signing, &sealing].map(|s| Secret::from_secret_bytes(s).unwrap());
        let keys = role_keys_from_secrets(role, name, window, a, b).unwrap();
        self.1.push((keys.key_id(), [signing, sealing]));
        keys
    }
}

pub(crate) struct Agency {
    pub(crate) root: Root,
    pub(crate) issue: RoleKeys,
    pub(crate) open: RoleKeys,
    pub(crate) officers: [RoleKeys; 2],
}

impl Agency {
    fn new(from: &mut Stream, name: &str) -> Agency {
        Agency {
            root: root_from_secret(name, from.secret()).unwrap(),
            issue: from.key(Role::Issue, name),
            open: from.key(Role::Open, name),
            officers: [(); 2].map(|()| from.key(Role::BreakGlass, name)),
        }
    }

    pub(crate) fn record(&self, key: &RoleKeys) -> KeyRecord {
        self.root.certify(key.request())
    }
}

pub(crate) struct Scene {
    pub(crate) school: Agency,
    pub(crate) council: Agency,
    pub(crate) hospital: Agency,
    /// Behind which the record is sealed.
    pub(crate) gates: [RoleKeys; 3],
    /// To which its shares may be dealt.
    pub(crate) more: [RoleKeys; 3],
    /// The school's second issuer.
    pub(crate) second: RoleKeys,
    witnesses: [RoleKeys; 2],
    log: RoleKeys,
    pub(crate) records: Vec<KeyRecord>,
    pub(crate) keys: Directory,
    pub(crate) policy: Policy,
    pub(crate) billet: Billet,
    secrets: Vec<(KeyId, Secrets)>,
}

impl Scene {
    pub(crate) fn new(number: u64) -> Scene {
        Scene::sealed(number, POLICY, &SECTIONS)
    }

    /// Every grant takes two who issue it.
    pub(crate) fn of_two_issuers(number: u64) -> Scene {
        let policy = format!("two_issuers = true\n{POLICY}");
        Scene::sealed(number, &policy, &SECTIONS)
    }

    /// These sections sealed under this policy.
    pub(crate) fn sealed(number: u64, policy: &str, sections: &[(Section, &[u8])]) -> Scene {
        let from = &mut Stream(number, Vec::new());
        let [school, council, hospital] =
            ["Oakfield", "Westshire", "Wren"].map(|name| Agency::new(from, name));
        let gates = ["1", "2", "3"].map(|n| from.key(Role::Gate, n));
        let witnesses = ["1", "2"].map(|n| from.key(Role::Witness, n));
        let log = from.key(Role::Log, "log");
        let seed = from.next();
        let more = ["4", "5", "6"].map(|n| from.key(Role::Gate, n));
        let second = from.key(Role::Issue, "second");
        let agencies = [&school, &council, &hospital];
        let mut keys = Directory::new(agencies.map(|a| a.root.public().clone()));
        let of = |a: &Agency| {
            [&a.issue, &a.open, &a.officers[0], &a.officers[1]].map(|key| a.record(key))
        };
        let gate_records = gates.iter().map(|g| school.record(g));
        let gate_records: Vec<KeyRecord> = gate_records.collect();
        let mut records: Vec<KeyRecord> = agencies.into_iter().flat_map(of).collect();
        records.extend(gate_records.iter().cloned());
        records.extend(more.iter().map(|g| council.record(g)));
        records.push(school.record(&second));
        for record in &records {
            keys.add(&record.to_text()).unwrap();
        }
        let policy = Policy::parse(policy).unwrap();
        let behind = Gates::new(gate_records).unwrap();
        let owner = school.record(&school.open);
        let billet = Sealer::new(&school.issue, &owner, &behind, &policy)
            .seal_from_seed_hazmat(sections, now(), seed)
            .unwrap();
        Scene {
            school,
            council,
            hospital,
            gates,
            more,
            second,
            witnesses,
            log,
            records,
            keys,
            policy,
            billet,
            secrets: std::mem::take(&mut from.1),
        }
    }

    /// For whoever reads what a key opens later.
    pub(crate) fn secrets(&self, key: &RoleKeys) -> &Secrets {
        let own = self.secrets.iter().find(|(id, _)| *id == key.key_id());
        &own.unwrap().1
    }

    /// Another record, of the same sections, behind the same gates.
    pub(crate) fn seal(&self) -> Billet {
        let gates = self.gates.iter().map(|g| self.school.record(g));
        let behind = Gates::new(gates.collect()).unwrap();
        let owner = self.school.record(&self.school.open);
        let sealer = Sealer::new(&self.school.issue, &owner, &behind, &self.policy);
        sealer.seal(&SECTIONS, now()).unwrap()
    }

    pub(crate) fn author(&self) -> KeyRecord {
        self.school.record(&self.school.issue)
    }

    pub(crate) fn envelope(&self) -> VerifiedEnvelope<'_> {
        let envelope = self.billet.envelope().unwrap();
        envelope.verify(&self.author()).unwrap()
    }

    pub(crate) fn deposits(&self) -> Vec<VerifiedDeposit> {
        let (envelope, author) = (self.envelope(), self.author());
        let deposits = self.billet.deposits().iter();
        deposits
            .map(|d| envelope.deposit(d.clone(), &author).unwrap())
            .collect()
    }

    /// The school gives the council two sections.
    pub(crate) fn grant(&self, most_opens: u16, depth: u8) -> Grant {
        self.issue(&self.council.record(&self.council.open), most_opens, depth)
    }

    /// The school gives the council's first officer the same for emergencies.
    pub(crate) fn emergency_grant(&self, most_opens: u16) -> Grant {
        let officer = self.council.record(&self.council.officers[0]);
        self.issue(&officer, most_opens, 0)
    }

    fn issue(&self, to: &KeyRecord, most_opens: u16, depth: u8) -> Grant {
        if self.policy.two_issuers() {
            let proposal = self.proposal(to, most_opens);
            return proposal.countersign(&self.second, now()).unwrap();
        }
        let (envelope, offer) = (self.envelope(), offer(to, most_opens, depth));
        let owned = envelope
            .owned_by(self.billet.owner_packet(), &self.school.open)
            .unwrap();
        let issuer = &self.school.issue;
        Grant::issue(self.permit(), &owned, to, &offer, issuer, now()).unwrap()
    }

    /// The same where two issue it, as the first has signed it.
    pub(crate) fn proposal(&self, to: &KeyRecord, most_opens: u16) -> Proposal {
        let (envelope, offer) = (self.envelope(), offer(to, most_opens, 0));
        let owned = envelope
            .owned_by(self.billet.owner_packet(), &self.school.open)
            .unwrap();
        let second = self.school.record(&self.second);
        let both = (&self.school.issue as &dyn KeyProvider, &second);
        Grant::propose(self.permit(), &owned, to, &offer, both, now()).unwrap()
    }

    fn permit(&self) -> Permit {
        let request = Request {
            source: "west".parse().unwrap(),
            recipient: Recipient {
                organisation: "west".parse().unwrap(),
                role: "social_worker".parse().unwrap(),
            },
            sections: [Section::Personal, Section::Health].into(),
            purpose: Purpose::ChildProtection,
            mode: Mode::Content,
            basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
            special: Some(SpecialCondition::SafeguardingOfChildren),
            offence: None,
            window: Window::new(now(), now().after(14 * 86_400)).unwrap(),
            identifier: IdentifierState::OmittedAsDetrimental,
        };
        let head = PolicyHead {
            digest: self.policy.digest(),
            confirmed: now(),
        };
        decide(&request, &self.policy, &head, &[], now()).unwrap()
    }

    /// The council hands one slot of what it holds on to the hospital.
    pub(crate) fn hand_on(&self, held: &Chain, most_opens: u16) -> Grant {
        let halves = held.halves(&self.council.open).unwrap();
        let own = held.last().grant.terms();
        let first: Vec<u8> = own.slots.iter().take(1).collect();
        let terms = Terms {
            slots: Slots::new(own.slots.count(), &first).unwrap(),
            purpose: Purpose::Section47Enquiry,
            most_opens,
            depth: 0,
            ..own.clone()
        };
        let to = self.hospital.record(&self.hospital.open);
        Grant::hand_on(held, &halves, terms, &to, &self.council.issue, now()).unwrap()
    }

    /// The chain's recipient asks for all that it allows, as these uses.
    pub(crate) fn request(&self, chain: &Chain, uses: &[u16]) -> AccessRequest {
        let asked = Asked {
            slots: chain.last().grant.terms().slots,
            purpose: chain.last().grant.terms().purpose,
            uses: uses.to_vec(),
        };
        let by = match chain.links().len() {
            1 => &self.council.open,
            _ => &self.hospital.open,
        };
        AccessRequest::make(chain, asked, by, now()).unwrap()
    }

    pub(crate) fn log_key(&self) -> NoteKey<'_, RoleKeys> {
        NoteKey::new(LOG, &self.log).unwrap()
    }

    fn witness_keys(&self) -> Vec<NoteKey<'_, RoleKeys>> {
        let named = (1..).zip(&self.witnesses);
        named
            .map(|(n, key)| NoteKey::new(&format!("w{n}.example"), key).unwrap())
            .collect()
    }

    /// As policies of logs name them.
    pub(crate) fn witness_names(&self) -> Vec<String> {
        let keys = self.witness_keys();
        keys.iter().map(|k| k.verifier().to_string()).collect()
    }

    pub(crate) fn log_policy(&self) -> LogPolicy {
        let witnesses: Vec<_> = self
            .witness_keys()
            .iter()
            .map(|k| k.verifier().clone())
            .collect();
        LogPolicy::new(self.log_key().verifier().clone(), &witnesses, 2).unwrap()
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            policy: self.log_policy(),
            max_age: 600,
            skew: 30,
            emergencies: 2,
        }
    }

    pub(crate) fn logged_grant(&self, grants: &[Evidence]) -> LoggedGrant {
        LoggedGrant::verify(grants, &self.log_policy(), &self.author(), &self.keys).unwrap()
    }

    pub(crate) fn logged_request(&self, grant: &LoggedGrant, request: Evidence) -> LoggedRequest {
        let fresh = Freshness {
            now: now(),
            max_age: 600,
            skew: 30,
        };
        let policy = self.log_policy();
        LoggedRequest::verify(grant.clone(), request, &policy, &self.keys, fresh).unwrap()
    }

    /// The log on a disk in memory, or a new one, with witnesses that have seen nothing.
    pub(crate) fn memory_book_on(&self, disk: &MemoryDisk) -> Book<MemoryStore, MemoryStore> {
        let log = match Log::create(disk.open(), &self.log_key()) {
            Err(LogError::Exists) => Log::open(disk.open(), self.log_key().verifier().clone()),
            made => made,
        };
        Book {
            log: log.unwrap(),
            witnesses: [(); 2].map(|()| self.witness(MemoryDisk::new().open())),
        }
    }

    pub(crate) fn witness<W: WitnessStore>(&self, store: W) -> Witness<W> {
        Witness::new(vec![self.log_key().verifier().clone()], store)
    }
}

fn offer(to: &KeyRecord, most_opens: u16, depth: u8) -> Offer {
    Offer {
        reasons: [8; 32],
        most_opens,
        depth,
        notify_after: now(),
        emergency: to.role() == Role::BreakGlass,
    }
}
