//! Some frames, upright and readable: which, and how.

use ffmpeg_next::Error;
use ffmpeg_next::frame::Video;
use reelgraph_models::picture::{Frame, Picture};
use reelgraph_models::time::MediaTime;

use super::convert::Converter;
use super::plan::SamplePlan;
use crate::raw::{FrameFacts, are_same, deinterlace, facts_of, share};

/// Once so many frames in a row were due that are the same as the last that was taken …
const STILL_AFTER: u32 = 4;
/// … only one of this many is taken.
const STILL_EVERY: u32 = 8;

/// Takes the first frame at or behind every multiple of an interval, and the first after each jump of the picture; fewer where
/// the picture stands still.
pub(crate) struct Sampler {
    plan: SamplePlan,
    converter: Converter,
    next_due: MediaTime,
    /// The last frame that was taken and differed from the one taken before.
    taken: Option<Video>,
    /// Frames that were due since, all of them the same as that one.
    repeats: u32,
    /// The frame before the current one, kept only where fields are interlaced.
    previous: Option<Video>,
    /// An interlaced frame that was taken and waits for the one behind it.
    waiting: Option<Waiting>,
}

struct Waiting {
    at: MediaTime,
    before: Option<Video>,
    frame: Video,
}

impl Sampler {
    pub(crate) fn new(plan: SamplePlan, converter: Converter) -> Self {
        Self { plan, converter, next_due: MediaTime::ZERO, taken: None, repeats: 0, previous: None, waiting: None }
    }

    /// Looks at the next frame, to which the picture may have jumped; appends the pictures that have become ready, the first of which may be an earlier one.
    pub(crate) fn push(
        &mut self,
        at: MediaTime,
        frame: &Video,
        facts: &FrameFacts,
        is_jump: bool,
        ready: &mut Vec<Frame>,
    ) -> Result<(), Error> {
        self.finish_waiting(Some(frame), ready)?;
        let mut is_due = at >= self.next_due || is_jump;
        if at >= self.next_due {
            let interval_us = self.plan.interval.as_micros().max(1);
            self.next_due = MediaTime::from_micros((at.as_micros() / interval_us + 1).saturating_mul(interval_us));
        }
        if is_due {
            is_due = self.is_worth_it(frame)?;
        }
        if !facts.is_interlaced {
            self.previous = None;
            if is_due {
                ready.push(self.picture(at, frame, facts)?);
            }
            return Ok(());
        }
        let before = self.previous.replace(share(frame)?);
        if is_due {
            self.waiting = Some(Waiting { at, before, frame: share(frame)? });
        }
        Ok(())
    }

    /// Whether a frame that is due shows something else than the last one, or is the one that is taken all the same.
    fn is_worth_it(&mut self, frame: &Video) -> Result<bool, Error> {
        let wants_every = self.plan.interval <= MediaTime::ZERO;
        if wants_every || !self.taken.as_ref().is_some_and(|taken| are_same(taken, frame)) {
            (self.taken, self.repeats) = (Some(share(frame)?), 0);
            return Ok(true);
        }
        self.repeats = self.repeats.saturating_add(1);
        Ok(self.repeats < STILL_AFTER || self.repeats.is_multiple_of(STILL_EVERY))
    }

    /// Appends the picture that waited for a frame which will not come.
    pub(crate) fn finish(&mut self, ready: &mut Vec<Frame>) -> Result<(), Error> {
        self.finish_waiting(None, ready)
    }

    fn finish_waiting(&mut self, after: Option<&Video>, ready: &mut Vec<Frame>) -> Result<(), Error> {
        let Some(Waiting { at, before, frame }) = self.waiting.take() else { return Ok(()) };
        // A picture that still shows its fields is better than none.
        let progressive = deinterlace(before.as_ref(), &frame, after).unwrap_or(frame);
        let facts = facts_of(&progressive).ok_or(Error::InvalidData)?;
        ready.push(self.picture(at, &progressive, &facts)?);
        Ok(())
    }

    fn picture(&mut self, at: MediaTime, frame: &Video, facts: &FrameFacts) -> Result<Frame, Error> {
        picture(&mut self.converter, frame, facts, self.plan.max_side_px).map(|picture| Frame { at, picture })
    }
}

/// The whole frame as a picture whose longer side is at most `max_side_px`.
pub(crate) fn picture(
    converter: &mut Converter,
    frame: &Video,
    facts: &FrameFacts,
    max_side_px: u32,
) -> Result<Picture, Error> {
    let (width, height) = converter.fitted(facts, max_side_px);
    let mut rgb = Vec::new();
    converter.convert(frame, facts, (width, height), &mut rgb)?;
    Picture::new(width, height, rgb).map_err(|_| Error::InvalidData)
}
