//! Equal times, other parties, and the wording of rules: what changing `consent` in one place showed to be held by no
//! other test.

use super::*;
use crate::consent::policy::{Effect, Note, Rule};
use std::collections::BTreeSet;

fn evidence(number: u8, until: UnixTime) -> Consent {
    let parent = parent();
    Consent {
        evidence: [number; 32],
        valid: Window::new(parent.valid.from(), until).unwrap(),
        ..parent
    }
}

#[test]
fn of_two_consents_the_one_that_lasts_longer_is_the_evidence_and_of_equal_ones_the_first() {
    let (short, long) = (now().after(3_600), now().after(7_200));
    let given_by = |consents: &[Consent]| decided(&early_help(), consents).unwrap().evidence();
    let (a, b) = (evidence(1, short), evidence(2, long));
    assert_eq!(given_by(&[a.clone(), b.clone()]), Some([2; 32]));
    assert_eq!(given_by(&[b, a.clone()]), Some([2; 32]));
    let equal = evidence(3, short);
    assert_eq!(given_by(&[a.clone(), equal.clone()]), Some([1; 32]));
    assert_eq!(given_by(&[equal, a]), Some([3; 32]));
}

#[test]
fn what_counts_from_now_counts_now() {
    let from_now = |c: Consent, ahead: u64| Consent {
        valid: Window::new(now().after(ahead), c.valid.until()).unwrap(),
        ..c
    };
    let help = early_help();
    assert!(decided(&help, &[from_now(parent(), 0)]).is_ok());
    let not_yet = decided(&help, &[from_now(parent(), 1)]);
    assert_eq!(not_yet, Err(Denied::ConsentNotYet));
    let refusal = Consent {
        answer: Answer::Refused,
        ..child()
    };
    let refused = decided(&help, &[parent(), from_now(refusal.clone(), 0)]);
    assert_eq!(refused, Err(Denied::RefusedBySubject));
    assert!(decided(&help, &[parent(), from_now(refusal, 1)]).is_ok());
}

/// What the child said about others, other roles, sections or purposes denies nothing here.
#[test]
fn a_word_counts_only_for_what_it_speaks_of() {
    type Change = fn(&mut Consent);
    let elsewhere: [Change; 4] = [
        |c| c.organisations = ["westshire".parse().unwrap()].into(),
        |c| c.roles = ["early_help".parse().unwrap()].into(),
        |c| c.sections = [Section::Health].into(),
        |c| c.purposes = [Purpose::Research].into(),
    ];
    let help = early_help();
    let says: [(Change, Denied); 2] = [
        (|c| c.answer = Answer::Refused, Denied::RefusedBySubject),
        (|c| c.withdrawn = Some(now()), Denied::ConsentWithdrawn),
    ];
    for (say, denied) in says {
        let mut word = child();
        say(&mut word);
        let with = |word: &Consent| decided(&help, &[parent(), word.clone()]);
        assert_eq!(with(&word), Err(denied), "control");
        for (i, change) in elsewhere.iter().enumerate() {
            let mut other = word.clone();
            change(&mut other);
            assert!(with(&other).is_ok(), "part {i}");
        }
    }
    // A later yes to something else does not take back a no to this.
    let mut no = child();
    no.answer = Answer::Refused;
    let later = Window::new(now(), no.valid.until()).unwrap();
    for (i, change) in elsewhere.iter().enumerate() {
        let mut yes = child();
        yes.valid = later;
        let both = |yes: Consent| decided(&help, &[parent(), no.clone(), yes]);
        assert!(both(yes.clone()).is_ok(), "control");
        change(&mut yes);
        assert_eq!(both(yes), Err(Denied::RefusedBySubject), "part {i}");
    }
}

#[test]
fn the_longer_of_two_rules_is_so_by_days_or_by_its_end() {
    let mut policy = example();
    let id: RuleId = "section-47".parse().unwrap();
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.longest_days = 30;
    let mut week = rule.clone();
    week.longest_days = 7;
    rule.valid = Window::new(rule.valid.from(), now().after(5 * 86_400)).unwrap();
    policy.rules.insert("week".parse().unwrap(), week);
    let permit = decide(&enquiry(), &policy, &policy.head(now()), &[], now()).unwrap();
    assert_eq!(permit.rules()[&Section::Personal].as_str(), "week");
}

#[test]
fn public_authorities_are_these_kinds() {
    let public: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|k| k.is_public_authority())
        .collect();
    let listed = [
        Kind::LocalAuthority,
        Kind::School,
        Kind::Nhs,
        Kind::Police,
        Kind::YouthJustice,
        Kind::Court,
        Kind::Regulator,
        Kind::Government,
    ];
    assert_eq!(public, listed);
    // A charity may rely on what a school may not.
    let mut request = early_help();
    request.basis = LawfulBasis::LegitimateInterests;
    request.source = "harbour".parse().unwrap();
    let denied = Err(Denied::NoRule(Section::Personal));
    assert_eq!(decided(&request, &[]), denied);
}

#[test]
fn a_consent_shows_nothing_of_itself() {
    assert_eq!(format!("{:?}", parent()), "Consent(..)");
}

#[test]
fn a_note_on_public_authorities_needs_both_the_holder_and_the_basis() {
    let mut policy = example();
    let id: RuleId = "section-47".parse().unwrap();
    let noted = |policy: &Policy| policy.notes().contains(&Note::PublicAuthority(id.clone()));
    assert!(!noted(&policy), "public holders on other bases");
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.bases.insert(LawfulBasis::LegitimateInterests);
    assert!(noted(&policy));
    let rule = policy.rules.get_mut(&id).unwrap();
    rule.from.kinds = [Kind::Charity].into();
    assert!(!noted(&policy), "a charity on that basis");
}

#[test]
fn a_denial_swallows_a_rule_only_where_it_is_wider_in_every_part() {
    type Change = fn(&mut Rule);
    let mut policy = example();
    let id: RuleId = "section-47".parse().unwrap();
    let by: RuleId = "denial".parse().unwrap();
    let denial = Rule {
        effect: Effect::Deny,
        mode: Mode::Existence,
        ..policy.rules[&id].clone()
    };
    let mut noted = |denial: Rule| {
        policy.rules.insert(by.clone(), denial);
        let note = Note::AlwaysDenied {
            rule: id.clone(),
            by: by.clone(),
        };
        policy.notes().contains(&note)
    };
    assert!(noted(denial.clone()));
    let narrower: [Change; 7] = [
        |r| r.from.kinds = [Kind::School].into(),
        |r| r.to.kinds = [Kind::School].into(),
        |r| r.roles = ["duty_desk".parse().unwrap()].into(),
        |r| r.sections = [Section::Health].into(),
        |r| r.purposes = [Purpose::Section47Enquiry].into(),
        |r| r.mode = Mode::Content,
        |r| r.valid = Window::new(now(), r.valid.until()).unwrap(),
    ];
    for (i, change) in narrower.iter().enumerate() {
        let mut narrow = denial.clone();
        change(&mut narrow);
        assert!(!noted(narrow), "part {i}");
    }
}

#[test]
fn conditions_are_said_where_a_rule_has_some() {
    let policy = example();
    let says = |id: &str| {
        let mut all = policy.sentences().into_iter();
        all.find(|s| s.rule.as_str() == id).unwrap().text
    };
    let basis = LawfulBasis::Consent.title();
    assert!(
        says("harbour-early-help").contains(&format!("on the basis of {basis}; for up to 60 days"))
    );
    let condition = SpecialCondition::SafeguardingOfChildren.title();
    assert!(says("section-47").contains(&format!(", under {condition}")));
}

#[test]
fn a_scope_that_is_wider_in_one_part_is_not_within() {
    type Parts = (BTreeSet<OrganisationId>, BTreeSet<Role>, BTreeSet<Section>);
    let make = |(organisations, roles, sections): Parts, mode, bases: &[LawfulBasis]| {
        let purposes = [Purpose::Care].into();
        let window = Window::new(now(), now().after(60)).unwrap();
        let bases = bases.iter().copied().collect();
        Scope::new(
            organisations,
            roles,
            sections,
            purposes,
            mode,
            bases,
            window,
        )
        .unwrap()
    };
    let narrow: Parts = (
        ["westshire".parse().unwrap()].into(),
        ["duty_desk".parse().unwrap()].into(),
        [Section::Health].into(),
    );
    let consent = [LawfulBasis::Consent];
    let own = make(narrow.clone(), Mode::Existence, &consent);
    assert!(own.is_within(&own));
    let mut parts = [narrow.clone(), narrow.clone(), narrow.clone()];
    parts[0].0.insert("harbour".parse().unwrap());
    parts[1].1.insert("early_help".parse().unwrap());
    parts[2].2.insert(Section::Education);
    let mut wider: Vec<Scope> = parts.map(|p| make(p, Mode::Existence, &consent)).into();
    wider.push(make(narrow.clone(), Mode::Content, &consent));
    let both = [LawfulBasis::Consent, LawfulBasis::VitalInterests];
    wider.push(make(narrow, Mode::Existence, &both));
    for (i, scope) in wider.iter().enumerate() {
        assert!(own.is_within(scope) && !scope.is_within(&own), "part {i}");
    }
    assert_eq!(format!("{:?}", enquiry()), "Request(..)");
}
