//! The sound of a decode.

use ffmpeg_next::frame::Audio;
use ffmpeg_next::{Error, Packet};
use reelgraph_models::time::MediaTime;

use super::clock::Clock;
use super::damage::Damage;
use super::event::{AudioBlock, DecodeEvent, Loudness};
use super::loudness::LoudnessMeter;
use super::plan::SAMPLE_RATE_HZ;
use super::run::Output;
use crate::MediaError;
use crate::raw::{Decoder, Received, Resampler};

/// Samples in a block: one second.
const BLOCK_SAMPLES: usize = SAMPLE_RATE_HZ as usize;

/// Timestamps that are off by less than this, in samples, are rounding; beyond it there is a gap or an overlap (40 ms).
const TOLERANCE_SAMPLES: i64 = 640;

/// Decodes the sound, lays it on the timeline, and cuts it into blocks.
pub(crate) struct AudioPath {
    decoder: Decoder,
    frame: Audio,
    resampler: Option<Resampler>,
    /// Sound that was laid on the timeline and not given out.
    pending: Vec<f32>,
    /// Position of the first pending sample.
    pending_from: i64,
    /// Samples that overlap what was laid already, and are dropped.
    overlap: i64,
    /// Where it was asked for.
    loudness: Option<LoudnessMeter>,
    pub(crate) counts: AudioCounts,
}

/// What was seen on the way.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct AudioCounts {
    pub(crate) frames: u64,
    pub(crate) samples: u64,
    pub(crate) corrupt_packets: u64,
    pub(crate) unusable_frames: u64,
    pub(crate) damage: Damage,
    pub(crate) gaps: u64,
    pub(crate) overlaps: u64,
}

impl AudioCounts {
    /// Packets and frames with which something is wrong.
    fn bad(self) -> u64 {
        self.corrupt_packets + self.unusable_frames
    }
}

impl AudioPath {
    pub(crate) fn new(decoder: Decoder, measures_loudness: bool) -> Self {
        Self {
            decoder,
            frame: Audio::empty(),
            resampler: None,
            pending: Vec::new(),
            pending_from: 0,
            overlap: 0,
            loudness: measures_loudness.then(LoudnessMeter::default),
            counts: AudioCounts::default(),
        }
    }

    /// How loud it is so far, where that was asked for and there is anything to hear.
    pub(crate) fn loudness(&self) -> Option<Loudness> {
        self.loudness.as_ref()?.loudness()
    }

    /// The end of the last sample, if there was one.
    pub(crate) fn end(&self) -> Option<MediaTime> {
        (self.counts.frames > 0).then(|| time_of(self.laid()))
    }

    /// Decodes a packet, or with `None` what the decoder still holds.
    pub(crate) fn push(
        &mut self,
        packet: Option<&Packet>,
        clock: &Clock,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        let bad = self.counts.bad();
        if !self.decoder.send(packet).map_err(|error| MediaError::ffmpeg("decode sound", error))? {
            self.counts.corrupt_packets += 1;
        }
        // A decoder that reports damage without end would be asked for ever.
        for _ in 0..10_000 {
            let received = self.decoder.receive(&mut self.frame);
            match received.map_err(|error| MediaError::ffmpeg("decode sound", error))? {
                Received::Frame => match self.take(clock, output)? {
                    Ok(()) => self.counts.frames += 1,
                    Err(Error::Other { errno: libc::ENOMEM }) => return Err(MediaError::OutOfMemory),
                    Err(_) => self.counts.unusable_frames += 1,
                },
                Received::Damaged => self.counts.corrupt_packets += 1,
                Received::NeedsPacket | Received::End => break,
            }
        }
        if packet.is_none() && self.drain().is_err() {
            self.counts.unusable_frames += 1;
        }
        if self.counts.bad() > bad {
            self.counts.damage.note(self.end().unwrap_or(MediaTime::ZERO));
        }
        if packet.is_none() {
            self.hand_out(output)?;
            if !self.pending.is_empty() {
                let rest = std::mem::take(&mut self.pending);
                self.give(rest, output)?;
            }
        }
        Ok(())
    }

    /// Lays one decoded frame on the timeline.
    fn take(&mut self, clock: &Clock, output: &mut Output<'_>) -> Result<Result<(), Error>, MediaError> {
        if !self.resampler.as_ref().is_some_and(|resampler| resampler.fits(&self.frame))
            && let Err(error) = self.drain()
        {
            return Ok(Err(error));
        }
        let base = self.decoder.time_base();
        if let Some(at_us) = self.frame.timestamp().and_then(|ticks| clock.micros(ticks, base)) {
            let gap = sample_at(at_us) - self.expected();
            if gap > TOLERANCE_SAMPLES {
                // What is inside the resampler belongs before the gap.
                if let Err(error) = self.drain() {
                    return Ok(Err(error));
                }
                self.counts.gaps += u64::from(self.counts.frames > 0);
                self.overlap = 0;
                self.silence_until(sample_at(at_us), output)?;
            } else if gap < -TOLERANCE_SAMPLES {
                self.counts.overlaps += u64::from(self.counts.frames > 0);
                self.overlap -= gap;
            }
        }
        if let Some(meter) = &mut self.loudness {
            meter.push(&self.frame);
        }
        let resampled = self.resample();
        self.hand_out(output)?;
        Ok(resampled)
    }

    fn resample(&mut self) -> Result<(), Error> {
        let mut resampler = match self.resampler.take() {
            Some(resampler) => resampler,
            None => Resampler::mono(&self.frame, SAMPLE_RATE_HZ)?,
        };
        let from = self.pending.len();
        let converted = resampler.convert(Some(&self.frame), &mut self.pending);
        self.resampler = Some(resampler);
        self.settle(from);
        converted
    }

    /// Brings out what the resampler holds, and lets go of it.
    fn drain(&mut self) -> Result<(), Error> {
        let Some(mut resampler) = self.resampler.take() else { return Ok(()) };
        let from = self.pending.len();
        let converted = resampler.convert(None, &mut self.pending);
        self.settle(from);
        converted
    }

    /// Drops from what was just appended what overlaps, and what is not a number.
    fn settle(&mut self, from: usize) {
        let fresh = self.pending.len() - from;
        let dropped = usize::try_from(self.overlap).unwrap_or(0).min(fresh);
        self.pending.drain(from..from + dropped);
        self.overlap -= i64::try_from(dropped).unwrap_or(0);
        for sample in self.pending.iter_mut().skip(from).filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
        }
    }

    /// Position behind the last sample that was laid.
    fn laid(&self) -> i64 {
        self.pending_from + i64::try_from(self.pending.len()).unwrap_or(0)
    }

    /// Position that the next sample to go in will have.
    fn expected(&self) -> i64 {
        self.laid() + self.resampler.as_ref().map_or(0, Resampler::delay) - self.overlap
    }

    fn silence_until(&mut self, position: i64, output: &mut Output<'_>) -> Result<(), MediaError> {
        while self.laid() < position {
            let missing = usize::try_from(position - self.laid()).unwrap_or(0);
            let room = BLOCK_SAMPLES.saturating_sub(self.pending.len()).max(1);
            self.pending.resize(self.pending.len() + missing.min(room), 0.0);
            self.hand_out(output)?;
        }
        Ok(())
    }

    fn hand_out(&mut self, output: &mut Output<'_>) -> Result<(), MediaError> {
        while self.pending.len() >= BLOCK_SAMPLES {
            let rest = self.pending.split_off(BLOCK_SAMPLES);
            let block = std::mem::replace(&mut self.pending, rest);
            self.give(block, output)?;
        }
        Ok(())
    }

    fn give(&mut self, samples: Vec<f32>, output: &mut Output<'_>) -> Result<(), MediaError> {
        let at = time_of(self.pending_from);
        let count = samples.len() as u64;
        self.pending_from += i64::try_from(count).unwrap_or(0);
        self.counts.samples += count;
        output.emit(DecodeEvent::Audio(AudioBlock { at, samples }))?;
        output.progress(time_of(self.pending_from))
    }
}

/// Nearest sample position of a time.
fn sample_at(at_us: i64) -> i64 {
    (i128::from(at_us) * i128::from(SAMPLE_RATE_HZ)).div_euclid(1_000_000) as i64
}

/// Time of a sample position, rounded down to the microsecond.
fn time_of(position: i64) -> MediaTime {
    MediaTime::from_micros((i128::from(position) * 1_000_000).div_euclid(i128::from(SAMPLE_RATE_HZ)) as i64)
}
