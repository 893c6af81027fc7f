//! One film of captioned photographs with speech over it, taken through everything: does each caption find its photograph?

use anyhow::Context;
use reelgraph_inference::score::{ErrorRate, recall_at};
use serde_json::Value;

use super::figure::Report;
use super::library::{Library, Server, micros};
use super::media::Media;
use super::statistics::median;
use crate::command::search;
use crate::config::Config;

pub(super) const VIDEO: &str = "composed/slides_share_51.mp4";
const TRUTH: &str = "composed/slides_share_51.truth.json";
/// Hits that are looked at.
const HITS: u16 = 5;

const SPEECH: &str = "query Speech($id: ID!, $after: String) {
  asset(id: $id) { observations(modalities: [SPEECH], first: 100, after: $after) {
    nodes { ... on SpeechSegment { text suspectReasons words { span { startMicros endMicros } } } }
    pageInfo { hasNextPage endCursor } } }
}";

/// A stretch of time, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    start_s: f64,
    end_s: f64,
}

impl Stretch {
    fn of(value: &Value) -> Option<Self> {
        Some(Self { start_s: value.get("start")?.as_f64()?, end_s: value.get("end")?.as_f64()? })
    }

    fn shared_s(self, other: Self) -> f64 {
        (self.end_s.min(other.end_s) - self.start_s.max(other.start_s)).max(0.0)
    }
}

pub(super) async fn run(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("slides_") {
        return Ok(());
    }
    let (Some(truth), Some(video)) = (media.json(TRUTH)?, media.file(VIDEO)) else {
        report.skipped("slides", format!("{VIDEO} or its truth is not there"));
        return Ok(());
    };
    let library = Library::create(config)?;
    let server = library.serve().await?;
    let asset = library.analyse(&server, &video).await?.asset;
    captions(&server, &truth, report).await?;
    speech(&server, &asset, &truth, report).await
}

/// Each caption as a query; a hit is right when it shares more time with the caption's segment than with any other.
async fn captions(server: &Server, truth: &Value, report: &Report) -> anyhow::Result<()> {
    let segments = truth.get("segments").and_then(Value::as_array).context("the truth has no segments")?;
    let stretches: Vec<Stretch> = segments.iter().filter_map(Stretch::of).collect();
    let mut ranks = Vec::new();
    for (right, segment) in segments.iter().enumerate() {
        let captions = segment.get("captions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for caption in captions.iter().filter_map(Value::as_str) {
            let found = search::find(&server.client, caption, HITS).await?;
            let hits = found.get("edges").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let rank = hits.iter().position(|hit| segment_of(hit, &stretches) == Some(right));
            ranks.push(rank.map_or(usize::MAX, |rank| rank + 1));
        }
    }
    report.statistic("slides_caption_recall_at_1", "R@1", VIDEO, &ranks, |sample| recall_at(1, sample))?;
    report.statistic("slides_caption_recall_at_5", "R@5", VIDEO, &ranks, |sample| recall_at(5, sample))
}

/// The segment that a hit shares most time with, the first of equals.
fn segment_of(hit: &Value, segments: &[Stretch]) -> Option<usize> {
    let edge = |name: &str| Some(micros(hit.pointer(name)?)? / 1e6);
    let hit = Stretch { start_s: edge("/node/span/startMicros")?, end_s: edge("/node/span/endMicros")? };
    let shared = segments.iter().enumerate().map(|(index, segment)| (index, segment.shared_s(hit)));
    let best = shared.fold((0, 0.0), |best, one| if one.1 > best.1 { one } else { best });
    (best.1 > 0.0).then_some(best.0)
}

/// What was transcribed against what is said, and the times of words at the edges of utterances.
async fn speech(server: &Server, asset: &str, truth: &Value, report: &Report) -> anyhow::Result<()> {
    let spoken = truth.get("speech").and_then(Value::as_array).context("the truth has no speech")?;
    let segments = transcript(server, asset).await?;
    let text = |list: &[Value]| list.iter().filter_map(|one| one.get("text")?.as_str()).collect::<Vec<_>>().join(" ");
    let rate = ErrorRate::of_words(&text(spoken), &text(&segments)).rate();
    report.figure("slides_speech_error_rate", rate, "WER", spoken.len(), VIDEO)?;
    let words = segments.iter().filter_map(|segment| segment.get("words")?.as_array()).flatten();
    let edges: (Vec<f64>, Vec<f64>) = words
        .filter_map(|word| {
            let edge = |name: &str| Some(micros(word.pointer(name)?)? / 1e6);
            Some((edge("/span/startMicros")?, edge("/span/endMicros")?))
        })
        .unzip();
    let off = |name: &str, found: &[f64]| -> Vec<f64> {
        let wanted = spoken.iter().filter_map(|one| one.get(name)?.as_f64());
        wanted.filter_map(|at| found.iter().map(|edge| (edge - at).abs()).min_by(f64::total_cmp)).collect()
    };
    report.statistic("slides_first_word_off_by_median", "s", VIDEO, &off("start", &edges.0), median)?;
    report.statistic("slides_last_word_off_by_median", "s", VIDEO, &off("end", &edges.1), median)
}

async fn transcript(server: &Server, asset: &str) -> anyhow::Result<Vec<Value>> {
    // Suspect segments are marked, kept out of search, and not counted as said.
    let is_trusted = |one: &Value| one.get("suspectReasons").and_then(Value::as_array).is_none_or(Vec::is_empty);
    Ok(server.observations(SPEECH, asset).await?.into_iter().filter(is_trusted).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hit_belongs_to_the_segment_it_shares_most_time_with() {
        let segments = [Stretch { start_s: 0.0, end_s: 3.0 }, Stretch { start_s: 3.0, end_s: 6.0 }];
        let hit = |start: u64, end: u64| json!({ "node": { "span": { "startMicros": start, "endMicros": end } } });
        assert_eq!(segment_of(&hit(0, 2_000_000), &segments), Some(0));
        assert_eq!(segment_of(&hit(2_500_000, 4_000_000), &segments), Some(1));
        assert_eq!(segment_of(&hit(0, 6_000_000), &segments), Some(0));
        assert_eq!(segment_of(&hit(7_000_000, 8_000_000), &segments), None);
    }
}
