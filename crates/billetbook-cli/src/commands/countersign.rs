use super::billet::role_keys;
use super::book::failed;
use super::grant::free;
use super::{say, write_new_bytes};
use crate::args::CountersignArgs;
use crate::clock;
use crate::error::CliError;
use crate::input;
use billetbook::grant::Proposal;
use billetbook::keys::Role;

/// Signs a proposed grant as the second person, and says what it allows.
pub(crate) fn run(args: &CountersignArgs, json: bool) -> Result<(), CliError> {
    free(&args.out)?;
    let at = failed(&args.proposal);
    let bytes = input::given(Some(&args.proposal), input::MESSAGE)?;
    let proposal = Proposal::decode(&bytes).map_err(|e| at(e.into()))?;
    let keys = role_keys(&[(&args.key, Role::Issue)], &args.passphrase)?;
    let key = keys.first().ok_or(CliError::NoPassphrase)?;
    let terms = proposal.terms().clone();
    let grant = proposal.countersign(key, clock::now());
    let grant = grant.map_err(|e| at(e.into()))?;
    write_new_bytes(&args.out, &grant.encode(), false)?;
    let (slots, opens) = (terms.slots.iter().count(), terms.most_opens);
    let until = terms.window.until().to_string();
    if json {
        say(&serde_json::json!({
            "countersigned": args.out, "envelope": terms.envelope.to_string(), "slots": slots,
            "purpose": terms.purpose.word(), "opens": opens, "until": until,
        })
        .to_string());
        return Ok(());
    }
    say(&format!("{:<14}{}", "to key:", grant.recipient()));
    say(&format!(
        "{:<14}{slots} sections of envelope {}",
        "what:", terms.envelope
    ));
    say(&format!("{:<14}{}", "what for:", terms.purpose.title()));
    say(&format!(
        "{:<14}{}",
        "legal ground:",
        terms.ground.basis.title()
    ));
    say(&format!(
        "{:<14}at most {opens} time(s), until {until}",
        "how often:"
    ));
    say(&format!("{:<14}{}", "countersigned:", args.out.display()));
    Ok(())
}
