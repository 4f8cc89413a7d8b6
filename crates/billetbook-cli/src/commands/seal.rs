use super::{billet, policy, record, say, write_new_bytes};
use crate::args::{PaddingKind, SealArgs};
use crate::clock;
use crate::error::CliError;
use billetbook::envelope::{Gates, Padding, Sealer};
use billetbook::keys::Role;
use billetbook::record::Section;

pub(crate) fn run(args: &SealArgs, json: bool) -> Result<(), CliError> {
    if args.out.symlink_metadata().is_ok() {
        return Err(CliError::OutputExists {
            path: args.out.clone(),
        });
    }
    let policy = policy::read(&args.policy)?;
    let now = clock::now();
    let mut trusted = billet::Trusted::new(&args.roots, now)?;
    let owner = trusted.current(&args.to_owner, Role::Open)?;
    let gates = args
        .gates
        .iter()
        .map(|path| trusted.current(path, Role::Gate))
        .collect::<Result<Vec<_>, _>>()?;
    let gates = match args.threshold {
        Some(threshold) => Gates::with_threshold(threshold, gates)?,
        None => Gates::new(gates)?,
    };
    let record = record::read(&args.record)?;
    let contents = record::sections(&record, &args.record)?;
    let sections = record::to_seal(&contents);

    let keys = billet::role_keys(&[(&args.author, Role::Issue)], &args.passphrase)?;
    trusted.own(&args.author, &keys[0])?;
    let billet = Sealer::new(&keys[0], &owner, &gates, &policy)
        .padding(match args.padding {
            PaddingKind::Uniform => Padding::Uniform {
                at_least: args.at_least,
            },
            PaddingKind::Compact => Padding::Compact,
        })
        .slots(args.slots)
        .seal(&sections, now)?;
    write_new_bytes(&args.out, &billet.encode(), false)?;

    let id = billet.owner_packet().envelope().to_string();
    let names: Vec<&str> = contents.keys().map(Section::as_str).collect();
    let assurance = gates.assurance().to_string();
    if json {
        say(&serde_json::json!({
            "envelope": id, "sections": names, "threshold": gates.threshold(),
            "gates": gates.records().len(), "once_gates_enforce": assurance, "out": args.out,
        })
        .to_string());
    } else {
        say(&format!(
            "sealed {} as envelope {id}: {}",
            names.join(", "),
            args.out.display()
        ));
        say(&format!("once the gates enforce a log: {assurance}"));
    }
    Ok(())
}
