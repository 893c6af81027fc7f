//! `reelgraph reindex`: rebuilds both search indexes from the database.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::App;
use crate::arguments::Common;
use crate::{config, library, output};

pub async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let config = config::load(common)?;
    let lock = library::take_exclusively(&config.data)?;
    // Not opened to be cleared: what is damaged may not open at all.
    let folder = config.data.join("index");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("the index folder {} cannot be removed; check who owns it", folder.display()))?;
    }
    let address = config.listen;
    let app = App::open(config, lock, address).await?;
    let started = Instant::now();
    let bar = if common.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}")?);
    let published = app
        .reconciler()
        .rebuild(|done| bar.set_message(format!("{} assets, {} moments", done.assets, done.moments)))
        .await
        .context("the indexes could not be rebuilt; run it again, it goes on from where it was")?;
    let publishing = started.elapsed();
    bar.set_message("everything can be found; building what makes searches fast");
    app.index().settle().await.context("the vector index could not be built to the end; searches work, but slower")?;
    bar.finish_and_clear();
    if common.json {
        output::json(&json!({
            "assets": published.assets,
            "moments": published.moments,
            "publish_ms": publishing.as_millis() as u64,
            "wall_ms": started.elapsed().as_millis() as u64,
        }))?;
    } else {
        output::line(format!("Rebuilt both indexes: {} assets, {} moments.", published.assets, published.moments));
    }
    Ok(ExitCode::SUCCESS)
}
