//! Sound events by YAMNet: applause, an engine, rain, a dog.

use std::fmt;
use std::sync::Arc;

use ort::value::TensorRef;
use reelgraph_models::time::Span;

use super::labels::event_labels;
use super::patches::{BANDS, FRAME_SAMPLES, HOP_SAMPLES, Spectra};
use super::runs::{Rule, Run, RunFinder};
use crate::acoustics::{SAMPLE_RATE_HZ, media_time};
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

/// Frames of one window: 0.96 s, what the network was trained on.
const WINDOW_FRAMES: usize = 96;
/// Frames from one window to the next: half a window. A window stands for so many frames in its middle.
const STEP_FRAMES: usize = WINDOW_FRAMES / 2;
/// Windows in one run of the network: bounds the memory of a large push.
const WINDOWS_PER_RUN: usize = 16;
/// Samples taken in at a time.
const PUSH_SAMPLES: usize = 10 * SAMPLE_RATE_HZ;
/// What makes an event, in windows: it may be as short as one, and pauses for one.
const RULE: Rule = Rule { reach: 0, open: 0.35, close: 0.2, least_frames: 1, gap_frames: 2 };

/// Something that is heard for a while. Several may be heard at once, and one sound as several: "Dog" and "Bark".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundEvent {
    /// When, to about half a second.
    pub span: Span,
    /// One of [`event_labels`].
    pub label: &'static str,
    /// Mean probability over the span, short gaps included, `0..=1`; not calibrated.
    pub confidence: f32,
}

/// Finds sound events in a stream of sound.
///
/// The network is YAMNet as Google quantised it (card `yamnet`). No package registry has it: an operator places it, and without
/// it [`SoundEventDetector::load`] says where. Memory is bounded whatever the length of the stream; the same samples give
/// the same events however they are divided into pushes, but for the last digits of a confidence.
pub struct SoundEventDetector {
    model: Model,
    card: ModelCard,
    spectra: Spectra,
    /// `[frames, 64]` of windows yet to be looked at.
    frames: Vec<f32>,
    finders: Vec<RunFinder>,
    found: Vec<(&'static str, Run)>,
    windows: u64,
    samples: u64,
}

impl SoundEventDetector {
    /// Loads the card `yamnet` and starts at media time 0.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open("yamnet")?;
        Ok(Self {
            model: runtime.load(files.path("graph")?, threads)?,
            card: files.card().clone(),
            spectra: Spectra::new(),
            frames: Vec::new(),
            finders: event_labels().iter().map(|_| RunFinder::new(RULE)).collect(),
            found: Vec::new(),
            windows: 0,
            samples: 0,
        })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// What changes the outcome, for provenance: `key=value` joined by commas, sorted by key.
    pub fn parameters() -> &'static str {
        "close=0.2,open=0.35,step_ms=480,window_ms=960"
    }

    /// Begins a new stream: what was pushed before and not finished is dropped.
    pub fn begin(&mut self) {
        self.spectra.reset();
        self.frames.clear();
        for finder in &mut self.finders {
            *finder = RunFinder::new(RULE);
        }
        self.found.clear();
        (self.windows, self.samples) = (0, 0);
    }

    /// Takes the next samples, 16 kHz mono, `-1..=1`; the first sample of a stream is media time 0.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`]; the stream is then to be begun anew.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), InferenceError> {
        for part in samples.chunks(PUSH_SAMPLES) {
            self.samples += part.len() as u64;
            self.hear(part)?;
        }
        Ok(())
    }

    /// Ends the stream and begins a new one. Gives the events of the stream by start, then by label.
    ///
    /// # Errors
    /// As [`SoundEventDetector::push`].
    pub fn finish(&mut self) -> Result<Vec<SoundEvent>, InferenceError> {
        // The last window goes on in silence, unless it has nothing that the window before did not have.
        let step = (STEP_FRAMES * HOP_SAMPLES) as u64;
        let window = (WINDOW_FRAMES * HOP_SAMPLES + FRAME_SAMPLES - HOP_SAMPLES) as u64;
        let seen = if self.windows == 0 { 0 } else { (self.windows - 1) * step + window };
        if self.samples > seen {
            let missing = (self.windows * step + window).saturating_sub(self.samples);
            self.hear(&vec![0.0; missing as usize])?;
        }
        for (label, finder) in event_labels().iter().zip(&mut self.finders) {
            self.found.extend(finder.finish().into_iter().map(|run| (*label, run)));
        }
        let (windows, samples) = (self.windows, self.samples);
        let at = |window: u64| match window {
            0 => 0,
            window if window == windows => samples,
            window => (window * step + step / 2).min(samples),
        };
        let event = |(label, run): (&'static str, Run)| SoundEvent {
            span: Span::at_least_one_micro(media_time(at(run.start)), media_time(at(run.end))),
            label,
            confidence: run.mean.clamp(0.0, 1.0),
        };
        let mut events: Vec<SoundEvent> = std::mem::take(&mut self.found).into_iter().map(event).collect();
        events.sort_by_key(|event| (event.span.start(), event.label));
        self.begin();
        Ok(events)
    }

    fn hear(&mut self, samples: &[f32]) -> Result<(), InferenceError> {
        self.spectra.push(samples, &mut self.frames);
        while self.frames.len() >= WINDOW_FRAMES * BANDS {
            let batch: Vec<&[f32]> =
                self.frames.windows(WINDOW_FRAMES * BANDS).step_by(STEP_FRAMES * BANDS).take(WINDOWS_PER_RUN).collect();
            let count = batch.len();
            let input = batch.concat();
            let input = TensorRef::from_array_view(([count, WINDOW_FRAMES, BANDS], &*input))
                .map_err(self.model.tensor_error("patches"))?;
            let outputs = self.model.run(ort::inputs!["patches" => input])?;
            let labels = event_labels();
            let (_, scores) = outputs.tensor_of::<f32>("scores", &[count as i64, labels.len() as i64])?;
            for window in scores.chunks_exact(labels.len()) {
                for ((finder, label), score) in self.finders.iter_mut().zip(labels).zip(window) {
                    self.found.extend(finder.push(*score, *score).map(|run| (*label, run)));
                }
            }
            drop(outputs);
            self.windows += count as u64;
            self.frames.drain(..count * STEP_FRAMES * BANDS);
        }
        Ok(())
    }
}

impl fmt::Debug for SoundEventDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundEventDetector").field("heard_samples", &self.samples).finish_non_exhaustive()
    }
}
