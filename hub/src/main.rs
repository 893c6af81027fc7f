//! `reelgraph`: the one binary. Reads the command line, hands over to the command, prints its error.

#![expect(unreachable_pub, reason = "a binary has no public items; pub here marks what a file offers to the others")]

mod app;
mod arguments;
mod client;
mod command;
mod config;
mod crops;
mod encoders;
mod library;
mod logging;
mod output;
mod shutdown;
mod usage;

use std::process::ExitCode;

use clap::Parser;

/// ONNX Runtime reads it when its library is loaded.
const NO_TELEMETRY: (&str, &str) = ("ORT_DISABLE_TELEMETRY", "1");

/// Starts this program anew with ONNX Runtime's telemetry switched off: from 1.31 on the library collects facts about the
/// machine before it can be asked not to, and nothing may leave it. Only the environment reaches it in time.
fn without_telemetry() -> Option<std::io::Error> {
    use std::os::unix::process::CommandExt;

    let (name, value) = NO_TELEMETRY;
    // A decoder runs no models.
    let is_decoder = std::env::args_os().nth(1).is_some_and(|command| command == "decode-child");
    if is_decoder || std::env::var_os(name).is_some_and(|set| set == value) {
        return None;
    }
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return Some(error),
    };
    // Returns only where it fails.
    Some(std::process::Command::new(program).args(std::env::args_os().skip(1)).env(name, value).exec())
}

fn main() -> ExitCode {
    if let Some(error) = without_telemetry() {
        let error = anyhow::Error::new(error)
            .context("this program cannot start itself anew without telemetry; set ORT_DISABLE_TELEMETRY=1");
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
