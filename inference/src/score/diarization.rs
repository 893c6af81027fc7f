//! How far speakers are from the truth: the diarization error rate.

use std::collections::BTreeSet;
use std::iter::Sum;
use std::ops::Add;

use reelgraph_models::time::{MediaTime, Span};

/// Time is counted in steps of this length.
const STEP: MediaTime = MediaTime::from_millis(10);
/// Around each edge of a true turn nothing is counted within this, by the rules of NIST's evaluations.
const COLLAR: MediaTime = MediaTime::from_millis(250);
/// Speakers of the truth that are told apart; a conversation of more is scored as if the others were not there.
const MOST_SPEAKERS: usize = 12;

/// A stretch in which somebody speaks; numbers are names, and mean nothing across the two sides.
pub type Turn = (Span, usize);

/// Seconds of speech, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DiarizationError {
    /// True speech; where two speak at once it counts twice.
    pub spoken_s: f64,
    /// True speech of which nothing was found.
    pub missed_s: f64,
    /// Speech that was found where there is none.
    pub invented_s: f64,
    /// Speech that was given to another speaker.
    pub confused_s: f64,
}

impl DiarizationError {
    /// Compares the turns of one recording. Speakers are matched one to one so that they share the most time.
    pub fn of(truth: &[Turn], found: &[Turn]) -> Self {
        let speakers = |turns: &[Turn]| turns.iter().map(|turn| turn.1).collect::<BTreeSet<_>>().into_iter().collect();
        let ours: Vec<usize> = speakers(truth);
        let ours = ours.get(..MOST_SPEAKERS.min(ours.len())).unwrap_or_default();
        let theirs: Vec<usize> = speakers(found);
        let steps = steps(truth, found);
        let shared = |found_one: usize, true_one: usize| {
            let both = steps.iter().filter(|step| step.1.contains(&found_one) && step.0.contains(&true_one));
            both.count()
        };
        let table: Vec<Vec<usize>> =
            theirs.iter().map(|theirs| ours.iter().map(|ours| shared(*theirs, *ours)).collect()).collect();
        let matched = best_matching(&table, ours.len());
        let step_s = STEP.as_seconds_f64();
        let seconds = |count: usize| count as f64 * step_s;
        let total = |of: fn(usize, usize) -> usize| {
            seconds(steps.iter().map(|(truth, found)| of(truth.len(), found.len())).sum())
        };
        let both = total(usize::min);
        Self {
            spoken_s: total(|truth, _| truth),
            missed_s: total(usize::saturating_sub),
            invented_s: total(|truth, found| found.saturating_sub(truth)),
            confused_s: (both - seconds(matched)).max(0.0),
        }
    }

    /// All errors by the speech there is; may exceed 1. 0 where nobody speaks.
    pub fn rate(self) -> f64 {
        self.by_speech(self.missed_s + self.invented_s + self.confused_s)
    }

    /// Only what was given to a wrong speaker, by the speech there is.
    pub fn confusion(self) -> f64 {
        self.by_speech(self.confused_s)
    }

    fn by_speech(self, seconds: f64) -> f64 {
        if self.spoken_s > 0.0 { seconds / self.spoken_s } else { 0.0 }
    }
}

impl Add for DiarizationError {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            spoken_s: self.spoken_s + other.spoken_s,
            missed_s: self.missed_s + other.missed_s,
            invented_s: self.invented_s + other.invented_s,
            confused_s: self.confused_s + other.confused_s,
        }
    }
}

impl Sum for DiarizationError {
    fn sum<I: Iterator<Item = Self>>(errors: I) -> Self {
        errors.fold(Self::default(), Add::add)
    }
}

/// Who speaks by the truth and by what was found, step by step, outside the collars.
fn steps(truth: &[Turn], found: &[Turn]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let end = truth.iter().chain(found).map(|turn| turn.0.end()).max().unwrap_or(MediaTime::ZERO);
    let count = end.as_micros() / STEP.as_micros().max(1);
    let speaking = |turns: &[Turn], at: MediaTime| -> Vec<usize> {
        let mut speaking: Vec<usize> =
            turns.iter().filter(|(span, _)| span.contains(at)).map(|(_, speaker)| *speaker).collect();
        speaking.sort_unstable();
        speaking.dedup();
        speaking
    };
    let middle = |step: i64| MediaTime::from_micros(step * STEP.as_micros() + STEP.as_micros() / 2);
    let is_near = |at: MediaTime, edge: MediaTime| (at - edge).as_micros().abs() < COLLAR.as_micros();
    let times = (0..count).map(middle);
    let counted =
        times.filter(|at| !truth.iter().any(|(span, _)| is_near(*at, span.start()) || is_near(*at, span.end())));
    counted.map(|at| (speaking(truth, at), speaking(found, at))).collect()
}

/// The most that rows share with columns, each row with one column at most and each column with one row.
fn best_matching(table: &[Vec<usize>], columns: usize) -> usize {
    // The best for every set of columns that are taken.
    let mut best = vec![0; 1 << columns];
    for row in table {
        let mut next = best.clone();
        for (taken, sum) in best.iter().enumerate() {
            for (column, shared) in row.iter().enumerate().filter(|(column, _)| taken & (1 << column) == 0) {
                if let Some(kept) = next.get_mut(taken | 1 << column) {
                    *kept = (*kept).max(sum + shared);
                }
            }
        }
        best = next;
    }
    best.into_iter().max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(from_ms: i64, to_ms: i64, speaker: usize) -> Turn {
        (Span::at_least_one_micro(MediaTime::from_millis(from_ms), MediaTime::from_millis(to_ms)), speaker)
    }

    #[test]
    fn names_of_speakers_do_not_matter() {
        let truth = [turn(0, 4_000, 0), turn(5_000, 8_000, 1), turn(9_000, 12_000, 0)];
        let renamed = truth.map(|(span, speaker)| (span, 7 - speaker));
        let error = DiarizationError::of(&truth, &renamed);
        assert_eq!(error.rate(), 0.0);
        assert!((error.spoken_s - 8.5).abs() < 1e-6, "ten seconds less the collars inside: {error:?}");
    }

    #[test]
    fn missed_invented_and_confused_speech_add_up() {
        let truth = [turn(0, 10_000, 0), turn(20_000, 30_000, 1)];
        let found = [turn(0, 4_000, 0), turn(5_000, 10_000, 1), turn(12_000, 14_000, 0), turn(20_000, 30_000, 1)];
        let error = DiarizationError::of(&truth, &found);
        assert!((error.missed_s - 1.0).abs() < 1e-6 && (error.invented_s - 2.0).abs() < 1e-6, "{error:?}");
        assert!((error.confused_s - 4.75).abs() < 1e-6, "{error:?}");
        assert!((error.rate() - 7.75 / 19.0).abs() < 1e-6);
    }

    #[test]
    fn a_false_start_within_the_collar_costs_nothing() {
        let truth = [turn(1_000, 5_000, 0)];
        assert_eq!(DiarizationError::of(&truth, &[turn(800, 5_200, 0)]).rate(), 0.0);
        assert_eq!(DiarizationError::of(&truth, &[]).rate(), 1.0);
        assert_eq!(DiarizationError::of(&[], &[]).rate(), 0.0);
    }

    #[test]
    fn two_found_for_one_speaker_cost_the_smaller() {
        assert_eq!(best_matching(&[vec![6, 0], vec![3, 0], vec![0, 5]], 2), 11);
    }
}
