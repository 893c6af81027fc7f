//! Where logs go: standard error, so that standard output stays for results.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};

/// Starts logging. `REELGRAPH_LOG` (same syntax as `RUST_LOG`) wins over `-v`.
pub fn start(arguments: &Arguments) {
    let is_service = matches!(arguments.command, Command::Serve(_) | Command::Work(_));
    let fallback = match arguments.common.verbose {
        0 if is_service => "info",
        0 => "error",
        1 => "info",
        _ => "debug,hyper=info,sqlx=info,tantivy=info,ort=info",
    };
    let filter = EnvFilter::try_from_env("REELGRAPH_LOG").unwrap_or_else(|_| EnvFilter::new(quiet(fallback)));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if arguments.common.json || !std::io::stderr().is_terminal() && is_service {
        logs.json().init();
    } else {
        logs.compact().init();
    }
}

/// The level for our own code; libraries that chat at `info` are held at `warn`.
fn quiet(level: &str) -> String {
    format!("{level},ort=warn,tantivy=warn,sqlx=warn,sea_orm_migration=warn,qdrant_edge=error,actix_server=warn")
}
