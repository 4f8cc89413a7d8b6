//! A book and its parties as a machine: grants, openings, revocations, emergencies and erasures in any order, over
//! messages that are lost, doubled or altered, with parties that are away and stores that fail between two steps.
//! Beside it a small model: what gates were heard to release, and what must be opened or refused.

use crate::exchange_support::{HEALTH, MemoryBook, Parties, Region, SUBJECT, WHY, contents};
use crate::grant_support::now;
use billetbook::audit::Standing;
use billetbook::consent::{LawfulBasis, Purpose};
use billetbook::exchange::{
    Courier, CourierError, Emergency, EndedAt, ExchangeError, GateAnswer, GateCall, GateMessage,
    Given, GrantPacket, HistoryOptions, OpenRequest, Refusing, Released, To, What,
};
use billetbook::grant::{
    AccessRequest, EmergencyReason, EntryRef, ErasureGround, RefusalReason, RevocationReason,
};
use billetbook::keys::{KeyId, KeyProvider, Role, RoleKeys};
use billetbook::store::Cut;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Gates, then the witness.
const PARTIES: usize = 4;
const THRESHOLD: usize = 2;
/// Emergencies of an officer's day, as the gates of these tests allow.
const EMERGENCIES: u16 = 2;

/// What becomes of messages on their way: bit n is that of the n-th message of a step.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// It does not arrive.
    lost: u32,
    /// It arrives; its answer does not.
    unheard: u32,
    /// It arrives twice.
    doubled: u32,
    /// Its answer is altered.
    altered: u32,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Grant {
        opens: u16,
        emergency: bool,
    },
    /// The council asks under a grant, in an emergency where it is one for emergencies.
    Ask(usize),
    /// A request is carried to the school, perhaps again.
    Answer(usize, Way),
    Refuse(Way),
    Revoke(usize, Way),
    EraseEntry(usize),
    Erase(Way),
    /// A party goes away, or comes back.
    Away(usize),
    /// The power of the log's disk fails at a boundary of the next step.
    Cut(u64, bool),
    /// The book's shelf, or a gate's store, is full after so many writes of the next step.
    Full(usize, u64),
}

fn way() -> impl Strategy<Value = Way> {
    // Mostly nothing, else one message in four.
    let bits = || {
        prop_oneof![
            3 => Just(0u32),
            1 => (any::<u32>(), any::<u32>()).prop_map(|(a, b)| a & b),
        ]
    };
    (bits(), bits(), bits(), bits()).prop_map(|(lost, unheard, doubled, altered)| Way {
        lost,
        unheard,
        doubled,
        altered,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let some = 0..64usize;
    prop_oneof![
        3 => (1..4u16, prop::bool::weighted(0.3))
            .prop_map(|(opens, emergency)| Step::Grant { opens, emergency }),
        6 => some.clone().prop_map(Step::Ask),
        8 => (some.clone(), way()).prop_map(|(n, way)| Step::Answer(n, way)),
        1 => way().prop_map(Step::Refuse),
        2 => (some.clone(), way()).prop_map(|(n, way)| Step::Revoke(n, way)),
        1 => some.prop_map(Step::EraseEntry),
        1 => way().prop_map(Step::Erase),
        2 => (0..PARTIES).prop_map(Step::Away),
        2 => (0..6u64, any::<bool>()).prop_map(|(n, survives)| Step::Cut(n, survives)),
        1 => (0..PARTIES, 0..4u64).prop_map(|(who, n)| Step::Full(who, n)),
    ]
}

/// How far something has come that ends releases.
#[derive(Clone, Debug, Default, PartialEq)]
enum End {
    #[default]
    Not,
    /// Begun; some gates may not have heard of it.
    Begun,
    /// Final, and what was open then.
    Final(BTreeSet<EntryRef>),
}

struct Granted {
    packet: GrantPacket,
    opens: u16,
    emergency: bool,
    taken: u16,
    end: End,
}

struct Asking {
    grant: usize,
    ask: OpenRequest,
    /// Its entry was erased: sent again, it is another entry, and its use is the first one's.
    erased: bool,
    answered: bool,
    /// Where it was last logged.
    entry: Option<EntryRef>,
}

/// An entry that gates were heard to release for, whether or not their answers arrived.
struct Out {
    grant: EntryRef,
    number: u16,
    emergency: bool,
    gates: BTreeSet<KeyId>,
}

type Heard = BTreeMap<EntryRef, Out>;

struct Net<'a> {
    parties: &'a mut Parties,
    away: &'a BTreeSet<usize>,
    gates: &'a [KeyId],
    way: Way,
    sent: u32,
    heard: &'a mut Heard,
}

impl Net<'_> {
    fn hear(&mut self, to: &To, message: &[u8], answer: &[u8]) {
        let (To::Gate(gate), Ok(GateAnswer::Release(release))) = (to, GateAnswer::decode(answer))
        else {
            return;
        };
        let GateCall::Ask(ask) = GateMessage::decode(message).unwrap().call else {
            unreachable!("a gate released without being asked");
        };
        let request = AccessRequest::decode(ask.request.opening.entry().bytes()).unwrap();
        let out = self.heard.entry(release.request()).or_insert_with(|| Out {
            grant: request.grant(),
            number: request.ordinals()[0],
            emergency: request.emergency().is_some(),
            gates: BTreeSet::new(),
        });
        out.gates.insert(*gate);
    }
}

impl Courier for Net<'_> {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        let bit = |bits: u32| bits.rotate_right(self.sent) & 1 == 1;
        let Way {
            lost,
            unheard,
            doubled,
            altered,
        } = self.way;
        let (lost, unheard, doubled, altered) =
            (bit(lost), bit(unheard), bit(doubled), bit(altered));
        self.sent += 1;
        let party = match to {
            To::Witness(_) => PARTIES - 1,
            To::Gate(id) => self.gates.iter().position(|g| g == id).unwrap(),
        };
        if lost || self.away.contains(&party) {
            return Err(CourierError::new("lost"));
        }
        let mut answer = Vec::new();
        for _ in 0..=usize::from(doubled) {
            answer = self.parties.carry(to, message)?;
            self.hear(to, message, &answer);
        }
        if unheard {
            return Err(CourierError::new("unheard"));
        }
        if altered {
            let middle = answer.len() / 2;
            answer[middle] ^= 1;
        }
        Ok(answer)
    }
}

struct Machine {
    r: Region,
    officers: [&'static RoleKeys; 2],
    gates: Vec<KeyId>,
    grants: Vec<Granted>,
    asks: Vec<Asking>,
    emergencies: u16,
    away: BTreeSet<usize>,
    heard: Heard,
    erased: End,
    /// Entries whose evidence was handed out, so that they must stay.
    acknowledged: BTreeSet<EntryRef>,
    /// Something fails in the next step.
    armed: bool,
    opened: usize,
    refused: usize,
}

impl Machine {
    fn new() -> Machine {
        let r = Region::new();
        let officers = r.west.ring.keys().iter();
        let officers = officers.filter(|k| k.request().role() == Role::BreakGlass);
        let keys = r.oak.ring.keys().iter();
        let gates = keys.filter(|k| k.request().role() == Role::Gate);
        Machine {
            officers: officers.collect::<Vec<_>>().try_into().unwrap(),
            gates: gates.map(KeyProvider::key_id).collect(),
            r,
            grants: Vec::new(),
            asks: Vec::new(),
            emergencies: 0,
            away: BTreeSet::new(),
            heard: Heard::new(),
            erased: End::Not,
            acknowledged: BTreeSet::new(),
            armed: false,
            opened: 0,
            refused: 0,
        }
    }

    /// Does something with the book, over the network as it is.
    fn with<T>(&mut self, way: Way, work: impl FnOnce(&mut MemoryBook, &mut Net<'_>) -> T) -> T {
        let mut net = Net {
            parties: &mut self.r.parties,
            away: &self.away,
            gates: &self.gates,
            way,
            sent: 0,
            heard: &mut self.heard,
        };
        work(&mut self.r.book, &mut net)
    }

    /// Nothing stands in the way of a step.
    fn clean(&self, way: Way) -> bool {
        let bits = way.lost | way.unheard | way.doubled | way.altered;
        self.away.is_empty() && !self.armed && bits == 0
    }

    /// After a step in which a store may have failed, the book's program starts anew.
    fn restart(&mut self) {
        if std::mem::take(&mut self.armed) {
            self.r.oak.disk.restart();
            self.r.oak.shelf.fail_after(None);
            self.r.oak.gates.iter().for_each(|g| g.fail_after(None));
            self.r.book = self.r.oak.open();
        }
    }

    /// The entries for which as many gates released as it takes.
    fn open_now(&self) -> BTreeSet<EntryRef> {
        let enough = self
            .heard
            .iter()
            .filter(|(_, o)| o.gates.len() >= THRESHOLD);
        enough.map(|(e, _)| *e).collect()
    }

    fn step(&mut self, step: Step) {
        let fails = matches!(step, Step::Cut(..) | Step::Full(..) | Step::Away(_));
        match step {
            Step::Grant { opens, emergency } => self.grant(opens, emergency),
            Step::Ask(n) => self.ask(n),
            Step::Answer(n, way) => self.answer(n, way),
            Step::Refuse(way) => self.refuse(way),
            Step::Revoke(n, way) => self.revoke(n, way),
            Step::EraseEntry(n) => self.erase_entry(n),
            Step::Erase(way) => self.erase(way),
            Step::Away(party) => {
                if !self.away.remove(&party) {
                    self.away.insert(party);
                }
            }
            Step::Cut(after, unsynced_survives) => {
                self.r.oak.disk.cut(Cut {
                    after,
                    unsynced_survives,
                });
                self.armed = true;
            }
            Step::Full(who, writes) => {
                match self.r.oak.gates.get(who) {
                    Some(gate) => gate.fail_after(Some(writes)),
                    None => self.r.oak.shelf.fail_after(Some(writes)),
                }
                self.armed = true;
            }
        }
        if !fails {
            self.restart();
        }
        self.hold();
    }

    fn grant(&mut self, opens: u16, emergency: bool) {
        let (mut asked, mut key) = (self.r.asked(), self.r.west.key(Role::Open));
        if emergency {
            asked.recipient.role = "duty_desk".parse().unwrap();
            asked.purpose = Purpose::Safeguarding;
            asked.basis = LawfulBasis::VitalInterests;
            key = self.officers[0];
        }
        let request = self.r.council.request(asked, "R-17", key, now()).unwrap();
        let given = Given {
            most_opens: opens,
            ..self.r.given()
        };
        let clean = self.clean(Way::default());
        let done = self.with(Way::default(), |book, net| {
            book.grant(net, &request, &[], &given, now())
        });
        assert!(done.is_ok() || !clean, "{done:?}");
        if let Ok(packet) = done {
            self.acknowledged.insert(packet.grants[0].entry());
            self.grants.push(Granted {
                packet,
                opens,
                emergency,
                taken: 0,
                end: End::Not,
            });
        }
    }

    fn ask(&mut self, n: usize) {
        let Some(at) = n.checked_rem(self.grants.len()) else {
            return;
        };
        let granted = &mut self.grants[at];
        let council = &mut self.r.council;
        let pending = self
            .asks
            .iter()
            .position(|a| a.grant == at && !a.answered && !granted.emergency);
        let done = match granted.emergency {
            false => {
                let key = self.r.west.key(Role::Open);
                council.ask(&granted.packet, (None, None), key, now())
            }
            true => council.ask_emergency(
                &granted.packet,
                &Emergency {
                    officers: self.officers.map(|k| k as &dyn KeyProvider),
                    reason: EmergencyReason::RiskToLife,
                    why: WHY,
                    budget: self.emergencies + 1,
                },
                now(),
            ),
        };
        match (done, pending) {
            (Ok(ask), Some(before)) => {
                let same = self.asks[before].ask.encode() == ask.encode();
                assert!(same, "one that was not answered is given again");
            }
            (Ok(ask), None) => {
                granted.taken += 1;
                assert_eq!(ask.request.ordinals(), [granted.taken]);
                assert!(granted.taken <= granted.opens);
                self.emergencies += u16::from(granted.emergency);
                self.asks.push(Asking {
                    grant: at,
                    ask,
                    erased: false,
                    answered: false,
                    entry: None,
                });
            }
            (Err(e), _) => assert!(granted.taken >= granted.opens, "{e}"),
        }
    }

    fn answer(&mut self, n: usize, way: Way) {
        let Some(at) = n.checked_rem(self.asks.len()) else {
            return;
        };
        let clean = self.clean(way);
        let ask = self.asks[at].ask.clone();
        let done = self.with(way, |book, net| book.answer(net, &ask, now()));
        assert!(done.is_ok() || !clean, "{done:?}");
        let asking = &self.asks[at];
        let granted = &self.grants[asking.grant];
        let key = match granted.emergency {
            true => self.officers[0],
            false => self.r.west.key(Role::Open),
        };
        let budget = ask.request.emergency().map_or(0, |e| e.budget());
        let over = budget > EMERGENCIES;
        let Ok(answer) = done else {
            return;
        };
        self.acknowledged.insert(answer.request.entry());
        let held = self.r.council.check_grant(&granted.packet).unwrap();
        let opened = held.open(&answer, key, now());
        let entry = answer.request.entry();
        self.asks[at].entry = Some(entry);
        let asking = &self.asks[at];
        let ended = [&self.grants[asking.grant].end, &self.erased];
        match &opened {
            Ok(opened) => {
                assert_eq!(contents(opened), [HEALTH]);
                assert!(
                    self.open_now().contains(&entry),
                    "what was opened was released"
                );
                self.opened += 1;
            }
            Err(_) => self.refused += 1,
        }
        if clean && ended.iter().all(|e| **e == End::Not) && !over && !asking.erased {
            assert!(
                opened.is_ok(),
                "nothing stands in the way: {:?}",
                opened.err()
            );
        }
        let before = |e: &End| matches!(e, End::Final(open) if !open.contains(&entry));
        assert!(opened.is_err() || !ended.into_iter().any(before));
        assert!(opened.is_err() || !over);
        if opened.is_ok() {
            self.r.council.answered(&ask.request).unwrap();
            self.asks[at].answered = true;
        }
    }

    fn refuse(&mut self, way: Way) {
        let request = self.r.request();
        let refusing = Refusing {
            envelope: self.r.envelope,
            reason: RefusalReason::NotNecessary,
            why: WHY,
        };
        let clean = self.clean(way);
        let done = self.with(way, |book, net| {
            book.refuse(net, &request, &refusing, now())
        });
        assert!(done.is_ok() || !clean, "{done:?}");
        self.acknowledged.extend(done.map(|p| p.refusal.entry()));
    }

    fn revoke(&mut self, n: usize, way: Way) {
        let Some(at) = n.checked_rem(self.grants.len()) else {
            return;
        };
        let entry = self.grants[at].packet.grants[0].entry();
        let reason = (RevocationReason::RiskOfHarm, WHY);
        let clean = self.clean(way);
        let done = self.with(way, |book, net| book.revoke(net, entry, reason, now()));
        let end = self.ended(done, clean);
        let granted = &mut self.grants[at];
        granted.end = later(std::mem::take(&mut granted.end), end);
    }

    fn erase(&mut self, way: Way) {
        let by = (ErasureGround::PersonAsked, self.r.oak.key(Role::Open) as _);
        let (id, clean) = (self.r.envelope, self.clean(way));
        let done = self.with(way, |book, net| book.erase_envelope(net, id, by, now()));
        let end = self.ended(done, clean);
        self.erased = later(std::mem::take(&mut self.erased), end);
    }

    fn ended(&self, done: Result<EndedAt, ExchangeError>, clean: bool) -> End {
        match done {
            Ok(at) if at.ended.is_final() => End::Final(self.open_now()),
            other => {
                assert!(!clean, "{other:?}");
                End::Begun
            }
        }
    }

    fn erase_entry(&mut self, n: usize) {
        let Some(at) = n.checked_rem(self.asks.len()) else {
            return;
        };
        let by = (ErasureGround::OtherPerson, self.r.oak.key(Role::Open) as _);
        let Some(entry) = self.asks[at].entry else {
            return;
        };
        let clean = self.clean(Way::default());
        let done = self.with(Way::default(), |book, net| {
            book.erase_entry(net, entry, by, now())
        });
        assert!(done.is_ok() || !clean, "{done:?}");
        // Where it failed it may have been erased all the same.
        self.asks[at].erased = true;
    }

    /// What holds after every step.
    fn hold(&self) {
        let open = self.open_now();
        let under = |g: &Granted| -> BTreeSet<EntryRef> {
            let grant = g.packet.grants[0].entry();
            let own = open.iter().filter(|e| self.heard[*e].grant == grant);
            own.copied().collect()
        };
        for granted in &self.grants {
            let own = under(granted);
            let uses: BTreeSet<u16> = own.iter().map(|e| self.heard[e].number).collect();
            assert_eq!(uses.len(), own.len(), "a use is one request's");
            assert!(own.len() <= usize::from(granted.opens), "opened too often");
            if let End::Final(before) = &granted.end {
                assert!(own.is_subset(before), "opened after it was revoked");
            }
        }
        if let End::Final(before) = &self.erased {
            assert!(open.is_subset(before), "opened after it was erased");
        }
        let emergencies = open.iter().filter(|e| self.heard[*e].emergency).count();
        assert!(emergencies <= usize::from(EMERGENCIES));
    }

    /// Everyone is there again, and all that was begun is said again: then the log and its history tell all that gates
    /// were heard to release, and nothing else.
    fn settle(&mut self) {
        self.armed = true;
        self.restart();
        self.away.clear();
        for at in 0..self.asks.len() {
            self.answer(at, Way::default());
            self.hold();
        }
        for at in 0..self.grants.len() {
            if self.grants[at].end == End::Begun {
                self.revoke(at, Way::default());
            }
        }
        if self.erased == End::Begun {
            self.erase(Way::default());
        }
        self.hold();
        assert_eq!(self.r.book.log().standing(), Standing::Sound);
        self.r.book.verify(None).unwrap();
        let told = self.with(Way::default(), |book, net| {
            book.history(net, SUBJECT, HistoryOptions::default(), now())
        });
        let told = told.unwrap();
        assert!(told.is_complete(), "{:?}", told.alarms);
        let (mut released, mut all) = (BTreeSet::new(), BTreeSet::new());
        for item in &told.items {
            let entry = self.r.book.entry_at(item.entry).unwrap();
            all.insert(entry);
            if let What::Opened { released: r, .. } | What::Erased { released: r } = item.what {
                assert_ne!(r, Released::Perhaps);
                released.extend((r == Released::Yes).then_some(entry));
            }
        }
        assert_eq!(
            released,
            self.open_now(),
            "every opening is told, and no other"
        );
        assert!(
            self.acknowledged.is_subset(&all),
            "an acknowledged entry is gone"
        );
    }
}

/// What is final stays so.
fn later(before: End, now: End) -> End {
    match before {
        End::Final(_) => before,
        _ => now,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn exc_6_in_any_order_over_any_network_with_failing_stores_nothing_opens_that_is_not_told(
        steps in vec(step(), 10..40)
    ) {
        let mut machine = Machine::new();
        machine.step(Step::Grant { opens: 2, emergency: false });
        machine.step(Step::Ask(0));
        steps.into_iter().for_each(|s| machine.step(s));
        machine.settle();
    }
}

#[test]
fn exc_6_control_where_nothing_fails_all_opens_that_may_and_a_release_too_many_is_found() {
    let mut m = Machine::new();
    let clean = Way::default();
    for step in [
        Step::Grant {
            opens: 3,
            emergency: false,
        },
        Step::Ask(0),
        Step::Answer(0, clean),
        Step::Ask(0),
        Step::Answer(1, clean),
        Step::Answer(1, clean),
        Step::Ask(0),
        Step::Revoke(0, clean),
        Step::Answer(2, clean),
        Step::Revoke(0, clean),
        Step::Erase(clean),
        Step::Erase(clean),
    ] {
        m.step(step);
    }
    assert_eq!((m.opened, m.refused), (3, 1));
    assert!(matches!(m.erased, End::Final(_)));
    m.settle();
    // As many entries as things were said: what was said again is not logged again.
    assert_eq!(m.r.book.log().size(), 6);
    let found =
        |m: &Machine| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| m.hold())).is_err();
    assert!(!found(&m));
    m.grants[0].opens = 1;
    assert!(found(&m), "two were opened");
    m.grants[0].opens = 3;
    m.grants[0].end = End::Final(BTreeSet::new());
    assert!(found(&m), "after the end");
}
