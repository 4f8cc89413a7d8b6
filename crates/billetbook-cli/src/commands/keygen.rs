use super::{passphrase, say, write_new};
use crate::args::KeygenArgs;
use crate::error::CliError;
use billetbook::keys::identity::Identity;
use std::path::PathBuf;

pub(crate) fn run(args: &KeygenArgs, json: bool) -> Result<(), CliError> {
    let file = |ending: &str| PathBuf::from(format!("{}.{ending}", args.out.display()));
    let (public, store) = (file("identity"), file("keystore"));
    for path in [&public, &store] {
        if path.symlink_metadata().is_ok() {
            return Err(CliError::OutputExists { path: path.clone() });
        }
    }
    let phrase = passphrase(&args.passphrase, true)?;
    let failed = |source| CliError::Identity {
        path: store.clone(),
        source,
    };
    let identity = Identity::generate(&args.name).map_err(failed)?;
    write_new(
        &store,
        &identity.to_keystore(phrase.as_bytes()).map_err(failed)?,
        true,
    )?;
    write_new(&public, &identity.public().to_text(), false)?;
    let print = identity.public().fingerprint();
    if json {
        say(&serde_json::json!({ "identity": public, "keystore": store, "fingerprint": print.to_string() }).to_string());
    } else {
        say(&format!("hand out:     {}", public.display()));
        say(&format!("keep:         {}", store.display()));
        say(&format!(
            "fingerprint:  {print}   (read it to partners by telephone)"
        ));
    }
    Ok(())
}
