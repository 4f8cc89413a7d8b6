//! Gates among which an envelope's shares are dealt anew: the three behind which it was sealed, and more.

use crate::crash::signer;
use crate::gate_support::Book;
use crate::grant_support::{Agency, now};
use billetbook::audit::Kind;
use billetbook::clock::{UnixTime, Window};
use billetbook::envelope::GateSet;
use billetbook::gate::{
    Acknowledgement, Ask, Dealing, Denial, Evidence, Gate, LoggedGrant, LoggedRequest, NewGates,
    OpenKeyError, Release, Taken,
};
use billetbook::grant::{AccessRequest, Asked, EmergencyReason, Redeal, RedealStep};
use billetbook::keys::{KeyId, KeyProvider, Role, RoleKeys};
use billetbook::store::MemoryGate;
use sha2::{Digest, Sha256};

/// The gates 0 to 2 are those of the envelope; 3 to 7 hold nothing yet.
pub(crate) struct Moving {
    pub(crate) book: Book,
    more: Vec<RoleKeys>,
    stores: Vec<MemoryGate>,
}

impl Moving {
    pub(crate) fn new() -> Moving {
        Moving::of(Book::new())
    }

    /// Logs that two officers of the council use an emergency grant.
    pub(crate) fn declare(&mut self, grant: &LoggedGrant, used: u16, budget: u16) -> LoggedRequest {
        let terms = grant.chain().last().grant.terms();
        let asked = Asked {
            slots: terms.slots,
            purpose: terms.purpose,
            uses: vec![used],
        };
        let region = &self.book.region;
        let [first, second] = &region.council.officers;
        let auditor = region.school.record(&region.school.open);
        let why = (EmergencyReason::RiskToLife, "made up", &auditor);
        let officers: [&dyn KeyProvider; 2] = [first, second];
        let made =
            AccessRequest::make_emergency(grant.chain(), asked, officers, why, budget, now());
        self.book.enter(grant, Kind::BreakGlass, &made.unwrap())
    }

    pub(crate) fn of(mut book: Book) -> Moving {
        let window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
        let more = ["4", "5", "6", "7", "8"];
        let more = more.map(|n| RoleKeys::generate(Role::Gate, n, window).unwrap());
        for gate in &more {
            let record = book.region.school.record(gate);
            book.region.keys.add(&record.to_text()).unwrap();
        }
        Moving {
            book,
            more: more.into(),
            stores: [(); 5].map(|()| MemoryGate::new()).into(),
        }
    }

    pub(crate) fn key(&self, i: usize) -> &RoleKeys {
        match i {
            0..3 => &self.book.region.gates[i],
            _ => &self.more[i - 3],
        }
    }

    pub(crate) fn id(&self, i: usize) -> KeyId {
        self.key(i).key_id()
    }

    pub(crate) fn store(&self, i: usize) -> &MemoryGate {
        match i {
            0..3 => &self.book.stores[i],
            _ => &self.stores[i - 3],
        }
    }

    pub(crate) fn gate(&self, i: usize) -> Gate<'_, MemoryGate> {
        Gate::new(self.key(i), self.book.rules(), self.store(i).clone())
    }

    pub(crate) fn set(&self, epoch: u32, threshold: usize, gates: &[usize]) -> GateSet {
        let gates = gates.iter().map(|g| self.id(*g)).collect();
        GateSet::new(epoch, threshold, gates).unwrap()
    }

    /// The gates behind which the envelope was sealed.
    pub(crate) fn first(&self) -> GateSet {
        self.set(0, 2, &[0, 1, 2])
    }

    /// A step as the school's officers say it.
    pub(crate) fn step(&self, step: RedealStep) -> Redeal {
        self.step_by(&self.book.region.school, step)
    }

    pub(crate) fn step_by(&self, agency: &Agency, step: RedealStep) -> Redeal {
        let id = self.book.region.envelope().id();
        Redeal::make(id, step, &agency.issue, &agency.open, now()).unwrap()
    }

    pub(crate) fn log(&mut self, redeal: &Redeal) -> Evidence {
        self.book.logged.enter(Kind::Redeal, redeal.encode())
    }

    /// The first step, logged.
    pub(crate) fn say(&mut self, from: &GateSet, dealers: &[u8], to: &GateSet) -> Evidence {
        let step = RedealStep::deal(from.clone(), dealers.to_vec(), to.clone()).unwrap();
        let redeal = self.step(step);
        self.log(&redeal)
    }

    /// The second step, logged.
    pub(crate) fn say_done(&mut self, first: &Evidence) -> Evidence {
        let redeal = self.step(RedealStep::Done {
            redeal: first.entry(),
        });
        self.log(&redeal)
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        self.book.region.envelope().header()
    }

    pub(crate) fn deal(&self, i: usize, first: &Evidence) -> Result<Dealing, Denial> {
        let keys = &self.book.region.keys;
        self.gate(i).deal(first, &self.header(), keys, now())
    }

    pub(crate) fn take(
        &self,
        i: usize,
        first: &Evidence,
        dealings: &[Dealing],
    ) -> Result<Taken, Denial> {
        self.gate(i).take(first, dealings, &self.book.region.keys)
    }

    pub(crate) fn hand_over(
        &self,
        i: usize,
        steps: [&Evidence; 2],
        taken: &[Taken],
    ) -> Result<Acknowledgement, Denial> {
        let keys = &self.book.region.keys;
        self.gate(i).hand_over(steps, taken, keys)
    }

    pub(crate) fn begin(
        &self,
        i: usize,
        steps: [&Evidence; 2],
        words: &[Acknowledgement],
    ) -> Result<(), Denial> {
        self.gate(i).begin(steps, words, &self.book.region.keys)
    }

    /// The whole of it. `from` and `to` name gates; all of `dealers` deal.
    pub(crate) fn redeal(
        &mut self,
        (from, old): (&GateSet, &[usize]),
        dealers: &[u8],
        (to, new): (&GateSet, &[usize]),
    ) -> Moved {
        let first = self.say(from, dealers, to);
        let dealing = |d: &u8| self.deal(old[usize::from(*d) - 1], &first).unwrap();
        let dealings: Vec<_> = dealers.iter().map(dealing).collect();
        let taken = new
            .iter()
            .map(|n| self.take(*n, &first, &dealings).unwrap());
        let taken: Vec<_> = taken.collect();
        let done = self.say_done(&first);
        let words = old
            .iter()
            .map(|o| self.hand_over(*o, [&first, &done], &taken));
        let words: Vec<_> = words.map(Result::unwrap).collect();
        for n in new {
            self.begin(*n, [&first, &done], &words).unwrap();
        }
        Moved {
            steps: [first, done],
            dealings,
            taken,
        }
    }

    pub(crate) fn new_gates(&self, moved: &Moved) -> Result<NewGates, Denial> {
        let (envelope, author) = (self.book.region.envelope(), self.book.region.author());
        let [redeal, done] = &moved.steps;
        let policy = self.book.logged.policy();
        let both = (&envelope, &author);
        let keys = &self.book.region.keys;
        NewGates::verify(both, [redeal, done], &moved.taken, &policy, keys)
    }

    pub(crate) fn release(&mut self, i: usize, request: &LoggedRequest) -> Result<Release, Denial> {
        let ask = self.ask(i, request);
        self.gate(i).handle(&ask, &self.book.region.keys, now())
    }

    pub(crate) fn ask(&mut self, i: usize, request: &LoggedRequest) -> Ask {
        let seen = self.gate(i).seen(signer().key().name()).unwrap();
        let seen = seen.map_or(0, |s| s.size);
        let evidence = request.ask(0, Vec::new()).request;
        let since = self.book.logged.since(seen, &evidence);
        request.ask(seen, since)
    }

    /// The request again, proven in the log as it stands now: gates have seen it grow since.
    pub(crate) fn again(&mut self, request: &LoggedRequest) -> LoggedRequest {
        let signed = self.book.logged.cosigned(2, now());
        let index = request.evidence().proof.index();
        let evidence = self.book.logged.evidence(index, &signed);
        let (policy, keys) = (self.book.logged.policy(), &self.book.region.keys);
        let fresh = crate::gate_support::fresh();
        LoggedRequest::verify(request.grant().clone(), evidence, &policy, keys, fresh).unwrap()
    }

    pub(crate) fn open(
        &self,
        gates: &NewGates,
        request: &LoggedRequest,
        releases: &[Release],
    ) -> Result<Vec<u8>, OpenKeyError> {
        let envelope = self.book.region.envelope();
        let keys = &self.book.region.keys;
        let slot = self.book.region.slot(&billetbook::record::Section::Health);
        let key: &dyn KeyProvider = &self.book.region.council.open;
        let open = request.open_key_of(slot, (&envelope, gates), releases, keys, key)?;
        Ok(open.open(&envelope)?.content().to_vec())
    }
}

/// A redeal that was done.
pub(crate) struct Moved {
    pub(crate) steps: [Evidence; 2],
    pub(crate) dealings: Vec<Dealing>,
    pub(crate) taken: Vec<Taken>,
}

/// Where the hashes of sub-shares stand in a dealing, after magic, envelope, header, redeal, epoch, slots, author, dealer,
/// key and number of gates.
const HASHES: usize = 8 + 16 + 32 + 32 + 4 + 1 + 32 + 1 + 32 + 1;

/// The dealing that this gate would have signed had it dealt these bytes (32 a slot) to each new gate.
pub(crate) fn forged(
    dealing: &Dealing,
    key: &RoleKeys,
    to: &[&RoleKeys],
    parts: &[Vec<u8>],
) -> Dealing {
    let bytes = dealing.encode();
    let slots = usize::from(bytes[92]);
    let (envelope, redeal, dealer) = (&bytes[8..24], &bytes[56..88], bytes[125]);
    let mut head_end = HASHES + 32 * slots * to.len();
    let list = u32::from_be_bytes(bytes[head_end..head_end + 4].try_into().unwrap());
    head_end += 4 + usize::try_from(list).unwrap();
    assert_eq!(
        bytes[head_end..head_end + 4],
        [0; 4],
        "no request was bound"
    );
    head_end += 4;
    let mut head = bytes[..HASHES].to_vec();
    for (gate, part) in (1u8..).zip(parts) {
        for (slot, block) in (0u8..).zip(part.chunks(32)) {
            let mut hash = Sha256::new();
            hash.update(b"billetbook/1 sub-share\0");
            hash.update(envelope);
            hash.update(redeal);
            hash.update([dealer, gate, slot]);
            hash.update(block);
            head.extend_from_slice(&hash.finalize());
        }
    }
    head.extend_from_slice(&bytes[HASHES + 32 * slots * to.len()..head_end]);
    let digest = Sha256::digest(&head);
    let mut signed = head.clone();
    let mut out = head;
    for (gate, (part, to)) in (1u8..).zip(parts.iter().zip(to)) {
        let info = [&b"billetbook/1 sub-shares\0"[..], &digest, &[gate]].concat();
        let sealed = to
            .public()
            .wrap(&info, &[&part[..], &[0; 4]].concat())
            .unwrap();
        signed.extend_from_slice(&Sha256::digest(&sealed));
        out.extend_from_slice(&u32::try_from(sealed.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&sealed);
    }
    out.extend_from_slice(&key.sign(b"billetbook/1 dealing\0", &signed).unwrap());
    Dealing::decode(&out).unwrap()
}

/// What each new gate unwraps of a dealing.
pub(crate) fn unwrapped(dealing: &Dealing, keys: &[&RoleKeys]) -> Vec<Vec<u8>> {
    let bytes = dealing.encode();
    // From the end: a signature, and for each gate a length and what was wrapped to it.
    let length = 1136 + 8 * 32 + 4;
    let end = bytes.len() - 64 - keys.len() * (4 + length);
    let digest = Sha256::digest(&bytes[..end]);
    let open = |(i, key): (usize, &&RoleKeys)| {
        let at = end + i * (4 + length) + 4;
        let number = [u8::try_from(i + 1).unwrap()];
        let info = [&b"billetbook/1 sub-shares\0"[..], &digest, &number].concat();
        key.unwrap(&info, &bytes[at..at + length]).unwrap().to_vec()
    };
    keys.iter().enumerate().map(open).collect()
}

/// The gates to which most tests deal: the first of those before, and two others.
pub(crate) const NEW: [usize; 3] = [0, 3, 4];

/// All three gates have dealt to these.
pub(crate) fn moved() -> (Moving, Moved) {
    let mut m = Moving::new();
    let (from, to) = (m.first(), m.set(1, 2, &NEW));
    let moved = m.redeal((&from, &[0, 1, 2]), &[1, 2, 3], (&to, &NEW));
    (m, moved)
}
