//! The `billetbook` command: link files of children's records without passing names around.

mod args;
mod clock;
mod commands;
mod error;
mod input;
mod output;
mod progress;

use args::{Args, Command, LinkageCommand, PolicyCommand, RecordCommand};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    progress::on_interrupt();
    let done = match &args.command {
        Command::Demo(a) => commands::demo::run(a, args.json),
        Command::Synth(a) => commands::synth::run(a, args.json),
        Command::Validate(a) => commands::validate::run(a, args.json),
        Command::Link(a) => commands::link::run(a, args.json),
        Command::Keygen(a) => commands::keygen::run(a, args.json),
        Command::Keys(c) => commands::keys::run(c, args.json),
        Command::Policy(PolicyCommand::Check(a)) => commands::policy::check(a, args.json),
        Command::Record(RecordCommand::Check(a)) => commands::record::check(a, args.json),
        Command::Record(RecordCommand::Schema) => {
            commands::record::schema();
            Ok(())
        }
        Command::Seal(a) => commands::seal::run(a, args.json),
        Command::Inspect(a) => commands::inspect::run(a, args.json),
        Command::Open(a) => commands::open::run(a, args.json),
        Command::Book(c) => commands::book::run(c, args.json),
        Command::Request(a) => commands::request::run(a, args.json),
        Command::Grant(a) => commands::grant::run(a, args.json),
        Command::Countersign(a) => commands::countersign::run(a, args.json),
        Command::Refuse(a) => commands::refuse::run(a, args.json),
        Command::Consent(c) => commands::consent::run(c, args.json),
        Command::HandOn(a) => commands::hand_on::run(a, args.json),
        Command::Revoke(a) => commands::revoke::run(a, args.json),
        Command::Hold(a) => commands::hold::run(a, args.json),
        Command::Erase(a) => commands::revoke::erase(a, args.json),
        Command::BreakGlass(a) => commands::break_glass::run(a, args.json),
        Command::History(a) => commands::history::run(a, args.json),
        Command::Audit(c) => commands::audit::run(c, args.json),
        Command::Gate(c) => commands::party::gate(c, args.json),
        Command::Witness(c) => commands::party::witness(c, args.json),
        Command::Rewrap(a) => commands::rewrap::run(a, args.json),
        Command::Linkage(LinkageCommand::New(a)) => commands::linkage::new(a, args.json),
        Command::Linkage(LinkageCommand::Show(a)) => commands::linkage::show(a, args.json),
        Command::Linkage(LinkageCommand::Open(a)) => commands::linkage::open(a, args.json),
        Command::Tokenise(a) => commands::tokenise::run(a, args.json),
        Command::Match(a) => commands::match_files::run(a, args.json),
        Command::Clk(c) => commands::clk::run(c, args.json),
        Command::Resolve(a) => commands::resolve::run(a, args.json),
    };
    match done.and_then(|()| commands::all_said()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            e.print(args.json);
            e.code()
        }
    }
}
