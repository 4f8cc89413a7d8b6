use super::{billet, say};
use crate::args::InspectArgs;
use crate::error::CliError;
use billetbook::hex::Hex;

pub(crate) fn run(args: &InspectArgs, json: bool) -> Result<(), CliError> {
    let billet = billet::read(&args.file)?;
    let envelope = billet
        .envelope()
        .map_err(|e| billet::refused(&args.file, e))?;
    let seen = envelope.inspect();
    let deposits = billet.deposits().len();
    if json {
        let gates: Vec<String> = seen.gates.iter().map(ToString::to_string).collect();
        say(&serde_json::json!({
            "envelope": seen.id.to_string(), "version": 1, "bytes": seen.length,
            "author": seen.author.to_string(), "author_verified": false, "policy_digest": Hex(&seen.policy_digest).to_string(),
            "threshold": seen.threshold, "gates": gates, "slots": seen.slots, "manifest_slot": seen.manifest,
            "owner_packet": true, "deposits": deposits,
        })
        .to_string());
    } else {
        say(&seen.to_string());
        say(&format!(
            "with it   the owner packet and {deposits} deposits, wrapped; an envelope travels without them"
        ));
    }
    Ok(())
}
