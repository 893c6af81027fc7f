//! `reelgraph migrate`: brings the database to this version's schema.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use reelgraph_models::clock::SystemClock;
use reelgraph_models::store::Store;
use serde_json::json;

use crate::arguments::Common;
use crate::{config, output};

pub async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let config = config::load(common)?;
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    let store =
        Store::connect(&config.database.url, Arc::new(SystemClock)).await.context("the database cannot be opened")?;
    let applied = store.migrate().await.context("a migration failed; the database is as it was before that one")?;
    if common.json {
        output::json(&json!({ "applied": applied }))?;
    } else {
        match applied {
            0 => output::line("The database is up to date."),
            count => output::line(format!("{count} migrations applied.")),
        }
    }
    Ok(ExitCode::SUCCESS)
}
