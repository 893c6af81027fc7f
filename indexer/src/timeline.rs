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

/// What is to be heard: where there is music, and where there are voices that speak or sing. In time order; they overlap where
/// they sound together, those of one list may too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sounds {
    /// Instruments, alone or under a voice.
    pub music: Vec<Span>,
    /// Someone speaks or sings.
    pub voices: Vec<Span>,
}

impl Sounds {
    /// Least share of a stretch that is music where it counts as nothing else.
    const MUSIC_SHARE: f64 = 0.5;
    /// Least share of it that a voice takes where it does not.
    const VOICE_SHARE: f64 = 0.1;

    /// Whether there is music in a stretch and next to nobody's voice.
    pub fn is_only_music(&self, span: Span) -> bool {
        share(&self.music, span) >= Self::MUSIC_SHARE && share(&self.voices, span) < Self::VOICE_SHARE
    }
}

/// Share of `span` that lies inside `parts`, which are in order of their start.
fn share(parts: &[Span], span: Span) -> f64 {
    let (mut covered, mut until) = (0, span.start());
    for part in parts.iter().filter_map(|part| part.intersection(span)) {
        covered += (part.end() - part.start().max(until)).as_micros().max(0);
        until = until.max(part.end());
    }
    covered as f64 / span.duration().as_micros() as f64
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
    /// Where shots go over into each other; empty until shots were found.
    pub transitions: Vec<Span>,
    /// How wide the eyes of the largest face are open, by picture; empty until faces were looked for.
    pub eyes: Vec<(MediaTime, f32)>,
    /// What was written when; empty until text was read.
    pub written: Vec<Written>,
    /// What is to be heard; empty until sounds were told apart.
    pub sounds: Sounds,
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
            transitions: Vec::new(),
            eyes: Vec::new(),
            written: Vec::new(),
            sounds: Sounds::default(),
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
    fn music_without_a_voice_is_only_music_and_a_word_over_it_is_not() {
        let sounds = Sounds { music: vec![span(0, 60_000)], voices: vec![span(10_000, 11_000), span(10_500, 12_000)] };
        assert!(sounds.is_only_music(span(20_000, 30_000)));
        assert!(!sounds.is_only_music(span(8_000, 14_000)));
        assert!(sounds.is_only_music(span(11_900, 30_000)), "a voice that ends as the stretch begins");
        assert!(!sounds.is_only_music(span(59_000, 70_000)), "mostly behind the music");
        assert!(!Sounds::default().is_only_music(span(0, 1_000)), "nobody has listened");
        assert!((share(&[span(0, 10), span(5, 20)], span(0, 40)) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_time_finds_its_window_and_none_after_the_last() {
        let windows = [span(0, 10), span(10, 20)];
        assert_eq!(window_at(&windows, MediaTime::from_millis(10)), Some(1));
        assert_eq!(window_at(&windows, MediaTime::from_millis(20)), None);
    }
}
