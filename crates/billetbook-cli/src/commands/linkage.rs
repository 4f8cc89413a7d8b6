use super::{keystore, say, write_new};
use crate::args::{Keys, NewArgs, OpenArgs, ShowArgs};
use crate::error::CliError;
use crate::input;
use billetbook::keys::descriptor::{Descriptor, DescriptorError};
use billetbook::keys::identity::PublicIdentity;
use billetbook::token::KeySet;
use std::path::Path;

pub(crate) fn new(args: &NewArgs, json: bool) -> Result<(), CliError> {
    let maker = keystore(&args.keystore, &args.passphrase)?;
    let mut members = Vec::new();
    for path in &args.members {
        let read = PublicIdentity::from_text(&input::text(path, input::KEY_FILE)?);
        members.push(read.map_err(|source| CliError::Identity {
            path: path.clone(),
            source,
        })?);
    }
    let set = match (args.keys, args.keys.preset()) {
        (_, Some(preset)) => preset.key_set()?,
        (Keys::People, _) => KeySet::people()?,
        _ => KeySet::uk_children()?,
    };
    let descriptor = Descriptor::make(
        &args.name,
        args.epoch,
        (set.name(), set.digest()),
        &maker,
        &members,
    )
    .map_err(refused(&args.out))?;
    write_new(&args.out, &descriptor.to_text(), false)?;
    describe(&descriptor, json);
    Ok(())
}

pub(crate) fn show(args: &ShowArgs, json: bool) -> Result<(), CliError> {
    describe(&read(&args.linkage)?, json);
    Ok(())
}

pub(crate) fn open(args: &OpenArgs, json: bool) -> Result<(), CliError> {
    let from = args.from.parse().map_err(CliError::Fingerprint)?;
    let descriptor = read(&args.linkage)?;
    let member = keystore(&args.keystore, &args.passphrase)?;
    let text = descriptor
        .accept(&member, &from)
        .map_err(refused(&args.linkage))?;
    write_new(&args.out, &text, true)?;
    if json {
        say(&serde_json::json!({ "opened": args.out }).to_string());
    } else {
        say(&format!(
            "opened \"{}\", made by {}: {}",
            descriptor.name(),
            descriptor.maker().name(),
            args.out.display()
        ));
    }
    Ok(())
}

/// Reads a descriptor; its maker's signature holds.
pub(crate) fn read(path: &Path) -> Result<Descriptor, CliError> {
    Descriptor::from_text(&input::text(path, input::LINKAGE)?).map_err(refused(path))
}

pub(crate) fn refused(path: &Path) -> impl Fn(DescriptorError) -> CliError + '_ {
    move |source| CliError::Descriptor {
        path: path.to_owned(),
        source,
    }
}

fn describe(d: &Descriptor, json: bool) {
    if json {
        let members: Vec<_> = d
            .members()
            .map(|m| serde_json::json!({ "name": m.name(), "fingerprint": m.fingerprint().to_string() }))
            .collect();
        say(&serde_json::json!({
            "name": d.name(), "epoch": d.epoch(), "key_set": d.key_set(),
            "maker": { "name": d.maker().name(), "fingerprint": d.maker().fingerprint().to_string() },
            "members": members,
        }).to_string());
        return;
    }
    say(&format!(
        "linkage  \"{}\", epoch {}, key set {}",
        d.name(),
        d.epoch(),
        d.key_set()
    ));
    say(&format!(
        "maker    {}   {}",
        d.maker().fingerprint(),
        d.maker().name()
    ));
    for m in d.members() {
        say(&format!("member   {}   {}", m.fingerprint(), m.name()));
    }
}
