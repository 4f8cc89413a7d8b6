use super::say;
use crate::args::PolicyCheckArgs;
use crate::error::CliError;
use crate::input;
use billetbook::consent::Policy;
use billetbook::hex::Hex;
use std::path::Path;

/// What a policy allows in plain words, what in it deserves a second look, and its digest.
pub(crate) fn check(args: &PolicyCheckArgs, json: bool) -> Result<(), CliError> {
    let policy = read(&args.policy)?;
    let digest = Hex(&policy.digest()).to_string();
    let (sentences, notes) = (policy.sentences(), policy.notes());
    let agreement = policy.agreement();
    if json {
        let rules: Vec<_> = sentences
            .iter()
            .map(|s| serde_json::json!({ "rule": s.rule, "says": s.text }))
            .collect();
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        let report = serde_json::json!({
            "policy": policy.id(), "version": policy.version(), "nation": policy.nation(), "digest": digest,
            "valid_from": policy.valid().from().to_string(), "valid_until": policy.valid().until().to_string(),
            "confirm_hours": policy.confirm_hours(), "two_issuers": policy.two_issuers(),
            "agreement": { "id": agreement.id, "version": agreement.version },
            "assessment": { "id": agreement.assessment, "version": agreement.assessment_version },
            "rules": rules, "notes": notes,
        });
        say(&serde_json::to_string_pretty(&report)?);
    } else {
        say(&format!(
            "{} version {}, {}",
            policy.id(),
            policy.version(),
            policy.nation().title()
        ));
        say(&format!(
            "in force   {}; decides nothing unless confirmed within {} hours",
            policy.valid(),
            policy.confirm_hours()
        ));
        say(&format!(
            "follows    {} version {}, assessed in {} version {}",
            agreement.id, agreement.version, agreement.assessment, agreement.assessment_version
        ));
        if policy.two_issuers() {
            say("grants     take two persons who issue them, and are not handed on");
        }
        say(&format!("digest     {digest}"));
        for sentence in &sentences {
            say(&format!("\n{}\n  {}", sentence.rule, sentence.text));
        }
        if !notes.is_empty() {
            say("\nLook again:");
        }
        for note in &notes {
            say(&format!("- {note}"));
        }
    }
    Ok(())
}

/// A policy file.
pub(crate) fn read(path: &Path) -> Result<Policy, CliError> {
    Policy::parse(&input::text(path, input::POLICY)?).map_err(|source| CliError::Policy {
        path: path.to_owned(),
        source,
    })
}
