//! From probabilities and levels to segments.

use reelgraph_models::time::Span;

use super::activity::Activity;
use super::fbank::{FRAME_SAMPLES, HOP_SAMPLES};
use super::runs::{Rule, Run, RunFinder};
use super::segment::{SoundKind, SoundSegment};
use crate::acoustics::media_time;

/// Below this root mean square over 25 ms there is silence, in decibels below full scale (a sine of full scale has -3). The
/// pauses of a studio recording lie below it, room tone and soft music above.
const SILENCE_DBFS: f32 = -50.0;
/// Samples between the beginning of a frame and the 10 ms in its middle that it stands for.
const FRAME_OFFSET_SAMPLES: u64 = (FRAME_SAMPLES - HOP_SAMPLES) as u64 / 2;

/// What makes a segment of each kind, in frames of 10 ms. Speech comes in short turns, between which breath is taken; music
/// neither begins nor ends within a second.
const fn rule(kind: SoundKind) -> Rule {
    match kind {
        SoundKind::Speech => Rule { reach: 5, open: 0.5, close: 0.3, least_frames: 20, gap_frames: 30 },
        SoundKind::Singing => Rule { reach: 15, open: 0.5, close: 0.3, least_frames: 50, gap_frames: 50 },
        SoundKind::Music => Rule { reach: 15, open: 0.5, close: 0.3, least_frames: 100, gap_frames: 100 },
        SoundKind::Silence => Rule { reach: 0, open: 0.5, close: 0.5, least_frames: 100, gap_frames: 1 },
    }
}

/// Finds the segments of a stream of frames; keeps the segments that it found.
#[derive(Debug)]
pub(super) struct Segmenter {
    finders: [(SoundKind, RunFinder); 4],
    found: Vec<(SoundKind, Run)>,
    frames: u64,
}

impl Segmenter {
    pub(super) fn new() -> Self {
        let finders = SoundKind::ALL.map(|kind| (kind, RunFinder::new(rule(kind))));
        Self { finders, found: Vec::new(), frames: 0 }
    }

    /// Takes the next frame.
    pub(super) fn push(&mut self, activity: Activity, level_dbfs: f32) {
        self.frames += 1;
        let Activity { speech, singing, music } = activity;
        for (kind, finder) in &mut self.finders {
            let run = match kind {
                SoundKind::Speech => finder.push(speech, speech),
                SoundKind::Singing => finder.push(singing, singing),
                SoundKind::Music => finder.push(music, music),
                SoundKind::Silence => {
                    let is_silent = if level_dbfs < SILENCE_DBFS { 1.0 } else { 0.0 };
                    finder.push(is_silent, 1.0 - speech.max(singing).max(music))
                }
            };
            self.found.extend(run.map(|run| (*kind, run)));
        }
    }

    /// Ends a stream of `samples`; gives its segments by start, then by kind.
    pub(super) fn finish(&mut self, samples: u64) -> Vec<SoundSegment> {
        for (kind, finder) in &mut self.finders {
            self.found.extend(finder.finish().into_iter().map(|run| (*kind, run)));
        }
        let frames = std::mem::take(&mut self.frames);
        let at = |frame: u64| match frame {
            0 => 0,
            // The end of the last whole frame is the end of the stream.
            frame if frame == frames => samples,
            frame => frame * HOP_SAMPLES as u64 + FRAME_OFFSET_SAMPLES,
        };
        let segment = |(kind, run): (SoundKind, Run)| SoundSegment {
            span: Span::at_least_one_micro(media_time(at(run.start)), media_time(at(run.end))),
            kind,
            confidence: run.mean.clamp(0.0, 1.0),
        };
        let mut segments: Vec<SoundSegment> = std::mem::take(&mut self.found).into_iter().map(segment).collect();
        segments.sort_by_key(|segment| (segment.span.start(), segment.kind));
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Activity = Activity { speech: 0.0, singing: 0.0, music: 0.0 };
    const MUSIC: Activity = Activity { music: 0.9, ..NOTHING };
    const BOTH: Activity = Activity { speech: 0.8, music: 0.9, ..NOTHING };

    fn segments(stretches: &[(Activity, f32, usize)]) -> Vec<(SoundKind, i64, i64, f32)> {
        let mut segmenter = Segmenter::new();
        let mut frames = 0;
        for (activity, level, count) in stretches {
            (0..*count).for_each(|_| segmenter.push(*activity, *level));
            frames += count;
        }
        let segments = segmenter.finish((frames * HOP_SAMPLES + FRAME_SAMPLES - HOP_SAMPLES) as u64);
        let plain = |s: SoundSegment| (s.kind, s.span.start().as_millis(), s.span.end().as_millis(), s.confidence);
        segments.into_iter().map(plain).collect()
    }

    #[test]
    fn speech_over_music_is_both() {
        let found = segments(&[(MUSIC, -20.0, 300), (BOTH, -20.0, 200), (MUSIC, -20.0, 300)]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].0, found[0].1, found[0].2), (SoundKind::Music, 0, 8_015));
        assert_eq!(found[1].0, SoundKind::Speech);
        assert!((found[1].1 - 3_000).abs() < 50 && (found[1].2 - 5_000).abs() < 50, "{found:?}");
        assert!((found[1].3 - 0.8).abs() < 0.02);
    }

    #[test]
    fn silence_is_what_is_quiet_for_a_second() {
        assert_eq!(segments(&[(NOTHING, -60.0, 99)]), []);
        assert_eq!(segments(&[(NOTHING, -60.0, 100)]), [(SoundKind::Silence, 0, 1_015, 1.0)]);
        assert_eq!(segments(&[(NOTHING, -40.0, 500)]), []);
        assert_eq!(segments(&[(NOTHING, -60.0, 60), (NOTHING, -40.0, 1), (NOTHING, -60.0, 60)]), []);
    }

    #[test]
    fn no_frames_have_no_segments() {
        assert_eq!(segments(&[]), []);
    }
}
