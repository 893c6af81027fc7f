//! The line that maps instants of one film to those of another, and how far along it both show the same.

use std::ops::Range;

use reelgraph_models::signature::Signature;

/// Samples there for each sample here, at least and at most: 5 % slower or faster, and what rounding adds.
const RATES: (f64, f64) = (0.945, 1.058);
/// Samples around a seed that its first line is fitted to: ten seconds.
const FIRST_WINDOW: usize = 50;
/// Bits above which a pair of pictures counts against a line; half way between copies and unrelated pictures.
const NEUTRAL_BITS: i64 = 18;
/// What a pair of pictures may count against a line at most.
const WORST: i64 = -12;
/// Worth of a pair on the average below which the surroundings of a seed are unrelated; of unrelated ones it is near
/// [`WORST`].
const HOPELESS: i64 = -6;
/// What the original's speed may lack in worth to be taken instead of the best: some bits, and a share of the best.
const HARDLY_WORSE: (f64, f64) = (8.0, 0.01);
/// Part of a stretch at either end that a finer fit leaves out: a wrong speed squeezes in pairs there that do not belong.
const END: usize = 10;
/// Pairs that a fit looks at at most; along a longer stretch it takes every other, and so on.
const FIT_PAIRS: usize = 1_500;
/// How far the sum of agreement may fall before an extension ends: two seconds in which nothing agrees.
const MAX_FALL: f64 = 10.0;
/// What a pair of blank pictures counts: it is no evidence, but belongs to the copy that it lies in.
const BOTH_BLANK: f64 = 0.2;
/// What a pair counts of which only one is blank: in fades it is chance which sample still shows something.
const ONE_BLANK: f64 = -0.5;
/// Fits and extensions in turn; each doubles what is known of the speed.
const MAX_ROUNDS: usize = 24;

/// `there = start + rate × here`, in samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) start: f64,
    pub(super) rate: f64,
}

impl Line {
    pub(super) fn at(self, here: usize) -> f64 {
        self.start + self.rate * here as f64
    }

    fn through(here: f64, there: f64, rate: f64) -> Self {
        Self { start: there - rate * here, rate }
    }
}

/// Two tracks beside each other; the other one already mirrored where that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) here: &'a [Signature],
    pub(super) there: &'a [Signature],
}

impl Pair<'_> {
    /// What is shown here and at the same time there; `None` outside of either.
    pub(super) fn get(self, line: Line, here: usize) -> Option<(Signature, Signature)> {
        // Rounds to the nearest; the conversion alone rounds towards zero.
        let there = line.at(here) + 0.5;
        if there < 0.0 {
            return None;
        }
        Some((*self.here.get(here)?, *self.there.get(there as usize)?))
    }

    /// The line and the stretch here along which both agree, from a place where a few pictures do; `None` where those are
    /// all.
    pub(super) fn align(self, here: usize, there: usize) -> Option<(Line, Range<usize>)> {
        let mut stretch = here.saturating_sub(FIRST_WINDOW / 2)..here + FIRST_WINDOW / 2;
        let mut line = self.fit_first(here as f64, there as f64, &stretch)?;
        for _ in 0..MAX_ROUNDS {
            let longer = self.extend(line, here);
            let end = longer.len() / END;
            let finer =
                if longer.is_empty() { line } else { self.refine(line, &(longer.start + end..longer.end - end)) };
            let is_settled = longer == stretch && finer == line;
            (stretch, line) = (longer, finer);
            if is_settled || stretch.is_empty() {
                break;
            }
        }
        Some((line, stretch))
    }

    fn fit_first(self, here: f64, there: f64, stretch: &Range<usize>) -> Option<Line> {
        let shifts = (-20..=20).map(|shift| there + 0.5 * f64::from(shift));
        let unchanged = shifts.clone().map(|there| Line::through(here, there, 1.0));
        // Most seeds in a large library are chance: the one speed that all others are near to tells.
        let (worth, _) = self.best(unchanged, stretch)?;
        if worth < HOPELESS * stretch.len() as i64 {
            return None;
        }
        let lines =
            shifts.flat_map(|there| (-6..=6).map(move |rate| Line::through(here, there, 1.0 + 0.01 * f64::from(rate))));
        self.best(lines, stretch).map(|(_, line)| line)
    }

    /// Tries lines that differ by quarters of a sample in the middle and at the ends.
    fn refine(self, line: Line, stretch: &Range<usize>) -> Line {
        let middle = 0.5 * (stretch.start + stretch.end) as f64;
        let there = line.start + line.rate * middle;
        let turn = 0.5 / stretch.len().max(FIRST_WINDOW) as f64;
        let lines = (-6..=6).flat_map(|shift| {
            (-8..=8).map(move |turns| {
                Line::through(middle, there + 0.25 * f64::from(shift), line.rate + turn * f64::from(turns))
            })
        });
        let unchanged = (-6..=6).map(|shift| Line::through(middle, there + 0.25 * f64::from(shift), 1.0));
        let unchanged = unchanged.filter(|_| (line.rate - 1.0).abs() * (stretch.len() as f64) < 4.0);
        self.best(unchanged.chain(lines), stretch).map_or(line, |(_, line)| line)
    }

    /// The line along which the pictures agree best, the middle one where several do. The original's speed is the likeliest,
    /// and is taken where another fits hardly better.
    fn best(self, lines: impl Iterator<Item = Line>, stretch: &Range<usize>) -> Option<(i64, Line)> {
        let step = stretch.len().div_ceil(FIT_PAIRS).max(1);
        let lines = lines.filter(|line| (RATES.0..=RATES.1).contains(&line.rate));
        let weighed: Vec<(i64, Line)> = lines
            .map(|line| {
                let pairs = stretch.clone().step_by(step).filter_map(|here| self.get(line, here));
                (pairs.map(worth).sum(), line)
            })
            .collect();
        let most = weighed.iter().map(|(worth, _)| *worth).max()?;
        let unchanged = weighed.iter().filter(|(_, line)| line.rate == 1.0).map(|(worth, _)| *worth).max();
        let unchanged =
            unchanged.filter(|unchanged| (most - *unchanged) as f64 <= HARDLY_WORSE.0 + HARDLY_WORSE.1 * most as f64);
        let is_best = |(worth, line): &&(i64, Line)| match unchanged {
            Some(unchanged) => *worth == unchanged && line.rate == 1.0,
            None => *worth == most,
        };
        let mut best: Vec<(i64, Line)> = weighed.iter().filter(is_best).copied().collect();
        best.sort_by(|(_, a), (_, b)| a.start.total_cmp(&b.start));
        best.get(best.len() / 2).copied()
    }

    /// The stretch around `here` that agrees along the line: on either side up to where the sum of agreement is highest,
    /// given up once it has fallen too far below (the X-drop rule of Altschul et al., J. Mol. Biol. 215, 1990).
    fn extend(self, line: Line, here: usize) -> Range<usize> {
        let end = here + self.reach(line, here..self.here.len());
        let start = here - self.reach(line, (0..here).rev());
        start..end
    }

    fn reach(self, line: Line, along: impl Iterator<Item = usize>) -> usize {
        let (mut sum, mut most, mut reached) = (0.0, 0.0, 0);
        for (steps, here) in along.enumerate() {
            let Some((a, b)) = self.get(line, here) else { break };
            sum += match (a.is_blank(), b.is_blank()) {
                (true, true) => BOTH_BLANK,
                (false, false) if super::is_alike(a, b) => 1.0,
                (false, false) => -1.0,
                _ => ONE_BLANK,
            };
            if sum > most {
                (most, reached) = (sum, steps + 1);
            }
            if sum < most - MAX_FALL {
                break;
            }
        }
        reached
    }
}

/// How much a pair of pictures speaks for its line.
fn worth((a, b): (Signature, Signature)) -> i64 {
    match (a.is_blank(), b.is_blank()) {
        (true, true) => 0,
        (false, false) => (NEUTRAL_BITS - i64::from(a.distance(b))).max(WORST),
        _ => WORST,
    }
}
