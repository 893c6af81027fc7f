//! `reelgraph`: the one binary. Reads the command line, hands over to the command, prints its error.

#![expect(unreachable_pub, reason = "a binary has no public items; pub here marks what a file offers to the others")]

mod app;
mod arguments;
mod client;
mod command;
mod config;
mod encoders;
mod library;
mod logging;
mod output;
mod shutdown;
mod usage;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    logging::start(&arguments);
    match command::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            output::print_error(&error);
            ExitCode::FAILURE
        }
    }
}
