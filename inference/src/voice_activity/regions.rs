//! From speech probabilities to regions of speech.

use std::collections::VecDeque;

/// A stretch of speech in detector frames (32 ms each), `start < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Someone goes on speaking at `end`: it was cut off for its length.
    pub(crate) is_cut: bool,
}

/// A region opens at this probability and above (Silero's own default).
const OPEN: f32 = 0.5;
/// Below this probability a frame is silent; between the two a region goes on. Silero's default is 0.35, which loses the
/// ends of sentences that fade into music; silence and noise stay below 0.1.
const CLOSE: f32 = 0.2;
/// Silence that ends a region: 0.48 s, a pause between sentences rather than between words.
pub(crate) const MIN_SILENCE_FRAMES: u64 = 15;
/// Shorter speech is a click or a cough: 0.19 s, just under a short "yes".
const MIN_SPEECH_FRAMES: u64 = 6;
/// Longest region: 28.8 s, so that it fits a window with its margins.
const MAX_REGION_FRAMES: u64 = 900;
/// A region that is too long is cut in the middle of its longest pause, or at its least speech-like frame where it has none,
/// not before this far into it.
const EARLIEST_CUT_FRAME: usize = 450;

/// Finds regions of speech in a stream of probabilities, with memory for the open region only.
#[derive(Debug, Default)]
pub(crate) struct RegionFinder {
    /// Frames seen.
    now: u64,
    /// First frame of the open region.
    start: Option<u64>,
    /// Probabilities of the open region, from `start` on.
    probabilities: VecDeque<f32>,
    /// First frame of the silence that may end it.
    silent_since: Option<u64>,
}

impl RegionFinder {
    /// Takes the probability of the next frame; gives the region that it closes.
    pub(crate) fn push(&mut self, probability: f32) -> Option<Region> {
        let frame = self.now;
        self.now += 1;
        let start = match self.start {
            Some(start) => start,
            None if probability >= OPEN => {
                self.start = Some(frame);
                frame
            }
            None => return None,
        };
        self.probabilities.push_back(probability);
        if probability >= OPEN {
            self.silent_since = None;
        } else if probability < CLOSE && self.silent_since.is_none() {
            self.silent_since = Some(frame);
        }
        if let Some(silent) = self.silent_since
            && self.now - silent >= MIN_SILENCE_FRAMES
        {
            return self.close(start, silent);
        }
        if self.now - start >= MAX_REGION_FRAMES {
            return Some(self.cut(start));
        }
        None
    }

    /// Ends the stream; gives the region that was still open.
    pub(crate) fn finish(&mut self) -> Option<Region> {
        let end = self.silent_since.unwrap_or(self.now);
        let region = self.start.and_then(|start| self.close(start, end));
        *self = Self::default();
        region
    }

    /// The earliest frame that a region yet to come can begin at.
    pub(crate) fn horizon(&self) -> u64 {
        self.start.unwrap_or(self.now)
    }

    fn close(&mut self, start: u64, end: u64) -> Option<Region> {
        self.start = None;
        self.silent_since = None;
        self.probabilities.clear();
        (end - start >= MIN_SPEECH_FRAMES).then_some(Region { start, end, is_cut: false })
    }

    /// Closes the first part of a region that is too long; the rest stays open.
    fn cut(&mut self, start: u64) -> Region {
        let kept = self.longest_pause().or_else(|| self.quietest()).map_or(self.probabilities.len(), |at| at + 1);
        self.probabilities.drain(..kept);
        let end = start + kept as u64;
        self.start = Some(end);
        if self.silent_since.is_some_and(|silent| silent < end) {
            self.silent_since = None;
        }
        Region { start, end, is_cut: true }
    }

    /// Middle of the longest silence, as an index into the open region.
    fn longest_pause(&self) -> Option<usize> {
        let frames: Vec<(usize, f32)> =
            self.probabilities.iter().copied().enumerate().skip(EARLIEST_CUT_FRAME).collect();
        let runs = frames.chunk_by(|(_, a), (_, b)| (*a < CLOSE) == (*b < CLOSE));
        let pauses = runs.filter(|run| run.first().is_some_and(|(_, probability)| *probability < CLOSE));
        let longest = pauses.max_by_key(|run| run.len())?;
        longest.get(longest.len() / 2).map(|(at, _)| *at)
    }

    fn quietest(&self) -> Option<usize> {
        let frames = self.probabilities.iter().enumerate().skip(EARLIEST_CUT_FRAME);
        frames.min_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(probabilities: impl IntoIterator<Item = f32>) -> Vec<Region> {
        let mut finder = RegionFinder::default();
        let mut found: Vec<Region> = probabilities.into_iter().filter_map(|p| finder.push(p)).collect();
        found.extend(finder.finish());
        found
    }

    fn region(start: u64, end: u64) -> Region {
        Region { start, end, is_cut: false }
    }

    fn stretch(probability: f32, frames: usize) -> impl Iterator<Item = f32> {
        std::iter::repeat_n(probability, frames)
    }

    #[test]
    fn silence_has_no_region() {
        assert_eq!(regions(stretch(0.1, 500)), []);
    }

    #[test]
    fn a_short_pause_stays_inside_and_a_long_one_divides() {
        let short = stretch(0.9, 30).chain(stretch(0.1, 8)).chain(stretch(0.9, 30));
        assert_eq!(regions(short), [region(0, 68)]);
        let long = stretch(0.1, 10).chain(stretch(0.9, 30)).chain(stretch(0.1, 40)).chain(stretch(0.9, 30));
        assert_eq!(regions(long), [region(10, 40), region(80, 110)]);
    }

    #[test]
    fn a_click_is_not_speech() {
        assert_eq!(regions(stretch(0.1, 50).chain(stretch(0.9, 3)).chain(stretch(0.1, 50))), []);
    }

    #[test]
    fn doubtful_frames_keep_a_region_open_but_do_not_open_one() {
        assert_eq!(regions(stretch(0.45, 100)), []);
        assert_eq!(regions(stretch(0.9, 10).chain(stretch(0.4, 100))), [region(0, 110)]);
    }

    #[test]
    fn endless_speech_is_cut_where_it_is_least_like_speech() {
        let found = regions(stretch(0.9, 600).chain(stretch(0.6, 1)).chain(stretch(0.9, 1400)));
        assert_eq!(found[0], Region { is_cut: true, ..region(0, 601) });
        assert!(found.iter().all(|region| region.end - region.start <= MAX_REGION_FRAMES));
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start), "nothing is lost at a cut");
        assert_eq!(found.last().map(|region| region.end), Some(2001));
    }

    #[test]
    fn endless_speech_with_pauses_is_cut_in_the_middle_of_the_longest() {
        let breath = || stretch(0.05, 3);
        let found = regions(
            stretch(0.9, 500)
                .chain(breath())
                .chain(stretch(0.9, 100))
                .chain(stretch(0.1, 12))
                .chain(stretch(0.9, 100))
                .chain(breath())
                .chain(stretch(0.9, 400)),
        );
        assert_eq!(found, [Region { is_cut: true, ..region(0, 610) }, region(610, 1_118)]);
    }
}
