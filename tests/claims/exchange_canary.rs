//! Markers in every field of a record, a grant, a request and its reasons, followed from sealing to erasure.

mod journey;

use crate::canary_support::{Markers, Met, OWN_SECTION, Planted};
use crate::exchange_support::{Agency, MemoryBook, Parties, Reaching};
use crate::grant_support::now;
use billetbook::audit::{Store, Stored};
use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, OffenceCondition, Policy, Purpose, Recipient, Request,
    SpecialCondition,
};
use billetbook::envelope::{EnvelopeId, Gates};
use billetbook::exchange::{
    Book, BookKeys, Courier, CourierError, Emergency, Given, GrantPacket, GrantRequest,
    HistoryOptions, OpenRequest, Refusing, To,
};
use billetbook::gate::GateStore;
use billetbook::grant::{
    EmergencyReason, EntryRef, ErasureGround, HoldReason, RefusalReason, RevocationReason,
};
use billetbook::keys::{KeyProvider, Role, RoleKeys};
use billetbook::record::child::ChildRecord;
use billetbook::record::{IdentifierState, Section};
use journey::{errors, misread};
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
    j.hold(packet.grants[0].entry());
    j.redeal(envelope);
    let ask = j.council.ask(&packet, (None, None), key, now()).unwrap();
    let opened = j.open(&packet, &ask, key);
    assert_eq!(
        j.all.secret.found(&opened),
        expected,
        "control: all of it is read through the new gates"
    );

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
