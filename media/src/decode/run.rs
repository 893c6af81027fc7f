//! The loop of a decode: packets in, events out.

use std::ops::ControlFlow;
use std::path::Path;

use ffmpeg_next::Packet;
use reelgraph_models::probe::{NonStandard, Probe, Refusal};
use reelgraph_models::time::MediaTime;

use super::audio::AudioPath;
use super::clock::Clock;
use super::event::{DecodeEvent, DecodeSummary};
use super::plan::DecodePlan;
use super::subtitles::{SubtitleCounts, SubtitlePath};
use super::video::VideoPath;
use crate::probe::{Opened, open_media};
use crate::raw::{Decoder, StreamFacts, logged_errors};
use crate::{Limits, MediaError};

/// Media time between two reports of progress, in microseconds.
const PROGRESS_STEP_US: i64 = 1_000_000;

/// Frames between two reports of progress at most: slow decoding must not look like a standstill.
const PROGRESS_STEPS: u32 = 16;

/// Where events go, and how far they have come.
pub(crate) struct Output<'a> {
    emit: &'a mut dyn FnMut(DecodeEvent) -> ControlFlow<()>,
    reported: MediaTime,
    steps: u32,
}

impl Output<'_> {
    pub(crate) fn emit(&mut self, event: DecodeEvent) -> Result<(), MediaError> {
        match (self.emit)(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(MediaError::Stopped),
        }
    }

    pub(crate) fn progress(&mut self, at: MediaTime) -> Result<(), MediaError> {
        self.steps += 1;
        if at < self.reported + MediaTime::from_micros(PROGRESS_STEP_US) && self.steps < PROGRESS_STEPS {
            return Ok(());
        }
        (self.reported, self.steps) = (at, 0);
        self.emit(DecodeEvent::Progress { at })
    }
}

/// Decodes a file once, in this process, and gives every event to `emit` until that says break.
///
/// What the file does not have is left out without an error: of a film without sound, a plan for sound yields only the end.
///
/// # Errors
/// As [`probe_file`](crate::probe_file); [`Refusal::NothingDecodable`] where the streams that the plan needs hold not one
/// frame or sample; [`MediaError::Stopped`] where `emit` wanted no more.
pub fn decode_file(
    path: &Path,
    plan: &DecodePlan,
    limits: &Limits,
    emit: &mut dyn FnMut(DecodeEvent) -> ControlFlow<()>,
) -> Result<(), MediaError> {
    let plan = plan.bounded();
    let mut opened = open_media(path, limits)?;
    let probe = opened.describe(None);
    let clock = Clock::new(opened.origin_us(&probe), limits.max_duration_s, opened.container.has_discontinuities);
    let mut session = Session::new(&mut opened, &probe, &plan, limits, clock)?;
    let mut output = Output { emit, reported: MediaTime::ZERO, steps: 0 };
    session.run(&mut opened, &mut output)?;
    session.finish(&opened, &probe, &mut output)
}

struct Session {
    video: Option<(usize, StreamFacts, VideoPath)>,
    audio: Option<(usize, StreamFacts, AudioPath)>,
    subtitles: Vec<(usize, SubtitlePath)>,
    shown: SubtitleCounts,
    clock: Clock,
    bad_reads: u64,
    unopened: u64,
}

impl Session {
    fn new(
        opened: &mut Opened,
        probe: &Probe,
        plan: &DecodePlan,
        limits: &Limits,
        clock: Clock,
    ) -> Result<Self, MediaError> {
        let mut unopened = 0;
        let mut decoder = |index: Option<u32>, threads: u16| {
            let stream = index.and_then(|index| opened.streams.get(index as usize))?;
            match Decoder::open(&opened.input, stream, threads, limits.max_pixels) {
                Ok(decoder) => Some(Ok((stream.index, stream.clone(), decoder))),
                Err(ffmpeg_next::Error::Other { errno: libc::ENOMEM | libc::EAGAIN }) => {
                    Some(Err(MediaError::OutOfMemory))
                }
                Err(_) => {
                    unopened += 1;
                    None
                }
            }
        };
        let wanted_video =
            probe.main_video().filter(|_| plan.wants_pictures() || !(plan.audio_16k_mono || plan.subtitles));
        let video = decoder(wanted_video.map(|stream| stream.index), plan.decoder_threads).transpose()?;
        let wanted_audio = probe.main_audio().filter(|_| plan.audio_16k_mono);
        let audio = decoder(wanted_audio.map(|stream| stream.index), 1).transpose()?;
        let video = video.map(|(index, facts, decoder)| {
            let path = VideoPath::new(decoder, &facts, plan);
            (index, facts, path)
        });
        let audio = audio.map(|(index, facts, decoder)| (index, facts, AudioPath::new(decoder, plan.loudness)));
        let subtitles = if plan.subtitles { SubtitlePath::open_all(opened, probe, limits)? } else { Vec::new() };
        let kept: Vec<usize> = [video.as_ref().map(|(index, ..)| *index), audio.as_ref().map(|(index, ..)| *index)]
            .into_iter()
            .flatten()
            .chain(subtitles.iter().map(|(index, _)| *index))
            .collect();
        opened.input.keep_only(&kept);
        if probe.main_video().is_none() && probe.main_audio().is_none() {
            crate::probe::usable(opened, probe)?;
        }
        Ok(Self { video, audio, subtitles, shown: SubtitleCounts::default(), clock, bad_reads: 0, unopened })
    }

    fn run(&mut self, opened: &mut Opened, output: &mut Output<'_>) -> Result<(), MediaError> {
        let mut packet = Packet::empty();
        while self.video.is_some() || self.audio.is_some() || !self.subtitles.is_empty() {
            let more = opened.input.read(&mut packet, &mut self.bad_reads);
            if !more.map_err(|error| MediaError::ffmpeg("read packets", error))? {
                break;
            }
            if let Some((index, facts, path)) = &mut self.video
                && packet.stream() == *index
            {
                self.clock.mend(&mut packet, facts.time_base);
                path.push(Some(&packet), &self.clock, &mut self.shown, output)?;
            } else if let Some((index, facts, path)) = &mut self.audio
                && packet.stream() == *index
            {
                self.clock.mend(&mut packet, facts.time_base);
                path.push(Some(&packet), &self.clock, output)?;
            } else if let Some((_, path)) = self.subtitles.iter_mut().find(|(index, _)| packet.stream() == *index) {
                path.push(Some(&packet), &self.clock, &mut self.shown, output)?;
            }
        }
        if let Some((_, _, path)) = &mut self.video {
            path.push(None, &self.clock, &mut self.shown, output)?;
        }
        if let Some((_, _, path)) = &mut self.audio {
            path.push(None, &self.clock, output)?;
        }
        for (_, path) in &mut self.subtitles {
            path.push(None, &self.clock, &mut self.shown, output)?;
        }
        Ok(())
    }

    fn finish(self, opened: &Opened, probe: &Probe, output: &mut Output<'_>) -> Result<(), MediaError> {
        let video = self.video.as_ref().map(|(_, _, path)| path.counts).unwrap_or_default();
        let audio = self.audio.as_ref().map(|(_, _, path)| path.counts).unwrap_or_default();
        let attempted = self.video.is_some() || self.audio.is_some() || self.unopened > 0;
        if attempted && video.frames == 0 && audio.frames == 0 {
            return Err(MediaError::Refused(Refusal::NothingDecodable));
        }
        let ends = [
            self.video.as_ref().and_then(|(_, _, path)| path.end()),
            self.audio.as_ref().and_then(|(_, _, path)| path.end()),
            // Where nothing else was decoded, cues are all that tells.
            self.shown.end.filter(|_| self.video.is_none() && self.audio.is_none()),
        ];
        let summary = DecodeSummary {
            duration: ends.into_iter().flatten().max().unwrap_or(MediaTime::ZERO),
            frames: video.frames,
            audio_samples: audio.samples,
            loudness: self.audio.as_ref().and_then(|(_, _, path)| path.loudness()),
            fields: self.video.as_ref().map(|(_, _, path)| path.fields()).unwrap_or_default(),
            corrupt_packets: self.bad_reads + video.corrupt_packets + audio.corrupt_packets,
            logged_errors: logged_errors(),
        };
        for (reason, detail) in self.warnings(opened, probe, &summary) {
            output.emit(DecodeEvent::Warning { reason, detail })?;
        }
        output.emit(DecodeEvent::End(summary))
    }

    fn warnings(&self, opened: &Opened, probe: &Probe, summary: &DecodeSummary) -> Vec<(NonStandard, String)> {
        let video = self.video.as_ref().map(|(_, _, path)| path.counts).unwrap_or_default();
        let audio = self.audio.as_ref().map(|(_, _, path)| path.counts).unwrap_or_default();
        let mut warnings = Vec::new();
        let unusable = video.unusable_frames + audio.unusable_frames;
        if summary.corrupt_packets + video.damaged_frames + unusable > 0 {
            warnings.push((
                NonStandard::CorruptPackets,
                format!(
                    "{} packets could not be decoded, {} pictures are damaged, {unusable} frames could not be converted{}",
                    summary.corrupt_packets,
                    video.damaged_frames,
                    video.damage.and(audio.damage)
                ),
            ));
        }
        let made_up = self.video.as_ref().map_or(0, |(_, _, path)| path.made_up_times());
        if made_up + self.clock.jumps + audio.overlaps > 0 {
            warnings.push((
                NonStandard::BrokenTimestamps,
                format!(
                    "{made_up} pictures without a usable time, {} jumps of the clock, {} overlaps of sound",
                    self.clock.jumps, audio.overlaps
                ),
            ));
        }
        if summary.fields.is_interlaced() && video.marked_interlaced * 2 < video.frames {
            warnings.push((
                NonStandard::Interlaced,
                format!(
                    "{:.0} % of the moving pictures that were looked at are made of two fields, and most are not marked so",
                    summary.fields.interlaced_share().unwrap_or_default() * 100.0
                ),
            ));
        }
        let SubtitleCounts { damaged, dropped, garbled, .. } = self.shown;
        if damaged + dropped + garbled > 0 {
            let detail = format!(
                "{damaged} lines of subtitles could not be read, {dropped} are more than are taken, \
                 {garbled} bytes of closed captions arrived damaged"
            );
            warnings.push((NonStandard::DamagedSubtitles, detail));
        }
        if audio.gaps > 0 {
            warnings.push((NonStandard::AudioGaps, format!("{} gaps in the sound, filled with silence", audio.gaps)));
        }
        if video.size_changes > 0 {
            warnings.push((
                NonStandard::ChangingDimensions,
                format!("the picture changes its size {} times", video.size_changes),
            ));
        }
        let silent = |path: bool, frames: u64| path && frames == 0;
        if self.unopened > 0 || silent(self.video.is_some(), video.frames) || silent(self.audio.is_some(), audio.frames)
        {
            warnings.push((NonStandard::UndecodableStream, "a stream gave not one frame or sample".to_owned()));
        }
        warnings.extend(self.wrong_duration(opened, probe, summary));
        warnings
    }

    /// Compares the stated length with the decoded one, where everything that counts was decoded.
    fn wrong_duration(&self, opened: &Opened, probe: &Probe, summary: &DecodeSummary) -> Option<(NonStandard, String)> {
        let decoded_all = (self.video.is_some() || probe.main_video().is_none())
            && (self.audio.is_some() || probe.main_audio().is_none());
        let (stated, measured) = (probe.duration, summary.duration);
        if !decoded_all || stated == MediaTime::ZERO || opened.container.is_duration_guessed {
            return None;
        }
        let tolerance_us = 1_000_000 + stated.as_micros() / 20;
        if (stated - measured).as_micros().abs() <= tolerance_us {
            return None;
        }
        let reason = match measured < stated && opened.layout.is_truncated {
            true => NonStandard::Truncated,
            false => NonStandard::WrongDuration,
        };
        Some((reason, format!("the headers state {stated}, {measured} could be decoded")))
    }
}
