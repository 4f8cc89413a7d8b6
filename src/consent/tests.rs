//! What the tests of this room share, and what a decision rests on.

mod consents;
mod edges;
mod lists;

use super::*;
use crate::clock::{UnixTime, Window};
use crate::record::{IdentifierState, Section};

/// The consent of a family to early help by the charity of the example policy.
pub(super) fn consent(giver: Giver, capacity: Capacity) -> Consent {
    let from: UnixTime = "2026-03-01".parse().unwrap();
    let until: UnixTime = "2026-12-01".parse().unwrap();
    Consent {
        answer: Answer::Given,
        giver,
        capacity,
        evidence: [7; 32],
        organisations: ["harbour".parse().unwrap()].into(),
        roles: ["family_worker".parse().unwrap()].into(),
        sections: [Section::Personal, Section::Education].into(),
        purposes: [Purpose::EarlyHelp].into(),
        mode: Mode::Content,
        valid: Window::new(from, until).unwrap(),
        ask_again: until,
        withdrawn: None,
    }
}

pub(super) fn example() -> Policy {
    Policy::parse(include_str!("../../examples/policy.toml")).unwrap()
}

fn time(text: &str) -> UnixTime {
    text.parse().unwrap()
}

fn now() -> UnixTime {
    time("2026-05-04T09:30:00Z")
}

/// A social worker's enquiry of a school, which the example policy allows by rule `section-47`.
fn enquiry() -> Request {
    Request {
        source: "oakfield".parse().unwrap(),
        recipient: Recipient {
            organisation: "westshire".parse().unwrap(),
            role: "social_worker".parse().unwrap(),
        },
        sections: [
            Section::Personal,
            Section::Education,
            Section::Health,
            Section::CrimeJustice,
        ]
        .into(),
        purpose: Purpose::Section47Enquiry,
        mode: Mode::Content,
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        special: Some(SpecialCondition::SafeguardingOfChildren),
        offence: Some(OffenceCondition::SafeguardingOfChildren),
        window: Window::new(now(), now().after(14 * 86_400)).unwrap(),
        identifier: IdentifierState::Present,
    }
}

/// The charity's early help, which the example policy allows by rule `harbour-early-help` on consent alone.
fn early_help() -> Request {
    Request {
        source: "westshire".parse().unwrap(),
        recipient: Recipient {
            organisation: "harbour".parse().unwrap(),
            role: "family_worker".parse().unwrap(),
        },
        sections: [Section::Personal].into(),
        purpose: Purpose::EarlyHelp,
        basis: LawfulBasis::Consent,
        special: None,
        offence: None,
        identifier: IdentifierState::OmittedAsDetrimental,
        ..enquiry()
    }
}

fn parent() -> Consent {
    consent(Giver::Parent, Capacity::ParentalResponsibility)
}

fn child() -> Consent {
    consent(Giver::Subject, Capacity::Competent)
}

fn decided(request: &Request, consents: &[Consent]) -> Result<Permit, Denied> {
    let policy = example();
    decide(request, &policy, &policy.head(now()), consents, now())
}

#[test]
fn what_the_policy_allows_is_permitted_with_all_that_a_grant_needs() {
    let permit = decided(&enquiry(), &[]).unwrap();
    assert_eq!(permit.policy(), example().digest());
    assert_eq!(permit.policy_version().1, 3);
    assert_eq!(permit.agreement().id.as_str(), "DSA-2026-014");
    assert_eq!(permit.scope().sections(), &enquiry().sections);
    assert_eq!(permit.scope().window(), enquiry().window);
    assert!(permit.scope().names(&enquiry().recipient));
    assert_eq!(permit.rules()[&Section::Health].as_str(), "section-47");
    assert_eq!(
        permit.retention()[&Section::Health],
        Retention::ChildProtection
    );
    assert_eq!(permit.evidence(), None);
    assert_eq!(permit.decided(), now());
    assert_eq!(permit.request(), &enquiry());
}

/// Each rule of `decide`, one change away from what is permitted.
#[test]
fn each_rule_denies_by_itself() {
    type Change = fn(&mut Request);
    let cases: Vec<(Change, Denied)> = vec![
        (
            |r| r.source = "elsewhere".parse().unwrap(),
            Denied::UnknownOrganisation("elsewhere".parse().unwrap()),
        ),
        (
            |r| r.recipient.organisation = "elsewhere".parse().unwrap(),
            Denied::UnknownOrganisation("elsewhere".parse().unwrap()),
        ),
        (
            |r| r.recipient.role = "designated_lead".parse().unwrap(),
            Denied::UnknownRole("westshire".parse().unwrap()),
        ),
        (
            |r| r.recipient.role = "early_help".parse().unwrap(),
            Denied::NoRule(Section::CrimeJustice),
        ),
        (|r| r.sections.clear(), Denied::NothingAsked),
        (
            |r| {
                r.sections.insert("dentist".parse().unwrap());
            },
            Denied::UnknownSection("dentist".parse().unwrap()),
        ),
        (
            |r| r.purpose = Purpose::Safeguarding,
            Denied::NoRule(Section::CrimeJustice),
        ),
        (
            |r| r.purpose = Purpose::Attendance,
            Denied::NoRule(Section::CrimeJustice),
        ),
        (
            |r| r.source = "harbour".parse().unwrap(),
            Denied::NoRule(Section::CrimeJustice),
        ),
        (
            |r| r.basis = LawfulBasis::VitalInterests,
            Denied::OtherBasis {
                rule: "section-47".parse().unwrap(),
                section: Section::CrimeJustice,
            },
        ),
        (
            |r| r.basis = LawfulBasis::LegitimateInterests,
            Denied::PublicAuthority("oakfield".parse().unwrap()),
        ),
        (
            |r| {
                r.basis =
                    LawfulBasis::RecognisedLegitimateInterest(RecognisedInterest::Safeguarding);
            },
            Denied::PublicAuthority("oakfield".parse().unwrap()),
        ),
        (
            |r| r.special = None,
            Denied::SpecialCategory(Section::Health),
        ),
        (
            |r| r.special = Some(SpecialCondition::PublicHealth),
            Denied::OtherBasis {
                rule: "section-47".parse().unwrap(),
                section: Section::Health,
            },
        ),
        (
            |r| r.offence = None,
            Denied::CriminalOffence(Section::CrimeJustice),
        ),
        (
            |r| r.offence = Some(OffenceCondition::LegalClaims),
            Denied::OtherBasis {
                rule: "section-47".parse().unwrap(),
                section: Section::CrimeJustice,
            },
        ),
        (
            |r| r.window = Window::new(time("2025-01-01"), now()).unwrap(),
            Denied::Time,
        ),
        (
            |r| r.window = Window::new(now().after(90 * 86_400), UnixTime::LAST).unwrap(),
            Denied::Time,
        ),
        (
            |r| r.window = Window::new(time("2126-01-01"), UnixTime::LAST).unwrap(),
            Denied::Time,
        ),
    ];
    for (i, (change, want)) in cases.into_iter().enumerate() {
        let mut request = enquiry();
        change(&mut request);
        assert_eq!(decided(&request, &[]), Err(want), "case {i}");
    }
    assert!(decided(&enquiry(), &[]).is_ok(), "control");
}

#[test]
fn an_exception_denies_what_a_default_allows_and_names_itself() {
    let mut policy = example();
    let mut request = enquiry();
    request.recipient = Recipient {
        organisation: "oakfield".parse().unwrap(),
        role: "designated_lead".parse().unwrap(),
    };
    request.source = "westshire-police".parse().unwrap();
    request.sections = [Section::CrimeJustice].into();
    request.mode = Mode::Existence;
    request.basis = LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11);
    let ask = |policy: &Policy, request: &Request| {
        decide(request, policy, &policy.head(now()), &[], now())
    };
    let denied = Denied::Exception {
        rule: "no-police-content-to-schools".parse().unwrap(),
        section: Section::CrimeJustice,
    };
    // Existence is allowed by the default; content is denied by the exception before anything else is asked.
    assert!(ask(&policy, &request).is_ok());
    request.mode = Mode::Content;
    assert_eq!(ask(&policy, &request), Err(denied.clone()));
    // A denial of existence denies both, and a denial of one narrow purpose denies the broad one.
    request.mode = Mode::Existence;
    let id: RuleId = "no-police-content-to-schools".parse().unwrap();
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.mode = Mode::Existence;
    assert_eq!(ask(&policy, &request), Err(denied.clone()));
    policy.rules.get_mut(&id).unwrap().purposes = [Purpose::MissingChild].into();
    assert!(ask(&policy, &request).is_ok());
    request.purpose = Purpose::Safeguarding;
    assert_eq!(ask(&policy, &request), Err(denied.clone()));
    // It denies to the roles, from the holders, and while it is in force, only.
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.from.kinds = [Kind::Nhs].into();
    assert!(ask(&policy, &request).is_ok());
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.from.kinds = [Kind::Police].into();
    rule.roles = ["duty_desk".parse().unwrap()].into();
    assert!(ask(&policy, &request).is_ok());
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.roles = ["designated_lead".parse().unwrap()].into();
    assert_eq!(ask(&policy, &request), Err(denied));
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.valid = Window::new(now().after(1), rule.valid.until()).unwrap();
    assert!(ask(&policy, &request).is_ok());
}

#[test]
fn a_policy_that_is_not_known_to_be_in_force_decides_nothing() {
    let policy = example();
    let request = enquiry();
    let stale = Err(Denied::PolicyStale { hours: 24 });
    let ask = |head: PolicyHead, now| decide(&request, &policy, &head, &[], now).map(|_| ());
    let day = 86_400;
    let confirmed = policy.head(now());
    assert_eq!(ask(confirmed, now()), Ok(()));
    assert_eq!(ask(confirmed, now().after(day - 1)), Ok(()));
    assert_eq!(ask(confirmed, now().after(day)), stale);
    assert_eq!(ask(policy.head(now().after(1)), now()), stale);
    let other = PolicyHead {
        digest: [0; 32],
        ..confirmed
    };
    assert_eq!(ask(other, now()), Err(Denied::PolicySuperseded));
    for at in ["2025-12-31T23:59:59Z", "2126-01-01"] {
        let not_in_force = Denied::PolicyNotInForce {
            valid: policy.valid(),
        };
        assert_eq!(ask(policy.head(time(at)), time(at)), Err(not_in_force));
    }
}

#[test]
fn rules_of_another_time_allow_nothing() {
    let help = early_help();
    let policy = example();
    let later = time("2026-10-01");
    let mut request = help.clone();
    request.window = Window::new(later, later.after(86_400)).unwrap();
    let ask = |request: &Request, at| decide(request, &policy, &policy.head(at), &[parent()], at);
    assert_eq!(ask(&request, later), Err(Denied::NoRule(Section::Personal)));
    // And access that begins before the rule ends, ends with it.
    let just_before = time("2026-09-30");
    request.window = Window::new(just_before, later.after(86_400)).unwrap();
    let permit = ask(&request, just_before).unwrap();
    assert_eq!(permit.scope().window().until(), later);
}

#[test]
fn access_lasts_no_longer_than_rule_policy_and_consent_let_it() {
    let mut request = enquiry();
    request.window = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let window = decided(&request, &[]).unwrap().scope().window();
    assert_eq!(
        window,
        Window::new(now(), now().after(90 * 86_400)).unwrap()
    );
    request.sections = [Section::Personal].into();
    request.mode = Mode::Existence;
    request.purpose = Purpose::MissingChild;
    request.basis = LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11);
    let window = decided(&request, &[]).unwrap().scope().window();
    assert_eq!(window.until(), now().after(30 * 86_400));
    let mut help = early_help();
    help.window = request.window;
    let mut consent = parent();
    consent.ask_again = now().after(86_400);
    let permit = decided(&help, &[consent]).unwrap();
    assert_eq!(permit.scope().window().until(), now().after(86_400));
}

#[test]
fn of_two_rules_the_one_with_the_longer_access_decides() {
    let mut policy = example();
    let id: RuleId = "section-47".parse().unwrap();
    let mut shorter = policy.rules[&id].clone();
    shorter.longest_days = 7;
    shorter.retention = Retention::NotKept;
    policy.rules.insert("a-shorter".parse().unwrap(), shorter);
    let ask = |p: &Policy, r: &Request| decide(r, p, &p.head(now()), &[], now());
    let permit = ask(&policy, &enquiry()).unwrap();
    assert_eq!(permit.rules()[&Section::Personal], id);
    // Unless only the other lets the identifier go with it.
    policy.rules.get_mut(&id).unwrap().identifier = false;
    let permit = ask(&policy, &enquiry()).unwrap();
    assert_eq!(permit.rules()[&Section::Personal].as_str(), "a-shorter");
    let mut without = enquiry();
    without.identifier = IdentifierState::Unknown;
    assert_eq!(
        ask(&policy, &without).unwrap().rules()[&Section::Personal],
        id
    );
    // Equal ones: the first by name.
    let first = policy.rules[&id].clone();
    policy.rules.insert("a-shorter".parse().unwrap(), first);
    let permit = ask(&policy, &without).unwrap();
    assert_eq!(permit.rules()[&Section::Personal].as_str(), "a-shorter");
    let denied = Denied::Identifier {
        rule: "a-shorter".parse().unwrap(),
        section: Section::CrimeJustice,
    };
    assert_eq!(ask(&policy, &enquiry()), Err(denied));
}
