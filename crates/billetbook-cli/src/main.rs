//! The `billetbook` command: link files of children's records without passing names around.

mod args;
mod clock;
mod commands;
mod error;
mod output;
mod progress;

use args::{Args, Command};
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
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            e.print(args.json);
            e.code()
        }
    }
}
