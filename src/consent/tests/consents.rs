//! Requests that rest on consent.

use super::*;

#[test]
fn what_rests_on_consent_needs_one_that_counts() {
    type Change = fn(&mut Consent);
    let help = early_help();
    assert_eq!(decided(&help, &[]), Err(Denied::NoConsent));
    let permit = decided(&help, &[parent()]).unwrap();
    assert_eq!(permit.evidence(), Some([7; 32]));
    let cases: Vec<(Change, Denied)> = vec![
        (|c| c.answer = Answer::Refused, Denied::NoConsent),
        (|c| c.capacity = Capacity::NotAssessed, Denied::NoCapacity),
        (|c| c.giver = Giver::Subject, Denied::NoCapacity),
        (|c| c.organisations.clear(), Denied::NoConsent),
        (
            |c| c.roles = ["duty_desk".parse().unwrap()].into(),
            Denied::NoConsent,
        ),
        (
            |c| c.sections = [Section::Education].into(),
            Denied::NoConsent,
        ),
        (
            |c| c.purposes = [Purpose::Schooling].into(),
            Denied::NoConsent,
        ),
        (|c| c.mode = Mode::Existence, Denied::NoConsent),
        (|c| c.withdrawn = Some(now()), Denied::ConsentWithdrawn),
        (|c| c.ask_again = now(), Denied::ConsentToBeAskedAgain),
        (
            |c| c.valid = Window::new(c.valid.from(), now()).unwrap(),
            Denied::ConsentExpired,
        ),
        (
            |c| c.valid = Window::new(now().after(1), c.valid.until()).unwrap(),
            Denied::ConsentNotYet,
        ),
    ];
    for (i, (change, want)) in cases.into_iter().enumerate() {
        let mut consent = parent();
        change(&mut consent);
        assert_eq!(decided(&help, &[consent.clone()]), Err(want), "case {i}");
        // One that counts, beside it, is enough.
        assert!(decided(&help, &[consent, parent()]).is_ok(), "case {i}");
    }
    let mut wider = parent();
    wider.purposes = [Purpose::Care].into();
    assert!(decided(&help, &[wider]).is_ok());
}

#[test]
fn the_persons_own_last_word_goes_before_a_parents() {
    let help = early_help();
    let refusal = || Consent {
        answer: Answer::Refused,
        ..child()
    };
    let with = |own: Vec<Consent>| {
        let mut all = vec![parent()];
        all.extend(own);
        decided(&help, &all).map(|_| ())
    };
    assert_eq!(with(vec![]), Ok(()));
    assert_eq!(with(vec![refusal()]), Err(Denied::RefusedBySubject));
    // A refusal does not lapse, and one of another matter or by someone not able to decide is none.
    let change = |f: fn(&mut Consent)| {
        let mut c = refusal();
        f(&mut c);
        with(vec![c])
    };
    let refused = Err(Denied::RefusedBySubject);
    assert_eq!(
        change(|c| c.valid = Window::new(c.valid.from(), now()).unwrap()),
        refused
    );
    assert_eq!(change(|c| c.mode = Mode::Existence), refused);
    assert_eq!(change(|c| c.capacity = Capacity::NotAssessed), Ok(()));
    assert_eq!(change(|c| c.giver = Giver::Parent), Ok(()));
    assert_eq!(change(|c| c.sections = [Section::Education].into()), Ok(()));
    assert_eq!(change(|c| c.purposes = [Purpose::Research].into()), Ok(()));
    assert_eq!(change(|c| c.withdrawn = Some(now())), Ok(()));
    assert_eq!(
        change(|c| c.valid = Window::new(now().after(1), c.valid.until()).unwrap()),
        Ok(())
    );
    // The last word counts, in whatever order they are recorded; of two at once, the refusal.
    let later = || Consent {
        valid: Window::new(time("2026-04-01"), time("2026-12-01")).unwrap(),
        ..child()
    };
    assert_eq!(with(vec![refusal(), later()]), Ok(()));
    assert_eq!(with(vec![later(), refusal()]), Ok(()));
    assert_eq!(with(vec![child(), refusal()]), refused);
    // Withdrawing one's own consent is a last word too.
    let withdrawn = |at| Consent {
        withdrawn: Some(at),
        ..child()
    };
    let gone = Err(Denied::ConsentWithdrawn);
    assert_eq!(with(vec![withdrawn(now())]), gone);
    assert_eq!(with(vec![withdrawn(now().after(1))]), Ok(()));
    assert_eq!(with(vec![withdrawn(time("2026-03-05")), later()]), Ok(()));
    // A refusal of content leaves existence.
    let mut existence = help.clone();
    existence.mode = Mode::Existence;
    assert!(decided(&existence, &[parent(), refusal()]).is_ok());
}

#[test]
fn explicit_consent_as_a_condition_is_consent_too() {
    let mut policy = example();
    let id: RuleId = "section-47".parse().unwrap();
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.special.insert(SpecialCondition::ExplicitConsent);
    rule.offence.insert(OffenceCondition::Consent);
    let ask = |r: &Request| decide(r, &policy, &policy.head(now()), &[], now()).map(|_| ());
    assert_eq!(ask(&enquiry()), Ok(()));
    let mut by_special = enquiry();
    by_special.special = Some(SpecialCondition::ExplicitConsent);
    assert_eq!(ask(&by_special), Err(Denied::NoConsent));
    let mut by_offence = enquiry();
    by_offence.offence = Some(OffenceCondition::Consent);
    assert_eq!(ask(&by_offence), Err(Denied::NoConsent));
}
