mod granted;

pub(crate) use granted::{Using, written};

use super::{billet, say};
use crate::args::{OpenBilletArgs, RootsArgs};
use crate::clock;
use crate::error::CliError;
use crate::output::Folder;
use billetbook::envelope::{Assurance, Opened};
use billetbook::keys::{KeyProvider, Role};
use billetbook::record::Section;
use billetbook::record::child::ChildRecord;
use std::path::Path;
use zeroize::Zeroizing;

pub(crate) fn run(args: &OpenBilletArgs, json: bool) -> Result<(), CliError> {
    match (&args.book, &args.keystore, &args.author, &args.out) {
        (Some(book), ..) => granted::run(args, book, json),
        (None, Some(keystore), Some(author), Some(out)) => {
            as_owner(args, (keystore, author, out), json)
        }
        // The command line asks for them.
        _ => Err(CliError::NeedsRoot),
    }
}

fn as_owner(
    args: &OpenBilletArgs,
    (keystore, author, out): (&Path, &Path, &Path),
    json: bool,
) -> Result<(), CliError> {
    let folder = Folder::create(out)?;
    let roots = RootsArgs {
        roots: args.roots.clone(),
        compromised: args.compromised.clone(),
    };
    let mut trusted = billet::Trusted::new(&roots, clock::now())?;
    let author = trusted.record(author, Role::Issue)?;
    let billet = billet::read(&args.file)?;
    let envelope = billet::verified(&args.file, &billet, &author)?;
    let unopened = billet::unopened(&args.file);

    let mut stores: Vec<(&Path, Role)> = vec![(keystore, Role::Open)];
    stores.extend(args.gates.iter().map(|path| (path.as_path(), Role::Gate)));
    let keys = billet::role_keys(&stores, &args.passphrase)?;
    let owned = envelope
        .owned_by(billet.owner_packet(), &keys[0])
        .map_err(&unopened)?;
    let mut shares = Vec::new();
    for (key, path) in keys[1..].iter().zip(&args.gates) {
        let id = key.key_id();
        let deposit = billet.deposits().iter().find(|d| d.gate_key() == id);
        let deposit = deposit.ok_or_else(|| CliError::NoDeposit { path: path.clone() })?;
        let deposit = envelope.deposit(deposit.clone(), &author);
        let deposit = deposit.map_err(|e| billet::refused(&args.file, e))?;
        shares.push(deposit.open(key).map_err(&unopened)?);
    }

    let mut wanted = args.sections.clone();
    if wanted.is_empty() {
        wanted = owned
            .entries()
            .iter()
            .map(|e| e.section().clone())
            .collect();
    }
    let mut opened = Vec::with_capacity(wanted.len());
    for section in &wanted {
        opened.push(owned.open_advisory(section, &shares).map_err(&unopened)?);
    }
    let contents = opened.iter().map(|o| o.section().content());
    write_record(&folder, contents, &args.file)?;
    folder.finish()?;
    // Each section was opened the same way.
    let assurance = opened
        .first()
        .map_or(Assurance::Advisory, Opened::assurance);
    if json {
        say(&serde_json::json!({
            "envelope": envelope.id().to_string(), "sections": wanted, "out": out, "assurance": assurance.to_string(),
        })
        .to_string());
    } else {
        let names: Vec<&str> = wanted.iter().map(Section::as_str).collect();
        let (id, out) = (envelope.id(), out.join("record.json"));
        say(&format!(
            "opened {} of envelope {id}: {}",
            names.join(", "),
            out.display()
        ));
        say(&format!("assurance: {}", assurance));
    }
    Ok(())
}

/// Writes the record that opened sections make.
fn write_record<'a>(
    folder: &Folder,
    contents: impl IntoIterator<Item = &'a [u8]>,
    from: &Path,
) -> Result<(), CliError> {
    let child = |source| CliError::ChildRecord {
        path: from.to_owned(),
        source,
    };
    let record = ChildRecord::from_sections(contents).map_err(child)?;
    let text = Zeroizing::new(record.to_json().map_err(child)?);
    let path = folder.path().join("record.json");
    std::fs::write(&path, text.as_bytes()).map_err(|source| CliError::Write { path, source })
}
