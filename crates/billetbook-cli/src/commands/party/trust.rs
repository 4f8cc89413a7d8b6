//! Whom a gate or a witness trusts: cards, roots, and what was said of keys that may be in other hands.

use super::{Kind, cards, named, there};
use crate::args::PartyTrustArgs;
use crate::commands::{replace, say};
use crate::error::CliError;
use crate::input;
use billetbook::exchange::Card;
use billetbook::keys::{Directory, Fingerprint, PublicRoot};
use std::path::Path;

pub(super) fn trust(kind: Kind, args: &PartyTrustArgs, json: bool) -> Result<(), CliError> {
    there(kind, &args.to)?;
    let text = input::text(&args.card, input::KEY_FILE)?;
    let read = |path: &Path, text: &str| {
        Card::from_text(text).map_err(|source| CliError::Card {
            path: path.to_owned(),
            source,
        })
    };
    if kind == Kind::Gate && text.starts_with("-----BEGIN BILLETBOOK COMPROMISE-----") {
        return compromised(args, &text, json);
    }
    if kind == Kind::Gate && text.starts_with("-----BEGIN BILLETBOOK ROOT-----") {
        return root(args, &text, json);
    }
    let card = read(&args.card, &text)?;
    let found = card.fingerprint();
    told(args, found)?;
    let path = args.to.join("cards").join(format!("{found}.card"));
    if path.exists() && read(&path, &input::text(&path, input::KEY_FILE)?)?.made() > card.made() {
        return Err(CliError::OlderCard {
            path: args.card.clone(),
        });
    }
    replace(&path, &text)?;
    let (organisation, name) = (card.organisation(), card.root().name());
    match json {
        true => say(&serde_json::json!({ "trusted": organisation, "name": name }).to_string()),
        false => say(&format!("trusted: {organisation}, {name}")),
    }
    Ok(())
}

/// Trusts the root of an agency that keeps a gate and has no book, whose gate is to deal to this one or be dealt to.
fn root(args: &PartyTrustArgs, text: &str, json: bool) -> Result<(), CliError> {
    let root = PublicRoot::from_text(text).map_err(|source| CliError::KeyFile {
        path: args.card.clone(),
        source,
    })?;
    told(args, root.fingerprint())?;
    keep_root(&args.to, &root)?;
    match json {
        true => say(&serde_json::json!({ "trusted": root.name() }).to_string()),
        false => say(&format!("trusted: the root of {}", root.name())),
    }
    Ok(())
}

/// That a root's fingerprint is the one that the agency told.
fn told(args: &PartyTrustArgs, found: Fingerprint) -> Result<(), CliError> {
    let path = || args.card.clone();
    let from = args.from.as_ref();
    let from = from.ok_or_else(|| CliError::NeedsFrom { path: path() })?;
    let named: Fingerprint = from.parse().map_err(CliError::Fingerprint)?;
    match found.is_named_by(&named) {
        true => Ok(()),
        false => Err(CliError::OtherCard {
            path: path(),
            found,
        }),
    }
}

/// Writes a root beside the cards.
pub(super) fn keep_root(folder: &Path, root: &PublicRoot) -> Result<(), CliError> {
    let name = format!("{}.root", root.fingerprint());
    replace(&folder.join("cards").join(name), &root.to_text())
}

/// Keeps the word of a root that the gate trusts that a key is in other hands.
fn compromised(args: &PartyTrustArgs, text: &str, json: bool) -> Result<(), CliError> {
    let mut keys = keys(&args.to)?;
    let id = keys
        .add_compromise(text)
        .map_err(|source| CliError::KeyFile {
            path: args.card.clone(),
            source,
        })?;
    let since = keys.said_of(id).map_or(0, |at| at.as_secs());
    let name = format!("{id}-{since}.compromise");
    replace(&args.to.join("cards").join(name), text)?;
    match json {
        true => say(&serde_json::json!({ "compromised": id.to_string() }).to_string()),
        false => say(&format!("key {id} is in other hands: refused from now on")),
    }
    Ok(())
}

/// The keys that a gate trusts: those of its cards, and what was said of them.
pub(super) fn keys(folder: &Path) -> Result<Directory, CliError> {
    let cards = cards(folder)?;
    let bad = |source| CliError::Card {
        path: folder.join("cards"),
        source,
    };
    let mut roots: Vec<PublicRoot> = cards.iter().map(|c| c.root().clone()).collect();
    for path in named(folder, "root")? {
        let root = PublicRoot::from_text(&input::text(&path, input::KEY_FILE)?);
        roots.push(root.map_err(|source| CliError::KeyFile { path, source })?);
    }
    let mut keys = Directory::new(roots);
    for card in &cards {
        card.add_to(&mut keys).map_err(bad)?;
    }
    for path in named(folder, "compromise")? {
        let text = input::text(&path, input::KEY_FILE)?;
        let added = keys.add_compromise(&text);
        added.map_err(|source| CliError::KeyFile { path, source })?;
    }
    Ok(keys)
}
