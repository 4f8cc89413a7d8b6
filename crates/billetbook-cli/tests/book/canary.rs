//! Markers in every field of a record, in references, reasons and notes, followed through the command: what it says, and
//! every file that it leaves, but for what is opened and what the agency reads for itself.

use crate::agencies::{POLICY, agencies, done, hospital, through, words};
use crate::markers::{Markers, Met, OWN_SECTION, Planted};
use crate::support::{put, run, spoken};
use serde_json::json;
use std::path::Path;

const PW: &str = "--passphrase-file pw";
/// What is given to the command, and what is opened or written for the agency's own eyes.
const GIVEN: [&str; 5] = ["given", "opened", "handed", "urgent", "inside"];

/// Runs the command and keeps what it says.
struct Journey<'a> {
    f: &'a Path,
    said: Met,
    secret: Markers,
    reasons: u32,
}

impl Journey<'_> {
    fn run(&mut self, command: &str, through: Option<&str>) -> std::process::Output {
        let mut args = words(command);
        args.extend(through.iter().flat_map(|t| ["--through", t]));
        let out = run(self.f, &args);
        self.said.bytes(command, spoken(&out));
        out
    }

    fn done(&mut self, command: &str) {
        let out = self.run(&format!("{command} {PW}"), None);
        assert!(out.status.success(), "{command}: {}", spoken(&out));
    }

    fn through(&mut self, command: &str) {
        let out = self.run(&format!("{command} {PW}"), Some(&through()));
        assert!(out.status.success(), "{command}: {}", spoken(&out));
    }

    fn refused(&mut self, command: &str) {
        let out = self.run(&format!("{command} {PW}"), None);
        assert!(!out.status.success(), "{command} was not refused");
    }

    /// A file with reasons, each time others.
    fn why(&mut self) -> String {
        self.reasons += 1;
        let name = format!("given/why-{}", self.reasons);
        let text = format!("Because of {}.\n", self.secret.text());
        put(self.f, &name, text);
        name
    }

    /// What the person is told, as text, page, JSON and FHIR; and what the agency reads for itself.
    fn told(&mut self, subject: &str, n: u32) -> String {
        let history = format!("history --subject {subject} --book oak.book {PW}");
        let out = self.run(&format!("{history} --html {n}.html --fhir {n}.fhir"), None);
        assert!(out.status.success(), "{}", spoken(&out));
        assert!(
            self.run(&format!("--json {history}"), None)
                .status
                .success()
        );
        let inside = format!("{history} --internal --html inside/{n}.html");
        let out = run(self.f, &words(&inside));
        spoken(&out)
    }
}

fn policy(version: u32, two: bool) -> String {
    let text = POLICY
        .replace("version = 3", &format!("version = {version}"))
        .replace("valid_until = 2026-10-01", "valid_until = 2099-01-01")
        .replace("speech_therapy", OWN_SECTION)
        .replace(
            "to_kinds = [\"local_authority\"]\nroles = [\"social_worker\", \"duty_desk\"]",
            "to_kinds = [\"local_authority\", \"nhs\"]\nroles = [\"social_worker\", \"duty_desk\", \"safeguarding_nurse\"]",
        );
    match two {
        true => format!("two_issuers = true\n{text}"),
        false => text,
    }
}

fn consent(note: &str) -> String {
    format!(
        "answer = \"given\"\ngiver = \"subject\"\ncapacity = \"competent\"\norganisations = [\"westshire\"]\n\
         roles = [\"social_worker\"]\nsections = [\"personal\"]\npurposes = [\"early_help\"]\nmode = \"content\"\n\
         from = 2026-05-01\nuntil = 2099-01-01\nask_again = 2098-09-01\nnote = \"{note}\"\n"
    )
}

/// A time in twenty days.
fn later() -> String {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let at = billetbook::clock::UnixTime::from_secs(since + 20 * 86_400);
    at.unwrap().to_string()
}

/// Every file under a folder but those that were given or opened.
fn files(at: &Path, met: &mut Met) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !GIVEN.contains(&name) {
            count += files(&path, met);
        } else if path.is_file() {
            met.bytes(&path.display().to_string(), std::fs::read(&path).unwrap());
            count += 1;
        }
    }
    count
}

/// Values of a wrong kind in each field, and files of other kinds that are not as they should be.
fn misread(j: &mut Journey<'_>, planted: &Planted, subject: &str) {
    let (bad, worse) = (j.secret.text(), j.secret.text());
    let mut refused = 0;
    for (n, place) in planted.places.iter().enumerate() {
        let mut record = planted.json.clone();
        *record.pointer_mut(place).unwrap() = match n % 2 {
            0 => json!({ &bad: [&worse] }),
            _ => json!([[worse]]),
        };
        put(j.f, "given/bad.json", record.to_string());
        let out = j.run("record check given/bad.json", None);
        refused += usize::from(!out.status.success());
    }
    assert!(
        refused + 1 >= planted.places.len(),
        "all but one of any type"
    );
    let text = planted.json.to_string();
    put(j.f, "given/bad.json", &text[..text.len() / 2]);
    j.refused("book add given/bad.json --subject 1 --book oak.book");
    j.refused(&format!(
        "book reseal given/bad.json --subject {subject} --book oak.book"
    ));
    let good = consent(&bad);
    for line in good.lines() {
        let name = line.split(' ').next().unwrap();
        let wrong = format!("{name} = {{ {bad} = 1 }}");
        put(j.f, "given/bad.toml", good.replace(line, &wrong));
        j.refused(&format!(
            "consent record given/bad.toml --subject {subject} --book oak.book"
        ));
    }
    let row =
        format!("id,given_name,date_of_birth,nhs_number\n{bad},{worse},{worse},{worse}\n\"{bad}");
    put(j.f, "given/bad.csv", row);
    _ = j.run("validate given/bad.csv", None);
    put(j.f, "given/links.csv", format!("{bad},{worse}\n"));
    j.refused(
        "grant 1.request --links given/links.csv --book oak.book --why given/why-1 -o no.grant",
    );
    let long = "x".repeat(70_000);
    put(j.f, "given/long", format!("{bad}{long}"));
    j.refused(&format!(
        "refuse --book oak.book --subject {subject} --purpose care --reason risk_of_harm --why given/missing"
    ));
    j.refused("open given/long --book west.book --out no");
    j.refused("book answer given/long --book oak.book -o no");
}

#[test]
fn no_marker_of_a_record_or_a_reason_is_said_or_left_in_a_file_by_the_command() {
    let folder = agencies();
    let f = folder.path();
    for folder in ["given", "inside"] {
        std::fs::create_dir(f.join(folder)).unwrap();
    }
    let mut planted = Planted::new();
    let mut secret = std::mem::take(&mut planted.markers);
    // Numbers of five digits stand in hexadecimal by chance.
    secret.all.retain(|m| m.len() >= 8);
    let subject = secret.text();
    let mut known = Markers::default();
    let about = known.keep("zqaboutxv".to_owned());
    put(f, "given/child.json", planted.json.to_string());
    put(f, "given/yes.toml", consent(&secret.text()));
    let mut j = Journey {
        f,
        said: Met::default(),
        secret,
        reasons: 0,
    };
    hospital(f);
    put(f, "policy.toml", policy(4, false));
    put(f, "two.toml", policy(5, true));
    j.done("book policy policy.toml --book oak.book");
    let checked = j.run("record check given/child.json", None);
    assert!(checked.status.success(), "{}", spoken(&checked));
    j.done(&format!(
        "book add given/child.json --subject {subject} --book oak.book"
    ));
    j.done(&format!(
        "consent record given/yes.toml --subject {subject} --book oak.book"
    ));

    // Asked for, granted, opened; handed on and opened there.
    let sections = [
        "personal",
        "education",
        "health",
        "childrens_services",
        "crime_justice",
        OWN_SECTION,
    ];
    let sections: String = sections.map(|s| format!("--section {s} ")).concat();
    let terms = "--purpose section_47_enquiry --basis public_task:ca1989_s47 \
         --article-9 safeguarding_of_children --article-10 safeguarding_of_children";
    let ask = format!("request --about {about} {sections} {terms}");
    j.done(&format!(
        "{ask} --book west.book --of oakfield --role social_worker -o 1.request"
    ));
    let why = j.why();
    let grant = format!("--book oak.book --subject {subject}");
    j.done(&format!(
        "grant 1.request {grant} --opens 6 --depth 1 --why {why} -o 1.grant"
    ));
    j.through("open 1.grant --book west.book --out opened");
    let read = std::fs::read(f.join("opened/record.json")).unwrap();
    assert!(
        j.secret.found(&read).len() > 100,
        "control: all of it is read"
    );
    let nurse = format!("{ask} --days 3 --book nhs.book --of westshire --role safeguarding_nurse");
    j.done(&format!("{nurse} -o 2.request"));
    j.through("hand-on 2.request --grant 1.grant --book west.book -o 2.grant");
    j.through("open 2.grant --book nhs.book --out handed");
    let read = std::fs::read(f.join("handed/record.json")).unwrap();
    assert!(!j.secret.found(&read).is_empty(), "control");

    // Held back, refused, withheld, in an emergency, dealt anew.
    let (why, other) = (j.why(), j.why());
    let hold = "hold --book oak.book --entry 0 --reason whereabouts";
    j.refused(&format!("{hold} --until 2999-01-01 --why {why}"));
    j.done(&format!("{hold} --until {} --why {why}", later()));
    j.done(&format!("{hold} --end --why {other}"));
    let (why, other) = (j.why(), j.why());
    j.done(&format!(
        "refuse 1.request {grant} --reason risk_of_harm --why {why} -o 1.refusal"
    ));
    j.done(&format!(
        "refuse {grant} --purpose care --reason not_necessary --why {other}"
    ));
    for stem in ["officer", "other", "manager"] {
        let (role, book) = if stem == "manager" {
            ("issue", "oak")
        } else {
            ("break-glass", "west")
        };
        let root = format!("--root {book}.book/root.keystore --root-passphrase-file pw");
        j.done(&format!(
            "keygen --role {role} --name {stem} --out {stem} {root}"
        ));
        j.done(&format!("book accept {stem}.key --book {book}.book"));
    }
    let duty = "--purpose safeguarding --basis vital_interests --role duty_desk --article-9 vital_interests --days 2";
    let duty =
        format!("request --book west.book --of oakfield --about {about} --section health {duty}");
    j.done(&format!("{duty} --key officer.keystore -o duty.request"));
    let (ready, why) = (j.why(), j.why());
    j.done(&format!(
        "grant duty.request {grant} --why {ready} -o duty.grant"
    ));
    let officers = "--officer officer.keystore --officer other.keystore";
    let glass = format!("break-glass duty.grant --book west.book {officers} --reason risk_to_life");
    j.through(&format!("{glass} --why {why} --out urgent"));
    j.done("book gates --book oak.book --own 3 --threshold 3");
    j.done("book redeal --book oak.book");
    j.through("open 1.grant --book west.book --out opened/again");

    // Two who issue; ended, told, copied, closed.
    j.done("book policy two.toml --book oak.book");
    j.done(&format!(
        "book reseal given/child.json --subject {subject} --book oak.book"
    ));
    let why = j.why();
    j.refused(&format!("grant 1.request {grant} --why {why} -o no.grant"));
    j.done(&format!(
        "grant 1.request {grant} --why {why} --propose-to manager.key -o 3.proposal"
    ));
    j.done("countersign 3.proposal --key manager.keystore -o 3.both");
    j.done(&format!(
        "grant 1.request {grant} --countersigned 3.both -o 3.grant"
    ));
    j.through("open 3.grant --book west.book --out opened/two");
    let inside = j.told(&subject, 1);
    let found = j.secret.found(inside.as_bytes());
    assert!(
        found.len() >= 8,
        "control: reasons are read inside: {found:?}"
    );
    let why = j.why();
    j.done(&format!(
        "revoke --entry 0 --reason misuse --why {why} --book oak.book"
    ));
    misread(&mut j, &planted, &subject);
    j.done("audit export -o copy --book oak.book");
    let told = done(
        f,
        &format!("history --subject {subject} --book oak.book {PW}"),
    );
    let sealed = told["envelopes"].as_array().unwrap();
    assert_eq!(sealed.len(), 2);
    for envelope in sealed {
        let id = envelope["envelope"].as_str().unwrap();
        j.done(&format!(
            "erase {grant} --envelope {id} --ground retention_ended"
        ));
    }
    j.told(&subject, 2);

    assert!(j.said.0.len() > 150, "{}", j.said.0.len());
    j.said.assert_free_of(&j.secret);
    let mut left = Met::default();
    let count = files(f, &mut left);
    assert!(count > 60, "{count}");
    left.assert_free_of(&j.secret);
    // Control: the reference in a request, which both agencies know, is found there; and a marker that is left is.
    let asked = left
        .0
        .iter()
        .filter(|(name, _)| name.ends_with("1.request"));
    assert!(asked.clone().count() == 1 && asked.clone().all(|(_, b)| !known.found(b).is_empty()));
    put(f, "copy/left", format!("x{subject}x"));
    files(f, &mut left);
    let caught = std::panic::AssertUnwindSafe(|| left.assert_free_of(&j.secret));
    assert!(std::panic::catch_unwind(caught).is_err());
}
