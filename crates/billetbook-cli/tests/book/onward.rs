//! What comes after a grant: handing it on, keys in other hands, children found by their links, records sealed anew.

use crate::agencies::{
    ASK, GRANT, POLICY, agencies, done, hospital, kinds, open, refused, through, words,
};
use crate::support::{put, run};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// A policy of another version, under which hospitals may see what is found in an enquiry, or may not.
fn policy(f: &Path, version: u32, hospitals: bool) {
    let mut text = POLICY.replace("version = 3", &format!("version = {version}"));
    text = text.replace("valid_until = 2026-10-01", "valid_until = 2099-01-01");
    if hospitals {
        text = text.replace(
            "to_kinds = [\"local_authority\"]\nroles = [\"social_worker\", \"duty_desk\"]",
            "to_kinds = [\"local_authority\", \"nhs\"]\nroles = [\"social_worker\", \"duty_desk\", \"safeguarding_nurse\"]",
        );
    }
    put(f, "policy.toml", text);
    done(
        f,
        "book policy policy.toml --book oak.book --passphrase-file pw",
    );
}

fn with(f: &Path, command: &str, through: &str) -> Output {
    let mut args = words(command);
    args.extend(["--through", through]);
    run(f, &args)
}

#[test]
fn a_grant_is_handed_on_under_a_new_policy_and_only_as_far_as_that_goes() {
    let folder = agencies();
    let f = folder.path();
    let pw = "--passphrase-file pw";
    hospital(f);
    done(f, &format!("{ASK} -o 1.request"));
    // What was sealed under the policy before is sealed anew; a request goes by the newest.
    policy(f, 4, true);
    refused(f, GRANT, 3, "another policy");
    refused(
        f,
        &format!("book reseal child.json --subject 9 --book oak.book {pw}"),
        3,
        "no record",
    );
    let anew = done(
        f,
        &format!("book reseal child.json --subject 0017 --book oak.book {pw}"),
    );
    assert_eq!(anew["older"].as_array().map(Vec::len), Some(1));
    done(f, &format!("{GRANT} --opens 3 --depth 1"));
    let out = open(f, "opened");
    assert!(out.status.success(), "{out:?}");
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    let slot = said["slots"][0].as_u64().unwrap();

    let ask = ASK
        .replace(
            "--book west.book --of oakfield",
            "--book nhs.book --of westshire",
        )
        .replace("social_worker", "safeguarding_nurse");
    done(f, &format!("{ask} --days 3 -o 2.request"));
    let hand_on = format!("hand-on 2.request --grant 1.grant --book west.book {pw}");
    refused(f, &format!("{hand_on} -o 2.grant"), 2, "lies with Oakfield");
    let through = through();
    for (more, says) in [
        ("--opens 4", "within what is held"),
        ("--slot 200", "within what is held"),
        ("--depth 1", "within what is held"),
    ] {
        let out = with(f, &format!("{hand_on} {more} -o 2.grant"), &through);
        assert_eq!(out.status.code(), Some(3), "{more}: {out:?}");
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(said.contains(says), "{said}");
    }
    assert!(!f.join("2.grant").exists());
    let out = with(
        f,
        &format!("--json {hand_on} --slot {slot} -o 2.grant"),
        &through,
    );
    assert!(out.status.success(), "{out:?}");
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(said["to"], "westshire-nhs");
    let used = "open 2.grant --book nhs.book --passphrase-file pw --out";
    let out = with(f, &format!("{used} there"), &through);
    assert!(out.status.success(), "{out:?}");
    assert!(f.join("there/record.json").exists());
    assert_eq!(
        with(f, &format!("{used} twice"), &through).status.code(),
        Some(3)
    );
    // The same in three steps, for a transport that carries files.
    done(f, &format!("{hand_on} --ask 3.ask"));
    done(
        f,
        &format!("book answer 3.ask --book oak.book -o 3.answer {pw}"),
    );
    done(f, &format!("{hand_on} --answer 3.answer -o 3.grant"));

    // A policy that would not give it to the hospital itself, and what may not be handed on at all.
    policy(f, 5, false);
    let out = with(f, &format!("{hand_on} -o 4.grant"), &through);
    assert_eq!(out.status.code(), Some(3), "{out:?}");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("refused to have it handed on"), "{said}");
    done(
        f,
        &format!("book reseal child.json --subject 0017 --book oak.book {pw}"),
    );
    done(
        f,
        &format!("{} -o 5.grant", GRANT.replace(" -o 1.grant", "")),
    );
    let out = with(
        f,
        &format!("{} -o 6.grant", hand_on.replace("1.grant", "5.grant")),
        &through,
    );
    assert_eq!(out.status.code(), Some(3), "{out:?}");
    assert!(!f.join("4.grant").exists() && !f.join("6.grant").exists());
    let told = done(f, &format!("history --subject 0017 --book oak.book {pw}"));
    assert_eq!(
        kinds(&told),
        [
            "granted", "opened", "granted", "opened", "opened", "granted", "refused", "granted"
        ]
    );
    assert_eq!(told["items"][2]["handed_on"], true);
    // The council's first opening was the first use of its grant, so the hospital's first request opened nothing.
    let released = [1, 3, 4].map(|i| told["items"][i]["released"].as_str().unwrap());
    assert_eq!(released, ["yes", "no", "yes"]);
    assert_eq!(told["envelopes"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_key_in_other_hands_is_refused_from_then_on() {
    let folder = agencies();
    let f = folder.path();
    let pw = "--passphrase-file pw";
    done(f, &format!("{ASK} -o 1.request"));
    done(f, &format!("{GRANT} --opens 5"));
    assert!(open(f, "opened").status.success());
    let shown = done(f, "book show west.book");
    let keys = shown["keys"].as_array().unwrap();
    let key = keys.iter().find(|k| k["role"] == "open").unwrap()["id"]
        .as_str()
        .unwrap();
    let says = |out: &str, id: &str| {
        format!(
            "keys compromise west.book/card --key {id} --root west.book/root.keystore --since 2026-01-01 \
             --root-passphrase-file pw --out {out}"
        )
    };
    refused(f, &says("x", "nobody"), 3, "no card of that root");
    done(f, &says("west.compromise", key));
    // A gate elsewhere believes it where it trusts the root, and only then.
    done(
        f,
        "keygen --role root --name NHS --out nhs --passphrase-file pw",
    );
    done(
        f,
        &format!("gate init g1 --name gate-1 --root nhs.keystore --root-passphrase-file pw {pw}"),
    );
    refused(
        f,
        "gate trust west.compromise --to g1",
        3,
        "of another root",
    );
    let west = std::fs::read_to_string(f.join("west.print")).unwrap();
    refused(f, "gate trust west.book/card --to g1", 2, "by telephone");
    done(
        f,
        &format!("gate trust west.book/card --from {west} --to g1"),
    );
    let kept = done(f, "gate trust west.compromise --to g1");
    assert_eq!(kept["compromised"], key);

    for _ in 0..2 {
        done(
            f,
            &format!("book accept west.compromise --book oak.book {pw}"),
        );
    }
    refused(f, &GRANT.replace("1.grant", "2.grant"), 3, "compromised");
    let out = open(f, "again");
    assert_eq!(out.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("ended with"),
        "{out:?}"
    );
    assert!(!f.join("again").exists());
}

#[test]
fn a_child_is_found_by_the_reference_that_both_agencies_have_in_their_links() {
    let folder = agencies();
    let f = folder.path();
    let head = "left_file,left_id,right_file,right_id,probability,decision,evidence\n";
    put(
        f,
        "west.csv",
        format!(
            "{head}c.csv,C-9,Oakfield,aa01,.9990,match,names\nc.csv,C-9,Harbour,bb02,.9990,match,names\n\
             c.csv,C-8,Oakfield,aa03,.6000,possible,names\n"
        ),
    );
    put(
        f,
        "oak.csv",
        format!(
            "{head}p.csv,0016,Westshire,aa03,.6000,possible,names\np.csv,0017,Westshire,aa01,.9990,match,names\n"
        ),
    );
    put(f, "bad.csv", format!("{head}p.csv,0017\n"));
    let ask = ASK.replace("--about R-0017", "--links west.csv --child C-9");
    for (command, code, says) in [
        (format!("{ask} -o 1.request"), 3, "2 matches"),
        (
            format!("{} -o 1.request", ask.replace("C-9", "C-8")),
            3,
            "0 matches and 1 possible",
        ),
        (
            format!("{} -o 1.request", ask.replace("C-9", "C-7")),
            3,
            "0 matches and 0 possible",
        ),
        (
            format!("{} -o 1.request", ask.replace("west.csv", "bad.csv")),
            3,
            "row 2",
        ),
        (
            format!("{} -o 1.request", ask.replace("west.csv", "why")),
            3,
            "row 1",
        ),
        (
            format!("{} -o 1.request", ask.replace("--links west.csv", "")),
            2,
            "--links",
        ),
    ] {
        refused(f, &command, code, says);
    }
    done(f, &format!("{ask} --member Oakfield -o 1.request"));
    let grant = GRANT.replace("--subject 0017", "--links oak.csv");
    refused(f, &grant.replace("oak.csv", "west.csv"), 2, "no record");
    put(f, "none.csv", head);
    refused(
        f,
        &grant.replace("oak.csv", "none.csv"),
        3,
        "beside no record",
    );
    done(f, &grant);
    assert!(open(f, "opened").status.success());
    let told = done(
        f,
        "history --subject 0017 --book oak.book --passphrase-file pw",
    );
    assert_eq!(kinds(&told), ["granted", "opened"]);
    assert_eq!(told["items"][0]["sections"], json!(["Health"]));
}
