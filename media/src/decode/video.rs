//! The pictures of a decode.

use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error, Packet};
use reelgraph_models::picture::Frame;
use reelgraph_models::time::MediaTime;

use super::clock::{Clock, FrameTimes};
use super::convert::Converter;
use super::damage::Damage;
use super::event::{DecodeEvent, FieldCounts, SmallBatch};
use super::fields::FieldWatch;
use super::jump::JumpFinder;
use super::orientation::Orientation;
use super::plan::{DecodePlan, FrameSize};
use super::run::Output;
use super::sampler::Sampler;
use super::subtitles::{ClosedCaptions, SubtitleCounts};
use crate::MediaError;
use crate::raw::{Decoder, Filter, FrameFacts, Received, StreamFacts, closed_captions_of, facts_of};

/// Frames in a batch of small ones: 250 kB at the size that shot detection takes.
const BATCH_FRAMES: usize = 64;

/// Decodes the pictures and hands them to the small batch and to the sampler, and reads the captions inside them.
pub(crate) struct VideoPath {
    decoder: Decoder,
    frame: Video,
    small: Option<Small>,
    sampler: Option<Sampler>,
    fields: Option<FieldWatch>,
    captions: Option<ClosedCaptions>,
    times: FrameTimes,
    ready: Vec<Frame>,
    pub(crate) counts: VideoCounts,
}

/// What was seen on the way.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct VideoCounts {
    pub(crate) frames: u64,
    pub(crate) corrupt_packets: u64,
    pub(crate) damaged_frames: u64,
    pub(crate) unusable_frames: u64,
    pub(crate) damage: Damage,
    pub(crate) size_changes: u64,
    /// Frames whose header says that they are made of fields.
    pub(crate) marked_interlaced: u64,
    last_size: (u32, u32),
}

impl VideoCounts {
    /// Packets and pictures with which something is wrong.
    fn bad(self) -> u64 {
        self.corrupt_packets + self.damaged_frames + self.unusable_frames
    }
}

struct Small {
    size: FrameSize,
    converter: Converter,
    batch: SmallBatch,
    jumps: JumpFinder,
}

impl VideoPath {
    pub(crate) fn new(decoder: Decoder, stream: &StreamFacts, plan: &DecodePlan) -> Self {
        let orientation = Orientation::of(stream.display_matrix);
        let converter = |filter| Converter::new(filter, orientation, stream.transfer);
        Self {
            decoder,
            frame: Video::empty(),
            small: plan.every_frame.map(|size| Small {
                size,
                converter: converter(Filter::Area),
                batch: SmallBatch { size, at: Vec::new(), rgb: Vec::new() },
                jumps: JumpFinder::default(),
            }),
            sampler: plan.sampled.map(|plan| Sampler::new(plan, converter(Filter::Bicubic))),
            fields: plan.fields.then(FieldWatch::default),
            captions: u32::try_from(stream.index).ok().filter(|_| plan.subtitles).map(ClosedCaptions::new),
            times: FrameTimes::new(stream.average_frame_rate.or(stream.base_frame_rate)),
            ready: Vec::new(),
            counts: VideoCounts::default(),
        }
    }

    /// What the rows of pictures say about fields.
    pub(crate) fn fields(&self) -> FieldCounts {
        self.fields.as_ref().map(FieldWatch::counts).unwrap_or_default()
    }

    /// Frames whose time had to be made up.
    pub(crate) fn made_up_times(&self) -> u64 {
        self.times.made_up
    }

    /// The end of the last frame, if there was one.
    pub(crate) fn end(&self) -> Option<MediaTime> {
        self.times.end()
    }

    /// Decodes a packet, or with `None` what the decoder still holds.
    pub(crate) fn push(
        &mut self,
        packet: Option<&Packet>,
        clock: &Clock,
        shown: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        let bad = self.counts.bad();
        if !self.decoder.send(packet).map_err(|error| MediaError::ffmpeg("decode pictures", error))? {
            self.counts.corrupt_packets += 1;
        }
        // A decoder that reports damage without end would be asked for ever.
        for _ in 0..10_000 {
            let received = self.decoder.receive(&mut self.frame);
            match received.map_err(|error| MediaError::ffmpeg("decode pictures", error))? {
                Received::Frame => self.take(clock, shown, output)?,
                Received::Damaged => self.counts.corrupt_packets += 1,
                Received::NeedsPacket | Received::End => break,
            }
        }
        if self.counts.bad() > bad {
            self.counts.damage.note(self.times.end().unwrap_or(MediaTime::ZERO));
        }
        if packet.is_none() { self.finish(shown, output) } else { Ok(()) }
    }

    fn take(&mut self, clock: &Clock, shown: &mut SubtitleCounts, output: &mut Output<'_>) -> Result<(), MediaError> {
        let base = self.decoder.time_base();
        let stated_us = self.frame.timestamp().and_then(|ticks| clock.micros(ticks, base));
        let facts = facts_of(&self.frame);
        let at = facts.is_some().then(|| self.times.next(stated_us));
        // A picture that is of no use may still carry a part of a line.
        if let Some(captions) = &mut self.captions
            && let Some(triplets) = closed_captions_of(&self.frame)
        {
            captions.push(&triplets, at.map(MediaTime::as_micros).or(stated_us), shown, output)?;
        }
        let (Some(facts), Some(at)) = (facts, at) else {
            self.counts.unusable_frames += 1;
            return Ok(());
        };
        self.counts.frames += 1;
        self.counts.damaged_frames += u64::from(facts.is_corrupt);
        self.counts.marked_interlaced += u64::from(facts.is_interlaced);
        if let Some(fields) = &mut self.fields {
            fields.push(&self.frame);
        }
        let size = (facts.width_px, facts.height_px);
        self.counts.size_changes += u64::from(self.counts.frames > 1 && self.counts.last_size != size);
        self.counts.last_size = size;
        match self.convert(at, &facts) {
            Ok(()) => {}
            Err(Error::Other { errno: libc::ENOMEM }) => return Err(MediaError::OutOfMemory),
            Err(_) => self.counts.unusable_frames += 1,
        }
        self.hand_out(false, output)?;
        output.progress(at)
    }

    fn convert(&mut self, at: MediaTime, facts: &FrameFacts) -> Result<(), Error> {
        let mut is_jump = false;
        if let Some(Small { size, converter, batch, jumps }) = &mut self.small {
            let before = batch.rgb.len();
            let converted = converter.convert(&self.frame, facts, (size.width_px, size.height_px), &mut batch.rgb);
            match converted {
                Ok(()) => {
                    batch.at.push(at);
                    is_jump = jumps.push(at, batch.rgb.get(before..).unwrap_or_default());
                }
                Err(error) => {
                    batch.rgb.truncate(before);
                    return Err(error);
                }
            }
        }
        match &mut self.sampler {
            Some(sampler) => sampler.push(at, &self.frame, facts, is_jump, &mut self.ready),
            None => Ok(()),
        }
    }

    fn finish(&mut self, shown: &mut SubtitleCounts, output: &mut Output<'_>) -> Result<(), MediaError> {
        if let Some(captions) = &mut self.captions {
            captions.finish(shown, output)?;
        }
        if let Some(sampler) = &mut self.sampler
            && sampler.finish(&mut self.ready).is_err()
        {
            self.counts.unusable_frames += 1;
        }
        self.hand_out(true, output)
    }

    fn hand_out(&mut self, is_last: bool, output: &mut Output<'_>) -> Result<(), MediaError> {
        if let Some(Small { size, batch, .. }) = &mut self.small
            && (batch.at.len() >= BATCH_FRAMES || (is_last && !batch.at.is_empty()))
        {
            let next = SmallBatch { size: *size, at: Vec::new(), rgb: Vec::with_capacity(batch.rgb.len()) };
            output.emit(DecodeEvent::Small(std::mem::replace(batch, next)))?;
        }
        for frame in self.ready.drain(..) {
            output.emit(DecodeEvent::Sampled(frame))?;
        }
        Ok(())
    }
}
