//! From the samples of a window to one vector that tells its speaker from others.

use std::fmt;
use std::sync::Arc;

use ort::value::TensorRef;

use super::mels::{BANDS, HOP_SAMPLES, Mels};
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

/// Numbers that describe a voice.
pub(super) const DIMS: usize = 256;

/// What a voice sounds like: 256 numbers, none negative, of length one. The inner product of two is their likeness, `0..=1`:
/// of windows of 1.6 s about 0.75 for one speaker, 0.45 for two.
pub type Voice = [f32; DIMS];

/// Frames of one window, 1.6 s: what the network was trained on (`partials_n_frames`).
const WINDOW_FRAMES: usize = 160;
/// Samples of one window.
pub(super) const WINDOW_SAMPLES: usize = WINDOW_FRAMES * HOP_SAMPLES;
/// Windows in one run of the network: bounds the memory of a long region.
const WINDOWS_PER_RUN: usize = 16;

/// Computes what a voice sounds like with the GE2E network of Resemblyzer (<https://arxiv.org/abs/1710.10467>).
pub(super) struct SpeakerEncoder {
    model: Model,
    card: ModelCard,
    mels: Mels,
}

impl SpeakerEncoder {
    /// Loads the card `ge2e`.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open("ge2e")?;
        let model = runtime.load(files.path("graph")?, threads)?;
        Ok(Self { model, card: files.card().clone(), mels: Mels::new() })
    }

    pub(super) fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The voice in each of some windows of [`WINDOW_SAMPLES`] or fewer, 16 kHz mono, `-1..=1`, each brought to the same level;
    /// a shorter one goes on in silence, as it does with the network's makers. `None` for a silent one.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`].
    pub(super) fn embed(&mut self, windows: &[&[f32]]) -> Result<Vec<Option<Voice>>, InferenceError> {
        let mut found = Vec::with_capacity(windows.len());
        for windows in windows.chunks(WINDOWS_PER_RUN) {
            let mut input = Vec::with_capacity(windows.len() * WINDOW_FRAMES * BANDS);
            let mut is_heard = Vec::with_capacity(windows.len());
            for window in windows {
                let mels = self.mels.of(window);
                is_heard.push(mels.is_some());
                if let Some(mut mels) = mels {
                    mels.resize(WINDOW_FRAMES * BANDS, 0.0);
                    input.extend(mels);
                }
            }
            let mut voices = self.run(&input)?.into_iter();
            found.extend(is_heard.into_iter().map(|is_heard| if is_heard { voices.next() } else { None }));
        }
        Ok(found)
    }

    /// The voices of mels `[n, 160, 40]`.
    fn run(&mut self, mels: &[f32]) -> Result<Vec<Voice>, InferenceError> {
        let count = mels.len() / (WINDOW_FRAMES * BANDS);
        if count == 0 {
            return Ok(Vec::new());
        }
        let shape = [count, WINDOW_FRAMES, BANDS];
        let input = TensorRef::from_array_view((shape, mels)).map_err(self.model.tensor_error("mels"))?;
        let outputs = self.model.run(ort::inputs!["mels" => input])?;
        let (_, voices) = outputs.tensor_of::<f32>("embedding", &[count as i64, DIMS as i64])?;
        Ok(voices.as_chunks::<DIMS>().0.to_vec())
    }
}

impl fmt::Debug for SpeakerEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeakerEncoder").field("model", &self.model).finish_non_exhaustive()
    }
}
