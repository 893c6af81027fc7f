//! What the other analyzers need to know about the asset's shape before they can group what they saw.

use reelgraph_media::{FieldCounts, Loudness};
use reelgraph_models::time::{MediaTime, Span};

/// A readable stretch of trusted speech: one or more segments of one language without a long pause.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// When it is said.
    pub span: Span,
    /// What is said.
    pub text: String,
    /// ISO 639-1 code.
    pub language: String,
}

/// Text on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// From when it shows to when it goes.
    pub span: Span,
    /// How many lines.
    pub lines: usize,
}

/// The asset's extent, its shots and its passages; all lists are in time order, shots do not overlap.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// `[0, duration)`.
    pub whole: Span,
    /// Where no shots are known, one that covers everything.
    pub shots: Vec<Span>,
    /// Empty until speech was recognised.
    pub passages: Vec<Passage>,
    /// Segments of trusted speech, of which passages are made.
    pub spoken: Vec<Span>,
    /// Where shots go over into each other; empty until shots were found.
    pub transitions: Vec<Span>,
    /// What was written when; empty until text was read.
    pub written: Vec<Written>,
    /// How loud the whole is, where it can be heard.
    pub loudness: Option<Loudness>,
    /// Whether its pictures are made of fields.
    pub fields: FieldCounts,
}

/// A shot longer than this is cut into windows, so that a hit in an hour-long take still has a place.
const LONGEST_WINDOW: MediaTime = MediaTime::from_millis(20_000);

impl Timeline {
    /// A timeline of which only the length is known; at least one microsecond long.
    pub fn of_length(duration: MediaTime) -> Self {
        let whole = Span::at_least_one_micro(MediaTime::ZERO, duration);
        Self {
            whole,
            shots: vec![whole],
            passages: Vec::new(),
            spoken: Vec::new(),
            transitions: Vec::new(),
            written: Vec::new(),
            loudness: None,
            fields: FieldCounts::default(),
        }
    }

    /// The stretches that pictures are grouped by: shots, the long ones cut into equal windows of at most 20 s.
    pub fn windows(&self) -> Vec<Span> {
        self.shots.iter().flat_map(|shot| split_evenly(*shot)).collect()
    }
}

fn split_evenly(span: Span) -> Vec<Span> {
    let length = span.duration().as_micros();
    let longest = LONGEST_WINDOW.as_micros();
    let parts = (length + longest - 1) / longest;
    let at = |part: i64| span.start() + MediaTime::from_micros(length * part / parts);
    (0..parts).filter_map(|part| Span::new(at(part), at(part + 1)).ok()).collect()
}

/// Index of the window that holds `at`; windows in time order, not overlapping.
pub(crate) fn window_at(windows: &[Span], at: MediaTime) -> Option<usize> {
    let index = windows.partition_point(|window| window.end() <= at);
    windows.get(index).filter(|window| window.contains(at)).map(|_| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_ms: i64, end_ms: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms))
    }

    #[test]
    fn a_long_take_is_cut_into_equal_windows_without_a_gap() {
        let timeline =
            Timeline { shots: vec![span(0, 5_000), span(5_000, 55_000)], ..Timeline::of_length(span(0, 55_000).end()) };
        let windows = timeline.windows();
        assert_eq!(windows.len(), 4);
        assert!(windows.windows(2).all(|pair| matches!(pair, [a, b] if a.end() == b.start())));
        assert!(windows.iter().all(|window| window.duration() <= LONGEST_WINDOW));
    }

    #[test]
    fn a_time_finds_its_window_and_none_after_the_last() {
        let windows = [span(0, 10), span(10, 20)];
        assert_eq!(window_at(&windows, MediaTime::from_millis(10)), Some(1));
        assert_eq!(window_at(&windows, MediaTime::from_millis(20)), None);
    }
}
