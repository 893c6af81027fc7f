//! FireRed audio event detection over a stream of features: how likely each 10 ms is speech, singing and music.

use std::sync::Arc;

use ort::value::TensorRef;

use super::fbank::BANDS;
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

/// Frames before a frame that its probabilities depend on: eight memory blocks that look 19 back.
const BACK_FRAMES: usize = 8 * 19;
/// Frames after a frame that its probabilities depend on: eight memory blocks that look 20 ahead.
const AHEAD_FRAMES: usize = 8 * 20;
/// Frames whose probabilities one run of the network gives, 20 s: a sixth of the work is context.
const BLOCK_FRAMES: usize = 2_000;
/// Kinds of sound that the network knows.
const KINDS: usize = 3;

/// Probabilities of one frame, `0..=1`, each for itself: they do not add up to one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Activity {
    pub(super) speech: f32,
    pub(super) singing: f32,
    pub(super) music: f32,
}

/// Turns features into probabilities, block by block.
///
/// Every run of the network sees all the frames that the kept probabilities depend on, so that blocks give what the whole
/// stream in one run would give.
#[derive(Debug)]
pub(super) struct ActivityNetwork {
    model: Model,
    card: ModelCard,
    /// `[frames, 80]`: `known` frames of context, then those whose probabilities are due.
    features: Vec<f32>,
    known: usize,
}

impl ActivityNetwork {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open("firered-aed")?;
        let model = runtime.load(files.path("graph")?, threads)?;
        Ok(Self { model, card: files.card().clone(), features: Vec::new(), known: 0 })
    }

    pub(super) fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        self.features.clear();
        self.known = 0;
    }

    /// Takes the features `[frames, 80]` of the next frames; gives the probabilities that are settled by now, in order.
    pub(super) fn push(&mut self, features: &[f32]) -> Result<Vec<Activity>, InferenceError> {
        let mut found = Vec::new();
        for part in features.chunks(BLOCK_FRAMES * BANDS) {
            self.features.extend_from_slice(part);
            while self.frames() >= self.known + BLOCK_FRAMES + AHEAD_FRAMES {
                let seen = self.known + BLOCK_FRAMES + AHEAD_FRAMES;
                self.run(seen, BLOCK_FRAMES, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Ends the stream: gives the probabilities of the frames that are left, and forgets them.
    pub(super) fn finish(&mut self) -> Result<Vec<Activity>, InferenceError> {
        let mut found = Vec::new();
        let frames = self.frames();
        if frames > self.known {
            self.run(frames, frames - self.known, &mut found)?;
        }
        self.reset();
        Ok(found)
    }

    fn frames(&self) -> usize {
        self.features.len() / BANDS
    }

    /// Runs the network over the first `seen` frames, keeps the `due` ones after the context and moves the context on.
    fn run(&mut self, seen: usize, due: usize, found: &mut Vec<Activity>) -> Result<(), InferenceError> {
        let input = self.features.get(..seen * BANDS).unwrap_or(&self.features);
        let input = TensorRef::from_array_view(([seen, BANDS], input)).map_err(self.model.tensor_error("fbank"))?;
        let outputs = self.model.run(ort::inputs!["fbank" => input])?;
        let (_, probabilities) = outputs.tensor_of::<f32>("probs", &[seen as i64, KINDS as i64])?;
        found.extend(probabilities.chunks_exact(KINDS).skip(self.known).take(due).map(|frame| {
            let at = |kind: usize| frame.get(kind).copied().unwrap_or_default();
            Activity { speech: at(0), singing: at(1), music: at(2) }
        }));
        drop(outputs);
        let settled = self.known + due;
        self.known = settled.min(BACK_FRAMES);
        self.features.drain(..(settled - self.known) * BANDS);
        Ok(())
    }
}
