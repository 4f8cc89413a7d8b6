//! Claims about what travels between agencies, and between a book and its parties.

use crate::exchange_support::{Agency, HEALTH, Region, WHY, card_parts, contents, ring, said};
use crate::grant_support::now;
use billetbook::envelope::{Assurance, Gates};
use billetbook::exchange::{
    Card, Courier, CourierError, GateAnswer, GateMessage, GrantPacket, GrantRequest,
    HistoryOptions, OpenPacket, OpenRequest, Outcome, RefusalPacket, Refusing, To,
};
use billetbook::grant::RefusalReason;
use billetbook::keys::{KeyProvider, Role, Root};
use billetbook::record::Section;

#[test]
fn exc_5_a_quorum_of_gates_opens_whatever_the_others_send() {
    let mut r = Region::new();
    let grant = r.grant();
    let answer = r.answer(&grant);
    assert_eq!(answer.releases().len(), 3);
    let other = r.answer(&grant);
    // In turn each gate's release is another request's, or altered.
    for at in 0..3 {
        let mut mixed = answer.clone();
        mixed.outcomes[at] = other.outcomes[at].clone();
        assert_eq!(contents(&r.open(&grant, &mixed).unwrap()), [HEALTH]);
        let mut bytes = answer.releases()[at].encode();
        let last = bytes.len() - 70;
        bytes[last] ^= 1;
        let altered = billetbook::gate::Release::decode(&bytes).unwrap();
        mixed.outcomes[at] = Outcome::Released(altered);
        assert_eq!(contents(&r.open(&grant, &mixed).unwrap()), [HEALTH]);
        // One good release is none.
        mixed.outcomes[(at + 1) % 3] = mixed.outcomes[at].clone();
        assert!(r.open(&grant, &mixed).is_err());
    }
}

#[test]
fn exc_13_gates_and_a_witness_of_other_agencies_serve_the_same_calls_and_no_agency_opens_alone() {
    let mut r = Region::new();
    let nhs = Agency::new("westshire-nhs", "NHS");
    r.book.accept(&nhs.card).unwrap();
    r.council.accept(&nhs.card).unwrap();
    let gate = |a: &'static Agency| {
        let key = a.key(Role::Gate);
        a.root.certify(KeyProvider::request(key))
    };
    let gates = Gates::new(vec![gate(r.oak), gate(nhs), gate(r.west)]).unwrap();
    r.book.set_gates(&gates, now()).unwrap();
    // Each gate in its own agency's hands, going by the school's log.
    let mut parties =
        [r.oak, nhs, r.west].map(|a| a.parties_of(r.oak.card.log_policy().unwrap(), &r.book));
    let mut witness = r.oak.parties(&r.book);
    let mut carried = 0;
    let mut region = |to: &To, message: &[u8]| -> Result<Vec<u8>, CourierError> {
        carried += 1;
        if let To::Witness(_) = to {
            return witness.carry(to, message);
        }
        let answers = parties.iter_mut().find_map(|p| p.answer(to, message));
        answers.ok_or_else(|| CourierError::new("nobody's gate"))
    };
    let sections: [(Section, &[u8]); 1] = [(Section::Health, HEALTH)];
    let id = r
        .book
        .seal(&mut region, "another", &sections, now())
        .unwrap();
    let mut given = r.given();
    given.envelope = id;
    let request = r.request();
    let grant = r
        .book
        .grant(&mut region, &request, &[], &given, now())
        .unwrap();
    let key = r.west.key(Role::Open);
    let ask = r.council.ask(&grant, (None, None), key, now()).unwrap();
    let answer = r.book.answer(&mut region, &ask, now()).unwrap();
    let opened = r.open(&grant, &answer).unwrap();
    assert_eq!(contents(&opened), [HEALTH]);
    assert!(matches!(
        opened.assurance,
        Assurance::Enforced {
            threshold: 2,
            gates: 3
        }
    ));
    let told = r
        .book
        .history(&mut region, "another", HistoryOptions::default(), now());
    let told = told.unwrap();
    assert!(told.is_complete() && said(&told).contains("enforced"));
    assert!(carried > 10);
    // The school's own parties alone, which is what its colocated book would be, open nothing of it.
    let again = r.council.ask(&grant, (None, None), key, now()).unwrap();
    let mut own = r.oak.parties(&r.book);
    let answer = r.book.answer(&mut own, &again, now()).unwrap();
    assert!(answer.releases().len() < 2);
    assert!(r.open(&grant, &answer).is_err());
}

#[test]
fn exc_10_every_message_is_read_as_written_and_refused_wherever_it_was_cut_or_altered() {
    let mut r = Region::new();
    let request = r.request();
    let grant = r.grant();
    let mut said: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let key = r.west.key(Role::Open);
    let ask = r.council.ask(&grant, (None, None), key, now()).unwrap();
    let parties = &mut r.parties;
    let mut listening = |to: &To, message: &[u8]| -> Result<Vec<u8>, CourierError> {
        let answer = parties.carry(to, message)?;
        if matches!(to, To::Gate(_)) {
            said.push((message.to_vec(), answer.clone()));
        }
        Ok(answer)
    };
    let answer = r.book.answer(&mut listening, &ask, now()).unwrap();
    let refusing = Refusing {
        envelope: r.envelope,
        reason: RefusalReason::RiskOfHarm,
        why: WHY,
    };
    let refusal = r
        .book
        .refuse(&mut r.parties, &request, &refusing, now())
        .unwrap();

    type Again = fn(&[u8]) -> Option<Vec<u8>>;
    let again: [(Vec<u8>, Again); 6] = [
        (request.encode(), |b| {
            GrantRequest::decode(b).ok().map(|m| m.encode())
        }),
        (answer.encode(), |b| {
            OpenPacket::decode(b).ok().map(|m| m.encode())
        }),
        (ask.encode(), |b| {
            OpenRequest::decode(b).ok().map(|m| m.encode())
        }),
        (refusal.encode(), |b| {
            RefusalPacket::decode(b).ok().map(|m| m.encode())
        }),
        (said[1].0.clone(), |b| {
            GateMessage::decode(b).ok().map(|m| m.encode())
        }),
        (said[1].1.clone(), |b| {
            GateAnswer::decode(b).ok().map(|m| m.encode())
        }),
    ];
    for (bytes, read) in &again {
        assert_eq!(read(bytes).as_deref(), Some(bytes.as_slice()));
        for n in 0..bytes.len().min(600) {
            assert_eq!(read(&bytes[..n]), None, "cut at {n}");
        }
        assert_eq!(read(&[&bytes[..], b"x"].concat()), None);
        for i in (0..bytes.len()).step_by(7) {
            let mut altered = bytes.clone();
            altered[i] ^= 1;
            // Whatever is still of the format is read as it was altered, and nothing else.
            assert!(read(&altered).is_none_or(|b| b == altered), "byte {i}");
        }
    }
    let packet = grant.encode();
    assert_eq!(GrantPacket::decode(&packet).unwrap().encode(), packet);
    // An altered request is nobody's; an altered grant does not hold.
    let bytes = request.encode();
    let mut keys = r.book.directory().clone();
    let unaltered = GrantRequest::decode(&bytes).unwrap();
    unaltered.verify(&mut keys, now()).unwrap();
    for i in (0..bytes.len()).step_by(11) {
        let mut altered = bytes.clone();
        altered[i] ^= 1;
        let read = GrantRequest::decode(&altered);
        assert!(
            read.is_err() || read.is_ok_and(|m| m.verify(&mut keys, now()).is_err()),
            "{i}"
        );
    }
    r.council.check_grant(&grant).unwrap();
    for i in (24..packet.len()).step_by(97) {
        let mut altered = packet.clone();
        altered[i] ^= 1;
        let read = GrantPacket::decode(&altered);
        let holds = read.is_ok_and(|p| r.council.check_grant(&p).is_ok());
        assert!(!holds, "byte {i}");
    }
}

#[test]
fn exc_11_a_card_altered_anywhere_or_put_together_of_two_agencies_is_refused() {
    let west = Agency::new("westshire", "Westshire Council");
    let text = west.card.to_text();
    assert_eq!(Card::from_text(&text).unwrap(), west.card);
    let bytes = text.as_bytes();
    for i in (40..bytes.len()).step_by(53) {
        let mut altered = bytes.to_vec();
        altered[i] = if altered[i] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        let same = altered == text;
        assert!(Card::from_text(&altered).is_err() || same, "{i}");
    }
    // Its author's key, its log's key and every record stand under its own root.
    let (root, other) = (Root::generate("Oakfield").unwrap(), ring());
    let author = other.of(Role::Issue).unwrap();
    let good = card_parts("oakfield", &root, &other);
    Card::make(good.clone(), author, now()).unwrap();
    let mut mixed = good.clone();
    mixed.records.push(west.card.records()[1].clone());
    assert!(Card::make(mixed, author, now()).is_err());
    let mut foreign_log = good.clone();
    foreign_log.log_policy = card_parts("westshire", &west.root, &west.ring).log_policy;
    assert!(Card::make(foreign_log, author, now()).is_err());
    let mut without = good;
    without.records.remove(0);
    assert!(Card::make(without, author, now()).is_err());
}
