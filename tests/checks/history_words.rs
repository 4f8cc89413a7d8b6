//! What the entries of a history say, word for word.

use crate::grant_support::now;
use billetbook::clock::UnixTime;
use billetbook::consent::{Gateway, LawfulBasis, Mode, Purpose, SpecialCondition};
use billetbook::exchange::{GroundShown, HistoryItem, Released, What, Who};
use billetbook::grant::{
    EmergencyReason, ErasureGround, HoldReason, RefusalReason, RevocationReason,
};

pub(crate) fn who(name: &str, agency: &str) -> Who {
    Who {
        name: name.into(),
        agency: agency.into(),
    }
}

pub(crate) fn team() -> Who {
    who("duty team", "Westshire")
}

pub(crate) fn school() -> Who {
    who("records", "Oakfield")
}

fn ground() -> GroundShown {
    GroundShown {
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        article_9: Some(SpecialCondition::SafeguardingOfChildren),
        article_10: None,
    }
}

pub(crate) fn day(n: u64) -> UnixTime {
    now().after(n * 86_400)
}

pub(crate) fn granted(mode: Mode, most_opens: u16) -> What {
    What::Granted {
        to: team(),
        by: school(),
        second: None,
        sections: vec!["Health".into(), "School".into()],
        mode,
        purpose: Purpose::Care,
        ground: ground(),
        from: now(),
        until: day(14),
        most_opens,
        handed_on: false,
        emergency: false,
        told_after: None,
    }
}

pub(crate) fn opened(released: Released) -> What {
    What::Opened {
        by: team(),
        sections: vec!["Health".into(), "School".into()],
        purpose: Purpose::Care,
        ground: Some(ground()),
        released,
        emergency: None,
    }
}

pub(crate) fn item(entry: u64, what: What) -> HistoryItem {
    HistoryItem {
        entry,
        at: Some(day(entry)),
        what,
        reasons: None,
    }
}

fn sentences(what: What) -> Vec<String> {
    item(0, what).sentences()
}

const UNTIL: &str = "18 May 2026, 09:30 UTC";

#[test]
fn what_was_allowed_is_told_with_whom_what_for_on_what_ground_and_how_often() {
    let care = format!("What for: {}.", Purpose::Care.title());
    let law = format!("Legal ground: {}.", ground().words());
    let seen = "Westshire (duty team) was allowed to see: Health, School.".to_owned();
    let by = "Allowed by Oakfield (records).".to_owned();
    for (most, words) in [(1, "once"), (2, "2 times"), (30, "30 times")] {
        let most_words = format!("At most {words}, until {UNTIL}.");
        let told = [&seen, &care, &law, &most_words, &by];
        let found = sentences(granted(Mode::Content, most));
        assert!(found.iter().eq(told), "{found:#?}");
    }
    let told = sentences(granted(Mode::Existence, 1));
    let exists = "Westshire (duty team) was told that a record exists: Health, School.".to_owned();
    assert!(told.iter().eq([&exists, &care, &law, &by]), "{told:#?}");

    let mut what = granted(Mode::Content, 1);
    if let What::Granted {
        second,
        emergency,
        handed_on,
        told_after,
        to,
        ..
    } = &mut what
    {
        (*second, *emergency, *handed_on) = (Some(who("", "Elmbank")), true, true);
        *told_after = Some(day(14));
        *to = who("Westshire", "Westshire");
    }
    let told = [
        "Westshire was allowed to see, in an emergency only,: Health, School.".to_owned(),
        care,
        law,
        format!("At most once, until {UNTIL}."),
        "Handed on by Oakfield (records) and Elmbank.".to_owned(),
        format!("You were not told of this, nor of what was opened because of it, before {UNTIL}."),
    ];
    assert_eq!(sentences(what), told);
}

#[test]
fn what_was_opened_is_told_as_far_as_it_is_known() {
    let care = format!("What for: {}.", Purpose::Care.title());
    let law = format!("Legal ground: {}.", ground().words());
    let asked = "Westshire (duty team) asked to open: Health, School.";
    for (released, first) in [
        (
            Released::Yes,
            "Westshire (duty team) opened: Health, School.".to_owned(),
        ),
        (
            Released::Perhaps,
            format!("{asked} It may have been opened."),
        ),
        (Released::No, format!("{asked} It was not opened.")),
    ] {
        let found = sentences(opened(released));
        assert_eq!(found, [first, care.clone(), law.clone()]);
    }
    let mut what = opened(Released::Yes);
    if let What::Opened {
        ground, emergency, ..
    } = &mut what
    {
        *ground = None;
        *emergency = Some((who("manager", "Westshire"), EmergencyReason::RiskToLife));
    }
    let reason = EmergencyReason::RiskToLife.title();
    let told = [
        "Westshire (duty team) opened: Health, School.".to_owned(),
        format!("An emergency: {reason}. Westshire (manager) agreed to it as second officer."),
        care,
    ];
    assert_eq!(sentences(what), told);
}

#[test]
fn what_was_refused_ended_or_erased_is_told_with_why_and_by_whom() {
    let care = format!("What for: {}.", Purpose::Care.title());
    let by = school;
    let (purpose, harm) = (Purpose::Care, RefusalReason::RiskOfHarm);
    let not = format!("Why not: {}.", harm.title());
    let to = team();
    let refused = What::Refused {
        to,
        by: by(),
        purpose,
        reason: harm,
    };
    let told = [
        "Westshire (duty team) asked for your record and did not get it.".to_owned(),
        care.clone(),
        not.clone(),
        "Decided by Oakfield (records).".to_owned(),
    ];
    assert_eq!(sentences(refused), told);
    let withheld = What::Withheld {
        by: by(),
        purpose,
        reason: harm,
    };
    let told = [
        "Oakfield (records) thought about sharing your record, and decided not to.".to_owned(),
        care,
        not,
    ];
    assert_eq!(sentences(withheld), told);

    let reason = RevocationReason::Mistake;
    for (grant, to, which) in [
        (Some(3), Some(team()), " of Westshire (duty team) (entry 3)"),
        (None, None, ""),
    ] {
        let revoked = What::Revoked {
            grant,
            to,
            by: by(),
            reason,
        };
        let told = [
            format!(
                "The permission{which} was ended. What had been read before cannot be taken back."
            ),
            format!("Why: {}.", reason.title()),
            "Ended by Oakfield (records).".to_owned(),
        ];
        assert_eq!(sentences(revoked), told);
    }

    let ground = ErasureGround::CourtOrder;
    let why = format!("Why: {}.", ground.title());
    let closed = What::RecordErased { by: by(), ground };
    let told = [
        "The record was closed for good: nobody can open it any more.",
        &why,
        "By Oakfield (records).",
    ];
    assert_eq!(sentences(closed), told);
    for (erased, which) in [(Some(5), "entry 5"), (None, "an entry")] {
        let words = What::EntryErased {
            erased,
            by: by(),
            ground,
        };
        let first = format!("What {which} said was erased.");
        assert_eq!(
            sentences(words),
            [first.as_str(), &why, "By Oakfield (records)."]
        );
    }
    use Released::{No, Perhaps, Yes};
    for (what, told) in [
        (
            What::Erased { released: Yes },
            "Something was opened. Who and what for was erased.",
        ),
        (
            What::Erased { released: Perhaps },
            "Something may have been opened. What was said was erased.",
        ),
        (
            What::Lost { released: No },
            "What was said here was lost with a disk. It opened nothing.",
        ),
    ] {
        assert_eq!(sentences(what), [told]);
    }
}

#[test]
fn late_notices_and_new_keepers_are_told_with_who_decided_it() {
    let reason = HoldReason::RiskOfHarm;
    let by = "Decided by Oakfield (records).".to_owned();
    for (grant, which) in [(Some(2), " (entry 2)"), (None, "")] {
        let held = |ended| What::NoticeHeld {
            grant,
            until: day(14),
            ended,
            by: school(),
            reason,
        };
        let told = [
            format!(
                "It was decided not to tell you before {UNTIL} of what was allowed{which}, and of what was opened \
                 because of it."
            ),
            format!("Why: {}.", reason.title()),
            by.clone(),
        ];
        assert_eq!(sentences(held(false)), told);
        let told = [
            format!("From then on you could be told of what was allowed{which}."),
            by.clone(),
        ];
        assert_eq!(sentences(held(true)), told);
        let changed = What::GatesChanged {
            begun: grant,
            by: [school(), who("officer", "Oakfield")],
        };
        let told = [
            format!(
                "The keys are now with those who were to keep them{which}. Those who kept them before had to delete \
                 theirs. What they wrote down of openings stays part of this list."
            ),
            "Confirmed by Oakfield (records), Oakfield (officer).".to_owned(),
        ];
        assert_eq!(sentences(changed), told);
    }
    let gate = |name: &str| who(name, "Elmbank");
    let change = What::GatesChange {
        from: vec![school()],
        to: vec![gate("1"), gate("2"), gate("3")],
        threshold: 2,
        by: [school(), who("officer", "Oakfield")],
    };
    let told = [
        "Others are to keep the keys without which your record does not open: Elmbank (1), Elmbank (2), Elmbank (3). \
         Nothing opens without 2 of these 3.",
        "Until then they are kept by Oakfield (records).",
        "Nobody read your record for this.",
        "Decided by Oakfield (records), Oakfield (officer).",
    ];
    assert_eq!(sentences(change), told);
}
