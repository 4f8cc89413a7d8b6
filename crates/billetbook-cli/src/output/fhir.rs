//! A history as a HL7 FHIR R5 Bundle: an AuditEvent for each entry, a Consent for each grant.
//!
//! FHIR's Consent is any permission to share, whatever its lawful basis; the basis stands in `regulatoryBasis`.

use billetbook::clock::UnixTime;
use billetbook::consent::Purpose;
use billetbook::consent::mapping::{ACT_REASON, DPV_GDPR};
use billetbook::exchange::{GroundShown, History, HistoryItem, Released, What, Who};
use serde_json::{Value, json};

const SEVERITY: &str = "http://hl7.org/fhir/issue-severity";
const CATEGORY: &str = "http://dicom.nema.org/resources/ontology/DCM";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
/// Our own names of what happened.
const KIND: &str = "urn:billetbook:history";

pub(crate) fn bundle(history: &History) -> Value {
    let mut entries = Vec::new();
    for item in &history.items {
        entries.push(entry("AuditEvent", item.entry, audit_event(history, item)));
        if let Some(consent) = consent(history, item) {
            entries.push(entry("Consent", item.entry, consent));
        }
    }
    json!({
        "resourceType": "Bundle", "type": "collection",
        "timestamp": history.until.to_string(), "entry": entries,
    })
}

fn entry(kind: &str, number: u64, resource: Value) -> Value {
    json!({ "fullUrl": format!("urn:billetbook:{}:{number}", kind.to_lowercase()), "resource": resource })
}

/// What happened, who did it, to what end, on which ground, which parts, and how it ended.
struct Told<'a> {
    word: &'static str,
    action: &'static str,
    who: Option<&'a Who>,
    other: Option<&'a Who>,
    purpose: Option<Purpose>,
    ground: Option<GroundShown>,
    sections: &'a [String],
    outcome: &'static str,
}

fn told(what: &What) -> Told<'_> {
    let mut out = Told {
        word: "",
        action: "E",
        who: None,
        other: None,
        purpose: None,
        ground: None,
        sections: &[],
        outcome: "success",
    };
    match what {
        What::Granted {
            to,
            by,
            sections,
            purpose,
            ground,
            ..
        } => {
            (out.word, out.action) = ("granted", "C");
            (out.who, out.other) = (Some(by), Some(to));
            (out.purpose, out.ground, out.sections) = (Some(*purpose), Some(*ground), sections);
        }
        What::Opened {
            by,
            sections,
            purpose,
            ground,
            released,
            emergency,
        } => {
            out.word = match emergency {
                Some(_) => "opened-in-an-emergency",
                None => "opened",
            };
            out.action = "R";
            (out.who, out.other) = (Some(by), emergency.as_ref().map(|e| &e.0));
            (out.purpose, out.ground, out.sections) = (Some(*purpose), *ground, sections);
            out.outcome = match released {
                Released::Yes => "success",
                Released::Perhaps => "warning",
                Released::No => "error",
            };
        }
        What::Refused {
            to, by, purpose, ..
        } => {
            (out.word, out.who, out.other) = ("refused", Some(by), Some(to));
            out.purpose = Some(*purpose);
        }
        What::Withheld { by, purpose, .. } => {
            (out.word, out.who, out.purpose) = ("withheld", Some(by), Some(*purpose));
        }
        What::Revoked { to, by, .. } => {
            (out.word, out.action) = ("revoked", "U");
            (out.who, out.other) = (Some(by), to.as_ref());
        }
        What::RecordErased { by, .. } => {
            (out.word, out.action, out.who) = ("record-erased", "D", Some(by));
        }
        What::EntryErased { by, .. } => {
            (out.word, out.action, out.who) = ("entry-erased", "D", Some(by));
        }
        What::NoticeHeld { by, .. } => {
            (out.word, out.action, out.who) = ("notice-held", "U", Some(by));
        }
        What::GatesChange { by, .. } => {
            (out.word, out.action) = ("gates-change", "U");
            (out.who, out.other) = (Some(&by[0]), Some(&by[1]));
        }
        What::GatesChanged { by, .. } => {
            (out.word, out.action) = ("gates-changed", "U");
            (out.who, out.other) = (Some(&by[0]), Some(&by[1]));
        }
        What::Erased { .. } => out.word = "erased",
        What::Lost { .. } => out.word = "lost",
    }
    out
}

fn audit_event(history: &History, item: &HistoryItem) -> Value {
    let t = told(&item.what);
    let at = item.at.unwrap_or(history.until).to_string();
    let policy: Vec<String> = t.ground.iter().map(|g| g.basis.dpv()).collect();
    let mut agents = Vec::new();
    let unknown = || json!({ "display": "not known any more" });
    agents.push(json!({
        "type": { "coding": [{ "system": PARTICIPATION, "code": "AUT" }] },
        "who": t.who.map_or_else(unknown, person), "requestor": true,
        "policy": if policy.is_empty() { Value::Null } else { json!(policy) },
    }));
    if let Some(other) = t.other {
        agents.push(json!({
            "type": { "coding": [{ "system": PARTICIPATION, "code": "IRCP" }] },
            "who": person(other), "requestor": false,
        }));
    }
    let sentences = item.sentences();
    let mut out = json!({
        "resourceType": "AuditEvent", "id": format!("entry-{}", item.entry),
        "category": [{ "coding": [{ "system": CATEGORY, "code": "110110", "display": "Patient Record" }] }],
        "code": { "coding": [{ "system": KIND, "code": t.word }], "text": sentences.join(" ") },
        "action": t.action, "recorded": at,
        "outcome": { "code": { "system": SEVERITY, "code": t.outcome } },
        "agent": agents,
        "source": { "observer": { "display": format!("{}: its log", history.agency) } },
        "entity": entities(item, t.sections),
    });
    if let Some(purpose) = t.purpose {
        out["authorization"] = json!([concept(purpose)]);
    }
    without_nulls(&mut out);
    out
}

/// The entry of the log, and the parts of the record that it is about.
fn entities(item: &HistoryItem, sections: &[String]) -> Vec<Value> {
    let log = json!({ "what": { "display": format!("entry {} of the log", item.entry) } });
    let parts = sections.iter().map(|s| json!({ "what": { "display": s } }));
    std::iter::once(log).chain(parts).collect()
}

fn consent(history: &History, item: &HistoryItem) -> Option<Value> {
    let What::Granted {
        to,
        by,
        sections,
        purpose,
        ground,
        from,
        until,
        ..
    } = &item.what
    else {
        return None;
    };
    let ended = history
        .items
        .iter()
        .any(|i| matches!(i.what, What::Revoked { grant: Some(n), .. } if n == item.entry));
    let status = match ended || *until <= history.until {
        true => "inactive",
        false => "active",
    };
    let day = |at: UnixTime| at.to_string().chars().take(10).collect::<String>();
    let mut basis = vec![json!({
        "coding": [{ "system": DPV_GDPR, "code": format!("A6-1-{}", ground.basis.letter()) }],
        "text": ground.basis.title(),
    })];
    if let Some(condition) = ground.article_9 {
        basis.push(json!({
            "coding": [{ "system": DPV_GDPR, "code": format!("A9-2-{}", condition.letter()) }],
            "text": condition.title(),
        }));
    }
    Some(json!({
        "resourceType": "Consent", "id": format!("grant-{}", item.entry), "status": status,
        "date": day(item.at.unwrap_or(*from)),
        "period": { "start": from.to_string(), "end": until.to_string() },
        "grantor": [person(by)], "grantee": [person(to)],
        "controller": [{ "display": history.agency }],
        "regulatoryBasis": basis, "decision": "permit",
        "provision": [{
            "period": { "start": from.to_string(), "end": until.to_string() },
            "actor": [{
                "role": { "coding": [{ "system": PARTICIPATION, "code": "IRCP" }] },
                "reference": person(to),
            }],
            "action": [{ "coding": [{ "system": ACTION, "code": "access" }] }],
            "purpose": [{ "system": ACT_REASON, "code": purpose.fhir() }],
            "code": sections.iter().map(|s| json!({ "text": s })).collect::<Vec<_>>(),
        }],
    }))
}

fn person(who: &Who) -> Value {
    json!({ "display": format!("{} ({})", who.agency, who.name) })
}

fn concept(purpose: Purpose) -> Value {
    json!({ "coding": [{ "system": ACT_REASON, "code": purpose.fhir() }], "text": purpose.title() })
}

/// FHIR leaves out what there is not.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
