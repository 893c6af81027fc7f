//! What a decode promises to its receiver, checked on what a child says.

use reelgraph_models::time::MediaTime;

use super::request::{Reply, Request};
use crate::{DecodeEvent, DecodePlan, MediaError, SAMPLE_RATE_HZ, SubtitleCue};

/// Checks that events are of the plan and in order, so that whoever reads them may rely on it.
#[derive(Debug)]
pub(super) struct Promises {
    plan: Option<DecodePlan>,
    last_small: Option<MediaTime>,
    last_sampled: Option<MediaTime>,
    samples: u64,
    cues: u64,
}

impl Promises {
    /// What is promised to this request.
    pub(super) fn of(request: &Request) -> Self {
        let plan = match request {
            Request::Decode { plan, .. } => Some(plan.bounded()),
            Request::Probe { .. } | Request::Still { .. } | Request::Cover { .. } => None,
        };
        Self { plan, last_small: None, last_sampled: None, samples: 0, cues: 0 }
    }

    /// Checks the next reply.
    pub(super) fn check(&mut self, reply: &Reply) -> Result<(), MediaError> {
        let is_kept = match (reply, &self.plan) {
            (Reply::Event(event), Some(plan)) => {
                let plan = plan.clone();
                self.check_event(event, &plan)
            }
            (Reply::Event(_), None) | (_, Some(_)) => false,
            (Reply::Probe(_) | Reply::Picture(_) | Reply::NoPicture, None) => true,
        };
        if is_kept {
            Ok(())
        } else {
            Err(MediaError::Protocol { detail: "what was not asked for, or out of order".to_owned() })
        }
    }

    fn check_event(&mut self, event: &DecodeEvent, plan: &DecodePlan) -> bool {
        match event {
            DecodeEvent::Small(batch) => {
                plan.every_frame == Some(batch.size) && batch.at.iter().all(|at| follows(&mut self.last_small, *at))
            }
            DecodeEvent::Sampled(frame) => plan.sampled.is_some_and(|sampled| {
                let side_px = frame.picture.width_px().max(frame.picture.height_px());
                side_px <= sampled.max_side_px && follows(&mut self.last_sampled, frame.at)
            }),
            DecodeEvent::Audio(block) => {
                let expected_us = u128::from(self.samples) * 1_000_000 / u128::from(SAMPLE_RATE_HZ);
                self.samples += block.samples.len() as u64;
                let is_clean = block.samples.iter().all(|sample| sample.is_finite());
                plan.audio_16k_mono && is_clean && u128::try_from(block.at.as_micros()) == Ok(expected_us)
            }
            DecodeEvent::Subtitle(cue) => {
                self.cues += 1;
                let is_text = !cue.lines.is_empty() && cue.lines.iter().all(|line| !line.trim().is_empty());
                plan.subtitles
                    && is_text
                    && cue.span.start() >= MediaTime::ZERO
                    && self.cues <= SubtitleCue::MAX_PER_FILE
            }
            DecodeEvent::Warning { .. } => true,
            DecodeEvent::Progress { at } => *at >= MediaTime::ZERO,
            DecodeEvent::End(summary) => summary.duration >= MediaTime::ZERO,
        }
    }
}

/// Whether `at` is behind everything before it, and not before the start.
fn follows(last: &mut Option<MediaTime>, at: MediaTime) -> bool {
    let is_behind = at >= MediaTime::ZERO && last.is_none_or(|last| last < at);
    *last = Some(at);
    is_behind
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AudioBlock, FrameSize, SmallBatch};

    fn promises(plan: DecodePlan) -> Promises {
        Promises::of(&Request::Decode { path: "film.mp4".into(), plan })
    }

    fn small(times_us: &[i64]) -> Reply {
        let at = times_us.iter().map(|time_us| MediaTime::from_micros(*time_us)).collect::<Vec<_>>();
        let rgb = vec![0; at.len() * FrameSize::SHOTS.rgb_bytes()];
        Reply::Event(DecodeEvent::Small(SmallBatch { size: FrameSize::SHOTS, at, rgb }))
    }

    #[test]
    fn times_that_fall_are_not_believed() {
        let plan = DecodePlan { every_frame: Some(FrameSize::SHOTS), ..DecodePlan::default() };
        let mut kept = promises(plan);
        assert!(kept.check(&small(&[0, 40_000])).is_ok());
        assert!(kept.check(&small(&[80_000])).is_ok());
        assert!(kept.check(&small(&[80_000])).is_err());
        assert!(promises(DecodePlan::default()).check(&small(&[0])).is_err(), "nobody asked for small frames");
    }

    #[test]
    fn subtitles_that_nobody_asked_for_or_that_say_nothing_are_not_believed() {
        let cue = |lines: &[&str]| {
            let span = reelgraph_models::time::Span::at_least_one_micro(MediaTime::ZERO, MediaTime::from_millis(1_000));
            let lines = lines.iter().map(|line| (*line).to_owned()).collect();
            Reply::Event(DecodeEvent::Subtitle(SubtitleCue { stream: 2, channel: None, span, lines }))
        };
        assert!(promises(DecodePlan::default()).check(&cue(&["Hello."])).is_err());
        let asked = || promises(DecodePlan { subtitles: true, ..DecodePlan::default() });
        assert!(asked().check(&cue(&["Hello."])).is_ok());
        assert!(asked().check(&cue(&["Hello.", " "])).is_err() && asked().check(&cue(&[])).is_err());
    }

    #[test]
    fn sound_with_a_hole_in_it_is_not_believed() {
        let mut kept = promises(DecodePlan { audio_16k_mono: true, ..DecodePlan::default() });
        let block = |at_ms: i64, sample: f32| {
            let at = MediaTime::from_millis(at_ms);
            Reply::Event(DecodeEvent::Audio(AudioBlock { at, samples: vec![sample; 16_000] }))
        };
        assert!(kept.check(&block(0, 0.5)).is_ok());
        assert!(kept.check(&block(1_000, 0.5)).is_ok());
        assert!(kept.check(&block(3_000, 0.5)).is_err());
        assert!(
            promises(DecodePlan { audio_16k_mono: true, ..DecodePlan::default() }).check(&block(0, f32::NAN)).is_err()
        );
    }
}
