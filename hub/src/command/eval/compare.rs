//! Two sets of models side by side: the same measurements by two processes of this program.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::arguments::{CompareArguments, EvalArguments};
use crate::config::Config;
use crate::output;

/// A figure as the measuring process prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Figure {
    figure: String,
    value: f64,
    unit: String,
    n: usize,
    on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
}

/// One figure of both sets.
#[derive(Debug, Serialize)]
struct Compared<'a> {
    figure: &'a str,
    unit: &'a str,
    on: &'a str,
    /// By this installation's models.
    ours: Option<&'a Figure>,
    /// By the other set.
    other: Option<&'a Figure>,
    /// Whether the confidence intervals have no value in common; absent where one of them is.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_apart: Option<bool>,
}

pub(super) async fn run(config: &Config, arguments: &CompareArguments, is_json: bool) -> anyhow::Result<ExitCode> {
    let (models, pair) = (&config.models, config.image_text_pair.as_deref());
    let ours = measure(config, &arguments.eval, models, pair).await?;
    let other_models = arguments.other_models.as_deref().unwrap_or(models);
    let other = measure(config, &arguments.eval, other_models, arguments.other_pair.as_deref()).await?;
    let keys: BTreeMap<(&str, &str), &Figure> =
        ours.iter().chain(&other).map(|figure| ((figure.figure.as_str(), figure.on.as_str()), figure)).collect();
    for ((name, on), any) in keys {
        let of = |set: &'_ [Figure]| set.iter().position(|one| one.figure == name && one.on == on);
        let (ours, other) = (of(&ours).and_then(|at| ours.get(at)), of(&other).and_then(|at| other.get(at)));
        let is_apart = ours.zip(other).and_then(|(ours, other)| are_apart(ours, other));
        let compared = Compared { figure: name, unit: &any.unit, on, ours, other, is_apart };
        if is_json { output::json(&compared)? } else { output::line(row(&compared)) }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the quality measurements with a set of models.
async fn measure(
    config: &Config,
    arguments: &EvalArguments,
    models: &Path,
    pair: Option<&Path>,
) -> anyhow::Result<Vec<Figure>> {
    let program = std::env::current_exe().context("this program cannot find itself to measure")?;
    let mut command = Command::new(program);
    command.args(["eval", "quality", "--json", "--data"]).arg(&arguments.data);
    command.args(arguments.only.iter().flat_map(|only| ["--only", only]));
    command.env("REELGRAPH_MODELS", models).env("REELGRAPH_THREADS", config.threads.to_string());
    match pair {
        Some(pair) => command.env("REELGRAPH_IMAGE_TEXT__PAIR", pair),
        None => command.env_remove("REELGRAPH_IMAGE_TEXT__PAIR"),
    };
    let ended = command.stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true).output().await?;
    let said = String::from_utf8(ended.stdout).context("the measuring process said something else than figures")?;
    anyhow::ensure!(
        ended.status.success() || !said.is_empty(),
        "nothing could be measured with the models in {}; the lines above say why",
        models.display()
    );
    said.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no figure: {line}"))).collect()
}

fn are_apart(a: &Figure, b: &Figure) -> Option<bool> {
    Some(a.high? < b.low? || b.high? < a.low?)
}

fn row(compared: &Compared<'_>) -> String {
    let Compared { figure, unit, on, ours, other, is_apart } = compared;
    let value = |figure: Option<&Figure>| figure.map_or("–".to_owned(), |figure| format!("{:.4}", figure.value));
    let difference =
        ours.zip(*other).map(|(ours, other)| format!("{:+.4}", other.value - ours.value)).unwrap_or_default();
    let mark = if *is_apart == Some(true) { "*" } else { "" };
    format!("{figure:<36} {:>10} {:>10} {difference:>9}{mark:<1} {unit:<12} {on}", value(*ours), value(*other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, ends: Option<(f64, f64)>) -> Figure {
        let (figure, unit, on) = ("text_word_recall".to_owned(), "share".to_owned(), "all".to_owned());
        Figure { figure, value, unit, n: 9, on, low: ends.map(|ends| ends.0), high: ends.map(|ends| ends.1) }
    }

    #[test]
    fn figures_are_apart_where_their_intervals_share_no_value() {
        let (low, middle, high) =
            (figure(0.2, Some((0.1, 0.3))), figure(0.3, Some((0.25, 0.4))), figure(0.6, Some((0.5, 0.7))));
        assert_eq!(are_apart(&low, &middle), Some(false));
        assert_eq!(are_apart(&high, &low), Some(true));
        assert_eq!(are_apart(&low, &figure(0.9, None)), None);
    }

    #[test]
    fn a_figure_that_only_one_set_has_is_shown_as_such() {
        let ours = figure(0.25, None);
        let compared = Compared {
            figure: "text_word_recall",
            unit: "share",
            on: "all",
            ours: Some(&ours),
            other: None,
            is_apart: None,
        };
        let row = row(&compared);
        assert!(row.contains("0.2500") && row.contains('–'), "{row}");
    }
}
