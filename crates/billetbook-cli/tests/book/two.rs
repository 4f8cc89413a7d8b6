//! Grants that two persons issue, in one office and in two.

use crate::agencies::{ASK, agencies, done, open, refused, words};
use crate::support::run;

const PW: &str = "--passphrase-file pw";

#[test]
fn a_grant_is_proposed_countersigned_elsewhere_logged_and_opens() {
    let folder = agencies();
    let f = folder.path();
    let policy = std::fs::read_to_string(f.join("policy.toml")).unwrap();
    std::fs::write(f.join("two.toml"), format!("two_issuers = true\n{policy}")).unwrap();
    let checked = done(f, "policy check two.toml");
    assert_eq!(checked["two_issuers"], true);
    let text = run(f, &words("policy check two.toml"));
    assert!(String::from_utf8_lossy(&text.stdout).contains("take two persons who issue them"));
    std::fs::write(f.join("bad.toml"), format!("two_issuers = 2\n{policy}")).unwrap();
    refused(f, "policy check bad.toml", 2, "line 1");
    done(f, &format!("book policy two.toml --book oak.book {PW}"));
    done(
        f,
        &format!("book reseal child.json --subject 0017 --book oak.book {PW}"),
    );
    for (name, role) in [
        ("manager", "issue"),
        ("clerk", "issue"),
        ("records", "open"),
    ] {
        done(
            f,
            &format!(
                "keygen --role {role} --name {name} --root oak.book/root.keystore --root-passphrase-file pw --out {name} {PW}"
            ),
        );
    }
    done(f, &format!("{ASK} -o 1.request"));
    let grant = format!("grant 1.request --book oak.book --subject 0017 {PW}");
    refused(
        f,
        &format!("{grant} --why why -o 1.grant"),
        3,
        "two persons",
    );
    refused(f, &format!("{grant} -o 1.grant"), 2, "--why");
    let propose = format!("{grant} --why why --propose-to");
    refused(
        f,
        &format!("{propose} records.key -o 1.proposal"),
        3,
        "role",
    );
    refused(
        f,
        &format!("{propose} manager.key --second x -o 1.proposal"),
        2,
        "--second",
    );
    let proposed = done(f, &format!("{propose} manager.key --opens 3 -o 1.proposal"));
    assert_eq!(proposed["to"], "westshire");

    // In another office, with the key alone.
    let sign = "countersign 1.proposal --passphrase-file pw -o 1.both --key";
    refused(f, &format!("{sign} clerk.keystore"), 3, "another key");
    refused(
        f,
        &format!("{sign} records.keystore"),
        3,
        "records.keystore",
    );
    refused(
        f,
        &format!(
            "{} manager.keystore",
            sign.replace("1.proposal", "1.request")
        ),
        3,
        "proposal",
    );
    let signed = done(f, &format!("{sign} manager.keystore"));
    assert_eq!((&signed["opens"], &signed["slots"]), (&3.into(), &1.into()));
    assert_eq!(signed["purpose"], "section_47_enquiry");
    let logged = format!("{grant} --countersigned");
    refused(
        f,
        &format!("{logged} 1.proposal -o 1.grant"),
        3,
        "1.proposal",
    );
    refused(
        f,
        &format!("{logged} 1.both --opens 9 -o 1.grant"),
        2,
        "--opens",
    );
    assert_eq!(done(f, &format!("{logged} 1.both -o 1.grant"))["entry"], 0);
    let out = open(f, "opened");
    assert!(out.status.success(), "{out:?}");

    // Both in one office.
    std::fs::remove_file(f.join("1.grant")).unwrap();
    let second = format!("{grant} --why why --second clerk.keystore -o 1.grant");
    refused(f, &second, 3, "not known");
    done(f, &format!("book accept clerk.key --book oak.book {PW}"));
    done(f, &second);
    let out = open(f, "again");
    assert!(out.status.success(), "{out:?}");
    let told = done(f, &format!("history --subject 0017 --book oak.book {PW}"));
    let seconds = told["items"].as_array().unwrap().iter();
    let seconds: Vec<_> = seconds
        .filter_map(|i| i["second"]["name"].as_str())
        .collect();
    assert_eq!(seconds, ["manager", "clerk"]);
}
