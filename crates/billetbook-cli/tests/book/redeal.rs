//! Shares dealt anew to gates in folders of their own, through the commands that reach them.

use crate::agencies::{ASK, GRANT, agencies, done, kinds, open, print, refused, words};
use crate::support::run;
use std::path::Path;

const PW: &str = "--passphrase-file pw";

/// A root and a gate under it, which trusts both agencies' cards; its root is accepted by both books.
fn gate(f: &Path, root: &str, folder: &str) {
    done(
        f,
        &format!("keygen --role root --name {root} --out {root} {PW}"),
    );
    let shown = done(f, &format!("keys show {root}.root"));
    let print_of = shown["fingerprint"].as_str().unwrap();
    std::fs::write(f.join(format!("{root}.print")), print_of).unwrap();
    let key = format!("--root {root}.keystore --root-passphrase-file pw {PW}");
    done(f, &format!("gate init {folder} --name {folder} {key}"));
    for agency in ["oak", "west"] {
        let from = print(f, agency);
        done(
            f,
            &format!("gate trust {agency}.book/card --from {from} --to {folder}"),
        );
        done(
            f,
            &format!("book accept {root}.root --from {print_of} --book {agency}.book {PW}"),
        );
        done(
            f,
            &format!("book accept {folder}/gate.key --book {agency}.book {PW}"),
        );
    }
}

fn gates(f: &Path, own: &str, folders: &[&str]) {
    let exe = env!("CARGO_BIN_EXE_billetbook");
    let mut args = words("--json book gates --book oak.book --passphrase-file pw --own");
    args.push(own);
    let named: Vec<String> = folders
        .iter()
        .map(|g| format!("{g}/gate.key='{exe}' gate handle {g} {PW}"))
        .collect();
    for gate in &named {
        args.extend(["--gate", gate]);
    }
    let out = run(f, &args);
    assert!(out.status.success(), "{out:?}");
}

#[test]
fn a_record_moves_to_gates_elsewhere_and_on_opens_there_and_its_history_says_so() {
    let folder = agencies();
    let f = folder.path();
    done(f, &format!("{ASK} -o 1.request"));
    done(f, &format!("{GRANT} --opens 5"));
    assert!(open(f, "before").status.success());
    gate(f, "nhs", "g1");
    gate(f, "police", "g2");
    gates(f, "1", &["g1", "g2"]);
    let redeal = format!("book redeal --book oak.book {PW}");
    refused(f, &format!("{redeal} --subject 9999"), 2, "no record");
    refused(f, &format!("{redeal} --without nonsense"), 2, "without");
    refused(
        f,
        &format!("{redeal} --officer police.keystore"),
        3,
        "keystore",
    );
    // The gates must know each other's roots only where they deal to each other: here the school's own deal.
    let moved = done(f, &redeal);
    assert_eq!(
        (&moved["moved"], &moved["not_compared"]),
        (&1.into(), &0.into())
    );
    assert!(moved["assurance"].as_str().unwrap().starts_with("enforced"));
    let again = done(f, &redeal);
    assert_eq!((&again["records"], &again["moved"]), (&1.into(), &0.into()));
    assert!(open(f, "after").status.success());
    assert!(f.join("after/record.json").exists());

    // From these on to another one, without the school's own; the gates that stand apart deal to each other.
    gate(f, "court", "g3");
    gates(f, "0", &["g1", "g2", "g3"]);
    refused(f, &redeal, 3, "is not known");
    for (root, to) in [
        ("court", "g1"),
        ("police", "g1"),
        ("nhs", "g2"),
        ("court", "g2"),
        ("nhs", "g3"),
        ("police", "g3"),
    ] {
        let from = print(f, root);
        refused(f, &format!("gate trust {root}.root --to {to}"), 2, "--from");
        let wrong = print(f, "oak");
        refused(
            f,
            &format!("gate trust {root}.root --from {wrong} --to {to}"),
            3,
            "not of the one",
        );
        done(
            f,
            &format!("gate trust {root}.root --from {from} --to {to}"),
        );
    }
    let out = run(f, &words(&redeal));
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        text.contains("shares dealt anew: of 1 of 1 envelopes; enforced"),
        "{text}"
    );
    assert!(open(f, "later").status.success());
    // The school's own gates are not needed any more, nor for the history of what was before.
    for n in 1..=3 {
        std::fs::remove_dir_all(f.join(format!("oak.book/gate-{n}"))).unwrap();
    }
    let told = done(f, &format!("history --subject 0017 --book oak.book {PW}"));
    // What was said and broke off is what was done the second time.
    let wanted = [
        "granted",
        "opened",
        "gates_change",
        "gates_changed",
        "opened",
        "gates_change",
        "gates_changed",
        "opened",
    ];
    assert_eq!(kinds(&told), wanted);
    let opened = told["items"].as_array().unwrap().iter();
    let opened = opened.filter(|i| i["what"] == "opened" && i["released"] == "yes");
    assert_eq!(opened.count(), 3);
    let envelope = &told["envelopes"][0];
    assert!(
        envelope["completeness"]
            .as_str()
            .unwrap()
            .starts_with("complete")
    );
    assert_eq!(envelope["gates"].as_array().unwrap().len(), 3);
    assert_eq!(envelope["gates"][2]["gates"][2]["agency"], "court");
}
