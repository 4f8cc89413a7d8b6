use super::{billet, say};
use crate::args::OpenBilletArgs;
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
    let folder = Folder::create(&args.out)?;
    let mut trusted = billet::Trusted::new(&args.roots, clock::now())?;
    let author = trusted.record(&args.author, Role::Issue)?;
    let billet = billet::read(&args.file)?;
    let envelope = billet::verified(&args.file, &billet, &author)?;
    let unopened = billet::unopened(&args.file);

    let mut stores: Vec<(&Path, Role)> = vec![(&args.keystore, Role::Open)];
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
    let child = |source| CliError::ChildRecord {
        path: args.file.clone(),
        source,
    };
    let record = ChildRecord::from_sections(contents).map_err(child)?;
    let text = Zeroizing::new(record.to_json().map_err(child)?);
    let path = folder.path().join("record.json");
    std::fs::write(&path, text.as_bytes()).map_err(|source| CliError::Write { path, source })?;
    folder.finish()?;
    // Each section was opened the same way.
    let assurance = opened
        .first()
        .map_or(Assurance::Advisory, Opened::assurance);
    if json {
        say(&serde_json::json!({
            "envelope": envelope.id().to_string(), "sections": wanted, "out": args.out, "assurance": assurance.to_string(),
        })
        .to_string());
    } else {
        let names: Vec<&str> = wanted.iter().map(Section::as_str).collect();
        let (id, out) = (envelope.id(), args.out.join("record.json"));
        say(&format!(
            "opened {} of envelope {id}: {}",
            names.join(", "),
            out.display()
        ));
        say(&format!("assurance: {}", assurance));
    }
    Ok(())
}
