use crate::grant_support::now;
use billetbook::clock::UnixTime;
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, OffenceCondition, Purpose, SpecialCondition,
};
use billetbook::exchange::{GroundShown, Released, What, Who, date_words, time_words};
use billetbook::grant::{EmergencyReason, ErasureGround, RefusalReason, RevocationReason};

fn who() -> Who {
    Who {
        name: "duty team".into(),
        agency: "Westshire".into(),
    }
}

fn ground() -> GroundShown {
    GroundShown {
        basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
        article_9: None,
        article_10: None,
    }
}

fn granted(emergency: bool, handed_on: bool) -> What {
    What::Granted {
        to: who(),
        by: who(),
        sections: vec!["health".into()],
        mode: Mode::Content,
        purpose: Purpose::Care,
        ground: ground(),
        from: now(),
        until: now().after(1),
        most_opens: 1,
        second: None,
        told_after: None,
        handed_on,
        emergency,
    }
}

fn opened(released: Released, emergency: bool) -> What {
    What::Opened {
        by: who(),
        sections: vec!["health".into()],
        purpose: Purpose::Care,
        ground: Some(ground()),
        released,
        emergency: emergency.then(|| (who(), EmergencyReason::RiskToLife)),
    }
}

/// What stands out, and as what, of everything that can happen to a record.
#[test]
fn every_event_has_its_word_and_its_tone() {
    use Released::{No, Perhaps, Yes};
    let (purpose, reason) = (Purpose::Care, RefusalReason::RiskOfHarm);
    let ground = ErasureGround::CourtOrder;
    let table = [
        (granted(false, false), "Allowed", "plain"),
        (granted(false, true), "Handed on", "plain"),
        (granted(true, false), "Allowed in an emergency", "alert"),
        (opened(Yes, false), "Opened", "opened"),
        (opened(Perhaps, false), "Perhaps opened", "opened"),
        (opened(No, false), "Not opened", "refused"),
        (opened(Yes, true), "Opened in an emergency", "alert"),
        (opened(No, true), "Not opened", "alert"),
        (
            What::Refused {
                to: who(),
                by: who(),
                purpose,
                reason,
            },
            "Refused",
            "refused",
        ),
        (
            What::Withheld {
                by: who(),
                purpose,
                reason,
            },
            "Not shared",
            "refused",
        ),
        (
            What::Revoked {
                grant: Some(1),
                to: Some(who()),
                by: who(),
                reason: RevocationReason::Mistake,
            },
            "Permission ended",
            "refused",
        ),
        (
            What::RecordErased { by: who(), ground },
            "Closed for good",
            "plain",
        ),
        (
            What::EntryErased {
                erased: Some(1),
                by: who(),
                ground,
            },
            "Words erased",
            "plain",
        ),
        (What::Erased { released: Yes }, "Erased", "opened"),
        (What::Erased { released: No }, "Erased", "plain"),
        (What::Lost { released: Perhaps }, "Lost", "opened"),
        (What::Lost { released: No }, "Lost", "plain"),
    ];
    for (what, label, tone) in table {
        assert_eq!((what.label(), what.tone()), (label, tone), "{what:?}");
    }
}

#[test]
fn times_and_grounds_are_said_in_words() {
    assert_eq!(time_words(now()), "4 May 2026, 09:30 UTC");
    let names = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    for (month, name) in (1..).zip(names) {
        let at: UnixTime = format!("2026-{month:02}-17T23:59:59Z").parse().unwrap();
        assert_eq!(date_words(at), format!("17 {name} 2026"));
    }
    let plain = ground().words();
    let both = GroundShown {
        article_9: Some(SpecialCondition::SafeguardingOfChildren),
        article_10: Some(OffenceCondition::SafeguardingOfChildren),
        ..ground()
    };
    let nine = SpecialCondition::SafeguardingOfChildren.title();
    let ten = OffenceCondition::SafeguardingOfChildren.title();
    assert_eq!(plain, ground().basis.title());
    assert_eq!(both.words(), format!("{plain}; {nine}; {ten}"));
}
