//! A redeal over a courier that brings one gate's answer for another's.

use crate::exchange_support::{Agency, Parties, Region};
use crate::grant_support::now;
use billetbook::envelope::Gates;
use billetbook::exchange::{
    Courier, CourierError, ExchangeError, GateCall, GateMessage, Redealt, To,
};
use billetbook::keys::{KeyId, KeyProvider, KeyRecord, Role};

type Call = fn(&GateCall) -> bool;

/// Where one gate is asked for this, another one answers.
struct Swapping {
    own: Parties,
    west: Parties,
    swapped: Option<(Call, KeyId, KeyId)>,
}

impl Courier for Swapping {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        let mut to = to.clone();
        if let (To::Gate(id), Some((call, asked, answers))) = (&to, self.swapped)
            && *id == asked
            && call(&GateMessage::decode(message).unwrap().call)
        {
            to = To::Gate(answers);
        }
        let own = self.own.answer(&to, message);
        let answer = own.or_else(|| self.west.answer(&to, message));
        answer.ok_or_else(|| CourierError::new("nobody's"))
    }
}

fn gates(a: &'static Agency) -> Vec<KeyRecord> {
    let keys = a.ring.keys().iter();
    let gates = keys.filter(|k| k.request().role() == Role::Gate);
    gates.map(|k| a.root.certify(k.request())).collect()
}

/// A region whose record is to go from the school's gates to the council's.
fn region() -> (Region, Swapping) {
    let mut r = Region::new();
    let new = gates(r.west);
    for record in &new {
        r.book.add_record(&record.encode()).unwrap();
    }
    let own = r.oak.parties(&r.book);
    let west = r.west.parties_of(r.oak.card.log_policy().unwrap(), &r.book);
    let new = Gates::new(new).unwrap();
    r.book.set_gates(&new, now()).unwrap();
    let swapped = None;
    (r, Swapping { own, west, swapped })
}

fn redeal(r: &mut Region, net: &mut Swapping) -> Result<Redealt, ExchangeError> {
    let officer = r.oak.key(Role::Open);
    r.book.redeal(net, r.envelope, (officer, &[]), now())
}

#[test]
fn one_gate_s_answer_in_another_s_place_is_not_taken_for_it() {
    let deal: Call = |call| matches!(call, GateCall::Deal(..));
    let take: Call = |call| matches!(call, GateCall::Take(..));
    for (call, of_old) in [(deal, true), (take, false)] {
        let (mut r, mut net) = region();
        let of = gates(if of_old { r.oak } else { r.west });
        let (asked, answers) = (of[1].id(), of[0].id());
        net.swapped = Some((call, asked, answers));
        let refused = redeal(&mut r, &mut net);
        let other = matches!(refused, Err(ExchangeError::OtherAnswer { key }) if key == asked);
        assert!(other, "{refused:?}");
        // Said again over an honest courier, it goes on.
        net.swapped = None;
        let done = redeal(&mut r, &mut net).unwrap();
        assert!(done.moved && done.spare == 1 && done.unreached.is_empty());
    }
    // A word that shares were deleted counts for the gate that gave it; two of three are enough to go on.
    let (mut r, mut net) = region();
    let (asked, answers) = (gates(r.oak)[1].id(), gates(r.oak)[0].id());
    let hand_over: Call = |call| matches!(call, GateCall::HandOver(..));
    net.swapped = Some((hand_over, asked, answers));
    let done = redeal(&mut r, &mut net).unwrap();
    let unreached: Vec<KeyId> = done.unreached.iter().map(|u| u.0).collect();
    assert_eq!(unreached, [asked]);
    net.swapped = None;
    let done = redeal(&mut r, &mut net).unwrap();
    assert!(!done.moved && done.unreached.is_empty());
}
