//! What must hold of any bytes. The fuzzers search for bytes of which it does not; `cargo test` replays the
//! corpora through the same functions.

#[path = "properties/clk.rs"]
pub mod clk;
#[path = "properties/engine.rs"]
pub mod engine;
#[path = "properties/envelope.rs"]
pub mod envelope;
#[path = "properties/exchange.rs"]
pub mod exchange;
#[path = "properties/gate.rs"]
pub mod gate;
#[path = "properties/log.rs"]
pub mod log;
#[cfg(feature = "parquet")]
#[path = "properties/parties.rs"]
pub mod parties;
#[path = "properties/share.rs"]
pub mod share;

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::{LawfulBasis, Mode, Policy, Purpose, Recipient, Request, decide};
use billetbook::keys::hazmat::{role_keys_from_secrets, root_from_secret};
use billetbook::keys::{
    Compromise, KeyProvider, KeyRecord, KeyRequest, Keystore, PublicRoot, Role, RoleKeys, Root,
    Secret,
};
use billetbook::record::child::ChildRecord;
use billetbook::record::{Grade, IdentifierState, ReadOptions, Schema, read_reader};
use billetbook::wire::{Reader, Writer};
use std::sync::OnceLock;

/// A table is read or refused; what is read is graded the same from its own canonical form.
pub fn record_csv(data: &[u8]) {
    let Ok(file) = read_reader(data, "fuzz", &ReadOptions::default()) else {
        return;
    };
    assert_eq!(
        file.row_record()
            .iter()
            .max()
            .map_or(0, |m| *m as usize + 1),
        file.records().len()
    );
    for r in file.records() {
        if let Some(n) = r.nhs_number.valid() {
            let again = billetbook::record::NhsNumber::parse(n.as_str());
            assert_eq!(again.grade(), Grade::Valid);
        }
        if let Some(p) = r.postcode.valid() {
            assert_eq!(
                billetbook::record::Postcode::parse(p.compact()).valid(),
                Some(p)
            );
        }
        if let Some(n) = r.given_name.valid() {
            assert!(!n.folded().is_empty() && n.folded().bytes().all(|b| b.is_ascii_lowercase()));
        }
    }
}

/// A schema file is read or refused.
pub fn schema_toml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(schema) = Schema::parse(text) {
        assert_eq!(Schema::parse(text).ok(), Some(schema));
    }
}

/// A census is read or refused, and every child has an id of its own.
pub fn cin_xml(data: &[u8]) {
    let data = [b"<Message>".as_slice(), data].concat();
    let Ok(file) = read_reader(data.as_slice(), "fuzz", &ReadOptions::default()) else {
        return;
    };
    let mut ids: Vec<&str> = file.records().iter().map(|r| r.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), file.records().len());
}

/// Reads that succeed, in whatever order, are written again as the bytes they were read from. The first half of the
/// data says what to read, up to a byte of 255; the second is read.
pub fn wire_codec(data: &[u8]) {
    let (plan, bytes) = data.split_at(data.len() / 2);
    let (mut r, mut w) = (Reader::bare(bytes), Writer::default());
    for step in plan.iter().take_while(|step| **step != 255) {
        let most = usize::from(*step >> 3);
        let before = r.at();
        let read = match step % 8 {
            0 => r.u8().map(|v| w.u8(v)),
            1 => r.u16().map(|v| w.u16(v)),
            2 => r.u32().map(|v| w.u32(v)),
            3 => r.u64().map(|v| w.u64(v)),
            4 => r.fixed::<5>().map(|v| w.fixed(&v)),
            5 => r.bytes(most).map(|v| {
                assert!(v.len() <= most);
                w.bytes(v);
            }),
            6 => r.text(most).map(|v| w.text(&v)),
            _ => match r.count_u8(most) {
                Ok(n) => {
                    assert!(n <= most);
                    w.fixed(&bytes[before..=before]);
                    r.take(n).map(|v| w.fixed(v))
                }
                Err(e) => Err(e),
            },
        };
        match read {
            Ok(()) => assert!(r.at() > before),
            Err(_) => return,
        }
    }
    let at = r.at();
    let whole = r.finish().is_ok();
    assert_eq!(w.finish(), bytes[..at]);
    assert_eq!(whole, at == bytes.len());
}

/// Roots, requests, records and compromise statements are refused, or written again as they were. The first byte
/// says which; where the bytes lack only a signature, a known key gives one, so that no signature stands in the way.
pub fn key_record(data: &[u8]) {
    let Some((which, bytes)) = data.split_first() else {
        return;
    };
    let (root, signer) = known_keys();
    let signed = |label: &'static [u8]| match signer.sign(label, bytes) {
        Ok(signature) => [bytes, &signature].concat(),
        Err(_) => Vec::new(),
    };
    match which % 5 {
        0 => same("BILLETBOOK ROOT", bytes, |t| {
            Some(PublicRoot::from_text(t).ok()?.to_text())
        }),
        1 => same("BILLETBOOK KEY REQUEST", bytes, |t| {
            Some(KeyRequest::from_text(t).ok()?.to_text())
        }),
        2 => same(
            "BILLETBOOK KEY REQUEST",
            &signed(b"billetbook/1 key-request\0"),
            |t| Some(KeyRequest::from_text(t).ok()?.to_text()),
        ),
        3 => same(
            "BILLETBOOK KEY RECORD",
            &signed(b"billetbook/1 key-record\0"),
            |t| Some(KeyRecord::from_text(t, root.public()).ok()?.to_text()),
        ),
        _ => same(
            "BILLETBOOK COMPROMISE",
            &signed(b"billetbook/1 compromise\0"),
            |t| Some(Compromise::from_text(t, root.public()).ok()?.to_text()),
        ),
    }
}

/// A keystore is refused, or written again as it was; nothing is opened.
pub fn keystore(data: &[u8]) {
    same("BILLETBOOK KEYSTORE", data, |t| {
        Some(Keystore::from_text(t).ok()?.to_text())
    });
}

const SEED: &[u8; 32] = b"a seed that whoever reads, knows";

/// A root and a key of one Ed25519 seed that everyone knows.
fn known_keys() -> &'static (Root, RoleKeys) {
    static KNOWN: OnceLock<(Root, RoleKeys)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let seed = || Secret::from_secret_bytes(SEED).unwrap();
        let from = UnixTime::from_secs(0).unwrap();
        let window = Window::new(from, UnixTime::LAST).unwrap();
        let signer = role_keys_from_secrets(Role::Gate, "gate 1", window, seed(), seed());
        (root_from_secret("West", seed()).unwrap(), signer.unwrap())
    })
}

fn same(label: &str, bytes: &[u8], read: impl Fn(&str) -> Option<String>) {
    let armoured = pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, bytes);
    let Ok(text) = armoured else { return };
    if let Some(again) = read(&text) {
        assert_eq!(again, text);
    }
}

/// A policy is refused, as text or compiled, or compiled and read as the same; then it decides every request that
/// it can be asked, and permits no more than was asked.
pub fn policy(data: &[u8]) {
    if let Ok(policy) = Policy::from_bytes(data) {
        assert_eq!(policy.to_bytes(), data);
        ask_all(&policy);
    }
    let text = std::str::from_utf8(data);
    if let Ok(policy) = text
        .map_err(drop)
        .and_then(|t| Policy::parse(t).map_err(drop))
    {
        let again = Policy::from_bytes(&policy.to_bytes());
        assert_eq!(again.as_ref().map(Policy::digest), Ok(policy.digest()));
        assert_eq!(again, Ok(policy.clone()));
        ask_all(&policy);
    }
}

fn ask_all(policy: &Policy) {
    assert_eq!(policy.sentences().len(), policy.rules().len());
    let _ = policy.notes();
    let now = policy.valid().from();
    let Ok(window) = Window::new(now, now.after(3600)) else {
        return;
    };
    let parties: Vec<_> = policy.organisations().keys().take(3).cloned().collect();
    for (source, organisation) in parties
        .iter()
        .flat_map(|a| parties.iter().map(move |b| (a, b)))
    {
        let Some(role) = policy.organisations()[organisation].roles.first() else {
            continue;
        };
        for purpose in Purpose::ALL.iter().copied() {
            for basis in policy
                .rules()
                .values()
                .flat_map(|r| r.bases.iter().copied())
                .chain([LawfulBasis::VitalInterests])
                .take(3)
            {
                let request = Request {
                    source: source.clone(),
                    recipient: Recipient {
                        organisation: organisation.clone(),
                        role: role.clone(),
                    },
                    sections: policy.sections().keys().take(2).cloned().collect(),
                    purpose,
                    mode: Mode::Existence,
                    basis,
                    special: None,
                    offence: None,
                    window,
                    identifier: IdentifierState::Unknown,
                };
                if let Ok(permit) = decide(&request, policy, &policy.head(now), &[], now) {
                    assert!(permit.scope().window().is_within(window));
                    assert_eq!(permit.scope().sections(), &request.sections);
                }
            }
        }
    }
}

/// A record is refused, or its sections make the same sections again; so for the bytes of one section.
pub fn child_record(data: &[u8]) {
    if let Ok(record) = ChildRecord::from_json(data) {
        let json = record.to_json();
        assert_eq!(
            json.map(|j| ChildRecord::from_json(j.as_bytes())),
            Ok(Ok(record.clone()))
        );
        same_sections(&record);
    }
    if let Ok(record) = ChildRecord::from_sections([data]) {
        same_sections(&record);
    }
}

fn same_sections(record: &ChildRecord) {
    if let Ok(sections) = record.to_sections() {
        let again = ChildRecord::from_sections(sections.values().map(|s| s.as_slice()));
        assert_eq!(again.and_then(|r| r.to_sections()), Ok(sections));
    }
}
