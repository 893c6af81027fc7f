//! Suggested chapters: where the words change their subject (TextTiling, Hearst 1997), with a title of their own words.

use std::collections::HashMap;

use reelgraph_models::observation::{Finding, Observation};
use reelgraph_models::time::{MediaTime, Span};
use unicode_segmentation::UnicodeSegmentation;
use yake_rust::StopWords;

use super::keywords::extract;
use super::words_in;
use crate::analyze::Seen;
use crate::timeline::{Passage, Timeline};

/// Shorter assets are one chapter, which need not be said.
const SHORTEST_ASSET: MediaTime = MediaTime::from_millis(180_000);
/// Chapters are at least this long.
const SHORTEST_CHAPTER: MediaTime = MediaTime::from_millis(60_000);
/// Passages on either side of a gap that are compared.
const BLOCK_PASSAGES: usize = 6;
/// Words in a title at most.
const TITLE_CHARACTERS: usize = 60;

/// Chapters that cover the whole asset, in order; none where fewer than two were found.
pub(super) fn chapters(timeline: &Timeline, observations: &[Observation]) -> Vec<Seen> {
    if timeline.whole.duration() < SHORTEST_ASSET {
        return Vec::new();
    }
    let mut starts = vec![timeline.whole.start()];
    starts.extend(boundaries(&timeline.passages, timeline.whole.end()));
    let ends = starts.iter().skip(1).copied().chain([timeline.whole.end()]);
    let spans: Vec<Span> = starts.iter().zip(ends).filter_map(|(start, end)| Span::new(*start, end).ok()).collect();
    if spans.len() < 2 {
        return Vec::new();
    }
    let mut taken: Vec<String> = Vec::new();
    let mut all = Vec::with_capacity(spans.len());
    for (index, span) in (0..).zip(spans) {
        let title = title(span, timeline, observations, &taken).unwrap_or_else(|| format!("{}", span.start()));
        taken.push(title.to_lowercase());
        all.push(Seen { span, finding: Finding::Chapter { index, title }, confidence: 0.5 });
    }
    all
}

/// The best keyword that no chapter before has.
fn title(span: Span, timeline: &Timeline, observations: &[Observation], taken: &[String]) -> Option<String> {
    let words = words_in(span, &timeline.passages, observations)?;
    let found = extract(&words.text, &words.language, 10).into_iter().map(|(text, ..)| text);
    let mut fitting = found.filter(|text| text.chars().count() <= TITLE_CHARACTERS);
    let title = fitting.find(|text| !taken.contains(&text.to_lowercase()))?;
    let mut characters = title.chars();
    let first = characters.next()?;
    Some(first.to_uppercase().chain(characters).collect())
}

/// Starts of passages at which the subject changes.
fn boundaries(passages: &[Passage], end: MediaTime) -> Vec<MediaTime> {
    // The lists are read once a language, not once a passage.
    let mut common: HashMap<&str, StopWords> = HashMap::new();
    for Passage { language, .. } in passages {
        common.entry(language).or_insert_with(|| StopWords::predefined(language).unwrap_or_default());
    }
    let counts: Vec<HashMap<String, f32>> = passages.iter().map(|passage| count(passage, &common)).collect();
    let gaps: Vec<f32> = (1..passages.len()).map(|gap| likeness(&counts, gap)).collect();
    let depths: Vec<f32> = (0..gaps.len()).map(|gap| depth(&gaps, gap)).collect();
    let mean = depths.iter().sum::<f32>() / depths.len().max(1) as f32;
    let variance = depths.iter().map(|depth| (depth - mean).powi(2)).sum::<f32>() / depths.len().max(1) as f32;
    let cut_off = mean + variance.sqrt() / 2.0;
    // The deepest first, each far enough from those before and from both ends.
    let mut by_depth: Vec<(f32, MediaTime)> = depths
        .iter()
        .zip(passages.iter().skip(1))
        .filter(|(depth, _)| **depth > cut_off)
        .map(|(depth, passage)| (*depth, passage.span.start()))
        .collect();
    by_depth.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut kept = vec![MediaTime::ZERO, end];
    for (_, at) in by_depth {
        if kept.iter().all(|other| (at - *other).as_micros().abs() >= SHORTEST_CHAPTER.as_micros()) {
            kept.push(at);
        }
    }
    kept.retain(|at| *at != MediaTime::ZERO && *at != end);
    kept.sort_unstable();
    kept
}

/// How often each telling word stands in a passage.
fn count(passage: &Passage, common: &HashMap<&str, StopWords>) -> HashMap<String, f32> {
    let common = common.get(passage.language.as_str());
    let mut counts = HashMap::new();
    for word in passage.text.unicode_words().map(str::to_lowercase) {
        if word.chars().count() > 2 && !common.is_some_and(|common| common.contains(&word)) {
            *counts.entry(word).or_default() += 1.0;
        }
    }
    counts
}

/// Cosine of the words before and behind a gap.
fn likeness(counts: &[HashMap<String, f32>], gap: usize) -> f32 {
    let sum = |block: &[HashMap<String, f32>]| {
        let mut sum: HashMap<String, f32> = HashMap::new();
        for (word, count) in block.iter().flatten() {
            *sum.entry(word.clone()).or_default() += count;
        }
        sum
    };
    let before = sum(counts.get(gap.saturating_sub(BLOCK_PASSAGES)..gap).unwrap_or_default());
    let behind = sum(counts.get(gap..(gap + BLOCK_PASSAGES).min(counts.len())).unwrap_or_default());
    let length = |words: &HashMap<String, f32>| words.values().map(|count| count * count).sum::<f32>().sqrt();
    let shared: f32 = before.iter().filter_map(|(word, count)| Some(count * behind.get(word)?)).sum();
    let lengths = length(&before) * length(&behind);
    if lengths > 0.0 { shared / lengths } else { 0.0 }
}

/// How far the likeness rises on both sides of a gap.
fn depth(gaps: &[f32], at: usize) -> f32 {
    let here = gaps.get(at).copied().unwrap_or_default();
    let climb = |values: &mut dyn Iterator<Item = f32>| {
        let mut highest = here;
        for value in values {
            if value < highest {
                break;
            }
            highest = value;
        }
        highest - here
    };
    let left = climb(&mut gaps.get(..at).unwrap_or_default().iter().rev().copied());
    let right = climb(&mut gaps.get(at + 1..).unwrap_or_default().iter().copied());
    left + right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{span, speech};

    const SUBJECTS: [&[&str]; 3] = [
        &["The printing press uses ink.", "Ink and type make a printed page.", "The press prints a page."],
        &["Bees fly to flowers.", "Honey comes from bees in a hive.", "A hive of bees needs flowers."],
        &["The engine burns fuel.", "Fuel drives the engine of a car.", "A car needs an engine."],
    ];

    #[test]
    fn chapters_begin_where_the_subject_changes_and_are_named_by_it() {
        // Three subjects, each told for two minutes in passages of ten seconds.
        let passages: Vec<Passage> = (0..36)
            .map(|index| Passage {
                span: span(index * 10_000, index * 10_000 + 9_000),
                text: SUBJECTS[(index / 12) as usize][(index % 3) as usize].to_owned(),
                language: "en".to_owned(),
            })
            .collect();
        let timeline = Timeline { passages, ..Timeline::of_length(MediaTime::from_millis(360_000)) };
        let found = chapters(&timeline, &[]);
        let starts: Vec<i64> = found.iter().map(|chapter| chapter.span.start().as_millis()).collect();
        assert_eq!(starts, [0, 120_000, 240_000]);
        let titles: Vec<String> =
            found.iter().filter_map(|chapter| chapter.finding.text()).map(str::to_lowercase).collect();
        assert!(titles[0].contains("press") || titles[0].contains("ink") || titles[0].contains("page"), "{titles:?}");
        assert!(titles[1].contains("bee") || titles[1].contains("hive") || titles[1].contains("flower"), "{titles:?}");
        assert!(titles[2].contains("engine") || titles[2].contains("fuel") || titles[2].contains("car"), "{titles:?}");
    }

    #[test]
    fn a_short_asset_and_one_subject_have_no_chapters() {
        let passages = crate::moments::passages(&[speech(0, 4_000, "The press prints a page.", "en")]);
        let short = Timeline { passages, ..Timeline::of_length(MediaTime::from_millis(60_000)) };
        assert!(chapters(&short, &[]).is_empty());
        let silent = Timeline::of_length(MediaTime::from_millis(600_000));
        assert!(chapters(&silent, &[]).is_empty());
    }
}
