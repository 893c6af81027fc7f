//! From the samples of a turn to one vector that tells its speaker from others.

use std::fmt;
use std::sync::Arc;

use ort::value::TensorRef;

use super::mels::{BANDS, Mels};
use crate::acoustics::SAMPLE_RATE_HZ;
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

/// What a voice sounds like: 256 numbers, none negative, of length one. The inner product of two is their likeness, `0..=1`:
/// about 0.8 for two turns of one speaker, 0.5 for two speakers of one recording.
pub type Voice = [f32; 256];

/// Frames of one window, 1.6 s: what the network was trained on (`partials_n_frames`).
const WINDOW_FRAMES: usize = 160;
/// Frames from one window to the next: half a window.
const STEP_FRAMES: usize = WINDOW_FRAMES / 2;
/// Frames after the last whole window that are worth one more window, which ends with them: 0.2 s.
const LEAST_REST_FRAMES: usize = 20;
/// Windows in one run of the network: bounds the memory of a long turn.
const WINDOWS_PER_RUN: usize = 16;
/// Shorter turns tell nothing of a voice: 0.4 s.
const LEAST_SAMPLES: usize = 2 * SAMPLE_RATE_HZ / 5;

/// Computes the voice of a turn with the GE2E network of Resemblyzer (<https://arxiv.org/abs/1710.10467>).
///
/// ```no_run
/// use reelgraph_inference::catalog::ModelStore;
/// use reelgraph_inference::runtime::{Runtime, Threads};
/// use reelgraph_inference::speakers::{SpeakerEncoder, diarize};
/// use reelgraph_models::time::{MediaTime, Span};
///
/// let store = ModelStore::new("/var/lib/reelgraph/models");
/// let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
/// let mut encoder = SpeakerEncoder::load(&runtime, &store, Threads::shared(2))?;
/// # let samples_of_turn = |_: Span| vec![0.1; 32_000];
/// let mut turns = Vec::new();
/// for seconds in 0..3 {
///     let span = Span::at_least_one_micro(MediaTime::from_millis(2_000 * seconds), MediaTime::from_millis(2_000 * (seconds + 1)));
///     turns.extend(encoder.embed(&samples_of_turn(span))?.map(|voice| (span, voice)));
/// }
/// assert_eq!(diarize(&turns), [0, 0, 0]);
/// # Ok::<(), reelgraph_inference::InferenceError>(())
/// ```
pub struct SpeakerEncoder {
    model: Model,
    card: ModelCard,
    mels: Mels,
}

impl SpeakerEncoder {
    /// Loads the card `ge2e`.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open("ge2e")?;
        let model = runtime.load(files.path("graph")?, threads)?;
        Ok(Self { model, card: files.card().clone(), mels: Mels::new() })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The voice of one turn, 16 kHz mono, `-1..=1`: the mean over windows of 1.6 s that overlap by half. None where the turn is
    /// shorter than 0.4 s, or silent.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`].
    pub fn embed(&mut self, samples: &[f32]) -> Result<Option<Voice>, InferenceError> {
        let Some(mut mels) = (samples.len() >= LEAST_SAMPLES).then(|| self.mels.of(samples)).flatten() else {
            return Ok(None);
        };
        // A shorter turn goes on in silence, as it does with the network's makers.
        mels.resize(mels.len().max(WINDOW_FRAMES * BANDS), 0.0);
        let frames = mels.len() / BANDS;
        let mut starts: Vec<usize> = (0..=frames - WINDOW_FRAMES).step_by(STEP_FRAMES).collect();
        let rest = frames - WINDOW_FRAMES - starts.last().copied().unwrap_or_default();
        if rest >= LEAST_REST_FRAMES {
            starts.push(frames - WINDOW_FRAMES);
        }
        let mut sum: Voice = [0.0; 256];
        for batch in starts.chunks(WINDOWS_PER_RUN) {
            let windows = batch.iter().filter_map(|start| mels.get(start * BANDS..(start + WINDOW_FRAMES) * BANDS));
            let input: Vec<f32> = windows.flatten().copied().collect();
            let shape = [batch.len(), WINDOW_FRAMES, BANDS];
            let input = TensorRef::from_array_view((shape, &*input)).map_err(self.model.tensor_error("mels"))?;
            let outputs = self.model.run(ort::inputs!["mels" => input])?;
            let (_, voices) = outputs.tensor_of::<f32>("embedding", &[batch.len() as i64, sum.len() as i64])?;
            for voice in voices.chunks_exact(sum.len()) {
                sum.iter_mut().zip(voice).for_each(|(sum, value)| *sum += value);
            }
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        Ok((length > 0.0).then(|| sum.map(|value| value / length)))
    }
}

impl fmt::Debug for SpeakerEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeakerEncoder").field("model", &self.model).finish_non_exhaustive()
    }
}
