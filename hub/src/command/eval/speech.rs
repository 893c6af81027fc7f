//! Speech: word error rate (character error rate for languages without blanks), language, speed.

use std::collections::BTreeMap;
use std::time::Instant;

use reelgraph_inference::score::ErrorRate;
use reelgraph_inference::speech::SpeechRecognizer;

use super::figure::Report;
use super::media::Media;
use super::statistics::ratio;

/// Languages that are scored by characters.
const BY_CHARACTER: [&str; 4] = ["ja", "ko", "zh", "th"];

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    const TRUTH: &str = "speech/truth_share.tsv";
    if !report.wants("speech_") {
        return Ok(());
    }
    let Some(rows) = media.table(TRUTH)? else {
        report.skipped("speech", format!("{TRUTH} is not there"));
        return Ok(());
    };
    let mut recognizer = SpeechRecognizer::load(&media.runtime, &media.models, media.threads)?;
    let mut rates: BTreeMap<(String, bool), Vec<ErrorRate>> = BTreeMap::new();
    let (mut times, mut languages_right) = (Vec::new(), Vec::new());
    for row in &rows {
        let [file, language, text, ..] = row.as_slice() else { continue };
        let Some(path) = media.file(format!("speech/{file}")) else {
            report.skipped("speech", format!("{file} is not there"));
            continue;
        };
        let samples = media.sound(&path)?;
        let started = Instant::now();
        recognizer.begin(None)?;
        let mut segments = recognizer.push(&samples)?;
        segments.extend(recognizer.finish()?);
        times.push((started.elapsed().as_secs_f64(), samples.len() as f64 / 16_000.0));
        let is_right = segments.first().is_some_and(|segment| segment.language == *language);
        languages_right.push(is_right);
        let heard = segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ");
        let by_character = BY_CHARACTER.contains(&language.as_str());
        let rate =
            if by_character { ErrorRate::of_characters(text, &heard) } else { ErrorRate::of_words(text, &heard) };
        let collection = file.split('/').next().unwrap_or_default();
        rates.entry((format!("{collection} {language}"), by_character)).or_default().push(rate);
    }
    for ((on, by_character), rates) in &rates {
        let unit = if *by_character { "CER" } else { "WER" };
        report.statistic("speech_error_rate", unit, on, rates, |sample| {
            sample.iter().map(|rate| **rate).sum::<ErrorRate>().rate()
        })?;
    }
    let right = languages_right.iter().filter(|is_right| **is_right).count();
    report.share("speech_language_right", TRUTH, right, languages_right.len())?;
    report.statistic("speech_time_by_sound", "s/s", TRUTH, &times, ratio)
}
