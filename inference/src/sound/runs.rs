//! From a value per frame to runs of frames: smoothing, hysteresis, least length, longest gap.

use std::collections::VecDeque;

/// What makes a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    /// Frames before and after a frame that its value is averaged over.
    pub(super) reach: usize,
    /// A run begins at this average and above.
    pub(super) open: f32,
    /// A gap begins below this average.
    pub(super) close: f32,
    /// Shorter runs are dropped.
    pub(super) least_frames: u64,
    /// A gap of so many frames ends a run; a shorter one belongs to it. At least 1.
    pub(super) gap_frames: u64,
}

/// A run of frames `start..end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Mean evidence of its frames.
    pub(super) mean: f32,
}

/// Sum over frames.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    total: f64,
    frames: u64,
}

impl Sum {
    fn add(&mut self, value: f32) {
        self.total += f64::from(value);
        self.frames += 1;
    }
}

#[derive(Debug, Clone, Copy)]
struct Open {
    start: u64,
    /// Evidence from the start to the end of the last frame that is no gap.
    inside: Sum,
    /// Evidence of the gap that may end the run.
    gap: Sum,
}

/// Finds the runs of a stream of values, with memory for the frames that are averaged.
#[derive(Debug)]
pub(super) struct RunFinder {
    rule: Rule,
    /// Value and evidence of the last frames, oldest first.
    recent: VecDeque<(f32, f32)>,
    /// How many of `recent` lie before frame `now`.
    before: usize,
    /// The next frame to be judged.
    now: u64,
    open: Option<Open>,
}

impl RunFinder {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, recent: VecDeque::new(), before: 0, now: 0, open: None }
    }

    /// Takes the value of the next frame, and the evidence that the mean is over; gives the run that ends because of it.
    pub(super) fn push(&mut self, value: f32, evidence: f32) -> Option<Run> {
        self.recent.push_back((value, evidence));
        if self.recent.len() > self.before + self.rule.reach { self.judge() } else { None }
    }

    /// Ends the stream; gives the runs that were still open.
    pub(super) fn finish(&mut self) -> Vec<Run> {
        let mut found = Vec::new();
        while self.recent.len() > self.before {
            found.extend(self.judge());
        }
        found.extend(self.close());
        *self = Self::new(self.rule);
        found
    }

    /// Judges frame `now`.
    fn judge(&mut self) -> Option<Run> {
        let frames = self.recent.iter().take(self.before + self.rule.reach + 1);
        let (sum, count) = frames.fold((0.0, 0), |(sum, count), (value, _)| (sum + value, count + 1));
        let average = sum / count as f32;
        let evidence = self.recent.get(self.before).map_or(0.0, |(_, evidence)| *evidence);
        let frame = self.now;
        self.now += 1;
        self.before += 1;
        if self.before > self.rule.reach {
            self.recent.pop_front();
            self.before -= 1;
        }
        match &mut self.open {
            None if average >= self.rule.open => {
                let mut inside = Sum::default();
                inside.add(evidence);
                self.open = Some(Open { start: frame, inside, gap: Sum::default() });
            }
            None => {}
            Some(open) if average >= self.rule.open || (average >= self.rule.close && open.gap.frames == 0) => {
                open.inside.total += open.gap.total;
                open.inside.frames += open.gap.frames;
                open.inside.add(evidence);
                open.gap = Sum::default();
            }
            Some(open) => {
                open.gap.add(evidence);
                if open.gap.frames >= self.rule.gap_frames {
                    return self.close();
                }
            }
        }
        None
    }

    fn close(&mut self) -> Option<Run> {
        let Open { start, inside, .. } = self.open.take()?;
        let mean = (inside.total / inside.frames as f64) as f32;
        (inside.frames >= self.rule.least_frames).then_some(Run { start, end: start + inside.frames, mean })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: Rule = Rule { reach: 1, open: 0.5, close: 0.3, least_frames: 4, gap_frames: 3 };

    fn runs(values: &[f32]) -> Vec<Run> {
        let mut finder = RunFinder::new(RULE);
        let mut found: Vec<Run> = values.iter().filter_map(|&value| finder.push(value, value)).collect();
        found.extend(finder.finish());
        found
    }

    fn places(values: &[f32]) -> Vec<(u64, u64)> {
        runs(values).iter().map(|run| (run.start, run.end)).collect()
    }

    #[test]
    fn a_run_has_its_ends_and_its_mean() {
        let found = runs(&[0.0, 0.0, 0.0, 0.9, 0.9, 0.6, 0.6, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(found.iter().map(|run| (run.start, run.end)).collect::<Vec<_>>(), [(3, 9)]);
        assert!((found[0].mean - 0.8).abs() < 1e-6);
    }

    #[test]
    fn a_spike_is_smoothed_away_and_a_short_run_dropped() {
        assert_eq!(places(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), []);
        assert_eq!(places(&[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]), []);
    }

    #[test]
    fn a_short_gap_belongs_to_the_run_and_a_long_one_divides_it() {
        // The average carries a run one frame into the gap.
        let (on, off) = ([1.0; 5], [0.0; 5]);
        assert_eq!(places(&[&on[..], &off[..2], &on[..]].concat()), [(0, 12)]);
        assert_eq!(places(&[&on[..], &off[..], &on[..]].concat()), [(0, 6), (10, 15)]);
    }

    #[test]
    fn doubt_keeps_a_run_going_but_begins_none() {
        assert_eq!(places(&[0.4; 20]), []);
        assert_eq!(places(&[&[0.9; 4][..], &[0.4; 16][..]].concat()), [(0, 20)]);
    }

    #[test]
    fn an_open_run_ends_with_the_stream_and_the_next_stream_begins_anew() {
        let mut finder = RunFinder::new(RULE);
        for _ in 0..2 {
            assert!((0..6).all(|_| finder.push(1.0, 0.5).is_none()));
            assert_eq!(finder.finish(), [Run { start: 0, end: 6, mean: 0.5 }]);
        }
        assert_eq!(finder.finish(), []);
    }

    proptest! {
        #[test]
        fn runs_are_in_order_apart_and_long_enough(values in prop::collection::vec(0.0_f32..1.0, 0..300)) {
            let found = runs(&values);
            for run in &found {
                prop_assert!(run.end - run.start >= RULE.least_frames && run.end <= values.len() as u64);
                let inside = &values[run.start as usize..run.end as usize];
                let mean = inside.iter().sum::<f32>() / inside.len() as f32;
                prop_assert!((run.mean - mean).abs() < 1e-4);
            }
            prop_assert!(found.windows(2).all(|pair| pair[1].start - pair[0].end >= RULE.gap_frames));
        }
    }
}
