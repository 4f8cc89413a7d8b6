use billetbook::clock::{UnixTime, Window};
use billetbook::consent::*;
use billetbook::record::{IdentifierState, Section};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

const EXAMPLE: &str = include_str!("../../examples/policy.toml");

fn example() -> Policy {
    Policy::parse(EXAMPLE).unwrap()
}

fn now() -> UnixTime {
    "2026-05-04T09:30:00Z".parse().unwrap()
}

fn ids<T>(words: &'static [&'static str]) -> impl Strategy<Value = T>
where
    T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug,
{
    select(words).prop_map(|w| w.parse().unwrap())
}

const ORGANISATIONS: &[&str] = &[
    "westshire",
    "oakfield",
    "westshire-nhs",
    "westshire-police",
    "harbour",
    "stranger",
];
const ROLES: &[&str] = &[
    "social_worker",
    "duty_desk",
    "designated_lead",
    "family_worker",
    "emergency_department",
];
const SECTIONS: &[&str] = &[
    "personal",
    "childrens_services",
    "education",
    "health",
    "crime_justice",
    "speech_therapy",
    "unheard_of",
];

fn windows() -> impl Strategy<Value = Window> {
    (-40i64..40, 1u64..200).prop_map(|(days, long)| {
        let from = now().as_secs().saturating_add_signed(days * 86_400);
        let from = UnixTime::from_secs(from).unwrap();
        Window::new(from, from.after(long * 86_400)).unwrap()
    })
}

/// Requests that the policy allows, and the same with some of their parts exchanged.
fn requests() -> impl Strategy<Value = Request> {
    let bases = select(vec![
        LawfulBasis::Consent,
        LawfulBasis::VitalInterests,
        LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11),
        LawfulBasis::LegitimateInterests,
    ]);
    let special = select(vec![
        None,
        Some(SpecialCondition::SafeguardingOfChildren),
        Some(SpecialCondition::ExplicitConsent),
    ]);
    let offence = select(vec![None, Some(OffenceCondition::SafeguardingOfChildren)]);
    let purposes = select(Purpose::ALL);
    (
        select(vec![
            enquiry(),
            involved(),
            early_help(&[Section::Personal, Section::Education]),
        ]),
        (
            sometimes(ids(ORGANISATIONS)),
            sometimes(ids(ORGANISATIONS)),
            sometimes(ids(ROLES)),
        ),
        sometimes(btree_set(ids::<Section>(SECTIONS), 0..4)),
        sometimes(purposes),
        sometimes(select(Mode::ALL)),
        (sometimes(bases), sometimes(special), sometimes(offence)),
        sometimes(windows()),
        sometimes(select(IdentifierState::ALL)),
    )
        .prop_map(
            |(
                mut r,
                (source, organisation, role),
                sections,
                purpose,
                mode,
                conditions,
                window,
                identifier,
            )| {
                let (basis, special, offence) = conditions;
                put(&mut r.source, source);
                put(&mut r.recipient.organisation, organisation);
                put(&mut r.recipient.role, role);
                put(&mut r.sections, sections);
                put(&mut r.purpose, purpose);
                put(&mut r.mode, mode);
                put(&mut r.basis, basis);
                put(&mut r.special, special);
                put(&mut r.offence, offence);
                put(&mut r.window, window);
                put(&mut r.identifier, identifier);
                r
            },
        )
}

fn sometimes<S: Strategy>(of: S) -> impl Strategy<Value = Option<S::Value>> {
    proptest::option::weighted(0.15, of)
}

fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn consents() -> impl Strategy<Value = Vec<Consent>> {
    let able = select(vec![
        (Giver::Parent, Capacity::ParentalResponsibility),
        (Giver::Subject, Capacity::Competent),
        (Giver::Subject, Capacity::NotAssessed),
    ]);
    let one = (
        select(vec![Answer::Given, Answer::Given, Answer::Refused]),
        able,
        btree_set(ids::<Section>(SECTIONS), 1..7),
        windows(),
        proptest::option::of(windows()),
    )
        .prop_map(
            |(answer, (giver, capacity), sections, valid, withdrawn)| Consent {
                answer,
                giver,
                capacity,
                evidence: [1; 32],
                organisations: ["harbour".parse().unwrap()].into(),
                roles: ["family_worker".parse().unwrap()].into(),
                sections,
                purposes: [Purpose::EarlyHelp].into(),
                mode: Mode::Content,
                valid,
                ask_again: valid.until(),
                withdrawn: withdrawn.map(Window::from),
            },
        );
    vec(one, 0..4)
}

/// Early help by the charity, which rests on consent, with nothing else in the way.
fn early_help(sections: &[Section]) -> Request {
    Request {
        source: "westshire".parse().unwrap(),
        recipient: Recipient {
            organisation: "harbour".parse().unwrap(),
            role: "family_worker".parse().unwrap(),
        },
        sections: sections.iter().cloned().collect(),
        purpose: Purpose::EarlyHelp,
        mode: Mode::Content,
        basis: LawfulBasis::Consent,
        special: None,
        offence: None,
        window: Window::new(now(), now().after(86_400)).unwrap(),
        identifier: IdentifierState::Unknown,
    }
}

fn enquiry() -> Request {
    Request {
        source: "oakfield".parse().unwrap(),
        recipient: Recipient {
            organisation: "westshire".parse().unwrap(),
            role: "social_worker".parse().unwrap(),
        },
        sections: [Section::Personal, Section::Health].into(),
        purpose: Purpose::Section47Enquiry,
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        special: Some(SpecialCondition::SafeguardingOfChildren),
        ..early_help(&[])
    }
}

/// Whether there is a record at all, asked by the duty desk of the police.
fn involved() -> Request {
    Request {
        source: "westshire-police".parse().unwrap(),
        recipient: Recipient {
            organisation: "westshire".parse().unwrap(),
            role: "duty_desk".parse().unwrap(),
        },
        sections: [Section::CrimeJustice].into(),
        purpose: Purpose::Safeguarding,
        mode: Mode::Existence,
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11),
        offence: Some(OffenceCondition::SafeguardingOfChildren),
        ..enquiry()
    }
}

fn asked(policy: &Policy, request: &Request, consents: &[Consent]) -> Result<Permit, Denied> {
    decide(request, policy, &policy.head(now()), consents, now())
}

/// What a request asks for, as a scope.
fn scope_of(r: &Request) -> Option<Scope> {
    Scope::new(
        [r.recipient.organisation.clone()].into(),
        [r.recipient.role.clone()].into(),
        r.sections.clone(),
        [r.purpose].into(),
        r.mode,
        [r.basis].into(),
        r.window,
    )
}

#[test]
fn con_1_what_no_rule_allows_is_denied_and_the_denial_names_its_rule() {
    let policy = example();
    let head = EXAMPLE.split("[[default]]").next().unwrap();
    let silent = Policy::parse(head).unwrap();
    let (mut permits, mut reasons) = (0, std::collections::BTreeSet::new());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..10_000 {
        let tree = requests().new_tree(&mut runner).unwrap();
        let request = proptest::strategy::ValueTree::current(&tree);
        assert!(
            asked(&silent, &request, &[]).is_err(),
            "a policy without rules allows nothing"
        );
        match asked(&policy, &request, &[]) {
            Ok(permit) => {
                permits += 1;
                for (section, id) in permit.rules() {
                    let rule = &policy.rules()[id];
                    assert!(rule.sections.contains(section) && rule.mode >= request.mode);
                    assert!(rule.bases.contains(&request.basis) && rule.valid.contains(now()));
                    assert!(rule.purposes.iter().any(|p| request.purpose.is_within(*p)));
                    assert!(rule.roles.contains(&request.recipient.role));
                }
            }
            Err(denied) => {
                let name = format!("{denied:?}");
                reasons.insert(name.split([' ', '(']).next().unwrap().to_owned());
            }
        }
    }
    assert!(permits > 1_000, "control: {permits} requests were allowed");
    assert!(reasons.len() >= 10, "{reasons:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn con_2_a_permit_is_never_wider_than_the_request_nor_is_a_narrower_request_denied(
        request in requests(), consents in consents(), keep in any::<prop::sample::Index>(), narrower_mode: bool,
    ) {
        let policy = example();
        let Ok(permit) = asked(&policy, &request, &consents) else { return Ok(()); };
        let whole = scope_of(&request).unwrap();
        prop_assert!(permit.scope().is_within(&whole));
        prop_assert!(permit.scope().window().is_within(policy.valid()));
        prop_assert!(permit.scope().window().from() >= now());
        let mut narrow = request.clone();
        let kept = request.sections.iter().nth(keep.index(request.sections.len())).cloned();
        narrow.sections = kept.into_iter().collect();
        if narrower_mode { narrow.mode = Mode::Existence; }
        if narrow.purpose == Purpose::Safeguarding { narrow.purpose = Purpose::MissingChild; }
        let less = asked(&policy, &narrow, &consents);
        prop_assert!(less.is_ok(), "{:?}", less);
        prop_assert!(less.unwrap().scope().is_within(&whole));
    }

    #[test]
    fn con_3_withdrawing_consent_touches_only_what_rests_on_it(
        request in requests(), consents in consents(), which in any::<prop::sample::Index>(),
    ) {
        let policy = example();
        let before = asked(&policy, &request, &consents);
        let mut after_all = consents.clone();
        for c in &mut after_all { c.withdrawn = Some(now()); }
        let after = asked(&policy, &request, &after_all);
        if request.rests_on_consent() {
            prop_assert!(after.is_err());
        } else {
            prop_assert_eq!(&before, &after);
        }
        // And withdrawing one that was given never allows what was denied.
        if !consents.is_empty() {
            let mut one = consents.clone();
            let c = &mut one[which.index(consents.len())];
            if c.answer == Answer::Given && c.withdrawn.is_none() {
                c.withdrawn = Some(now());
                prop_assert!(before.is_ok() || asked(&policy, &request, &one).is_err());
            }
        }
    }

    #[test]
    fn con_4_no_denial_that_is_added_and_no_rule_that_is_taken_away_allows_more(
        request in requests(), section in select(SECTIONS[..6].to_vec()), mode in select(Mode::ALL), gone in 0usize..5,
    ) {
        let policy = example();
        let allowed = asked(&policy, &request, &[]).is_ok();
        let denial = format!("{EXAMPLE}\n[[exception]]\nid = \"more\"\neffect = \"deny\"\nsections = [\"{section}\"]\nmode = \"{mode}\"\n");
        let stricter = Policy::parse(&denial).unwrap();
        let still = asked(&stricter, &request, &[]).is_ok();
        prop_assert!(allowed || !still);
        let section: Section = section.parse().unwrap();
        if request.sections.contains(&section) && request.mode >= mode { prop_assert!(!still); }
        else { prop_assert_eq!(allowed, still); }
        let mut blocks: Vec<&str> = EXAMPLE.split("\n\n").collect();
        let allowing: Vec<usize> = (0..blocks.len()).filter(|i| blocks[*i].contains("bases = ")).collect();
        blocks.remove(allowing[gone % allowing.len()]);
        let fewer = Policy::parse(&blocks.join("\n\n")).unwrap();
        prop_assert!(allowed || asked(&fewer, &request, &[]).is_err());
    }
}

#[test]
fn con_5_consent_is_what_it_was_given_for_and_the_persons_own_last_word_counts() {
    let policy = example();
    let given = |giver, capacity, answer, from: &str| Consent {
        answer,
        giver,
        capacity,
        evidence: [1; 32],
        organisations: ["harbour".parse().unwrap()].into(),
        roles: ["family_worker".parse().unwrap()].into(),
        sections: [Section::Personal].into(),
        purposes: [Purpose::EarlyHelp].into(),
        mode: Mode::Content,
        valid: Window::new(from.parse().unwrap(), "2026-12-01".parse().unwrap()).unwrap(),
        ask_again: "2026-12-01".parse().unwrap(),
        withdrawn: None,
    };
    let parent = given(
        Giver::Parent,
        Capacity::ParentalResponsibility,
        Answer::Given,
        "2026-03-01",
    );
    let child = |answer, from| given(Giver::Subject, Capacity::Competent, answer, from);
    let personal = early_help(&[Section::Personal]);
    let ask =
        |request: &Request, consents: &[Consent]| asked(&policy, request, consents).map(|_| ());
    assert_eq!(
        ask(&personal, std::slice::from_ref(&parent)),
        Ok(()),
        "control"
    );
    assert_eq!(ask(&personal, &[]), Err(Denied::NoConsent));
    let both = early_help(&[Section::Personal, Section::Education]);
    assert_eq!(
        ask(&both, std::slice::from_ref(&parent)),
        Err(Denied::NoConsent)
    );
    let refused = child(Answer::Refused, "2026-03-02");
    assert_eq!(
        ask(&personal, &[parent.clone(), refused.clone()]),
        Err(Denied::RefusedBySubject)
    );
    let changed_mind = child(Answer::Given, "2026-03-03");
    assert_eq!(
        ask(&personal, &[parent.clone(), refused, changed_mind.clone()]),
        Ok(())
    );
    let withdrawn = Consent {
        withdrawn: Some(now()),
        ..changed_mind
    };
    assert_eq!(
        ask(&personal, &[parent.clone(), withdrawn.clone()]),
        Err(Denied::ConsentWithdrawn)
    );
    // What rests on a duty to protect asks nobody's leave.
    assert_eq!(ask(&enquiry(), &[parent, withdrawn]), Ok(()));
}

#[test]
fn con_6_a_policy_not_known_to_be_in_force_decides_nothing() {
    let policy = example();
    let ask = |head: &PolicyHead, now| decide(&enquiry(), &policy, head, &[], now).map(|_| ());
    let head = policy.head(now());
    assert_eq!(ask(&head, now()), Ok(()), "control");
    let stale = Err(Denied::PolicyStale { hours: 24 });
    assert_eq!(ask(&head, now().after(24 * 3600)), stale);
    assert_eq!(ask(&policy.head(now().after(60)), now()), stale);
    let newer = Policy::parse(&EXAMPLE.replace("version = 3", "version = 4")).unwrap();
    assert_eq!(
        ask(&newer.head(now()), now()),
        Err(Denied::PolicySuperseded)
    );
    let over = policy.valid().until();
    assert!(matches!(
        ask(&policy.head(over), over),
        Err(Denied::PolicyNotInForce { .. })
    ));
}

#[test]
fn con_7_one_policy_has_one_digest_and_any_change_another() {
    let policy = example();
    let spaced = EXAMPLE.replace(" = ", "   =  ").replace(", \"", " ,\n \"");
    assert_ne!(spaced, EXAMPLE);
    assert_eq!(Policy::parse(&spaced).unwrap().digest(), policy.digest());
    let bytes = policy.to_bytes();
    assert_eq!(
        Policy::from_bytes(&bytes).unwrap().digest(),
        policy.digest(),
        "control"
    );
    let mut others = 0;
    for i in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[i] ^= 1 << bit;
            if let Ok(other) = Policy::from_bytes(&changed) {
                others += 1;
                assert_ne!(other.digest(), policy.digest(), "byte {i}");
            }
        }
    }
    assert!(others > 0, "some changes make another policy");
}
