//! Revoked, withdrawn, refused, compromised; and what is opened in an emergency.

use crate::grant_support::{EMERGENCY_LABEL, Region, asked, link, narrower, now, offer};
use billetbook::consent::{Denied, Mode, Purpose};
use billetbook::envelope::EnvelopeId;
use billetbook::grant::{
    AccessRequest, Chain, ChainError, EmergencyReason, Grant, GrantError, Link, Refusal,
    RefusalReason, Refused, RequestError, Revocation, RevocationReason, resting_on,
};
use billetbook::keys::{KeyProvider, RoleKeys};

#[test]
fn grt_7_a_revocation_ends_what_its_signer_s_agency_gave_and_all_that_hands_it_on() {
    let region = Region::new();
    let (held, both) = region.chains();
    let revoke = |link: &Link, by: &RoleKeys| {
        let reason = RevocationReason::Mistake;
        let made = Revocation::make(link, reason, [4; 32], by, now()).unwrap();
        let read = Revocation::decode(&made.encode()).unwrap();
        assert_eq!(read, made);
        assert_eq!(read.verify(&region.keys, now()), Ok(()));
        read
    };
    let ends = |chain: &Chain, r: &Revocation| chain.is_ended_by(r, &region.keys);
    let [first, second] = both.links() else {
        panic!("two links")
    };
    let by_school = revoke(first, &region.school.issue);
    assert!(
        ends(&held, &by_school) && ends(&both, &by_school),
        "and its descendants"
    );
    let by_council = revoke(second, &region.council.issue);
    assert!(ends(&both, &by_council) && !ends(&held, &by_council));
    assert!(ends(&both, &revoke(second, &region.school.issue)));
    // Who did not give it does not end it.
    assert!(!ends(&held, &revoke(first, &region.council.issue)));
    assert!(!ends(&both, &revoke(first, &region.hospital.issue)));
    assert!(!ends(&both, &revoke(second, &region.hospital.issue)));
    let other = region.chain(&[link(region.grant(), 9)]).unwrap();
    assert!(!ends(&other, &by_school), "another grant");
    let bytes = by_school.encode();
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let read = Revocation::decode(&altered);
        let holds = read.is_ok_and(|r| r.verify(&region.keys, now()).is_ok());
        assert!(!holds, "bit {bit}");
    }
    let not_to_sign = [&region.school.open, &region.school.officers[0]];
    for key in not_to_sign {
        let made = Revocation::make(first, RevocationReason::Mistake, [4; 32], key, now());
        assert!(matches!(made, Err(GrantError::Key(_))));
    }
}

#[test]
fn grt_8_withdrawing_consent_ends_what_rests_on_it_and_nothing_else() {
    let region = Region::new();
    let (_, both) = region.chains();
    // The same grants, resting on consent: basis at byte 150, receipt at 155.
    let on_consent = |grant: &Grant, signer: &RoleKeys, receipt: u8| {
        let mut bytes = grant.encode();
        let end = bytes.len() - 64;
        bytes[150..155].copy_from_slice(&[1, 0, 0, 0, 0]);
        bytes[155..187].fill(receipt);
        let signed = signer.sign(b"billetbook/1 grant\0", &bytes[..end]).unwrap();
        bytes[end..].copy_from_slice(&signed);
        Grant::decode(&bytes).unwrap()
    };
    let [first, second] = both.links() else {
        panic!("two links")
    };
    let (school, council) = (&region.school.issue, &region.council.issue);
    let consented = Link {
        grant: on_consent(&first.grant, school, 7),
        ..first.clone()
    };
    let handed = Link {
        grant: on_consent(&second.grant, council, 7),
        ..second.clone()
    };
    let chain = region.chain(&[consented.clone(), handed.clone()]).unwrap();
    let withdraw = |link: &Link| {
        Revocation::make(
            link,
            RevocationReason::ConsentWithdrawn,
            [4; 32],
            school,
            now(),
        )
    };
    let withdrawn = withdraw(&consented).unwrap();
    assert!(chain.is_ended_by(&withdrawn, &region.keys));
    // The same words do not end what rests on a public task, in this library or out of it.
    assert!(matches!(
        withdraw(first),
        Err(GrantError::Chain(ChainError::NotOnConsent))
    ));
    assert_eq!(withdrawn.grant(), first.entry);
    assert!(!both.is_ended_by(&withdrawn, &region.keys));
    let reasoned = Revocation::make(first, RevocationReason::RiskOfHarm, [4; 32], school, now());
    assert!(
        both.is_ended_by(&reasoned.unwrap(), &region.keys),
        "control"
    );
    // Of many, those that rest on that consent and those that hand them on, in whatever order they stand.
    let elsewhere = |l: &Link, entry| Link {
        entry: billetbook::grant::EntryRef([entry; 32]),
        ..l.clone()
    };
    let other_receipt = link(on_consent(&first.grant, school, 6), 11);
    let public_task = elsewhere(first, 12);
    let all = [
        handed.clone(),
        other_receipt,
        public_task,
        consented.clone(),
    ];
    let ended: Vec<_> = resting_on([7; 32], &all).iter().map(|l| l.entry).collect();
    assert_eq!(ended, [handed.entry, consented.entry]);
    assert_eq!(resting_on([5; 32], &all).len(), 0);
}

#[test]
fn grt_9_a_signature_counts_where_witnesses_saw_it_before_its_key_was_compromised() {
    let region = Region::new();
    let first = link(region.grant(), 1);
    assert!(
        region.chain(std::slice::from_ref(&first)).is_ok(),
        "control"
    );
    let mut keys = region.keys.clone();
    let since = now().after(100);
    let id = region.school.issue.key_id();
    let word = region.school.root.compromised(id, since);
    keys.add_compromise(&word.to_text()).unwrap();
    let chain = |logged| {
        let link = Link {
            logged,
            ..first.clone()
        };
        Chain::verify(vec![link], &region.author(), &keys).map(|_| ())
    };
    assert_eq!(chain(now().after(99)), Ok(()));
    // Signed in time, as it says of itself, and seen by nobody before: a thief says the same.
    let refused = Err(ChainError::Compromised { key: id, since });
    assert_eq!(chain(now().after(100)), refused);
    let revoked = Revocation::make(
        &first,
        RevocationReason::Mistake,
        [0; 32],
        &region.school.issue,
        now(),
    );
    let revoked = revoked.unwrap();
    assert_eq!(revoked.verify(&keys, now().after(99)), Ok(()));
    assert!(revoked.verify(&keys, now().after(100)).is_err());
    // The recipient's key counts as of now.
    let mut keys = region.keys.clone();
    let word = region
        .council
        .root
        .compromised(region.council.open.key_id(), since);
    keys.add_compromise(&word.to_text()).unwrap();
    let chain = region.chain(&[first]).unwrap();
    let request = region.ask(&chain, &region.council.open);
    assert!(chain.admit(&request, &keys, now().after(99)).is_ok());
    assert!(chain.admit(&request, &keys, now().after(100)).is_err());
}

#[test]
fn grt_10_an_emergency_takes_two_officers_of_one_agency_a_reason_and_24_hours() {
    let region = Region::new();
    let chain = region.chain(&[link(region.emergency_grant(), 1)]).unwrap();
    let [one, two] = &region.council.officers;
    let auditor = region.council.record(&region.council.open);
    let make = |officers: [&dyn KeyProvider; 2], text: &str, budget| {
        let reason = (EmergencyReason::MissingChild, text, &auditor);
        AccessRequest::make_emergency(&chain, asked(&chain), officers, reason, budget, now())
    };
    let admit = |request: &AccessRequest, at| chain.admit(request, &region.keys, at).map(|_| ());
    let good = make([one, two], "seen at the station", 1).unwrap();
    let read = AccessRequest::decode(&good.encode()).unwrap();
    assert_eq!(read, good);
    assert_eq!(admit(&read, now()), Ok(()), "control");
    assert_eq!(admit(&read, now().after(86_399)), Ok(()), "control");
    assert_eq!(
        admit(&read, now().after(86_400)),
        Err(RequestError::Emergency)
    );
    // The reasons are the auditor's to read, and tell nobody how long they are.
    assert_eq!(
        read.reasons(&region.council.open).unwrap().as_str(),
        "seen at the station"
    );
    assert!(read.reasons(&region.school.open).is_err());
    let long = make([one, two], &"x".repeat(2_000), 1).unwrap();
    assert_eq!(long.encode().len(), good.encode().len());
    let too_long = make([one, two], &"x".repeat(2_001), 1);
    assert!(matches!(
        too_long,
        Err(GrantError::Reasons { found: 2_001 })
    ));
    // One officer, a stranger, another role, no use of the budget.
    let refused = |officers: [&dyn KeyProvider; 2], budget| {
        !make(officers, "", budget).is_ok_and(|r| admit(&r, now()).is_ok())
    };
    assert!(!refused([one, two], 1), "control");
    assert!(refused([one, one], 1) && refused([one, &region.hospital.officers[0]], 1));
    assert!(refused([two, one], 1), "the second officer holds no grant");
    assert!(refused([one, &region.council.open], 1) && refused([one, two], 0));
    // The second signature is asked for.
    let mut bytes = good.encode();
    let end = bytes.len() - 128;
    let signature = one.sign(EMERGENCY_LABEL, &bytes[..end]).unwrap();
    assert_eq!(bytes[end..end + 64], signature, "control");
    bytes[end + 64..].copy_from_slice(&signature);
    let once = AccessRequest::decode(&bytes).unwrap();
    assert_eq!(
        admit(&once, now()),
        Err(ChainError::Signature { key: two.key_id() }.into())
    );
    // An ordinary request does not use an emergency grant, nor the other way round.
    let ordinary = AccessRequest::make(&chain, asked(&chain), one, now());
    assert!(matches!(ordinary, Err(GrantError::Key(_))));
    let ordinary = region.ask(&chain, &region.council.open);
    assert!(admit(&ordinary, now()).is_err());
    let (held, _) = region.chains();
    let reason = (EmergencyReason::RiskToLife, "", &auditor);
    let request = AccessRequest::make_emergency(&held, asked(&held), [one, two], reason, 1, now());
    assert!(held.admit(&request.unwrap(), &region.keys, now()).is_err());
    // And is never handed on.
    let terms = chain.last().grant.terms();
    let halves = chain.halves(one).unwrap();
    let to = region.hospital.record(&region.hospital.officers[0]);
    let handed = Grant::hand_on(
        &chain,
        &halves,
        narrower(terms),
        &to,
        &region.council.issue,
        now(),
    );
    assert!(matches!(handed, Err(GrantError::Wider)));
    let offer = billetbook::grant::Offer {
        emergency: true,
        depth: 1,
        ..offer()
    };
    let permit = region.permit(&region.emergency_request());
    let to = region.council.record(one);
    let deep = Grant::issue(
        permit,
        &region.owned(),
        &to,
        &offer,
        &region.school.issue,
        now(),
    );
    assert!(matches!(deep, Err(GrantError::Terms)));
}

#[test]
fn grt_11_a_refusal_and_a_decision_not_to_share_are_signed_with_their_reason() {
    let region = Region::new();
    let envelope = region.envelope().id();
    let to = region.council.open.key_id();
    let make = |refused| {
        let about = (refused, envelope, Purpose::Care);
        let why = (RefusalReason::RiskOfHarm, [3; 32]);
        Refusal::make(about, why, None, &region.school.issue, now()).unwrap()
    };
    for refused in [Refused::Request(to), Refused::Withheld] {
        let made = make(refused);
        let read = Refusal::decode(&made.encode()).unwrap();
        assert_eq!(
            (read.refused(), read.reason()),
            (refused, RefusalReason::RiskOfHarm)
        );
        assert_eq!(
            (read.envelope(), read.by()),
            (envelope, region.school.issue.key_id())
        );
        assert_eq!(read.verify(&region.keys, now()), Ok(()), "control");
        let bytes = made.encode();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let read = Refusal::decode(&altered);
            let holds = read.is_ok_and(|r| r.verify(&region.keys, now()).is_ok());
            assert!(!holds, "bit {bit}");
        }
        for n in 0..bytes.len() {
            assert!(Refusal::decode(&bytes[..n]).is_err());
        }
    }
    // Every denial is told as some reason, and a person's own word as theirs.
    assert_eq!(
        RefusalReason::of(&Denied::RefusedBySubject),
        RefusalReason::PersonRefused
    );
    assert_eq!(
        RefusalReason::of(&Denied::ConsentWithdrawn),
        RefusalReason::ConsentEnded
    );
    assert_eq!(
        RefusalReason::of(&Denied::NothingAsked),
        RefusalReason::NotAllowed
    );
}

#[test]
fn grt_12_neither_debug_nor_an_error_shows_who_is_helped_with_what() {
    let region = Region::new();
    let (held, both) = region.chains();
    let request = region.ask(&held, &region.council.open);
    let revocation = Revocation::make(
        held.last(),
        RevocationReason::Misuse,
        [4; 32],
        &region.school.issue,
        now(),
    );
    let id = EnvelopeId([0xab; 16]);
    let about = (Refused::Withheld, id, Purpose::Care);
    let refusal = Refusal::make(
        about,
        (RefusalReason::RiskOfHarm, [3; 32]),
        None,
        &region.school.issue,
        now(),
    );
    let emergency = region.emergency_grant();
    let halves = held.halves(&region.council.open).unwrap();
    let shown = format!(
        "{:?} {:?} {:?} {:?} {emergency:?} {halves:?} {:?} {:?}",
        held.last().grant,
        both.last().grant,
        request,
        held.last(),
        revocation.unwrap(),
        refusal.unwrap(),
    );
    let (envelope, other) = (region.envelope().id().to_string(), id.to_string());
    for word in [
        &envelope,
        "Protection",
        "PublicTask",
        "Care",
        "Misuse",
        "RiskOfHarm",
        "Content",
        &other,
    ] {
        assert!(!shown.contains(word), "{word}: {shown}");
    }
    let terms = held.last().grant.terms();
    let open = format!("{:?} {:?}", terms.envelope, terms.purpose);
    assert!(
        open.contains(&envelope) && open.contains("Protection"),
        "control: {open}"
    );
    assert_eq!(format!("{terms:?}"), "Terms(..)");
    // A refused request names the rule and no content.
    let (purpose, mode) = (Purpose::Care, Mode::Content);
    let refused = held.admit(
        &AccessRequest::make(
            &held,
            billetbook::grant::Asked {
                purpose,
                ..asked(&held)
            },
            &region.council.open,
            now(),
        )
        .unwrap(),
        &region.keys,
        now(),
    );
    let text = format!("{} {mode:?}", refused.err().unwrap());
    assert!(text.starts_with("the request is for another purpose than was granted"));
}
