//! Text on screen: character error rate and word recall.

use std::time::Instant;

use reelgraph_inference::ocr::TextReader;
use reelgraph_inference::score::{character_error_rate, word_recall};
use reelgraph_models::picture::Picture;

use super::figure::Report;
use super::media::{Media, picture};

/// Languages whose script the recogniser knows.
const SUPPORTED: [&str; 5] = ["en", "la", "mul", "zh", "ja"];

/// Readings of a picture without text, whose mean time is given.
const BLACK_ROUNDS: usize = 8;

struct Scored {
    is_supported: bool,
    error: f64,
    recall: Option<f64>,
    spent_ms: f64,
}

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    const TRUTH: &str = "ocr/truth_share.tsv";
    if !report.wants("text_") {
        return Ok(());
    }
    let Some(rows) = media.table(TRUTH)? else {
        report.skipped("on-screen text", format!("{TRUTH} is not there"));
        return Ok(());
    };
    let mut reader = TextReader::load(&media.runtime, &media.models, media.threads)?;
    let mut all = Vec::new();
    for row in &rows {
        let [file, language, truth, level, ..] = row.as_slice() else { continue };
        let Some(path) = media.file(format!("ocr/{file}")) else {
            report.skipped("on-screen text", format!("{file} is not there"));
            continue;
        };
        let picture = picture(&path)?;
        let started = Instant::now();
        let lines = reader.read(&picture)?;
        let spent_ms = started.elapsed().as_secs_f64() * 1e3;
        let truth = truth.replace("\\n", "\n");
        let read = match level.as_str() {
            "first line" => lines.first().map(|line| line.text.clone()).unwrap_or_default(),
            _ => lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"),
        };
        let error = character_error_rate(&truth, &read);
        report.figure("text_character_error_rate", error, "CER", 1, file)?;
        all.push(Scored {
            is_supported: SUPPORTED.contains(&language.as_str()),
            error,
            recall: word_recall(&truth, &read),
            spent_ms,
        });
    }
    let black = Picture::new(1280, 720, vec![0; 1280 * 720 * 3])?;
    let mut times_ms = Vec::with_capacity(BLACK_ROUNDS);
    for _ in 0..BLACK_ROUNDS {
        let started = Instant::now();
        reader.read(&black)?;
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
    }
    report.mean("text_time_without_text", "ms/picture", "1280 × 720, black", &times_ms)?;
    let supported: Vec<&Scored> = all.iter().filter(|one| one.is_supported).collect();
    figures(report, &supported, "supported scripts")?;
    figures(report, &all.iter().collect::<Vec<_>>(), "all scripts")
}

fn figures(report: &Report, scored: &[&Scored], on: &str) -> anyhow::Result<()> {
    let recalls: Vec<f64> = scored.iter().filter_map(|one| one.recall).collect();
    let errors: Vec<f64> = scored.iter().map(|one| one.error).collect();
    let spent: Vec<f64> = scored.iter().map(|one| one.spent_ms).collect();
    report.mean("text_character_error_rate", "CER", on, &errors)?;
    report.mean("text_word_recall", "share", on, &recalls)?;
    report.mean("text_time", "ms/picture", on, &spent)
}
