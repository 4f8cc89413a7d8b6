//! A whole history, as it is handed to the person whom it is about.

use super::history_words::{day, granted, item, opened, school, team, who};
use billetbook::consent::{Mode, Purpose};
use billetbook::envelope::{Assurance, EnvelopeId};
use billetbook::exchange::{EnvelopeHistory, GatesHistory, History, HistoryItem, Released, What};
use billetbook::gate::Completeness;
use billetbook::grant::RefusalReason;

/// A history in which nothing has happened, of an envelope that misses none.
fn history(items: Vec<HistoryItem>) -> History {
    History {
        agency: "Oakfield".into(),
        until: day(30),
        items,
        envelopes: vec![envelope(1)],
        witnesses: (1, 2),
        alarms: Vec::new(),
        with_held: false,
    }
}

fn envelope(id: u8) -> EnvelopeHistory {
    EnvelopeHistory {
        envelope: EnvelopeId([id; 16]),
        completeness: Completeness::Complete,
        assurance: Assurance::Enforced {
            threshold: 2,
            gates: 3,
        },
        unreached: Vec::new(),
        gates: Vec::new(),
    }
}

const MISSING: Completeness = Completeness::NotProven {
    lists: 1,
    needed: 2,
};

/// The page is in history_page.txt: read it when it changes, as the person would for whom it is.
#[test]
fn a_whole_page_reads_as_it_is_written_down() {
    let mut refused = item(
        4,
        What::Refused {
            to: team(),
            by: school(),
            purpose: Purpose::Care,
            reason: RefusalReason::RiskOfHarm,
        },
    );
    refused.reasons = Some("made up".into());
    let mut erased = item(
        5,
        What::Erased {
            released: Released::Yes,
        },
    );
    erased.at = None;
    let items = vec![
        item(1, granted(Mode::Content, 3)),
        item(2, opened(Released::Yes)),
        item(3, opened(Released::Perhaps)),
        refused,
        erased,
    ];
    assert_eq!(history(items).text(), include_str!("history_page.txt"));
}

#[test]
fn a_summary_counts_what_was_opened_what_may_have_been_and_what_was_refused() {
    let refused = || What::Withheld {
        by: school(),
        purpose: Purpose::Care,
        reason: RefusalReason::RiskOfHarm,
    };
    let asked = || What::Refused {
        to: team(),
        by: school(),
        purpose: Purpose::Care,
        reason: RefusalReason::RiskOfHarm,
    };
    let lost = |released| What::Lost { released };
    use Released::{No, Perhaps, Yes};
    let table: [(Vec<What>, &[&str]); 5] = [
        (vec![], &[]),
        (vec![opened(No), refused(), lost(No)], &[]),
        (
            vec![opened(Perhaps)],
            &["It may have been opened once more."],
        ),
        (
            vec![opened(Yes), asked(), lost(Yes), opened(No)],
            &["Others asked and were refused once."],
        ),
        (
            vec![
                opened(Yes),
                lost(Perhaps),
                opened(Perhaps),
                asked(),
                asked(),
            ],
            &[
                "It may have been opened 2 times more.",
                "Others asked and were refused 2 times.",
            ],
        ),
    ];
    let counted = [0, 0, 0, 2, 1];
    for ((what, told), sure) in table.into_iter().zip(counted) {
        let items = (0..).zip(what).map(|(n, what)| item(n, what)).collect();
        let mut history = history(items);
        for with_held in [false, true] {
            history.with_held = with_held;
            let first = match (sure, with_held) {
                (0, false) => "No opening of your record stands in this list.",
                (0, true) => "Nobody is known to have opened your record.",
                (1, false) => "This list tells that your record was opened once.",
                (1, true) => "Your record was opened once.",
                (_, false) => "This list tells that your record was opened 2 times.",
                (_, true) => "Your record was opened 2 times.",
            };
            assert_eq!(history.summary(), [&[first], told].concat());
        }
    }
}

#[test]
fn a_closing_says_how_far_the_list_can_be_relied_on() {
    let first = |h: &History| h.closing()[0].clone();
    let open = history(Vec::new());
    assert!(open.is_complete());
    assert!(first(&open).starts_with("This list is complete, but for what the law"));
    assert_eq!(open.closing().len(), 5);

    let mut whole = open.clone();
    whole.with_held = true;
    let told = "This list is complete: no opening of your record is missing from it.";
    assert_eq!(first(&whole), told);
    let last = "With what may not be told yet: do not hand this on.";
    assert_eq!(whole.closing().last().unwrap(), last);

    // One envelope of two misses something; what both are worth is said once.
    let mut part = open.clone();
    part.envelopes.push(EnvelopeHistory {
        completeness: MISSING,
        unreached: vec!["gate 3 was away".into()],
        ..envelope(2)
    });
    assert!(!part.is_complete());
    let told = part.closing();
    let missing = "This list is not proven complete: openings may be missing from it.";
    assert_eq!(told[0], missing);
    let id = EnvelopeId([2; 16]);
    assert_eq!(told[1], format!("Part {id}: {MISSING}."));
    assert_eq!(told[2], format!("Part {id}: gate 3 was away."));
    assert!(told[3].contains("3 keepers of keys stand apart") && told[3].contains("without 2 of"));
    assert!(told[4].starts_with("Of 2 who keep watch"), "{}", told[4]);

    // Where the shares were dealt anew, each set of gates is named.
    let mut moved = open.clone();
    let set = |epoch, name: &str, completeness| GatesHistory {
        epoch,
        gates: vec![who(name, "Elmbank"), who("b", "Elmbank")],
        completeness,
    };
    moved.envelopes[0].gates = vec![
        set(0, "a", Completeness::Complete),
        set(1, "c", Completeness::Complete),
    ];
    let id = EnvelopeId([1; 16]);
    let complete = Completeness::Complete;
    for (n, name) in [(1, "a"), (2, "c")] {
        let told = format!(
            "Part {id}, while its keys were with Elmbank ({name}), Elmbank (b): {complete}."
        );
        assert_eq!(moved.closing()[n], told);
    }

    let mut own = open.clone();
    own.envelopes[0].assurance = Assurance::Colocated {
        threshold: 2,
        gates: 3,
    };
    let told = own.closing();
    let worth = own.envelopes[0].assurance;
    assert!(told[1].contains("the agency itself keeps the keys"));
    assert!(
        told[1].ends_with(&format!("without this list ({worth}).")),
        "{}",
        told[1]
    );

    for (witnesses, start) in [
        ((0, 0), "Nobody keeps watch over the list, so"),
        ((0, 2), "Nobody outside the agency keeps watch"),
        (
            (1, 2),
            "Of 2 who keep watch over the list, so that nothing is taken from it, 1 stand",
        ),
    ] {
        let mut seen = open.clone();
        seen.witnesses = witnesses;
        assert!(seen.closing()[2].starts_with(start), "{witnesses:?}");
    }

    let mut alarmed = open.clone();
    alarmed.alarms = vec!["made up".into()];
    assert!(!alarmed.is_complete());
    assert_eq!(alarmed.closing()[..2], ["WARNING: made up", missing]);

    let mut none = alarmed.clone();
    none.envelopes.clear();
    let told = [
        "WARNING: made up",
        "There is no record of yours in this book.",
    ];
    assert_eq!(none.closing(), told);
    assert!(none.text().contains("\nNothing has happened to it yet.\n"));
}
