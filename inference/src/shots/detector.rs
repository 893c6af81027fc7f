//! The network over a stream of small frames, window by window.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use ort::value::TensorRef;

use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

use super::signal::{FrameSignal, SignalMeter};
use super::standstill::{Fate, Standstill};
use super::wipes::WipeWatch;

/// Frames that the network sees at once. It was trained on 100; with 200 the cuts are the same, to the frame, for a third less
/// time, because less of each window is margin.
const WINDOW_FRAMES: usize = 200;
/// Frames at each end of a window whose scores are thrown away for lack of context.
const MARGIN_FRAMES: usize = 25;
/// Frames that a window is ahead of the one before it: those whose scores are kept.
const STEP_FRAMES: usize = WINDOW_FRAMES - 2 * MARGIN_FRAMES;

/// What the network and the pixels say about one frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FrameScore {
    /// Probability that a shot ends with this frame, `0..=1`.
    pub cut: f32,
    /// Probability that this frame is part of a transition, hard or gradual, `0..=1`.
    pub transition: f32,
    /// Brightness and change, from the pixels.
    pub signal: FrameSignal,
}

/// A stretch of frames that were pushed and have no scores yet.
#[derive(Debug, Clone, Copy)]
enum Unscored {
    /// One that the network has to see.
    Seen(FrameSignal),
    /// So many in the middle of a standstill: nothing ends there.
    Skipped(FrameSignal, usize),
}

/// Detects shot boundaries in a stream of frames; holds 200 small frames at most. Of a picture that stands still the network sees
/// the first and the last second only.
#[derive(Debug)]
pub struct ShotDetector {
    model: Model,
    card: ModelCard,
    /// The last frames, oldest first, at most [`WINDOW_FRAMES`]; its frame [`MARGIN_FRAMES`] is the next to be scored.
    window: Vec<u8>,
    /// In order.
    unscored: VecDeque<Unscored>,
    standstill: Standstill,
    /// Signal of the last frame that was seen, as that of one that is the same.
    still: FrameSignal,
    meter: SignalMeter,
    wipes: WipeWatch,
}

impl ShotDetector {
    /// Columns of a frame.
    pub const WIDTH_PX: u32 = 48;
    /// Rows of a frame.
    pub const HEIGHT_PX: u32 = 27;
    /// Bytes of a frame: `[27, 48, 3]` u8 RGB.
    pub const FRAME_BYTES: usize = 48 * 27 * 3;
    /// The threshold that scored best on films with known cuts (F1 .988, against .976 at one half).
    pub const THRESHOLD: f32 = 0.3;

    /// Loads the card `transnetv2`.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open("transnetv2")?;
        let model = runtime.load_fixed(files.path("graph")?, threads)?;
        let window = Vec::with_capacity(WINDOW_FRAMES * Self::FRAME_BYTES);
        Ok(Self {
            model,
            card: files.card().clone(),
            window,
            unscored: VecDeque::with_capacity(WINDOW_FRAMES),
            standstill: Standstill::default(),
            still: FrameSignal::default(),
            meter: SignalMeter::default(),
            wipes: WipeWatch::default(),
        })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Begins a new video: what was pushed before and not finished is dropped.
    pub fn begin(&mut self) {
        self.window.clear();
        self.unscored.clear();
        self.standstill.begin();
        self.meter.begin();
        self.wipes = WipeWatch::default();
    }

    /// The wipes among the frames pushed since [`ShotDetector::begin`], each from its first mixed frame to the first pure one.
    pub fn wipes(&self) -> &[Range<usize>] {
        self.wipes.found()
    }

    /// Takes the next frames, `[frames, 27, 48, 3]` u8 RGB scaled by area, and gives the scores of the frames that are
    /// settled by now, in order: every 150 frames that the network sees, those and what was skipped between them.
    ///
    /// # Errors
    /// [`InferenceError::InvalidInput`] where `frames` is no whole number of frames; [`InferenceError::Run`].
    pub fn push(&mut self, frames: &[u8]) -> Result<Vec<FrameScore>, InferenceError> {
        let whole = frames.chunks_exact(Self::FRAME_BYTES);
        if !whole.remainder().is_empty() {
            return Err(InferenceError::InvalidInput {
                model: self.card.name.clone(),
                reason: format!("{} bytes are no multiple of a frame's {}", frames.len(), Self::FRAME_BYTES),
            });
        }
        let mut scores = Vec::new();
        for frame in whole {
            let held = match self.standstill.push(frame) {
                Fate::Changed { held } => held,
                Fate::Seen => 0,
                Fate::Held => {
                    self.wipes.push(0);
                    continue;
                }
                Fate::Skipped => {
                    self.wipes.push(0);
                    self.skip();
                    continue;
                }
            };
            self.see_held(held, &mut scores)?;
            let (signal, jumped) = self.meter.measure(frame);
            self.still = FrameSignal { change: 0.0, ..signal };
            self.wipes.push(jumped);
            self.see(frame, signal, 1, &mut scores)?;
        }
        Ok(scores)
    }

    /// Ends the video: gives the scores that are still due. The next video starts with [`ShotDetector::begin`].
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn finish(&mut self) -> Result<Vec<FrameScore>, InferenceError> {
        let mut scores = Vec::new();
        self.see_held(self.standstill.held(), &mut scores)?;
        while !self.unscored.is_empty() {
            let last = self.window.len().saturating_sub(Self::FRAME_BYTES);
            let last = self.window.get(last..).unwrap_or_default().to_vec();
            while self.window.len() < WINDOW_FRAMES * Self::FRAME_BYTES {
                self.window.extend_from_slice(&last);
            }
            self.score_step(&mut scores)?;
        }
        self.window.clear();
        Ok(scores)
    }

    /// Puts a frame so many times before the network.
    fn see(
        &mut self,
        frame: &[u8],
        signal: FrameSignal,
        times: usize,
        scores: &mut Vec<FrameScore>,
    ) -> Result<(), InferenceError> {
        for _ in 0..times {
            if self.window.is_empty() {
                self.window.extend_from_slice(&frame.repeat(MARGIN_FRAMES));
            }
            self.window.extend_from_slice(frame);
            self.unscored.push_back(Unscored::Seen(signal));
            if self.window.len() == WINDOW_FRAMES * Self::FRAME_BYTES {
                self.score_step(scores)?;
            }
        }
        Ok(())
    }

    /// Puts so many frames before the network that are the same as the last that it saw.
    fn see_held(&mut self, held: usize, scores: &mut Vec<FrameScore>) -> Result<(), InferenceError> {
        if held == 0 {
            return Ok(());
        }
        let last = self.meter.last().to_vec();
        self.see(&last, self.still, held, scores)
    }

    /// Leaves out one frame more of a standstill.
    fn skip(&mut self) {
        match self.unscored.back_mut() {
            Some(Unscored::Skipped(_, count)) => *count += 1,
            _ => self.unscored.push_back(Unscored::Skipped(self.still, 1)),
        }
    }

    /// Scores the middle of a full window and moves the window on.
    fn score_step(&mut self, scores: &mut Vec<FrameScore>) -> Result<(), InferenceError> {
        let shape = [1, WINDOW_FRAMES, Self::HEIGHT_PX as usize, Self::WIDTH_PX as usize, 3];
        let input =
            TensorRef::from_array_view((shape, self.window.as_slice())).map_err(self.model.tensor_error("frames"))?;
        let outputs = self.model.run(ort::inputs!["frames" => input])?;
        let promised = [1, WINDOW_FRAMES as i64, 1];
        let (_, cuts) = outputs.tensor_of::<f32>("single_frame", &promised)?;
        let (_, transitions) = outputs.tensor_of::<f32>("many_hot", &promised)?;
        let mut settled = cuts.iter().zip(transitions).skip(MARGIN_FRAMES).take(STEP_FRAMES);
        while let Some(next) = self.unscored.front() {
            match *next {
                Unscored::Seen(signal) => {
                    let Some((&cut, &transition)) = settled.next() else { break };
                    scores.push(FrameScore { cut, transition, signal });
                }
                Unscored::Skipped(signal, count) => {
                    scores.extend(std::iter::repeat_n(FrameScore { signal, ..FrameScore::default() }, count));
                }
            }
            self.unscored.pop_front();
        }
        self.window.drain(..STEP_FRAMES * Self::FRAME_BYTES);
        Ok(())
    }
}
