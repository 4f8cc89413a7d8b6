//! Books on the command line: two agencies share a record, and answer for it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod agencies;
mod canary;
mod hold;
mod later;
#[path = "../../../../tests/claims/canary_support.rs"]
#[expect(dead_code, reason = "the library's claims use more of it")]
mod markers;
mod onward;
mod redeal;
#[path = "../support/command.rs"]
mod support;
mod two;

use agencies::{ASK, GRANT, agencies, done, kinds, open, print, refused, words};
use serde_json::{Value, json};
use support::run;

#[test]
fn a_record_is_asked_for_granted_opened_refused_and_answered_for() {
    let folder = agencies();
    let f = folder.path();
    done(f, &format!("{ASK} -o 1.request"));
    assert_eq!(done(f, &format!("{GRANT} --opens 2"))["entry"], 0);
    let out = open(f, "opened");
    assert!(out.status.success(), "{out:?}");
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(said["sections"], json!(["health"]));
    assert!(said["assurance"].as_str().unwrap().starts_with("colocated"));
    let opened = std::fs::read(f.join("opened/record.json")).unwrap();
    let opened: Value = serde_json::from_slice(&opened).unwrap();
    assert_eq!(opened["health"]["conditions"][0], "asthma of Zyxquorv");
    assert_eq!(opened["personal"], Value::Null);

    // The same in three steps, for a transport that carries files.
    done(
        f,
        "open 1.grant --book west.book --ask 1.ask --passphrase-file pw",
    );
    done(
        f,
        "book answer 1.ask --book oak.book -o 1.answer --passphrase-file pw",
    );
    done(
        f,
        "open 1.grant --book west.book --answer 1.answer --out again --passphrase-file pw",
    );
    assert!(f.join("again/record.json").exists());
    // Twice was allowed.
    let third = open(f, "third");
    assert_eq!(third.status.code(), Some(3), "{third:?}");
    assert!(!f.join("third").exists());

    // What the policy does not allow is not granted, and a refusal is on record.
    let crime = ASK.replace(
        "--section health",
        "--section education --section crime_justice",
    );
    done(f, &format!("{crime} --days 5 -o 2.request"));
    refused(
        f,
        "grant 2.request --book oak.book --subject 0017 --why why --passphrase-file pw -o 2.grant",
        3,
        "not granted",
    );
    let refusal = done(
        f,
        "refuse 2.request --book oak.book --subject 0017 --reason no_lawful_basis --why why --passphrase-file pw -o 2.refusal",
    );
    assert_eq!(refusal["entry"], 3);
    done(
        f,
        "refuse --book oak.book --subject 0017 --purpose research --reason not_necessary --why why --passphrase-file pw",
    );

    let told = done(
        f,
        "history --subject 0017 --book oak.book --passphrase-file pw",
    );
    assert_eq!(
        kinds(&told),
        ["granted", "opened", "opened", "refused", "withheld"]
    );
    assert!(
        told["envelopes"][0]["completeness"]
            .as_str()
            .unwrap()
            .starts_with("complete")
    );
    assert!(!told.to_string().contains("The visit of tomorrow"));
    let told = done(
        f,
        "history --subject 0017 --book oak.book --internal --passphrase-file pw",
    );
    assert!(told.to_string().contains("The visit of tomorrow"));
    let page = run(
        f,
        &words("history --subject 0017 --book oak.book --html h.html --passphrase-file pw"),
    );
    let text = String::from_utf8(page.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let html = std::fs::read_to_string(f.join("h.html")).unwrap();
    for said in [
        "Westshire (records team) opened: Health.",
        "This list is complete",
        "colocated",
    ] {
        assert!(text.contains(said) && html.contains(said), "{said}: {text}");
    }
    assert!(!html.contains("<script") && !html.contains("http"));
    // For screen readers and printers: one heading of each part, times that machines read, nothing left open.
    for part in [
        "<html lang=\"en\">",
        "<h1>",
        "<main>",
        "aria-labelledby=\"happened\"",
        "<h3",
        "@media print",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("<h3").count(), 5);
    assert_eq!(html.matches("<time datetime=\"2").count(), 6);
    for tag in [
        "p", "li", "ol", "h2", "h3", "section", "main", "time", "b", "header",
    ] {
        let opened =
            html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(
        text.contains("This list tells that your record was opened 2 times."),
        "{text}"
    );
    assert!(!html.contains("For the agency only"));
    let inside =
        "history --subject 0017 --book oak.book --internal --html i.html --passphrase-file pw";
    let inside = run(f, &words(inside));
    assert!(String::from_utf8_lossy(&inside.stdout).contains("Your record was opened 2 times."));
    let inside = std::fs::read_to_string(f.join("i.html")).unwrap();
    assert!(inside.find("For the agency only") < inside.find("<main>"));
    refused(
        f,
        "history --subject 0018 --book oak.book --passphrase-file pw",
        2,
        "no record",
    );
}

#[test]
fn what_does_not_fit_is_named_and_nothing_is_given_out() {
    let folder = agencies();
    let f = folder.path();
    done(f, &format!("{ASK} -o 1.request"));
    let west = print(f, "west");
    for (command, code, says) in [
        ("book accept west.book/card --book oak.book --passphrase-file pw".to_owned(), 2, "by telephone"),
        (
            format!("book accept oak.book/card --from {west} --book west.book --passphrase-file pw"),
            3,
            "not of the one that --from names",
        ),
        (format!("book accept pw --from {west} --book oak.book --passphrase-file pw"), 3, "neither a card"),
        ("book show nowhere".to_owned(), 3, "book init"),
        (GRANT.replace("--book oak.book", "--book west.book"), 2, "no record"),
        (GRANT.replace("0017", "0018"), 2, "no record"),
        (GRANT.replace("1.request", "pw"), 3, "no request for a grant"),
        (GRANT.replace("--passphrase-file pw", "--passphrase-file why"), 3, "wrong passphrase"),
        (format!("{GRANT} --tell-after 2099-01-01"), 3, "90 days"),
        (format!("{GRANT} --depth 4"), 2, "0..=3"),
        (format!("{ASK} --section Health -o 2.request"), 2, "not a section"),
        (format!("{ASK} -o 1.request"), 2, "already exists"),
        (
            "book init oak.book --name x --organisation oakfield --policy policy.toml --passphrase-file pw".to_owned(),
            2,
            "already exists",
        ),
        (
            "book init new.book --name x --organisation nobody --policy policy.toml --passphrase-file pw".to_owned(),
            2,
            "not in this policy",
        ),
        ("history --subject 0017".to_owned(), 2, "--book"),
    ] {
        refused(f, &command, code, says);
    }
    done(f, GRANT);
    refused(
        f,
        "open 1.grant --book west.book --out o --passphrase-file pw",
        2,
        "lies with Oakfield",
    );
    refused(
        f,
        "open 1.request --book west.book --out o --passphrase-file pw",
        3,
        "no grant to open with",
    );
    refused(
        f,
        "book answer 1.grant --book oak.book -o a --passphrase-file pw",
        3,
        "no request to open",
    );
    let mut args = words("open 1.grant --book west.book --passphrase-file pw --out o --through");
    args.push("exit 7");
    let out = run(f, &args);
    assert_eq!(out.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("--through: exit 7"),
        "{out:?}"
    );
    // Neither an answer nor an end.
    for silent in [
        "exec sleep 300",
        "echo x; exec sleep 300",
        "sleep 300 2> /dev/null & cat > /dev/null",
    ] {
        let mut args =
            words("open 1.grant --book west.book --passphrase-file pw --out o --wait 1 --through");
        args.push(silent);
        let out = run(f, &args);
        assert_eq!(out.status.code(), Some(3));
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(said.contains("no answer within 1 s"), "{said}");
    }
    assert!(!f.join("o").exists());
    // What was lost on the way has not used up a grant of one opening.
    let out = open(f, "opened");
    assert!(out.status.success(), "{out:?}");
    assert_eq!(open(f, "twice").status.code(), Some(3));
}
