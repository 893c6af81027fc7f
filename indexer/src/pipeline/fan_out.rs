//! One decode, many lookers: each analyzer on its own named thread behind a bounded channel.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use reelgraph_media::{DecodeEvent, DecodePlan, DecodeSummary, SubtitleCue};
use reelgraph_models::job::Progress;
use reelgraph_models::picture::Frame;
use reelgraph_models::probe::NonStandard;
use reelgraph_models::reason::Reason;
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::MediaTime;

use super::{Context, Stage};
use crate::analyze::{AnalyzeError, Analyzer, Input, Wants};
use crate::decode::{FrameSelector, News};
use crate::error::IndexError;

/// Inputs that may wait before an analyzer; frames are the largest, at most 960×960×3 bytes each.
const WAITING_INPUTS: usize = 8;

/// How one analyzer's looking went; it has yet to finish.
pub(super) struct Looked {
    pub(super) result: Result<(), AnalyzeError>,
    pub(super) spent: Duration,
}

/// What came of one decode.
pub(super) struct Decoded {
    pub(super) summary: DecodeSummary,
    pub(super) warnings: Vec<Reason>,
    /// As the file has them, of all tracks.
    pub(super) subtitles: Vec<SubtitleCue>,
    /// In the order of the analyzers.
    pub(super) looked: Vec<Looked>,
}

/// Decodes the original and feeds every analyzer what it wants; `on_frame` sees every sampled frame, and what
/// it is worth. Nothing is decoded where there is no plan.
pub(super) fn decode_and_look(
    context: &Context,
    plan: Option<&DecodePlan>,
    length: MediaTime,
    analyzers: &mut [&mut Box<dyn Analyzer>],
    mut on_frame: impl FnMut(&Frame, News) -> Result<(), IndexError>,
) -> Result<Decoded, IndexError> {
    thread::scope(|scope| {
        let mut lanes = Vec::with_capacity(analyzers.len());
        let mut threads = Vec::with_capacity(analyzers.len());
        for analyzer in analyzers.iter_mut() {
            let (sender, receiver) = bounded(WAITING_INPUTS);
            lanes.push(Lane { wants: analyzer.wants(), sender: Some(sender) });
            let (name, settings) = (analyzer.name(), &context.settings);
            let analyzer: &mut dyn Analyzer = analyzer.as_mut();
            let handle = thread::Builder::new()
                .name(name.to_owned())
                .spawn_scoped(scope, move || look(analyzer, settings, receiver));
            threads.push((name, handle.map_err(IndexError::Scratch)?));
        }
        let read = match plan {
            Some(plan) => read_events(context, plan, length, &mut lanes, &mut on_frame),
            None => {
                Ok(Told { summary: DecodeSummary { duration: length, ..DecodeSummary::default() }, ..Told::default() })
            }
        };
        // Closing the channels is what tells the analyzers that the file has ended.
        drop(lanes);
        let mut looked = Vec::with_capacity(threads.len());
        for (name, handle) in threads {
            looked.push(handle.join().map_err(|_| IndexError::ThreadLost { thread: name.to_owned() })?);
        }
        let Told { summary, warnings, subtitles } = read?;
        Ok(Decoded { summary, warnings, subtitles, looked })
    })
}

/// What a decode tells beside what the analyzers look at.
#[derive(Default)]
struct Told {
    summary: DecodeSummary,
    warnings: Vec<Reason>,
    subtitles: Vec<SubtitleCue>,
}

/// The way to one analyzer; closed once the analyzer has failed.
struct Lane {
    wants: Wants,
    sender: Option<Sender<Input>>,
}

impl Lane {
    fn send(&mut self, is_wanted: bool, input: impl FnOnce() -> Input) {
        if let Some(sender) = self.sender.as_ref().filter(|_| is_wanted)
            && sender.send(input()).is_err()
        {
            self.sender = None;
        }
    }
}

fn look(analyzer: &mut dyn Analyzer, settings: &TenantSettings, inputs: Receiver<Input>) -> Looked {
    let mut spent = Duration::ZERO;
    let mut timed = |work: &mut dyn FnMut() -> Result<(), AnalyzeError>| {
        let started = Instant::now();
        let result = work();
        spent += started.elapsed();
        result
    };
    let mut result = timed(&mut || analyzer.begin(settings));
    for input in inputs {
        if result.is_err() {
            break;
        }
        result = timed(&mut || analyzer.feed(&input));
    }
    if result.is_ok() {
        result = timed(&mut || analyzer.flush());
    }
    Looked { result, spent }
}

fn read_events(
    context: &Context,
    plan: &DecodePlan,
    length: MediaTime,
    lanes: &mut [Lane],
    on_frame: &mut impl FnMut(&Frame, News) -> Result<(), IndexError>,
) -> Result<Told, IndexError> {
    let mut selector = FrameSelector::default();
    let (mut warnings, mut subtitles) = (Vec::new(), Vec::new());
    let original = tokio::runtime::Handle::current().block_on(context.original.path())?;
    for event in context.sandbox.decode(original, plan)? {
        context.control.check()?;
        match event? {
            DecodeEvent::Small(batch) => {
                let batch = Arc::new(batch);
                lanes.iter_mut().for_each(|lane| lane.send(lane.wants.every_frame, || Input::Small(batch.clone())));
            }
            DecodeEvent::Sampled(frame) => {
                let news = selector.look(&frame);
                on_frame(&frame, news)?;
                let input = Input::Sampled { frame, news };
                lanes.iter_mut().for_each(|lane| lane.send(lane.wants.sampled, || input.clone()));
            }
            DecodeEvent::Audio(block) => {
                let samples: Arc<[f32]> = block.samples.into();
                lanes.iter_mut().for_each(|lane| lane.send(lane.wants.audio, || Input::Audio(samples.clone())));
            }
            DecodeEvent::Subtitle(cue) => subtitles.push(cue),
            DecodeEvent::Warning { reason, detail } => warnings.push(warning(reason, detail)),
            DecodeEvent::Progress { at } => context.control.report(progress(at, length)),
            DecodeEvent::End(summary) => return Ok(Told { summary, warnings, subtitles }),
        }
    }
    Err(reelgraph_media::MediaError::Protocol { detail: "the stream ended without its last message".to_owned() }.into())
}

fn warning(reason: NonStandard, detail: String) -> Reason {
    let code = serde_json::to_value(reason).ok().and_then(|value| value.as_str().map(str::to_owned));
    Reason::new(code.unwrap_or_else(|| "unusual".to_owned()), detail)
}

fn progress(at: MediaTime, length: MediaTime) -> Progress {
    let share =
        if length > MediaTime::ZERO { (at.as_seconds_f64() / length.as_seconds_f64()).clamp(0.0, 1.0) } else { 0.0 };
    let (from, to) = (Stage::Analyze.begins_at(), Stage::Assemble.begins_at());
    Progress {
        stage: Stage::Analyze.as_str().to_owned(),
        fraction: from + (to - from) * share as f32,
        message: format!("{at} of {length}"),
    }
}
