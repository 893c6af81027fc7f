//! The commands, one file each.

mod decode_child;
mod demo;
mod doctor;
mod eval;
mod import;
mod ingest;
mod migrate;
mod models;
mod refresh;
mod reindex;
mod schema;
mod search;
mod serve;
mod space;
mod work;

use std::process::ExitCode;

use anyhow::Context;

use crate::arguments::{Arguments, Command};

/// Runs the command that was asked for.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { common, command } = arguments;
    match command {
        Command::DecodeChild => Ok(decode_child::run()),
        Command::Schema => schema::run(),
        Command::Models(command) => models::run(&common, command),
        Command::Serve(serve) => on_runtime(serve::run(&common, serve)),
        Command::Work(work) => on_runtime(work::run(&common, work)),
        Command::Ingest(ingest) => on_runtime(ingest::run(&common, ingest)),
        Command::Refresh(refresh) => on_runtime(refresh::run(&common, refresh)),
        Command::Import(import) => on_runtime(import::run(&common, import)),
        Command::Search(search) => on_runtime(search::run(&common, search)),
        Command::Demo(demo) => on_runtime(demo::run(&common, demo)),
        Command::Space(space) => on_runtime(space::run(&common, space)),
        Command::Eval(eval) => on_runtime(eval::run(&common, eval)),
        Command::Doctor => on_runtime(doctor::run(&common)),
        Command::Migrate => on_runtime(migrate::run(&common)),
        Command::Reindex => on_runtime(reindex::run(&common)),
    }
}

fn on_runtime(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime cannot start")?;
    runtime.block_on(command)
}
