//! What must hold of any bytes. The fuzzers search for bytes of which it does not; `cargo test` replays the
//! corpora through the same functions.

use billetbook::keys::descriptor::Descriptor;
use billetbook::keys::identity::PublicIdentity;
use billetbook::linkage::MemberResult;
use billetbook::record::{Grade, ReadOptions, Schema, read_reader};
use billetbook::token::{Crosswalk, KeySet, TokenFile};

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

/// A token file is refused, or written again and read as the same.
pub fn token_file(data: &[u8]) {
    let (Ok(set), Ok(folder)) = (KeySet::uk_children(), tempfile::tempdir()) else {
        return;
    };
    let (path, again) = (folder.path().join("a"), folder.path().join("b"));
    if std::fs::write(&path, data).is_err() {
        return;
    }
    if let Ok(file) = TokenFile::read(&path, &set) {
        assert!(file.write(&again, &set).is_ok());
        assert_eq!(TokenFile::read(&again, &set).ok(), Some(file));
    }
}

/// Identities, descriptors, results and crosswalks are refused, or written again as they were.
pub fn party_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(x) = PublicIdentity::from_text(text) {
        assert_eq!(PublicIdentity::from_text(&x.to_text()).ok(), Some(x));
    }
    if let Ok(x) = Descriptor::from_text(text) {
        assert_eq!(Descriptor::from_text(&x.to_text()).ok(), Some(x));
    }
    if let Ok(x) = MemberResult::from_text(text) {
        assert_eq!(MemberResult::from_text(&x.to_text()).ok(), Some(x));
    }
    if let Ok(x) = Crosswalk::from_text(text) {
        assert_eq!(Crosswalk::from_text(&x.to_text()).ok(), Some(x));
    }
}
