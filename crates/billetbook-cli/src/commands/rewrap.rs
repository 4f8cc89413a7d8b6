use super::{billet, say, write_new_bytes};
use crate::args::RewrapArgs;
use crate::clock;
use crate::error::CliError;
use billetbook::keys::Role;

pub(crate) fn run(args: &RewrapArgs, json: bool) -> Result<(), CliError> {
    let now = clock::now();
    let mut trusted = billet::Trusted::new(&args.roots, now)?;
    let author = trusted.record(&args.author, Role::Issue)?;
    let owner = trusted.current(&args.to_owner, Role::Open)?;
    let billet = billet::read(&args.file)?;
    let keys = billet::role_keys(&[(&args.keystore, Role::Open)], &args.passphrase)?;
    let envelope = billet::verified(&args.file, &billet, &author)?;
    let unopened = billet::unopened(&args.file);
    let packet = envelope
        .owned_by(billet.owner_packet(), &keys[0])
        .and_then(|owned| owned.rewrap(&owner, now))
        .map_err(unopened)?;
    let id = envelope.id();
    let rewrapped = billet.clone().with_owner_packet(packet);
    let rewrapped = rewrapped.map_err(|e| billet::refused(&args.file, e))?;
    write_new_bytes(&args.out, &rewrapped.encode(), false)?;
    if json {
        say(&serde_json::json!({ "envelope": id.to_string(), "owner": owner.id().to_string(), "out": args.out }).to_string());
    } else {
        say(&format!(
            "envelope {id} wrapped to {}: {}",
            owner.name(),
            args.out.display()
        ));
    }
    Ok(())
}
