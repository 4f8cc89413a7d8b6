//! A notice held back on the command line.

use crate::agencies::{ASK, GRANT, agencies, done, kinds, refused, words};
use crate::support::run;
use billetbook::clock::UnixTime;

const PW: &str = "--passphrase-file pw";

#[test]
fn a_notice_is_held_back_for_a_time_and_ended_and_the_person_reads_why() {
    let folder = agencies();
    let f = folder.path();
    done(f, &format!("{ASK} -o 1.request"));
    done(f, &GRANT.replace("-o", "--opens 2 -o"));
    let history = format!("history --subject 0017 --book oak.book {PW}");
    let told = done(f, &history);
    assert_eq!(kinds(&told), ["granted"]);
    let now: UnixTime = told["until"].as_str().unwrap().parse().unwrap();
    let until = now.after(30 * 86_400);
    let late = now.after(91 * 86_400);

    let hold = format!("hold --book oak.book --entry 0 --reason risk_of_harm --why why {PW}");
    refused(f, &hold, 2, "--until");
    refused(f, &format!("{hold} --until {until} --end"), 2, "--end");
    refused(f, &format!("{hold} --until {late}"), 3, "90 days");
    refused(f, &format!("{hold} --until 2020-01-01"), 3, "from now on");
    refused(
        f,
        &format!("{} --until {until}", hold.replace("risk_of_harm", "whim")),
        2,
        "risk_of_harm",
    );
    refused(
        f,
        &format!("{} --until {until}", hold.replace("--entry 0", "--entry 7")),
        3,
        "does not hold",
    );
    let held = done(f, &format!("{hold} --until {until}"));
    assert_eq!((&held["held"], &held["ended"]), (&0.into(), &false.into()));
    refused(
        f,
        &format!("{} --until {until}", hold.replace("--entry 0", "--entry 1")),
        3,
        "no grant",
    );

    // As if there were none; the agency itself sees it.
    let told = done(f, &history);
    assert_eq!(kinds(&told).len(), 0);
    let page = run(f, &words(&history));
    let page = String::from_utf8_lossy(&page.stdout);
    assert!(page.contains("No opening of your record stands in this list."));
    assert!(
        !page.contains("Nobody is known"),
        "what is held back is not denied: {page}"
    );
    let inside = done(f, &format!("{history} --internal"));
    assert_eq!(kinds(&inside), ["granted", "notice_held"]);
    let out = run(f, &words(&format!("{hold} --end")));
    assert!(out.status.success(), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("told from now on"));
    let out = run(f, &words(&history));
    let text = String::from_utf8_lossy(&out.stdout);
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    for part in [
        "It was decided not to tell you before",
        "put someone in danger of serious harm",
        "From then on you could be told",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    done(f, &format!("{history} --fhir bundle.json"));
}
