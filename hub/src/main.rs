//! `reelgraph`: the one binary. Reads the command line, hands over to the command, prints its error.

#![expect(unreachable_pub, reason = "a binary has no public items; pub here marks what a file offers to the others")]

mod app;
mod arguments;
mod client;
mod command;
mod config;
mod crops;
mod encoders;
mod environment;
mod library;
mod logging;
mod output;
mod pictures;
mod reranking;
mod shutdown;
mod usage;
mod vocabulary;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if let Err(error) = environment::complete() {
        let error = anyhow::Error::new(error).context(
            "this program cannot start itself anew with the settings that its libraries need; is its file still there?",
        );
        output::print_error(&error, false);
        return ExitCode::FAILURE;
    }
    let arguments = arguments::Arguments::parse();
    logging::start(&arguments);
    let is_json = arguments.common.json;
    match command::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            output::print_error(&error, is_json);
            ExitCode::FAILURE
        }
    }
}
