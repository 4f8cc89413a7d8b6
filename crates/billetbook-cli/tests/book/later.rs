//! What ends grants and records, emergencies, and parties in folders of their own.

use crate::agencies::{
    ASK, GRANT, accept, agencies, done, kinds, open, print, refused, through, words,
};
use crate::support::run;
use serde_json::{Value, json};

#[test]
fn a_grant_ends_a_record_is_closed_and_the_log_is_checked_from_a_copy() {
    let folder = agencies();
    let f = folder.path();
    done(f, &format!("{ASK} -o 1.request"));
    done(f, &format!("{GRANT} --opens 5"));
    assert!(open(f, "opened").status.success());
    let copied = done(
        f,
        "audit export --book oak.book -o copy --passphrase-file pw",
    );
    assert_eq!(copied["entries"], 2);
    std::fs::copy(f.join("copy/checkpoint"), f.join("before")).unwrap();

    let revoke = "revoke --book oak.book --entry 0 --why why --passphrase-file pw --reason";
    refused(
        f,
        &format!("{revoke} consent_withdrawn"),
        3,
        "does not rest on consent",
    );
    refused(
        f,
        &revoke
            .replace("--entry 0", "--entry 1")
            .replace("--reason", "--reason mistake"),
        3,
        "no grant",
    );
    refused(
        f,
        &revoke
            .replace("--entry 0", "--entry 9")
            .replace("--reason", "--reason mistake"),
        3,
        "does not hold",
    );
    let ended = done(f, &format!("{revoke} purpose_served"));
    assert_eq!(
        (&ended["acknowledged"], &ended["final"]),
        (&3.into(), &true.into())
    );
    let out = open(f, "again");
    assert_eq!(out.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("revoked"),
        "{out:?}"
    );

    // The copy is brought up to date, extends what was seen before, and is checked with the card alone.
    done(
        f,
        "audit export --book oak.book -o copy --passphrase-file pw",
    );
    let checked = done(f, "audit verify copy --card oak.book/card --from before");
    assert_eq!(
        (&checked["entries"], &checked["extends"]),
        (&4.into(), &2.into())
    );
    assert_eq!(checked["witnesses"][0]["name"], "oakfield/witness");
    refused(
        f,
        "audit verify copy --card west.book/card",
        3,
        "not one of this policy",
    );
    refused(f, "audit verify copy", 2, "--card");
    let sound = done(
        f,
        "audit verify --book oak.book --from before --passphrase-file pw",
    );
    assert_eq!((&sound["open"], &sound["sound"]), (&4.into(), &true.into()));
    let tile = f.join("copy/tile/entries/000.p/4");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&tile, bytes).unwrap();
    refused(f, "audit verify copy --card oak.book/card", 3, "altered");
    // Something without an end in a file's place.
    std::fs::File::create(&tile)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    refused(
        f,
        "audit verify copy --card oak.book/card",
        3,
        "no plain file",
    );
    std::fs::remove_file(&tile).unwrap();
    std::fs::create_dir(&tile).unwrap();
    refused(
        f,
        "audit verify copy --card oak.book/card",
        3,
        "no plain file",
    );

    done(
        f,
        "erase --book oak.book --entry 1 --ground other_person --passphrase-file pw",
    );
    let closed = done(
        f,
        "erase --book oak.book --subject 0017 --ground retention_ended --passphrase-file pw",
    );
    assert_eq!(closed["final"], true);
    let told = done(
        f,
        "history --subject 0017 --book oak.book --passphrase-file pw",
    );
    assert_eq!(
        kinds(&told),
        [
            "granted",
            "erased",
            "revoked",
            "opened",
            "entry_erased",
            "record_erased"
        ]
    );
    assert_eq!(told["items"][1]["released"], "yes");
    assert_eq!(told["items"][3]["released"], "no");
    assert!(
        told["envelopes"][0]["completeness"]
            .as_str()
            .unwrap()
            .starts_with("complete")
    );
}

#[test]
fn two_officers_break_the_glass_and_nobody_can_overlook_it() {
    let folder = agencies();
    let f = folder.path();
    for stem in ["officer", "manager"] {
        done(
            f,
            &format!(
                "keygen --role break-glass --name {stem} --out {stem} --root west.book/root.keystore \
                --root-passphrase-file pw --passphrase-file pw"
            ),
        );
        done(
            f,
            &format!("book accept {stem}.key --book west.book --passphrase-file pw"),
        );
    }
    done(
        f,
        "request --book west.book --of oakfield --about R-0017 --section health --purpose safeguarding \
         --basis vital_interests --role duty_desk --article-9 vital_interests --days 2 --key officer.keystore \
         --passphrase-file pw -o duty.request",
    );
    done(
        f,
        "grant duty.request --book oak.book --subject 0017 --opens 2 --why why --passphrase-file pw -o duty.grant",
    );
    let through = through();
    let open = |officers: &str, out: &str| {
        let command = format!(
            "break-glass duty.grant --book west.book {officers} --reason risk_to_life --why why --passphrase-file pw --out {out} --through"
        );
        let mut args = words(&command);
        args.push(&through);
        run(f, &args)
    };
    let alone = open("--officer officer.keystore", "alone");
    assert_eq!(alone.status.code(), Some(2), "{alone:?}");
    let both = open(
        "--officer officer.keystore --officer manager.keystore",
        "opened",
    );
    assert!(both.status.success(), "{both:?}");
    assert!(
        String::from_utf8_lossy(&both.stderr).contains("NOTICE"),
        "{both:?}"
    );
    assert!(f.join("opened/record.json").exists());
    // The second emergency of the day names itself so.
    let again = open(
        "--officer officer.keystore --officer manager.keystore",
        "again",
    );
    assert!(again.status.success(), "{again:?}");
    let page = run(
        f,
        &words("history --subject 0017 --book oak.book --passphrase-file pw"),
    );
    let text = String::from_utf8(page.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("An emergency: someone's life is at risk. Westshire (manager) agreed"),
        "{text}"
    );
}

#[test]
fn gates_and_a_witness_in_folders_of_their_own_serve_a_book() {
    let folder = agencies();
    let f = folder.path();
    let exe = env!("CARGO_BIN_EXE_billetbook");
    let (oak, west) = (print(f, "oak"), print(f, "west"));
    done(
        f,
        "keygen --role root --name NHS --out nhs --passphrase-file pw",
    );
    let nhs = done(f, "keys show nhs.root")["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    let key = "--root nhs.keystore --root-passphrase-file pw --passphrase-file pw";
    for n in [1, 2] {
        done(f, &format!("gate init g{n} --name gate-{n} {key}"));
        done(
            f,
            &format!("gate trust west.book/card --from {west} --to g{n}"),
        );
    }
    done(
        f,
        &format!("witness init w --name witness.example/nhs {key}"),
    );
    done(
        f,
        &format!("witness trust oak.book/card --from {oak} --to w"),
    );
    refused(
        f,
        &format!("gate trust oak.book/card --from {west} --to g1"),
        3,
        "not of the one",
    );
    refused(f, "gate status w", 3, "gate init");
    for book in ["oak", "west"] {
        done(
            f,
            &format!("book accept nhs.root --from {nhs} --book {book}.book --passphrase-file pw"),
        );
        for n in [1, 2] {
            done(
                f,
                &format!("book accept g{n}/gate.key --book {book}.book --passphrase-file pw"),
            );
        }
    }
    // The witness first: its log policy is on the new card, by which gates and recipients go.
    let reach = |what: &str, to: &str| format!("'{exe}' {what} {to} --passphrase-file pw");
    let mut args =
        words("--json book witnesses --book oak.book --passphrase-file pw --and-own --witness");
    let witness = format!("w/witness.vkey={}", reach("witness cosign", "w"));
    args.push(&witness);
    let out = run(f, &args);
    assert!(out.status.success(), "{out:?}");
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (&said["witnesses"], &said["witnesses_outside"]),
        (&2.into(), &1.into())
    );
    accept(f, "oak", "west");
    for n in [1, 2] {
        done(
            f,
            &format!("gate trust oak.book/card --from {oak} --to g{n}"),
        );
    }
    let gates: Vec<String> = [1, 2]
        .iter()
        .map(|n| format!("g{n}/gate.key={}", reach("gate handle", &format!("g{n}"))))
        .collect();
    let own = run(f, &words("--json book show oak.book"));
    assert!(own.status.success());
    let mut args = words("--json book gates --book oak.book --passphrase-file pw");
    for gate in &gates {
        args.extend(["--gate", gate]);
    }
    let out = run(f, &args);
    assert!(out.status.success(), "{out:?}");

    done(
        f,
        "book add child.json --subject 0018 --book oak.book --passphrase-file pw",
    );
    done(f, &format!("{ASK} -o 1.request"));
    done(f, &GRANT.replace("0017", "0018"));
    let out = open(f, "opened");
    assert!(out.status.success(), "{out:?}");
    assert!(f.join("opened/record.json").exists());
    let told = done(
        f,
        "history --subject 0018 --book oak.book --passphrase-file pw",
    );
    assert_eq!(told["items"][1]["released"], "yes");
    assert_eq!(told["witnesses"], json!([1, 2]));
    for (command, what) in [("gate status g1", "gate"), ("witness status w", "witness")] {
        let said = done(f, command);
        assert_eq!(said["kind"], what);
        let logs = said["trusts"].as_array().unwrap();
        let seen = logs.iter().find(|l| l["log"] == "oakfield/log").unwrap()["seen"].as_u64();
        assert!(seen >= Some(2), "{said}");
    }
    // A witness that is gone: nothing is given out.
    std::fs::rename(f.join("w"), f.join("w-gone")).unwrap();
    done(f, &format!("{ASK} -o 2.request"));
    refused(
        f,
        "grant 2.request --book oak.book --subject 0018 --why why --passphrase-file pw -o 2.grant",
        3,
        "not witnessed",
    );
}

#[test]
fn a_consent_is_kept_granted_on_and_withdrawn() {
    let folder = agencies();
    let f = folder.path();
    let pw = "--passphrase-file pw";
    let made = done(
        f,
        &format!(
            "book init harbour.book --name Harbour --organisation harbour --policy policy.toml {pw}"
        ),
    );
    std::fs::write(
        f.join("harbour.print"),
        made["fingerprint"].as_str().unwrap(),
    )
    .unwrap();
    accept(f, "harbour", "west");
    accept(f, "west", "harbour");
    done(
        f,
        &format!("book add child.json --subject 7 --book west.book {pw}"),
    );
    let consent = |until: &str| {
        format!(
            "answer = \"given\"\ngiver = \"subject\"\ncapacity = \"competent\"\norganisations = [\"harbour\"]\n\
             roles = [\"family_worker\"]\nsections = [\"personal\"]\npurposes = [\"early_help\"]\nmode = \"content\"\n\
             from = 2020-01-01\nuntil = {until}\nask_again = 2099-01-01\nnote = \"Zyxquorv\"\n"
        )
    };
    std::fs::write(f.join("bad.toml"), consent("\"Zyxquorv\"")).unwrap();
    std::fs::write(f.join("yes.toml"), consent("2099-01-01")).unwrap();
    refused(
        f,
        &format!("consent record bad.toml --subject 7 --book west.book {pw}"),
        3,
        "line 10",
    );
    done(
        f,
        &format!(
            "request --book harbour.book --of westshire --about R-7 --section personal --purpose early_help \
            --basis consent --role family_worker --days 20 {pw} -o 7.request"
        ),
    );
    let grant = format!("grant 7.request --book west.book --subject 7 --why why {pw} -o 7.grant");
    refused(f, &grant, 3, "not granted");
    let kept = done(
        f,
        &format!("consent record yes.toml --subject 7 --book west.book {pw}"),
    );
    let receipt = kept["receipt"].as_str().unwrap().to_owned();
    let listed = done(
        f,
        &format!("consent list --subject 7 --book west.book {pw}"),
    );
    assert_eq!(
        (&listed["receipt"], &listed["answer"]),
        (&kept["receipt"], &"given".into())
    );
    done(f, &grant);
    refused(
        f,
        &format!("consent withdraw 00 --subject 7 --why why --book west.book {pw}"),
        2,
        "64",
    );
    let ended = done(
        f,
        &format!("consent withdraw {receipt} --subject 7 --why why --book west.book {pw}"),
    );
    assert_eq!(
        (&ended["revoked"], &ended["final"]),
        (&1.into(), &true.into())
    );
    refused(f, &grant.replace("7.grant", "8.grant"), 3, "withdrawn");
}
