//! Markers in every field of a record, a grant, a request and its reasons, followed from sealing to erasure.

use crate::canary_support::{Markers, Met, OWN_SECTION, Planted};
use crate::exchange_support::{Agency, MemoryBook, Parties, Reaching};
use crate::grant_support::now;
use billetbook::audit::{Store, Stored};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, OffenceCondition, Policy, Purpose, Recipient, Request,
    SpecialCondition,
};
use billetbook::envelope::EnvelopeId;
use billetbook::exchange::{
    Book, BookKeys, Courier, CourierError, Emergency, Given, GrantPacket, GrantRequest,
    HistoryOptions, OpenRequest, Refusing, To,
};
use billetbook::gate::GateStore;
use billetbook::grant::{EmergencyReason, ErasureGround, RefusalReason, RevocationReason};
use billetbook::keys::{KeyProvider, Role, RoleKeys};
use billetbook::record::child::ChildRecord;
use billetbook::record::{IdentifierState, Section};
use std::collections::BTreeSet;

/// What was planted, by who may see it.
struct All {
    /// What is about a child: nobody's but who opens it.
    secret: Markers,
    /// When, and in which role: on grants and requests, which only parties see.
    terms: Markers,
    /// Who receives, and what sections and fields are called.
    names: Markers,
}

/// What was met, by who sees it.
#[derive(Default)]
struct Seen {
    /// Envelopes, deposits, tiles, checkpoints, proofs, what witnesses and gates keep.
    public: Met,
    /// What agencies and gates say to each other, and what a book keeps.
    between: Met,
    /// What `Debug` shows.
    shown: Met,
    /// Errors, and what is told to the child.
    told: Met,
}

/// Writes down what passes.
struct Listening<'a>(&'a mut Parties, &'a mut Seen);

impl Courier for Listening<'_> {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        let answer = self.0.carry(to, message)?;
        let (seen, name) = match to {
            To::Witness(_) => (&mut self.1.public, "a message to a witness"),
            To::Gate(_) => (&mut self.1.between, "a message to a gate"),
        };
        seen.bytes(name, message);
        seen.bytes(name, &answer);
        Ok(answer)
    }
}

struct Journey {
    oak: &'static Agency,
    west: &'static Agency,
    book: MemoryBook,
    council: MemoryBook,
    parties: Parties,
    subject: String,
    about: String,
    organisation: String,
    role: String,
    until: UnixTime,
    notify_after: UnixTime,
    planted: Planted,
    all: All,
    seen: Seen,
}

fn policy(organisation: &str, role: &str) -> Policy {
    let example = include_str!("../../examples/policy.toml");
    let text = example
        .replace("westshire\"", &format!("{organisation}\""))
        .replace(
            "organisations.westshire]",
            &format!("organisations.{organisation}]"),
        )
        .replace("social_worker", role)
        .replace("speech_therapy", OWN_SECTION);
    let consent = format!(
        "\n[[exception]]\nid = \"by-consent\"\neffect = \"allow\"\nfrom = [\"oakfield\"]\nto = [\"{organisation}\"]\n\
         roles = [\"{role}\"]\nsections = [\"personal\"]\npurposes = [\"early_help\"]\nmode = \"content\"\n\
         bases = [\"consent\"]\nlongest_days = 60\nretention = \"child_in_need\"\n"
    );
    Policy::parse(&(text + &consent)).unwrap()
}

impl Journey {
    fn new() -> Journey {
        let mut planted = Planted::new();
        let (mut secret, mut terms) = (std::mem::take(&mut planted.markers), Markers::default());
        let mut names = std::mem::take(&mut planted.names);
        let (subject, about) = (secret.text(), secret.text());
        let (organisation, role) = (
            names.keep("zqcouncilxv".to_owned()),
            terms.keep("zqrolexv".to_owned()),
        );
        let oak = Agency::new("oakfield", "Oakfield School");
        let west = Agency::new(&organisation, "Westshire Council");
        let (mut book, mut council) = (oak.begin(), west.begin());
        book.accept(&west.card).unwrap();
        council.accept(&oak.card).unwrap();
        let policy = policy(&organisation, &role);
        book.confirm_policy(&policy, now()).unwrap();
        Journey {
            parties: oak.parties(&book),
            until: terms.time(now().after(1_163_233)),
            notify_after: terms.time(now().after(432_017)),
            oak,
            west,
            book,
            council,
            subject,
            about,
            organisation,
            role,
            planted,
            all: All {
                secret,
                terms,
                names,
            },
            seen: Seen::default(),
        }
    }

    /// A reason as it is written down.
    fn why(&mut self) -> String {
        format!("Because of {}.", self.all.secret.text())
    }

    fn asked(&self) -> Request {
        let built_in = Section::BUILT_IN.into_iter();
        Request {
            source: "oakfield".parse().unwrap(),
            recipient: Recipient {
                organisation: self.organisation.parse().unwrap(),
                role: self.role.parse().unwrap(),
            },
            sections: built_in.chain([OWN_SECTION.parse().unwrap()]).collect(),
            purpose: Purpose::Section47Enquiry,
            mode: Mode::Content,
            basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
            special: Some(SpecialCondition::SafeguardingOfChildren),
            offence: Some(OffenceCondition::SafeguardingOfChildren),
            window: Window::new(now(), self.until).unwrap(),
            identifier: IdentifierState::OmittedAsDetrimental,
        }
    }

    /// The council asks with a key of its own.
    fn request(&mut self, asked: Request, key: &'static RoleKeys) -> GrantRequest {
        // In every field a marker, or a code of a closed list: a new one does not compile here.
        let Request {
            source: _,
            recipient: Recipient { organisation, role },
            sections,
            purpose: _,
            mode: _,
            basis: _,
            special: _,
            offence: _,
            window,
            identifier: _,
        } = &asked;
        assert!(organisation.as_str() == self.organisation && !sections.is_empty());
        assert!(role.as_str() == self.role || key.request().role() == Role::BreakGlass);
        assert_eq!(window.until(), self.until);
        self.seen.shown.shown("what is asked", &asked);
        let made = self.council.request(asked, &self.about, key, now());
        let made = made.unwrap();
        self.seen.shown.shown("a request", &made);
        made
    }

    fn grant(&mut self, request: &GrantRequest, envelope: EnvelopeId) -> GrantPacket {
        let why = self.why();
        let given = Given {
            envelope,
            most_opens: 9,
            depth: 0,
            notify_after: self.notify_after,
            why: &why,
        };
        // As above: what it leaves to whoever gives.
        let Given {
            envelope: _,
            most_opens: _,
            depth: _,
            notify_after: _,
            why: _,
        } = given;
        self.seen.shown.shown("what is given", &given);
        let consents = self.book.consents(&self.subject).unwrap();
        consents
            .iter()
            .for_each(|c| self.seen.shown.shown("a consent", c));
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let done = self
            .book
            .grant(&mut listening, request, &consents, &given, now());
        let packet = done.unwrap();
        let (entry, bytes) = (&packet.grants[0], packet.encode());
        self.seen.public.bytes("a proof", entry.proof.to_string());
        self.seen.between.bytes("a grant", &bytes);
        self.seen.shown.shown("a grant", &packet);
        let opened = entry.opening.entry().bytes();
        assert_eq!(
            self.all.terms.found(opened).len(),
            2,
            "control: both times stand in it"
        );
        packet
    }

    fn open(&mut self, packet: &GrantPacket, ask: &OpenRequest, key: &'static RoleKeys) -> Vec<u8> {
        self.seen.between.bytes("a request to open", ask.encode());
        self.seen.shown.shown("a request to open", ask);
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let answer = self.book.answer(&mut listening, ask, now()).unwrap();
        self.council.answered(&ask.request).unwrap();
        self.seen
            .public
            .bytes("a proof", answer.request.proof.to_string());
        self.seen
            .between
            .bytes("what was released", answer.encode());
        self.seen.shown.shown("what was released", &answer);
        let held = self.council.check_grant(packet).unwrap();
        self.seen.shown.shown("a grant held", &held);
        let opened = held.open(&answer, key, now());
        let opened = match opened {
            Ok(opened) => opened,
            Err(e) => {
                self.seen.told.error("not opened", &e);
                return Vec::new();
            }
        };
        self.seen.shown.shown("what was opened", &opened);
        let contents = opened.sections.iter().map(|s| s.content().to_vec());
        contents.collect::<Vec<_>>().concat()
    }

    fn history(&mut self, internal: bool) -> String {
        let options = HistoryOptions {
            with_held: internal,
            with_reasons: internal,
        };
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let told = self
            .book
            .history(&mut listening, &self.subject, options, now());
        let told = told.unwrap();
        self.seen.shown.shown("a history", &told);
        let json = serde_json::to_string(&told).unwrap();
        if !internal {
            self.seen.told.bytes("a history", told.text());
            self.seen.told.bytes("a history", &json);
        }
        told.text() + &json
    }

    /// What lies on disks and is handed out.
    fn gather(&mut self, billet: &billetbook::envelope::Billet) {
        let seen = &mut self.seen;
        seen.public.bytes("an envelope", billet.encode());
        seen.shown.shown("a billet", billet);
        seen.shown.shown("a book", &self.book);
        seen.shown.shown("the other book", &self.council);
        seen.shown.shown("parties", &self.parties);
        let signed = self.book.cosigned(&mut self.parties, now()).unwrap();
        seen.public.bytes("a checkpoint", signed.to_string());
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        self.book.log().export(&copy, &signed).unwrap();
        let mut open = vec![copy];
        let mut files = 0;
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                files += 1;
                seen.public
                    .bytes("a file of the copy", std::fs::read(path).unwrap());
            }
        }
        assert!(files >= 3, "checkpoint, tile and leaves");
        for index in 0..self.book.log().size() {
            let leaf = self.book.log().leaf(index).unwrap();
            seen.public.bytes("a leaf", leaf.as_bytes());
            if let Stored::Sealed { bytes, .. } = self.book.log().store().opening(index).unwrap() {
                seen.public.bytes("an opening at rest", bytes);
            }
        }
        for space in 0..=u8::MAX {
            for (what, store) in [("oak", &self.oak.shelf), ("west", &self.west.shelf)] {
                for row in store.rows(space, b"").unwrap() {
                    let name = format!("what the book of {what} keeps, {space}");
                    seen.between.bytes(&name, [row.key, row.value].concat());
                }
            }
            for gate in &self.oak.gates {
                for row in gate.rows(space, b"").unwrap() {
                    let name = format!("what a gate keeps, {space}");
                    seen.public.bytes(&name, [row.key, row.value].concat());
                }
            }
        }
    }
}

/// Errors of reading the record with a wrong value, in each field.
fn misread(planted: &Planted, told: &mut Met, secret: &mut Markers) {
    let (bad, worse) = (secret.text(), secret.text());
    let mut refused = BTreeSet::new();
    for place in &planted.places {
        for value in [
            serde_json::json!({ &bad: [&worse] }),
            serde_json::json!(bad),
            serde_json::json!([[worse]]),
        ] {
            let mut json = planted.json.clone();
            *json.pointer_mut(place).unwrap() = value;
            if let Err(e) = ChildRecord::from_json(json.to_string().as_bytes()) {
                told.error(place, &e);
                refused.insert(place);
            }
        }
        // A field that the schema does not know, beside it.
        let mut json = planted.json.clone();
        let beside = json.pointer_mut(place.rsplit_once('/').unwrap().0).unwrap();
        if let Some(object) = beside.as_object_mut() {
            object.insert(bad.clone(), worse.clone().into());
            if let Err(e) = ChildRecord::from_json(json.to_string().as_bytes()) {
                told.error(place, &e);
            }
        }
    }
    assert!(
        refused.len() + 1 >= planted.places.len(),
        "all but one of any type"
    );
    let text = planted.json.to_string();
    for cut in (1..text.len()).step_by(97) {
        told.refused(
            "a record cut",
            ChildRecord::from_json(&text.as_bytes()[..cut]),
        );
    }
}

const CONSENT: &str = r#"answer = "given"
giver = "subject"
capacity = "competent"
organisations = ["ORG"]
roles = ["ROLE"]
sections = ["personal"]
purposes = ["early_help"]
mode = "content"
from = 2026-05-01
until = 2026-11-01
ask_again = 2026-09-01
note = "NOTE"
"#;

#[test]
fn exc_16_no_marker_of_a_record_a_request_a_grant_or_a_reason_shows_where_it_must_not() {
    let mut j = Journey::new();
    let key = j.west.key(Role::Open);
    misread(&j.planted, &mut j.seen.told, &mut j.all.secret);
    let record = ChildRecord::from_json(j.planted.json.to_string().as_bytes()).unwrap();
    j.seen.shown.shown("a record", &record);
    let sections = record.to_sections().unwrap();
    let held: Vec<u8> = sections.values().flat_map(|s| s.to_vec()).collect();
    let to_seal: Vec<(Section, &[u8])> = sections
        .iter()
        .map(|(s, b)| (s.clone(), b.as_slice()))
        .collect();
    let sealed = {
        let mut listening = Listening(&mut j.parties, &mut j.seen);
        j.book.seal(&mut listening, &j.subject, &to_seal, now())
    };
    let envelope = sealed.unwrap();
    let billet = j.book.billet(envelope).unwrap();

    // Asked for, granted, opened: whoever may sees all of it, so that the scan can find it.
    let request = j.request(j.asked(), key);
    assert_eq!(
        j.all.secret.found(&request.encode()),
        [j.about.clone()],
        "control"
    );
    let packet = j.grant(&request, envelope);
    let ask = j.council.ask(&packet, (None, None), key, now()).unwrap();
    let opened = j.open(&packet, &ask, key);
    let expected = j.all.secret.found(&held);
    assert!(expected.len() > 120, "{}", expected.len());
    assert_eq!(
        j.all.secret.found(&opened),
        expected,
        "control: all of it is read"
    );

    // Existence, consent, an emergency.
    let mut existence = j.asked();
    existence.mode = Mode::Existence;
    existence.purpose = Purpose::Safeguarding;
    existence.basis = LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11);
    existence.sections = Section::BUILT_IN.into();
    let request = j.request(existence, key);
    let exists = j.grant(&request, envelope);
    let done = j.council.ask(&exists, (None, None), key, now());
    j.seen.told.refused("opening what only exists", done);
    let mut agreed = j.asked();
    agreed.basis = LawfulBasis::Consent;
    (agreed.special, agreed.offence) = (None, None);
    agreed.purpose = Purpose::EarlyHelp;
    agreed.sections = [Section::Personal].into();
    let request = j.request(agreed, key);
    let why = j.why();
    let given = Given {
        envelope,
        most_opens: 1,
        depth: 0,
        notify_after: now(),
        why: &why,
    };
    let done = j.book.grant(&mut j.parties, &request, &[], &given, now());
    j.seen.told.refused("no consent", done);
    let consent = CONSENT
        .replace("ORG", &j.organisation)
        .replace("ROLE", &j.role);
    let consent = consent.replace("NOTE", &j.why());
    for line in consent.lines() {
        let name = line.split(' ').next().unwrap();
        let bad = consent.replace(line, &format!("{name} = {{ {} = 1 }}", j.all.secret.text()));
        j.seen
            .told
            .refused(name, j.book.keep_consent(&j.subject, &bad));
    }
    let receipt = j.book.keep_consent(&j.subject, &consent).unwrap();
    let by_consent = j.grant(&request, envelope);
    let officers = j.west.ring.keys().iter();
    let officers = officers.filter(|k| k.request().role() == Role::BreakGlass);
    let officers: [&'static RoleKeys; 2] = officers.collect::<Vec<_>>().try_into().unwrap();
    let mut danger = j.asked();
    danger.recipient.role = "duty_desk".parse().unwrap();
    danger.purpose = Purpose::Safeguarding;
    danger.basis = LawfulBasis::VitalInterests;
    danger.sections = [Section::Personal, Section::Health].into();
    let request = j.request(danger, officers[0]);
    let ready = {
        let why = j.why();
        let given = Given { why: &why, ..given };
        let mut listening = Listening(&mut j.parties, &mut j.seen);
        j.book
            .grant(&mut listening, &request, &[], &given, now())
            .unwrap()
    };
    let why = j.why();
    let emergency = |officers: [&'static RoleKeys; 2], why| Emergency {
        officers: officers.map(|k| k as &dyn KeyProvider),
        reason: EmergencyReason::RiskToLife,
        why,
        budget: 1,
    };
    j.seen
        .shown
        .shown("an emergency", &emergency(officers, &why));
    let alone = emergency([officers[0]; 2], &why);
    j.seen.told.refused(
        "one officer",
        j.council.ask_emergency(&ready, &alone, now()),
    );
    let long = why.repeat(150);
    let done = j
        .council
        .ask_emergency(&ready, &emergency(officers, &long), now());
    j.seen.told.refused("too much said", done);
    let ask = j
        .council
        .ask_emergency(&ready, &emergency(officers, &why), now())
        .unwrap();
    assert!(!j.open(&ready, &ask, officers[0]).is_empty());

    // Refused, withheld.
    let why = j.why();
    let refusing = Refusing {
        envelope,
        reason: RefusalReason::RiskOfHarm,
        why: &why,
    };
    let Refusing {
        envelope: _,
        reason: _,
        why: _,
    } = refusing;
    j.seen.shown.shown("what is refused", &refusing);
    let request = j.request(j.asked(), key);
    let mut listening = Listening(&mut j.parties, &mut j.seen);
    let refusal = j
        .book
        .refuse(&mut listening, &request, &refusing, now())
        .unwrap();
    j.book
        .withhold(&mut listening, Purpose::Care, &refusing, now())
        .unwrap();
    j.seen.between.bytes("a refusal", refusal.encode());
    j.seen.shown.shown("a refusal", &refusal);
    errors(&mut j, &packet, &exists, envelope);

    // Revoked, withdrawn, erased, and told.
    let shown = j.history(true);
    assert!(
        j.all.secret.found(shown.as_bytes()).len() > 5,
        "control: reasons are read inside"
    );
    j.history(false);
    j.gather(&billet);
    let why = j.why();
    let entry = packet.grants[0].entry();
    let done = j.book.revoke(
        &mut j.parties,
        entry,
        (RevocationReason::ConsentWithdrawn, &why),
        now(),
    );
    j.seen.told.refused("not on consent", done);
    let mut listening = Listening(&mut j.parties, &mut j.seen);
    let ended = j.book.revoke(
        &mut listening,
        entry,
        (RevocationReason::Misuse, &why),
        now(),
    );
    j.seen.shown.shown("what was ended", &ended.unwrap());
    let ask = j.council.ask(&packet, (None, None), key, now()).unwrap();
    assert!(j.open(&packet, &ask, key).is_empty());
    let why = j.why();
    let mut listening = Listening(&mut j.parties, &mut j.seen);
    let ended = j
        .book
        .withdraw(&mut listening, (&j.subject, receipt), &why, now())
        .unwrap();
    assert_eq!(ended[0].0, by_consent.grants[0].entry());
    let by = (
        ErasureGround::PersonAsked,
        j.oak.key(Role::Open) as &dyn KeyProvider,
    );
    let mut listening = Listening(&mut j.parties, &mut j.seen);
    j.book
        .erase_entry(&mut listening, entry, by, now())
        .unwrap();
    j.book
        .erase_envelope(&mut listening, envelope, by, now())
        .unwrap();
    let done = j.book.erase_entry(&mut j.parties, entry, by, now());
    if let Err(e) = done {
        j.seen.told.error("erased twice", &e);
    }
    let ask = j
        .council
        .ask(&by_consent, (None, None), key, now())
        .unwrap();
    assert!(j.open(&by_consent, &ask, key).is_empty());
    j.history(true);
    let text = j.history(false);
    assert!(text.contains("closed for good"), "{text}");
    j.gather(&billet);

    let Seen {
        public,
        between,
        shown,
        told,
    } = &mut j.seen;
    for (met, markers) in [
        (&*public, vec![&j.all.secret, &j.all.terms, &j.all.names]),
        (&*between, vec![&j.all.secret]),
        (&*shown, vec![&j.all.secret, &j.all.terms]),
        (&*told, vec![&j.all.secret]),
    ] {
        assert!(met.0.len() > 20);
        markers.iter().for_each(|m| met.assert_free_of(m));
    }
    // Control: what is planted among them is found.
    let reached = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        public.bytes("planted", format!("x{}x", j.subject));
        public.assert_free_of(&j.all.secret);
    }));
    assert!(reached.is_err());
}

/// What goes wrong on the way, each said by an error.
fn errors(j: &mut Journey, packet: &GrantPacket, exists: &GrantPacket, envelope: EnvelopeId) {
    let (key, owner) = (j.west.key(Role::Open), j.oak.key(Role::Open));
    let (long, why, mut asked) = (j.about.repeat(40), j.why(), j.asked());
    let told = &mut j.seen.told;
    let request = |asked: &Request, about: &str, key| {
        let council = &j.council;
        council.request(asked.clone(), about, key, now())
    };
    let own = request(&asked, &j.about, key).unwrap();
    told.refused("too long", request(&asked, &long, key));
    asked.source = "westshire-nhs".parse().unwrap();
    let elsewhere = request(&asked, &j.about, key).unwrap();
    asked.source = "oakfield".parse().unwrap();
    asked.recipient.role = format!("{}x", j.role).parse().unwrap();
    let role = request(&asked, &j.about, key).unwrap();
    let given = Given {
        envelope,
        most_opens: 1,
        depth: 0,
        notify_after: now().after(100 * 86_400),
        why: &why,
    };
    let late = now().after(400 * 86_400);
    for (what, request, at) in [
        ("to another agency", &elsewhere, now()),
        ("an unknown role", &role, now()),
        ("held back too long", &own, now()),
        ("after its time", &own, late),
    ] {
        let done = j.book.grant(&mut j.parties, request, &[], &given, at);
        told.refused(what, done);
    }
    let bytes = own.encode();
    for n in (0..bytes.len()).step_by(13) {
        told.refused("a request cut", GrantRequest::decode(&bytes[..n]));
    }
    let mut alone = Reaching {
        parties: &mut j.parties,
        reached: |_: &To| false,
    };
    let refusing = Refusing {
        envelope: EnvelopeId([7; 16]),
        reason: RefusalReason::RiskOfHarm,
        why: &why,
    };
    let done = j.book.refuse(&mut alone, &own, &refusing, now());
    told.refused("no such envelope", done);
    let refusing = Refusing {
        envelope,
        ..refusing
    };
    let done = j.book.refuse(&mut alone, &own, &refusing, now());
    told.refused("no witness", done);
    told.refused("no gates", j.book.deposit(&mut alone, envelope));
    let subject = j.book.subject(EnvelopeId([7; 16]));
    told.refused("no such subject", subject);
    told.refused("no such entry", j.book.entry_at(9_999));
    let done = j
        .book
        .withdraw(&mut alone, (&j.subject, [1; 32]), &why, now());
    told.refused("no such consent", done);
    let done = j.council.ask(packet, (None, None), owner, now());
    told.refused("a grant of another", done);
    let ask = j.council.ask(packet, (None, None), key, now()).unwrap();
    for full in [true, false] {
        let gates = j.oak.gates.iter();
        gates.for_each(|g| g.fail_after(full.then_some(0)));
        let mut some = Reaching {
            parties: &mut j.parties,
            reached: |to: &To| full || matches!(to, To::Witness(_)),
        };
        let answer = j.book.answer(&mut some, &ask, now()).unwrap();
        let held = j.council.check_grant(packet).unwrap();
        told.refused("too few released", held.open(&answer, key, now()));
    }
    let answer = j.book.answer(&mut j.parties, &ask, now()).unwrap();
    j.council.answered(&ask.request).unwrap();
    let held = j.council.check_grant(packet).unwrap();
    let done = held.open(&answer, owner, now());
    told.refused("with another key", done);
    let held = j.council.check_grant(exists).unwrap();
    told.refused("of existence", held.open(&answer, key, now()));
    for full in [true, false] {
        j.oak.disk.set_full(full);
        j.oak.disk.set_locked(!full);
        let done = j.book.refuse(&mut j.parties, &own, &refusing, now());
        told.refused("a bad disk", done);
    }
    j.oak.disk.set_locked(false);
    let wrong = BookKeys {
        opening: j.west.ring.opening(),
        ..j.book.keys()
    };
    let other = Book::open(wrong, j.oak.disk.open(), j.oak.shelf.clone()).unwrap();
    told.refused("another book's key", other.subject(envelope));
}
