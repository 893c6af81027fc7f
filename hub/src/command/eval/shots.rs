//! Shot boundaries: F1 of cuts within two frames, recall and precision of gradual transitions, and frames a second.

use std::time::Instant;

use reelgraph_inference::shots::{ShotDetector, boundaries};
use serde_json::Value;

use super::figure::Report;
use super::media::Media;
use super::statistics::ratio;

/// A boundary this close to the truth is right, frames.
const TOLERANCE_FRAMES: i64 = 2;

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("shot_") {
        return Ok(());
    }
    let mut detector = ShotDetector::load(&media.runtime, &media.models, media.threads)?;
    let mut total = Total::default();
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
    total.counts.report(report, "shot_f1", "all files")?;
    report.statistic("shot_speed", "frames/s", "all files", &total.speeds, ratio)?;
    let Gradual { right, found, truth } = total.counts.gradual;
    if truth > 0 {
        report.share("shot_gradual_recall", "all files", right, truth)?;
        report.share("shot_gradual_precision", "all files", right, found)?;
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
    total: &mut Total,
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
        counts.report(report, "shot_f1", file)?;
    }
    report.count("shot_false_boundaries", "boundaries", file, counts.wrong, times.len())?;
    report.figure("shot_speed", times.len() as f64 / seconds, "frames/s", times.len(), file)?;
    total.counts = total.counts.and(counts);
    total.speeds.push((times.len() as f64, seconds));
    Ok(())
}

/// Of all files.
#[derive(Debug, Default)]
struct Total {
    counts: Counts,
    /// Frames of each, and the seconds that they took.
    speeds: Vec<(f64, f64)>,
}

/// What became of one boundary, true or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Right,
    Wrong,
    Missed,
}

/// Boundaries, true and found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
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
    pub(super) fn of(cuts: &[i64], gradual: &[(i64, i64)], found: &[i64]) -> Self {
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

    fn and(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            wrong: self.wrong + other.wrong,
            missed: self.missed + other.missed,
            gradual: Gradual {
                right: self.gradual.right + other.gradual.right,
                found: self.gradual.found + other.gradual.found,
                truth: self.gradual.truth + other.gradual.truth,
            },
        }
    }

    /// F1 over boundaries that are right, wrong or missed, each for itself.
    pub(super) fn report(self, report: &Report, figure: &str, on: &str) -> anyhow::Result<()> {
        let of = |outcome, count| std::iter::repeat_n(outcome, count);
        let right = of(Outcome::Right, self.right);
        let all = right.chain(of(Outcome::Wrong, self.wrong)).chain(of(Outcome::Missed, self.missed));
        report.statistic(figure, "F1", on, &all.collect::<Vec<_>>(), f1)
    }
}

fn f1(outcomes: &[&Outcome]) -> f64 {
    let right = outcomes.iter().filter(|outcome| ***outcome == Outcome::Right).count();
    // Two for each that is right, one for each that is wrong or missed.
    2.0 * right as f64 / (outcomes.len() + right).max(1) as f64
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
    }

    #[test]
    fn one_right_one_missed_and_two_wrong_boundaries_make_an_f1_of_two_fifths() {
        let outcomes = [&Outcome::Right, &Outcome::Missed, &Outcome::Wrong, &Outcome::Wrong];
        assert!((f1(&outcomes) - 0.4).abs() < 1e-9);
        assert_eq!(f1(&[]), 0.0);
    }

    #[test]
    fn a_transition_found_in_two_parts_is_right_once() {
        let gradual = Gradual::of(&[(100, 140), (300, 320)], &[(100, 110), (120, 140), (400, 410)]);
        assert_eq!(gradual, Gradual { right: 1, found: 3, truth: 2 });
    }
}
