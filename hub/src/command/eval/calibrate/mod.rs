//! `reelgraph eval calibrate`: fits how likely a hit is right from judged queries, and says how well the numbers hold.
//!
//! Half of the queries are fitted on and the other half reported on; what is written in the end is fitted on all of them, in
//! the same way.

mod cut;
mod fit;
mod sample;
mod write;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::bail;
use reelgraph_inference::score::{brier_score, calibration_error};
use reelgraph_models::observation::Modality;
use reelgraph_search::calibration::{Calibration, Features};

use super::figure::Report;
use super::judged::ask::Assets;
use super::judged::judgement;
use crate::arguments::{CalibrateArguments, Common};
use crate::client::Client;
use crate::config::Config;

use cut::{Best, Effect, choose, effect};
use sample::{Asked, Row, ask_all, halves};

/// Cut-offs whose effect is shown beside the chosen one.
const CUT_OFFS: [f64; 7] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];

pub async fn run(common: &Common, mut config: Config, arguments: &CalibrateArguments) -> anyhow::Result<ExitCode> {
    let report = Report::new(common.json, None);
    let (judgements, files) = judgement::read_all(&arguments.judgements)?;
    let data = config.data.clone();
    // What is said to be nothing now is fitted on too.
    config.calibration.cut_off = 0.0;
    let client = Client::of_library(config).await?;
    let assets = Assets::of(&client).await?;
    let (questions, absent) = assets.questions(&judgements)?;
    if !absent.is_empty() {
        report.skipped("some queries", format!("the library does not have {} assets", absent.len()));
    }
    let Client::Local(app) = client else {
        bail!("a server has {} open; stop it, since a fit looks deeper than a server shows", data.display());
    };
    let asked = ask_all(&app, &questions).await?;
    let name = arguments.name.clone().unwrap_or_else(|| files.clone());
    let (fitted_on, held_out) = halves(&asked);
    let half = fitted(&fitted_on, &name)?;
    print_reliability(&report, &half, &held_out, &files)?;
    print_cut_offs(&report, &half, &held_out, &files)?;
    if let Some(path) = &arguments.output {
        write::write(path, &fitted(&asked.iter().collect::<Vec<_>>(), &name)?)?;
    }
    Ok(report.exit_code())
}

/// Numbers fitted on some queries, with the cut-off that suits them.
fn fitted(asked: &[&Asked], name: &str) -> anyhow::Result<Calibration> {
    let rows: Vec<Row<'_>> = asked.iter().flat_map(|one| one.rows()).collect();
    let queries = asked.len();
    let calibration = fit::fit(&rows, &format!("{name}: {} hits of {queries} queries", rows.len()))?;
    let best: Vec<Best> = asked.iter().map(|one| best(one, &calibration)).collect();
    Ok(Calibration { cut_off: choose(&best) as f32, ..calibration })
}

fn probability(calibration: &Calibration, features: &Features<'_>) -> f64 {
    calibration.log_odds(features).map_or(0.0, |log_odds| 1.0 / (1.0 + f64::from(-log_odds).exp()))
}

fn best(asked: &Asked, calibration: &Calibration) -> Best {
    let probabilities = asked.rows().map(|row| probability(calibration, &row.features));
    Best {
        probability: probabilities.fold(0.0, f64::max),
        is_nothing: asked.is_nothing,
        is_found: asked.hits.iter().any(|(_, is_right)| *is_right),
    }
}

/// How far probabilities are from what came true: the fused score, which was the only number before, and the fitted one.
fn print_reliability(report: &Report, calibration: &Calibration, asked: &[&Asked], on: &str) -> anyhow::Result<()> {
    let mut sets = BTreeMap::<Option<Modality>, Vec<(f64, f64, bool)>>::new();
    for row in asked.iter().flat_map(|one| one.rows()) {
        let Row { features, modalities, score, is_right, .. } = row;
        let said = (f64::from(score), probability(calibration, &features), is_right);
        for set in modalities.into_iter().map(Some).chain([None]) {
            sets.entry(set).or_default().push(said);
        }
    }
    for (modality, said) in sets {
        let with = modality.map_or("all hits".to_owned(), |modality| format!("hits by {}", modality.as_str()));
        let on = format!("{on}, held out, {with}");
        let before: Vec<_> = said.iter().map(|(score, _, is_right)| (*score, *is_right)).collect();
        let after: Vec<_> = said.iter().map(|(_, fitted, is_right)| (*fitted, *is_right)).collect();
        let right = said.iter().filter(|(_, _, is_right)| *is_right).count() as f64 / said.len() as f64;
        report.figure("calibration_right", right, "share", said.len(), &on)?;
        report.figure("calibration_brier_before", brier_score(&before), "Brier", said.len(), &on)?;
        report.figure("calibration_brier", brier_score(&after), "Brier", said.len(), &on)?;
        report.figure("calibration_error_before", calibration_error(&before), "ECE", said.len(), &on)?;
        report.figure("calibration_error", calibration_error(&after), "ECE", said.len(), &on)?;
    }
    Ok(())
}

/// What cut-offs do to the queries that were not fitted on.
fn print_cut_offs(report: &Report, calibration: &Calibration, asked: &[&Asked], on: &str) -> anyhow::Result<()> {
    let queries: Vec<Best> = asked.iter().map(|one| best(one, calibration)).collect();
    let chosen = f64::from(calibration.cut_off);
    for (cut_off, name) in CUT_OFFS.map(|cut_off| (cut_off, "")).into_iter().chain([(chosen, ", the chosen one")]) {
        let Effect { precision, recall, lost } = effect(&queries, cut_off);
        let on = format!("{on}, held out, below {cut_off:.2}{name}");
        if let Some(precision) = precision {
            report.figure("no_good_match_precision", precision, "share", queries.len(), &on)?;
        }
        if let Some(recall) = recall {
            report.figure("no_good_match_recall", recall, "share", queries.len(), &on)?;
        }
        report.figure("no_good_match_lost", lost, "share", queries.len(), &on)?;
    }
    Ok(())
}
