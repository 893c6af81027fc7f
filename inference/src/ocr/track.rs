//! One line of text followed from frame to frame.

use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::time::MediaTime;

use super::similarity::{normalized, similarity};

/// Different readings kept of one line.
const MAX_READINGS: usize = 6;
/// Texts at one place are one text when at least so alike …
const SAME_PLACE_SIMILARITY: f32 = 0.6;
/// … and texts that moved when at least so alike.
const MOVED_SIMILARITY: f32 = 0.8;
/// Part of the smaller box that lies in the other when both are at one place.
const SAME_PLACE_OVERLAP: f32 = 0.5;
/// A text that moves keeps its height within this factor …
const MOVED_HEIGHT_RATIO: f32 = 1.4;
/// … and goes at most this far between two sampled frames: fractions of the width and of the height.
const MOVED_ACROSS: f32 = 0.1;
const MOVED_DOWN: f32 = 0.7;
/// Normalised texts shorter than this must be equal, and must not move, to be one.
const SHORT_CHARACTERS: usize = 4;

/// A line read in a frame.
#[derive(Debug)]
pub(crate) struct Sighting<'l> {
    pub(crate) frame: u64,
    /// Position of the line in the frame's reading order.
    pub(crate) position: usize,
    pub(crate) line: &'l TextLine,
}

/// One way in which a line was read.
#[derive(Debug)]
struct Reading {
    normalized: String,
    /// Sum of confidences of all sightings that read it so.
    weight: f32,
    /// Its most confident sighting.
    best: TextLine,
}

/// A line of text through time.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) first_at: MediaTime,
    pub(crate) first_seen: u64,
    pub(crate) last_seen: u64,
    /// Time of the first frame that did not show it, if the latest did not.
    pub(crate) gone_at: Option<MediaTime>,
    pub(crate) position: usize,
    bounds: BoundingBox,
    first_bounds: BoundingBox,
    readings: Vec<Reading>,
}

impl Track {
    pub(crate) fn start(at: MediaTime, sighting: &Sighting<'_>) -> Self {
        let mut track = Self {
            first_at: at,
            first_seen: sighting.frame,
            last_seen: sighting.frame,
            gone_at: None,
            position: sighting.position,
            bounds: sighting.line.bounds,
            first_bounds: sighting.line.bounds,
            readings: Vec::with_capacity(1),
        };
        track.see(sighting);
        track
    }

    pub(crate) fn see(&mut self, sighting: &Sighting<'_>) {
        self.last_seen = sighting.frame;
        self.position = sighting.position;
        self.bounds = sighting.line.bounds;
        let text = normalized(&sighting.line.text);
        match self.readings.iter_mut().find(|reading| reading.normalized == text) {
            Some(reading) => {
                reading.weight += sighting.line.confidence;
                if sighting.line.confidence > reading.best.confidence {
                    reading.best = sighting.line.clone();
                }
            }
            None => {
                if self.readings.len() == MAX_READINGS {
                    self.readings.sort_by(|a, b| b.weight.total_cmp(&a.weight));
                    self.readings.pop();
                }
                let best = sighting.line.clone();
                self.readings.push(Reading { normalized: text, weight: sighting.line.confidence, best });
            }
        }
    }

    /// How far it has gone up or down since it was first seen, a fraction of the picture's height.
    pub(crate) fn rolled(&self) -> f32 {
        let middle = |bounds: BoundingBox| (bounds.top + bounds.bottom) / 2.0;
        (middle(self.bounds) - middle(self.first_bounds)).abs()
    }

    /// The reading seen most often, weighed by confidence; of equals the longer.
    pub(crate) fn into_best_line(self) -> Option<TextLine> {
        let rank = |reading: &Reading| (reading.weight, reading.normalized.chars().count());
        let better = |a: &Reading, b: &Reading| {
            let ((a, a_length), (b, b_length)) = (rank(a), rank(b));
            a.total_cmp(&b).then(a_length.cmp(&b_length))
        };
        self.readings.into_iter().max_by(better).map(|reading| reading.best)
    }

    /// How well a line continues the track; `None` where it does not.
    fn affinity(&self, text: &str, bounds: BoundingBox) -> Option<f32> {
        let overlap = overlap_of_smaller(self.bounds, bounds);
        let at_place = overlap >= SAME_PLACE_OVERLAP;
        if !at_place && !may_have_moved(self.bounds, bounds) {
            return None;
        }
        let short = text.chars().count() < SHORT_CHARACTERS;
        let likeness = |reading: &Reading| {
            let known = reading.normalized.as_str();
            if known == text {
                return (at_place || !short).then_some(1.0);
            }
            if short || digits(known) != digits(text) {
                return None;
            }
            let alike = similarity(known, text);
            let threshold = if at_place { SAME_PLACE_SIMILARITY } else { MOVED_SIMILARITY };
            // A text that is still being written, or that is partly covered.
            let is_part =
                at_place && known.chars().count() >= SHORT_CHARACTERS && (known.contains(text) || text.contains(known));
            (alike >= threshold || is_part).then_some(alike)
        };
        let alike = self.readings.iter().filter_map(likeness).max_by(f32::total_cmp)?;
        Some(alike + overlap)
    }
}

/// For each line the index of the track that it continues; no track is given twice, the best pairs first.
pub(crate) fn match_tracks(tracks: &[Track], lines: &[TextLine]) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (line_index, line) in lines.iter().enumerate() {
        let text = normalized(&line.text);
        let affine =
            tracks.iter().enumerate().filter_map(|(index, track)| Some((track.affinity(&text, line.bounds)?, index)));
        pairs.extend(affine.map(|(affinity, index)| (affinity, line_index, index)));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut matched = vec![None; lines.len()];
    let mut taken = vec![false; tracks.len()];
    for (_, line, track) in pairs {
        if let (Some(slot @ None), Some(taken @ false)) = (matched.get_mut(line), taken.get_mut(track)) {
            *slot = Some(track);
            *taken = true;
        }
    }
    matched
}

/// Digits that stand alone: a changed number is a changed text.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn overlap_of_smaller(a: BoundingBox, b: BoundingBox) -> f32 {
    let smaller = a.area().min(b.area());
    if smaller > 0.0 { a.shared_area(b) / smaller } else { 0.0 }
}

fn may_have_moved(a: BoundingBox, b: BoundingBox) -> bool {
    let (a_height, b_height) = (a.bottom - a.top, b.bottom - b.top);
    let across = ((a.left + a.right) - (b.left + b.right)).abs() / 2.0;
    let down = ((a.top + a.bottom) - (b.top + b.bottom)).abs() / 2.0;
    a_height <= b_height * MOVED_HEIGHT_RATIO
        && b_height <= a_height * MOVED_HEIGHT_RATIO
        && across <= MOVED_ACROSS
        && down <= MOVED_DOWN
}
