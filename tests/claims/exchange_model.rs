//! A book and its parties as a machine: grants, openings, revocations, emergencies and erasures in any order, over
//! messages that are lost, doubled or altered, with parties that are away and stores that fail between two steps.
//! Beside it a small model: what gates were heard to release, and what must be opened or refused.

mod machine;

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
