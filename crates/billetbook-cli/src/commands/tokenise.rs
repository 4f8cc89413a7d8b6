use super::linkage::refused;
use super::{NewFile, key_set_of, keystore, read_options, say, write_new};
use crate::args::TokeniseArgs;
use crate::error::CliError;
use crate::input;
use crate::progress::Progress;
use billetbook::keys::descriptor::Descriptor;
use billetbook::linkage::{TokeniseOptions, make_token_file_with};
use billetbook::record::read_path;
use billetbook::token::TokenForm;

pub(crate) fn run(args: &TokeniseArgs, json: bool) -> Result<(), CliError> {
    for path in [&args.out, &args.crosswalk] {
        if path.symlink_metadata().is_ok() {
            return Err(CliError::OutputExists { path: path.clone() });
        }
    }
    let member = keystore(&args.keystore, &args.passphrase)?;
    let (descriptor, open) =
        Descriptor::accepted(&input::text(&args.linkage, input::LINKAGE)?, &member)
            .map_err(refused(&args.linkage))?;
    let key_set = key_set_of(&descriptor)?;
    let progress = Progress::new(json);
    progress.step("reading");
    let file = read_path(&args.file, &read_options(&args.columns)?)?;
    progress.step("making tokens");
    let with = TokeniseOptions {
        residue: args.residue,
    };
    let (tokens, walk) = make_token_file_with(file.records(), &key_set, &open, &member, with)?;
    progress.step("writing");
    // The crosswalk first: a token file without it could never be resolved.
    let mut travelling = NewFile::create(&args.out)?;
    let written = tokens.write_to(travelling.file(), &key_set, TokenForm::of(&args.out));
    write_new(&args.crosswalk, &walk.to_text(), true)?;
    if let Err(e) = travelling.finish(written, false) {
        let _ = std::fs::remove_file(&args.crosswalk);
        return Err(e);
    }
    progress.done();
    let rows = walk.rows.len();
    if json {
        say(&serde_json::json!({ "records": file.records().len(), "rows": rows, "tokens": args.out, "crosswalk": args.crosswalk }).to_string());
    } else {
        say(&format!(
            "{} records became {rows} rows of {} tokens",
            file.records().len(),
            key_set.tokens_per_record()
        ));
        if args.residue {
            say(
                "each with a diffused CLK: who matches the files also sees which rows of one file are alike",
            );
        }
        say(&format!("send:          {}", args.out.display()));
        say(&format!("keep at home:  {}", args.crosswalk.display()));
    }
    Ok(())
}
