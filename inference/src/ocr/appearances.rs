//! From readings of single frames to appearances of texts.

use reelgraph_models::observation::TextLine;
use reelgraph_models::time::{MediaTime, Span};

use super::track::{Sighting, Track, match_tracks};

/// Frames in which a text may fail to be read without being gone.
const MAX_MISSED_FRAMES: u64 = 1;
/// Lines whose first and last sightings each differ by at most so many frames are one appearance.
const SAME_TIME_FRAMES: u64 = 1;
/// Lines followed at one time; a frame with more is clutter, and the rest of it is not followed.
const MAX_LIVE_TRACKS: usize = 512;

/// Text on screen, from when it shows to when it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance {
    /// From the first frame that shows it to the first that does not.
    pub span: Span,
    /// Lines that come and go together, at their clearest reading, in reading order; never empty.
    pub lines: Vec<TextLine>,
    /// How far up or down the lines have gone while they were seen, as a fraction of the picture's height; 0 where they stand.
    pub rolled: f32,
}

impl Appearance {
    /// The lines joined by line feeds.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Mean confidence of the lines, each weighing as many characters as it has; `0..=1`.
    pub fn confidence(&self) -> f32 {
        let weight = |line: &TextLine| line.text.chars().count() as f32;
        let total: f32 = self.lines.iter().map(weight).sum();
        let sum: f32 = self.lines.iter().map(|line| line.confidence * weight(line)).sum();
        if total > 0.0 { sum / total } else { 0.0 }
    }
}

/// Follows lines of text through the sampled frames of one video.
///
/// Feed it every sampled frame in time order: [`AppearanceTracker::push`] with what was read, or
/// [`AppearanceTracker::push_unchanged`] where [`super::TextWatch`] said that nothing changed. Both return the
/// appearances that are over; [`AppearanceTracker::finish`] returns the rest. A text that cannot be read in one frame goes
/// on. Text that moves (credits) stays one appearance while it is seen.
#[derive(Debug, Default)]
pub struct AppearanceTracker {
    frame: u64,
    live: Vec<Track>,
    /// Over, but lines that ended with them may still be live by the grace of [`MAX_MISSED_FRAMES`].
    ended: Vec<Track>,
}

impl AppearanceTracker {
    /// A tracker at the start of a video.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the lines read in the frame at `at`, in reading order.
    pub fn push(&mut self, at: MediaTime, lines: &[TextLine]) -> Vec<Appearance> {
        self.frame += 1;
        let matched = match_tracks(&self.live, lines);
        for (position, (line, track)) in lines.iter().zip(matched).enumerate() {
            let sighting = Sighting { frame: self.frame, position, line };
            if let Some(track) = track.and_then(|index| self.live.get_mut(index)) {
                track.see(&sighting);
            } else if self.live.len() < MAX_LIVE_TRACKS {
                self.live.push(Track::start(at, &sighting));
            } else {
                tracing::debug!(limit = MAX_LIVE_TRACKS, "more lines of text than are followed");
            }
        }
        self.end_frame(at)
    }

    /// Takes a frame whose text is that of the frame before.
    pub fn push_unchanged(&mut self, at: MediaTime) -> Vec<Appearance> {
        self.frame += 1;
        let frame = self.frame;
        for track in self.live.iter_mut().filter(|track| track.last_seen + 1 == frame) {
            track.last_seen = frame;
        }
        self.end_frame(at)
    }

    /// Ends the video at `end`.
    pub fn finish(mut self, end: MediaTime) -> Vec<Appearance> {
        self.frame += 1;
        self.close_missed(end);
        for mut track in std::mem::take(&mut self.live) {
            track.gone_at.get_or_insert(end);
            self.ended.push(track);
        }
        group(std::mem::take(&mut self.ended))
    }

    fn end_frame(&mut self, at: MediaTime) -> Vec<Appearance> {
        self.close_missed(at);
        let (frame, grace) = (self.frame, MAX_MISSED_FRAMES + SAME_TIME_FRAMES);
        let (over, still): (Vec<Track>, Vec<Track>) =
            std::mem::take(&mut self.live).into_iter().partition(|track| frame - track.last_seen > MAX_MISSED_FRAMES);
        self.live = still;
        self.ended.extend(over);
        let (ripe, waiting) =
            std::mem::take(&mut self.ended).into_iter().partition(|track| frame - track.last_seen > grace);
        self.ended = waiting;
        group(ripe)
    }

    /// Notes when tracks that this frame does not show were gone.
    fn close_missed(&mut self, at: MediaTime) {
        let frame = self.frame;
        for track in &mut self.live {
            if track.last_seen == frame {
                track.gone_at = None;
            } else {
                track.gone_at.get_or_insert(at);
            }
        }
    }
}

/// Joins lines that came and went together.
fn group(mut tracks: Vec<Track>) -> Vec<Appearance> {
    tracks.sort_by_key(|track| (track.first_seen, track.position));
    let mut groups: Vec<Vec<Track>> = Vec::new();
    for track in tracks {
        let fits = |group: &&mut Vec<Track>| {
            group.first().is_some_and(|first| {
                first.first_seen.abs_diff(track.first_seen) <= SAME_TIME_FRAMES
                    && first.last_seen.abs_diff(track.last_seen) <= SAME_TIME_FRAMES
            })
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(track),
            None => groups.push(vec![track]),
        }
    }
    groups.into_iter().filter_map(appearance).collect()
}

fn appearance(mut tracks: Vec<Track>) -> Option<Appearance> {
    tracks.sort_by_key(|track| track.position);
    let start = tracks.iter().map(|track| track.first_at).min()?;
    let end = tracks.iter().filter_map(|track| track.gone_at).max()?;
    let rolled = tracks.iter().map(Track::rolled).sum::<f32>() / tracks.len().max(1) as f32;
    let lines = tracks.into_iter().filter_map(Track::into_best_line).collect::<Vec<_>>();
    (!lines.is_empty()).then(|| Appearance { span: Span::at_least_one_micro(start, end), lines, rolled })
}
