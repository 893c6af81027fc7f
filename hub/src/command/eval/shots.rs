//! Shot boundaries: F1 of cuts within two frames, recall and precision of gradual transitions, and frames a second.

use std::time::Instant;

use reelgraph_inference::shots::{ShotDetector, boundaries};
use serde_json::Value;

use super::figure::Report;
use super::media::Media;

/// A boundary this close to the truth is right, frames.
const TOLERANCE_FRAMES: i64 = 2;

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("shot_") {
        return Ok(());
    }
    let mut detector = ShotDetector::load(&media.runtime, &media.models, media.threads)?;
    let mut total = Counts::default();
    match media.json("shots/truth_share.json")? {
        None => report.skipped("shots", "shots/truth_share.json is not there"),
        Some(truth) => {
            let files = truth.get("files").and_then(Value::as_object).cloned().unwrap_or_default();
            for (file, truth) in files {
                score_file(
                    media,
                    report,
                    &mut detector,
                    &file,
                    &numbers(&truth, "hard"),
                    &ranges(&truth, "gradual"),
                    &mut total,
                )?;
            }
        }
    }
    match media.json("composed/slides_share_51.truth.json")? {
        None => report.skipped("shots of slides", "composed/slides_share_51.truth.json is not there"),
        Some(truth) => {
            let cuts = numbers(&truth, "cuts_first_frame");
            score_file(media, report, &mut detector, "composed/slides_share_51.mp4", &cuts, &[], &mut total)?;
        }
    }
    report.figure("shot_f1", total.f1(), "F1", total.truth(), "all files")?;
    let Gradual { right, found, truth } = total.gradual;
    if truth > 0 {
        report.figure("shot_gradual_recall", share(right, truth), "share", truth, "all files")?;
        report.figure("shot_gradual_precision", share(right, found), "share", found, "all files")?;
    }
    Ok(())
}

fn score_file(
    media: &Media,
    report: &Report,
    detector: &mut ShotDetector,
    file: &str,
    cuts: &[i64],
    gradual: &[(i64, i64)],
    total: &mut Counts,
) -> anyhow::Result<()> {
    let Some(path) = media.file(file) else {
        report.skipped("shots", format!("{file} is not there"));
        return Ok(());
    };
    let (rgb, times) = media.small_frames(&path)?;
    let started = Instant::now();
    detector.begin();
    let mut scores = detector.push(&rgb)?;
    scores.extend(detector.finish()?);
    let seconds = started.elapsed().as_secs_f64();
    let boundaries = boundaries(&scores, detector.wipes(), ShotDetector::THRESHOLD);
    let found: Vec<i64> = boundaries.iter().map(|boundary| boundary.frame as i64).collect();
    let spans = boundaries.iter().filter_map(|boundary| boundary.gradual.as_ref());
    let spans: Vec<(i64, i64)> = spans.map(|span| (span.start as i64, span.end as i64)).collect();
    let counts = Counts { gradual: Gradual::of(gradual, &spans), ..Counts::of(cuts, gradual, &found) };
    if !cuts.is_empty() {
        report.figure("shot_f1", counts.f1(), "F1", cuts.len(), file)?;
    }
    report.figure("shot_false_boundaries", counts.wrong as f64, "boundaries", times.len(), file)?;
    report.figure("shot_speed", times.len() as f64 / seconds, "frames/s", times.len(), file)?;
    *total = Counts {
        right: total.right + counts.right,
        wrong: total.wrong + counts.wrong,
        missed: total.missed + counts.missed,
        gradual: Gradual {
            right: total.gradual.right + counts.gradual.right,
            found: total.gradual.found + counts.gradual.found,
            truth: total.gradual.truth + counts.gradual.truth,
        },
    };
    Ok(())
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    right: usize,
    wrong: usize,
    missed: usize,
    gradual: Gradual,
}

/// Gradual transitions: how many true ones share a frame with a found one of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gradual {
    right: usize,
    found: usize,
    truth: usize,
}

impl Gradual {
    /// Both from the first mixed frame to the first pure one.
    fn of(truth: &[(i64, i64)], found: &[(i64, i64)]) -> Self {
        let mut left = found.to_vec();
        for (first, last) in truth {
            if let Some(place) = left.iter().position(|(start, end)| start < last && first < end) {
                left.remove(place);
            }
        }
        Self { right: found.len() - left.len(), found: found.len(), truth: truth.len() }
    }
}

impl Counts {
    /// Each true cut takes the first boundary near it; boundaries in or beside gradual ranges count neither way.
    fn of(cuts: &[i64], gradual: &[(i64, i64)], found: &[i64]) -> Self {
        let mut left: Vec<i64> = found.to_vec();
        let mut right = 0;
        for cut in cuts {
            if let Some(place) = left.iter().position(|frame| (frame - cut).abs() <= TOLERANCE_FRAMES) {
                left.remove(place);
                right += 1;
            }
        }
        let is_gradual = |frame: i64| {
            gradual.iter().any(|(first, last)| (first - TOLERANCE_FRAMES..=last + TOLERANCE_FRAMES).contains(&frame))
        };
        let wrong = left.into_iter().filter(|frame| !is_gradual(*frame)).count();
        Self { right, wrong, missed: cuts.len() - right, gradual: Gradual::default() }
    }

    fn truth(self) -> usize {
        self.right + self.missed
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.wrong + self.missed).max(1) as f64
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn numbers(truth: &Value, name: &str) -> Vec<i64> {
    let list = truth.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_i64).collect()
}

fn ranges(truth: &Value, name: &str) -> Vec<(i64, i64)> {
    let list = truth.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|range| Some((range.get(0)?.as_i64()?, range.get(1)?.as_i64()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_counts_once_and_gradual_ones_not_at_all() {
        let counts = Counts::of(&[100, 200], &[(300, 320)], &[101, 102, 310, 400]);
        assert_eq!(counts, Counts { right: 1, wrong: 2, missed: 1, gradual: Gradual::default() });
        assert!((counts.f1() - 0.4).abs() < 1e-9);
    }

    #[test]
    fn a_transition_found_in_two_parts_is_right_once() {
        let gradual = Gradual::of(&[(100, 140), (300, 320)], &[(100, 110), (120, 140), (400, 410)]);
        assert_eq!(gradual, Gradual { right: 1, found: 3, truth: 2 });
    }
}
