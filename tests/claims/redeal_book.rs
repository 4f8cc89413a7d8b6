//! A book whose records' shares are dealt anew to the gates of two agencies: what recipients, histories and those who end
//! something see of it.

use crate::exchange_support::{Agency, HEALTH, Parties, Region, SUBJECT, contents, opened, said};
use crate::grant_support::now;
use billetbook::envelope::{Assurance, Gates};
use billetbook::exchange::{
    Courier, CourierError, ExchangeError, GateCall, GateMessage, GrantPacket, History,
    HistoryOptions, OpenPacket, Redealt, Released, To, What,
};
use billetbook::gate::{Completeness, Denial};
use billetbook::grant::{ErasureGround, RevocationReason};
use billetbook::keys::{KeyId, KeyProvider, KeyRecord, Role};

/// The school's own gates, and two of the council's. Everything goes through it, so that it can fail.
struct Net {
    own: Parties,
    west: Parties,
    /// How many messages to gates are carried before one is lost; then all are again.
    lose: Option<usize>,
    dead: Vec<KeyId>,
    /// Whom each message to a gate asked for what.
    calls: Vec<(KeyId, &'static str)>,
}

impl Courier for Net {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        if let To::Gate(id) = to {
            self.calls.push((*id, name(message)));
            if self.dead.contains(id) {
                return Err(CourierError::new("dead"));
            }
            match &mut self.lose {
                Some(0) => {
                    self.lose = None;
                    // It arrived, and its answer is lost: what was done is done.
                    let _ = self
                        .own
                        .answer(to, message)
                        .or_else(|| self.west.answer(to, message));
                    return Err(CourierError::new("lost"));
                }
                Some(left) => *left -= 1,
                None => {}
            }
        }
        let own = self.own.answer(to, message);
        let answer = own.or_else(|| self.west.answer(to, message));
        answer.ok_or_else(|| CourierError::new("nobody's"))
    }
}

fn name(message: &[u8]) -> &'static str {
    match GateMessage::decode(message).unwrap().call {
        GateCall::Deal(..) => "deal",
        GateCall::Take(..) => "take",
        GateCall::HandOver(..) => "hand over",
        GateCall::Begin(..) => "begin",
        GateCall::Revoke(..) => "revoke",
        _ => "else",
    }
}

struct Scene {
    r: Region,
    net: Net,
}

fn gate_records(a: &'static Agency) -> Vec<KeyRecord> {
    let keys = a.ring.keys().iter();
    let gates = keys.filter(|k| k.request().role() == Role::Gate);
    gates.map(|k| a.root.certify(k.request())).collect()
}

impl Scene {
    fn new() -> Scene {
        let mut r = Region::new();
        for record in gate_records(r.west) {
            r.book.add_record(&record.encode()).unwrap();
        }
        let policy = r.oak.card.log_policy().unwrap();
        let own = r.oak.parties(&r.book);
        let west = r.west.parties_of(policy, &r.book);
        let net = Net {
            own,
            west,
            lose: None,
            dead: Vec::new(),
            calls: Vec::new(),
        };
        Scene { r, net }
    }

    /// One gate of the school's and two of the council's, from now on.
    fn choose(&mut self) -> Vec<KeyId> {
        let mut records = vec![gate_records(self.r.oak)[0].clone()];
        records.extend(gate_records(self.r.west).into_iter().take(2));
        let ids = records.iter().map(KeyRecord::id).collect();
        let gates = Gates::new(records).unwrap();
        self.r.book.set_gates(&gates, now()).unwrap();
        ids
    }

    fn old(&self) -> Vec<KeyId> {
        gate_records(self.r.oak).iter().map(KeyRecord::id).collect()
    }

    fn redeal(&mut self) -> Result<Redealt, ExchangeError> {
        let officer = self.r.oak.key(Role::Open);
        let id = self.r.envelope;
        self.r.book.redeal(&mut self.net, id, (officer, &[]), now())
    }

    fn grant(&mut self) -> GrantPacket {
        let (request, given) = (self.r.request(), self.r.given());
        let granted = self
            .r
            .book
            .grant(&mut self.net, &request, &[], &given, now());
        granted.unwrap()
    }

    fn answer(&mut self, grant: &GrantPacket) -> OpenPacket {
        let key = self.r.west.key(Role::Open);
        let ask = self.r.council.ask(grant, (None, None), key, now()).unwrap();
        let answer = self.r.book.answer(&mut self.net, &ask, now()).unwrap();
        self.r.council.answered(&ask.request).unwrap();
        answer
    }

    fn history(&mut self) -> History {
        let options = HistoryOptions::default();
        let told = self.r.book.history(&mut self.net, SUBJECT, options, now());
        told.unwrap()
    }
}

#[test]
fn red_15_a_record_opens_under_an_older_grant_after_a_redeal_and_its_history_is_whole() {
    let mut s = Scene::new();
    let grant = s.grant();
    let before = s.answer(&grant);
    assert!(before.moved.is_none());
    let ids = s.choose();
    let done = s.redeal().unwrap();
    assert!(done.moved && done.spare == 1 && done.unreached.is_empty());
    // Two of the three are the council's: it alone has enough of them, which is told.
    assert!(matches!(
        done.assurance,
        Assurance::Colocated {
            threshold: 2,
            gates: 3
        }
    ));
    let again = s.redeal().unwrap();
    assert!(!again.moved, "they have it");
    let after = s.answer(&grant);
    let after = OpenPacket::decode(&after.encode()).unwrap();
    assert!(after.moved.is_some());
    assert_eq!(contents(&s.r.open(&grant, &after).unwrap()), [HEALTH]);
    assert_eq!(contents(&s.r.open(&grant, &before).unwrap()), [HEALTH]);
    let mut bare = after.clone();
    bare.moved = None;
    assert!(
        s.r.open(&grant, &bare).is_err(),
        "control: it takes the word of the new gates"
    );
    let released = after.releases();
    assert!(released.iter().all(|r| ids.contains(&r.gate())));

    // Those before are gone; what they had released by then is not.
    s.net.dead = s.old()[1..].to_vec();
    let told = s.history();
    assert_eq!(opened(&told), [Released::Yes, Released::Yes]);
    assert!(told.is_complete(), "{}", said(&told));
    let kinds: Vec<_> = told.items.iter().map(|i| i.what.label()).collect();
    assert_eq!(
        kinds,
        [
            "Allowed",
            "Opened",
            "New keepers of the keys",
            "Keepers changed",
            "Opened"
        ]
    );
    let text = said(&told);
    assert!(
        text.contains("Westshire Council (gate 1), Westshire Council (gate 2)"),
        "{text}"
    );
    assert!(text.contains("Nobody read your record for this."));
    let sets = &told.envelopes[0].gates;
    assert_eq!((sets.len(), sets[0].epoch, sets[1].epoch), (2, 0, 1));
    // Without the lists of enough of the new gates it says so, and which.
    s.net.dead = ids[1..].to_vec();
    let told = s.history();
    assert!(!told.is_complete());
    assert_eq!(
        told.envelopes[0].gates[0].completeness,
        Completeness::Complete
    );
    let needs = Completeness::NotProven {
        lists: 1,
        needed: 2,
    };
    assert_eq!(told.envelopes[0].gates[1].completeness, needs);
    assert_eq!(opened(&told), [Released::Yes, Released::Perhaps]);
    assert!(said(&told).contains("while its keys were with Oakfield School (gate 1), Westshire"));
}

#[test]
fn red_16_lost_anywhere_on_the_way_a_redeal_goes_on_when_it_is_said_again() {
    let mut lost = 0;
    for at in 0..64 {
        let mut s = Scene::new();
        let grant = s.grant();
        s.answer(&grant);
        s.choose();
        s.net.lose = Some(at);
        let first = s.redeal();
        let all_carried = s.net.lose.is_some();
        s.net.lose = None;
        if all_carried {
            assert!(first.unwrap().unreached.is_empty());
            break;
        }
        lost += 1;
        // Whether it broke off or went on without a gate, it is finished the second time.
        let done = s.redeal().unwrap();
        assert!(done.unreached.is_empty(), "{at}: {:?}", done.unreached);
        let answer = s.answer(&grant);
        assert_eq!(answer.releases().len(), 3, "{at}");
        assert_eq!(contents(&s.r.open(&grant, &answer).unwrap()), [HEALTH]);
        let told = s.history();
        assert!(told.is_complete());
        assert_eq!(opened(&told), [Released::Yes, Released::Yes]);
        let changed = |w: &What| matches!(w, What::GatesChanged { .. });
        assert_eq!(told.items.iter().filter(|i| changed(&i.what)).count(), 1);
    }
    // Six gates asked whether they are there, three that deal, three that take, three and three to the end.
    assert_eq!(lost, 18);
}

#[test]
fn red_17_a_lost_gate_is_replaced_by_the_others_and_too_few_replace_nothing() {
    let mut s = Scene::new();
    let grant = s.grant();
    let ids = s.choose();
    let old = s.old();
    // Two of three are gone: nothing is said, and nothing moves.
    s.net.dead = old[1..].to_vec();
    let size = s.r.book.log().size();
    assert!(matches!(
        s.redeal(),
        Err(ExchangeError::Undealt {
            dealt: 1,
            needed: 2,
            ..
        })
    ));
    // So it is where a new gate does not answer.
    s.net.dead = vec![ids[2]];
    assert!(matches!(s.redeal(), Err(ExchangeError::Courier(_))));
    assert_eq!(s.r.book.log().size(), size);
    assert!(s.net.calls.iter().all(|(_, call)| *call == "else"));
    s.net.dead = Vec::new();
    assert_eq!(
        s.answer(&grant).releases().len(),
        3,
        "control: nothing has moved"
    );
    // One is gone: the others are enough, and it is told that it has not deleted.
    s.net.dead = vec![old[2]];
    let done = s.redeal().unwrap();
    assert_eq!((done.moved, done.spare), (true, 0));
    let unreached: Vec<KeyId> = done.unreached.iter().map(|(gate, _)| *gate).collect();
    assert_eq!(unreached, [old[2]]);
    let answer = s.answer(&grant);
    assert_eq!(contents(&s.r.open(&grant, &answer).unwrap()), [HEALTH]);
    // One that cannot go on, since a new gate is gone for good, is given up by dealing back to the gates before.
    let mut s = Scene::new();
    let grant = s.grant();
    let ids = s.choose();
    let net = &mut s.net;
    let mut lame = |to: &To, message: &[u8]| match to {
        To::Gate(id) if *id == ids[2] && name(message) == "take" => Err(CourierError::new("gone")),
        _ => net.carry(to, message),
    };
    let officer = s.r.oak.key(Role::Open);
    let tried =
        s.r.book
            .redeal(&mut lame, s.r.envelope, (officer, &[]), now());
    assert!(tried.is_err());
    assert!(s.answer(&grant).releases().is_empty(), "all have dealt");
    let own = Gates::new(gate_records(s.r.oak)).unwrap();
    s.r.book.set_gates(&own, now().after(1)).unwrap();
    assert!(s.redeal().unwrap().moved);
    let answer = s.answer(&grant);
    assert_eq!(contents(&s.r.open(&grant, &answer).unwrap()), [HEALTH]);
    assert!(!s.redeal().unwrap().moved);
    // A dealer that was named is left out.
    let mut s = Scene::new();
    s.choose();
    let without = [s.old()[1].to_string().parse().unwrap()];
    let officer = s.r.oak.key(Role::Open);
    let (id, by) = (s.r.envelope, (officer as &dyn KeyProvider, &without[..]));
    s.r.book.redeal(&mut s.net, id, by, now()).unwrap();
    let dealt = s.net.calls.iter().filter(|(_, call)| *call == "deal");
    assert!(dealt.clone().count() == 2 && dealt.clone().all(|(gate, _)| *gate != s.old()[1]));
}

#[test]
fn red_18_what_ends_a_grant_or_a_record_reaches_the_gates_of_now_whenever_it_is_said() {
    for lose in [None, Some("deal"), Some("hand over")] {
        let mut s = Scene::new();
        let (ended, free) = (s.grant(), s.grant());
        s.choose();
        if let Some(call) = lose {
            // It breaks off before that call: all such messages of a first try are lost.
            let net = &mut s.net;
            let mut refusing = |to: &To, message: &[u8]| match to {
                To::Gate(_) if name(message) == call => Err(CourierError::new("cut")),
                _ => net.carry(to, message),
            };
            let officer = s.r.oak.key(Role::Open);
            let tried =
                s.r.book
                    .redeal(&mut refusing, s.r.envelope, (officer, &[]), now());
            assert!(tried.is_err());
        }
        let grant = ended.grants[0].entry();
        let why = (RevocationReason::PurposeServed, "made up");
        let word = s.r.book.revoke(&mut s.net, grant, why, now()).unwrap();
        assert!(lose == Some("hand over") || word.ended.is_final());
        s.redeal().unwrap();
        let refused = s.answer(&ended);
        assert!(refused.releases().is_empty());
        assert_eq!(s.answer(&free).releases().len(), 3, "control");
        let word = s.r.book.revoke(&mut s.net, grant, why, now()).unwrap();
        assert!(word.ended.is_final() && word.ended.acked == 3);
        // An entry that says which gates have the shares is not erased, or nobody would find them.
        let told = s.history();
        let change = told.items.iter();
        let change = change
            .filter(|i| matches!(i.what, What::GatesChange { .. } | What::GatesChanged { .. }));
        let officer = s.r.oak.key(Role::Open);
        let by = (ErasureGround::PersonAsked, officer as &dyn KeyProvider);
        for item in change {
            let entry = s.r.book.entry_at(item.entry).unwrap();
            let erased = s.r.book.erase_entry(&mut s.net, entry, by, now());
            assert!(matches!(erased, Err(ExchangeError::Needed)));
        }
        let id = s.r.envelope;
        let word = s.r.book.erase_envelope(&mut s.net, id, by, now()).unwrap();
        assert!(word.ended.is_final() && word.unreached.is_empty());
        assert!(s.answer(&free).releases().is_empty());
        assert!(matches!(
            s.redeal(),
            Err(ExchangeError::Gate(Denial::Erased))
        ));
        assert!(s.history().is_complete());
    }
}

#[test]
fn red_22_a_gate_whose_key_is_said_to_be_in_other_hands_deals_nothing() {
    let mut s = Scene::new();
    let grant = s.grant();
    s.choose();
    let old = s.old();
    let word = s.r.oak.root.compromised(old[0], now()).to_text();
    s.r.book.compromised(&mut s.net, &word, now()).unwrap();
    // Where too few others answer, nothing is said and nothing moves.
    s.net.dead = vec![old[1]];
    let size = s.r.book.log().size();
    let Err(ExchangeError::Undealt { dealt, why, .. }) = s.redeal() else {
        panic!("dealt by a gate in other hands");
    };
    assert_eq!((dealt, s.r.book.log().size()), (1, size));
    assert!(why.to_string().contains("compromised"), "{why}");
    assert_eq!(s.answer(&grant).releases().len(), 2, "control: it answers");
    // The others are enough, and the record opens through those that come.
    s.net.dead = Vec::new();
    assert!(s.redeal().unwrap().moved);
    let dealt = s.net.calls.iter().filter(|(_, call)| *call == "deal");
    let dealt: Vec<KeyId> = dealt.map(|(gate, _)| *gate).collect();
    assert_eq!(dealt, [old[1], old[2]]);
    let answer = s.answer(&grant);
    assert_eq!(contents(&s.r.open(&grant, &answer).unwrap()), [HEALTH]);
}
