//! Of what parties of a linkage send each other.

use billetbook::keys::descriptor::Descriptor;
use billetbook::keys::identity::PublicIdentity;
use billetbook::linkage::MemberResult;
use billetbook::token::{Crosswalk, KeySet, TokenFile};

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
