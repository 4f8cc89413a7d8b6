use crate::grant_support::{GRANT_LABEL, REQUEST_LABEL, Region, asked, link, narrower, now, offer};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{LawfulBasis, Mode, Purpose};
use billetbook::envelope::{GateShares, OpenError};
use billetbook::grant::{
    AccessRequest, Asked, Chain, ChainError, EntryRef, Grant, GrantError, Link, RequestError,
};
use billetbook::keys::{KeyProvider, KeyRefused, Role, RoleKeys};
use billetbook::record::Section;
use std::ops::Range;

/// Where the fields of a grant stand (docs/format.md).
const SLOTS: Range<usize> = 145..147;
const MODE: usize = 147;
const PURPOSE: Range<usize> = 148..150;
const BASIS: usize = 150;
const EVIDENCE: usize = 155;
const FROM: Range<usize> = 187..195;
const UNTIL: Range<usize> = 195..203;
const OPENS: Range<usize> = 203..205;
const DEPTH: usize = 205;
const NOTIFY: Range<usize> = 206..214;
const EMERGENCY: usize = 214;

type Change = fn(&mut [u8]);

/// The grant with other bytes, signed anew by that key.
fn forged(grant: &Grant, signer: &RoleKeys, change: impl FnOnce(&mut [u8])) -> Option<Grant> {
    let mut bytes = grant.encode();
    let end = bytes.len() - 64;
    change(&mut bytes[..end]);
    let signature = signer.sign(GRANT_LABEL, &bytes[..end]).unwrap();
    bytes[end..].copy_from_slice(&signature);
    Grant::decode(&bytes).ok()
}

/// All shares of the school's gates.
fn shares(region: &Region) -> Vec<GateShares> {
    let envelope = region.envelope();
    let open = |(d, gate): (&billetbook::envelope::Deposit, &RoleKeys)| {
        let deposit = envelope.deposit(d.clone(), &region.author()).unwrap();
        deposit.open(gate).unwrap()
    };
    let deposits = region.billet.deposits().iter();
    deposits.zip(&region.gates).map(open).collect()
}

/// Opens a slot with the halves of a chain's capsule and the shares of all gates.
fn opened(
    region: &Region,
    chain: &Chain,
    key: &RoleKeys,
    slot: u8,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let halves = chain.halves(key)?;
    let envelope = region.envelope();
    let shares = shares(region);
    let shares: Vec<_> = shares.iter().filter_map(|s| s.share(slot)).collect();
    let gate = envelope.gate_half(slot, &shares)?;
    let half = halves.half(slot).ok_or(OpenError::Refused)?;
    Ok(envelope.open(half, &gate)?.content().to_vec())
}

#[test]
fn grt_1_every_flipped_bit_of_a_grant_or_a_request_is_refused() {
    let region = Region::new();
    let (held, both) = region.chains();
    let links = both.links().to_vec();
    assert!(region.chain(&links).is_ok(), "control");
    for index in 0..2 {
        let bytes = links[index].grant.encode();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let Ok(grant) = Grant::decode(&altered) else {
                continue;
            };
            assert_eq!(grant.encode(), altered);
            let mut links = links.clone();
            links[index].grant = grant;
            assert!(region.chain(&links).is_err(), "grant {index}, bit {bit}");
        }
    }
    let request = region.ask(&held, &region.council.open);
    assert!(held.admit(&request, &region.keys, now()).is_ok(), "control");
    let bytes = request.encode();
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let read = AccessRequest::decode(&altered);
        let admitted = read.is_ok_and(|r| held.admit(&r, &region.keys, now()).is_ok());
        assert!(!admitted, "request, bit {bit}");
    }
    for bytes in [links[0].grant.encode(), bytes] {
        for n in 0..bytes.len() {
            assert!(
                Grant::decode(&bytes[..n]).is_err() && AccessRequest::decode(&bytes[..n]).is_err()
            );
        }
        let longer = [bytes, vec![0]].concat();
        assert!(Grant::decode(&longer).is_err() && AccessRequest::decode(&longer).is_err());
    }
}

#[test]
fn grt_2_what_is_handed_on_is_within_what_was_held_in_every_part() {
    let region = Region::new();
    let (held, both) = region.chains();
    let [first, second] = both.links() else {
        panic!("two links")
    };
    let signer = &region.council.issue;
    let own = first.grant.terms().clone();
    // Signed by the agency that may sign, and wider or other in one part.
    let check = |name: &str, change: Change| {
        let grant = forged(&second.grant, signer, change)?;
        let links = [first.clone(), link(grant, 2)];
        Some((name.to_owned(), region.chain(&links).map(|_| ())))
    };
    let same = check("same", |_| ()).unwrap().1;
    assert_eq!(same, Ok(()), "control: signed anew it holds");
    let narrowed = check("fewer opens", |b| b[OPENS].copy_from_slice(&[0, 1]));
    assert_eq!(narrowed.unwrap().1, Ok(()), "control: narrower holds");
    let wider: [(&str, Change); 12] = [
        ("slots", |b| b[SLOTS].copy_from_slice(&[0, 0xff])),
        ("purpose above", |b| {
            b[PURPOSE].copy_from_slice(&Purpose::Safeguarding.code().to_be_bytes())
        }),
        ("another purpose", |b| {
            b[PURPOSE].copy_from_slice(&Purpose::Care.code().to_be_bytes())
        }),
        ("basis", |b| {
            b[BASIS..BASIS + 3].copy_from_slice(&[LawfulBasis::VitalInterests.code(), 0, 0])
        }),
        ("evidence", |b| b[EVIDENCE] ^= 1),
        ("from", |b| {
            b[FROM].copy_from_slice(&(now().as_secs() - 1).to_be_bytes())
        }),
        ("until", |b| {
            b[UNTIL].copy_from_slice(&UnixTime::LAST.as_secs().to_be_bytes())
        }),
        ("opens", |b| b[OPENS].copy_from_slice(&[0, 4])),
        ("depth", |b| b[DEPTH] = 2),
        ("notified later", |b| {
            b[NOTIFY].copy_from_slice(&(now().as_secs() + 1).to_be_bytes())
        }),
        ("notified earlier", |b| {
            b[NOTIFY].copy_from_slice(&(now().as_secs() - 1).to_be_bytes())
        }),
        ("envelope", |b| b[128] ^= 1),
    ];
    for (name, change) in wider {
        let (_, refused) = check(name, change).unwrap();
        assert_eq!(refused, Err(ChainError::Wider { index: 1 }), "{name}");
    }
    assert!(check("an emergency that is handed on", |b| b[EMERGENCY] = 1).is_none());
    // The library hands nothing wider on, and nothing that may not be handed on.
    let refused = |terms| {
        let halves = held.halves(&region.council.open).unwrap();
        let to = region.hospital.record(&region.hospital.open);
        let made = Grant::hand_on(&held, &halves, terms, &to, signer, now());
        matches!(made, Err(GrantError::Wider))
    };
    assert!(!refused(narrower(&own)), "control");
    assert!(refused(own.clone()), "as deep as it was held");
    let more = |f: fn(&mut billetbook::grant::Terms)| {
        let mut terms = narrower(&own);
        f(&mut terms);
        terms
    };
    assert!(refused(more(|t| t.most_opens = 4)));
    assert!(refused(more(|t| t.purpose = Purpose::Safeguarding)));
    assert!(refused(more(
        |t| t.window = Window::new(now(), UnixTime::LAST).unwrap()
    )));
    // A grant of existence does not grow into one of content.
    let permit = region.permit(&region.request(Mode::Existence));
    let to = region.council.record(&region.council.open);
    let issuer = &region.school.issue;
    let existence = Grant::issue(permit, &region.owned(), &to, &offer(), issuer, now()).unwrap();
    let parent = link(existence, 1);
    let as_content = forged(&second.grant, signer, |b| b[MODE] = Mode::Content.code()).unwrap();
    let grown = region.chain(&[parent, link(as_content, 2)]);
    assert_eq!(grown, Err(ChainError::Wider { index: 1 }));
}

#[test]
fn grt_3_a_chain_starts_with_the_envelope_s_agency_and_goes_from_holder_to_holder() {
    let region = Region::new();
    let (_, both) = region.chains();
    let [first, second] = both.links() else {
        panic!("two links")
    };
    // Another agency's grant of the same envelope.
    let stranger = |signer: &RoleKeys, grant: &Grant| {
        let id = signer.key_id();
        forged(grant, signer, |b| b[56..88].copy_from_slice(&id.0)).unwrap()
    };
    let by_hospital = link(stranger(&region.hospital.issue, &first.grant), 1);
    let refused = region.chain(std::slice::from_ref(&by_hospital));
    assert_eq!(refused, Err(ChainError::Issuer { index: 0 }));
    let by_school = link(stranger(&region.school.issue, &second.grant), 2);
    let refused = region.chain(&[first.clone(), by_school]);
    assert_eq!(refused, Err(ChainError::Issuer { index: 1 }));
    // An agency's key of another role, and one that nobody knows.
    let by_open = link(stranger(&region.school.open, &first.grant), 1);
    let refused = region.chain(&[by_open]);
    assert!(matches!(
        refused,
        Err(ChainError::Key(KeyRefused::Role { .. }))
    ));
    let unknown = RoleKeys::generate(Role::Issue, "?", first_window()).unwrap();
    let refused = region.chain(&[link(stranger(&unknown, &first.grant), 1)]);
    assert!(matches!(
        refused,
        Err(ChainError::Key(KeyRefused::Unknown(_)))
    ));
    // Links that do not follow one another.
    let order = |links: &[Link], index| {
        assert_eq!(
            region.chain(links),
            Err(ChainError::Order { index }),
            "{index}"
        );
    };
    order(std::slice::from_ref(second), 0);
    order(&[second.clone(), first.clone()], 0);
    order(&[first.clone(), first.clone()], 1);
    let elsewhere = Link {
        entry: EntryRef([9; 32]),
        ..first.clone()
    };
    order(&[elsewhere, second.clone()], 1);
    let found = region.chain(&[]);
    assert_eq!(found, Err(ChainError::Length { found: 0 }));
    let found = region.chain(&vec![first.clone(); 5]);
    assert_eq!(found, Err(ChainError::Length { found: 5 }));
}

fn first_window() -> Window {
    Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap()
}

#[test]
fn grt_4_a_grant_opens_the_slots_granted_for_its_recipient_and_nothing_else() {
    let region = Region::new();
    let (held, both) = region.chains();
    for (section, content) in [(Section::Personal, "personal"), (Section::Health, "health")] {
        let slot = region.slot(&section);
        let found = opened(&region, &held, &region.council.open, slot).unwrap();
        assert_eq!(found, content.as_bytes(), "control");
    }
    let handed: Vec<u8> = both.last().grant.terms().slots.iter().collect();
    for slot in 0..8 {
        let council = opened(&region, &held, &region.council.open, slot).is_ok();
        assert_eq!(
            council,
            held.last().grant.terms().slots.contains(slot),
            "{slot}"
        );
        let hospital = opened(&region, &both, &region.hospital.open, slot).is_ok();
        assert_eq!(hospital, handed.contains(&slot), "{slot}");
        for thief in [
            &region.hospital.open,
            &region.school.open,
            &region.council.issue,
        ] {
            assert!(opened(&region, &held, thief, slot).is_err());
        }
    }
    // A capsule of one grant is none of another, whoever signs.
    let other = region.grant();
    let capsule = held.last().grant.encode()[215..].to_vec();
    let signer = &region.school.issue;
    let moved = forged(&other, signer, |b| {
        let end = b.len();
        b[215..].copy_from_slice(&capsule[..end - 215]);
    });
    let moved = region.chain(&[link(moved.unwrap(), 1)]).unwrap();
    let refused = moved.halves(&region.council.open);
    assert!(matches!(refused, Err(GrantError::Refused)));
}

#[test]
fn grt_5_a_grant_of_existence_opens_nothing() {
    let region = Region::new();
    let issue = |mode| {
        let permit = region.permit(&region.request(mode));
        let to = region.council.record(&region.council.open);
        let issuer = &region.school.issue;
        Grant::issue(permit, &region.owned(), &to, &offer(), issuer, now()).unwrap()
    };
    let (existence, content) = (issue(Mode::Existence), issue(Mode::Content));
    assert_eq!(existence.encode().len(), content.encode().len());
    assert_eq!(existence.terms().slots, content.terms().slots);
    let chain = region.chain(&[link(existence.clone(), 1)]).unwrap();
    assert!(matches!(
        chain.halves(&region.council.open),
        Err(GrantError::Existence)
    ));
    let request = region.ask(&chain, &region.council.open);
    let refused = chain.admit(&request, &region.keys, now());
    assert_eq!(refused.err(), Some(RequestError::Existence));
    // Even where its issuer signs that it is one of content: the capsule holds no half.
    let signer = &region.school.issue;
    let relabelled = forged(&existence, signer, |b| b[MODE] = Mode::Content.code()).unwrap();
    let chain = region.chain(&[link(relabelled, 1)]).unwrap();
    assert!(chain.halves(&region.council.open).is_err());
    let chain = region.chain(&[link(content, 1)]).unwrap();
    let slot = region.slot(&Section::Health);
    assert!(
        opened(&region, &chain, &region.council.open, slot).is_ok(),
        "control"
    );
}

#[test]
fn grt_6_a_request_is_its_recipient_s_own_within_slots_purpose_window_and_uses() {
    let region = Region::new();
    let (held, both) = region.chains();
    let key = &region.council.open;
    let admit = |chain: &Chain, request: &AccessRequest, at| {
        chain.admit(request, &region.keys, at).map(|_| ())
    };
    let terms = held.last().grant.terms().clone();
    let make = |asked: Asked, at| AccessRequest::make(&held, asked, key, at).unwrap();
    let good = make(asked(&held), now());
    assert_eq!(admit(&held, &good, now()), Ok(()), "control");
    // A stolen grant: whoever signs is not its recipient.
    for thief in [&region.hospital.open, &region.school.open] {
        let stolen = region.ask(&held, thief);
        assert_eq!(
            admit(&held, &stolen, now()),
            Err(RequestError::OtherRecipient)
        );
    }
    let mut bytes = good.encode();
    let end = bytes.len() - 64;
    let signature = region
        .hospital
        .open
        .sign(REQUEST_LABEL, &bytes[..end])
        .unwrap();
    bytes[end..].copy_from_slice(&signature);
    let refused = admit(&held, &AccessRequest::decode(&bytes).unwrap(), now());
    let key_id = key.key_id();
    assert_eq!(refused, Err(ChainError::Signature { key: key_id }.into()));
    // Of another grant.
    assert_eq!(admit(&both, &good, now()), Err(RequestError::OtherGrant));
    let again = region.chain(&[link(region.grant(), 7)]).unwrap();
    assert_eq!(admit(&again, &good, now()), Err(RequestError::OtherGrant));
    // Slots, purpose.
    let all = region.slots(&[Section::Personal, Section::Health, Section::Education]);
    let wide = make(
        Asked {
            slots: all,
            ..asked(&held)
        },
        now(),
    );
    assert_eq!(admit(&held, &wide, now()), Err(RequestError::Slots));
    let one = region.slots(&[Section::Health]);
    let narrow = make(
        Asked {
            slots: one,
            ..asked(&held)
        },
        now(),
    );
    assert_eq!(admit(&held, &narrow, now()), Ok(()), "control");
    for (purpose, ok) in [
        (Purpose::Section47Enquiry, true),
        (Purpose::ChildProtection, true),
        (Purpose::Safeguarding, false),
        (Purpose::Care, false),
    ] {
        let request = make(
            Asked {
                purpose,
                ..asked(&held)
            },
            now(),
        );
        let expected = if ok {
            Ok(())
        } else {
            Err(RequestError::Purpose)
        };
        assert_eq!(admit(&held, &request, now()), expected, "{purpose}");
    }
    // The window, by the request's clock and by the reader's.
    let last = UnixTime::from_secs(terms.window.until().as_secs() - 1).unwrap();
    let before = UnixTime::from_secs(now().as_secs() - 1).unwrap();
    for (made, read, ok) in [
        (last, last, true),
        (now(), terms.window.until(), false),
        (terms.window.until(), last, false),
        (before, now(), false),
        (now(), before, false),
    ] {
        let request = make(asked(&held), made);
        assert_eq!(admit(&held, &request, read).is_ok(), ok, "{made} {read}");
    }
    // Uses: of each grant one, from 1 to its most.
    let uses = |chain: &Chain, key: &RoleKeys, uses: &[u16]| {
        let asked = Asked {
            uses: uses.to_vec(),
            ..asked(chain)
        };
        admit(
            chain,
            &AccessRequest::make(chain, asked, key, now()).unwrap(),
            now(),
        )
    };
    let beyond = |index, found, most| Err(RequestError::Opens { index, found, most });
    assert_eq!(uses(&held, key, &[3]), Ok(()), "control");
    assert_eq!(uses(&held, key, &[0]), beyond(0, 0, 3));
    assert_eq!(uses(&held, key, &[4]), beyond(0, 4, 3));
    assert_eq!(uses(&held, key, &[]), Err(RequestError::Ordinals));
    assert_eq!(uses(&held, key, &[1, 1]), Err(RequestError::Ordinals));
    let nurse = &region.hospital.open;
    assert_eq!(uses(&both, nurse, &[3, 2]), Ok(()), "control");
    assert_eq!(uses(&both, nurse, &[3, 3]), beyond(1, 3, 2));
    assert_eq!(uses(&both, nurse, &[4, 1]), beyond(0, 4, 3));
    assert_eq!(uses(&both, nurse, &[1]), Err(RequestError::Ordinals));
}
