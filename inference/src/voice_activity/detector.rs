//! Silero voice activity detection: how likely each 32 ms of sound is speech.

use std::sync::Arc;

use ort::value::TensorRef;

use crate::InferenceError;
use crate::acoustics::sane;
use crate::catalog::ModelStore;
use crate::runtime::{Model, Runtime, Threads};

/// Samples that one probability stands for: 32 ms at 16 kHz.
pub(crate) const FRAME_SAMPLES: usize = 512;
/// Samples before the frame that the network sees as well.
const CONTEXT_SAMPLES: usize = 64;
const INPUT_SAMPLES: usize = CONTEXT_SAMPLES + FRAME_SAMPLES;
/// Width of the recurrent state.
const STATE: usize = 128;
/// Most frames in one run of the network, about 8 s: bounds the memory of a large push.
const FRAMES_PER_RUN: usize = 256;

/// Turns 16 kHz samples into speech probabilities, one for every 32 ms, as they come.
///
/// Model: Silero VAD 6.2, the whole-sequence form (`silero_vad_16k_sequence.onnx`): `input` `[n, 576]`, `h` and `c`
/// `[1, 1, 128]` → `speech_probs` `[n]`, `hn`, `cn`. It gives what the step-by-step form gives, about twenty times faster.
pub(crate) struct VoiceDetector {
    model: Model,
    hidden: Vec<f32>,
    cell: Vec<f32>,
    /// The last samples seen: context of the next frame, then its beginning.
    pending: Vec<f32>,
}

impl VoiceDetector {
    /// Loads the model and starts at silence.
    pub(crate) fn load(runtime: &Arc<Runtime>, store: &ModelStore) -> Result<Self, InferenceError> {
        let files = store.open("silero-vad")?;
        // The recurrence is sequential: more threads only get in each other's way.
        let model = runtime.load(files.path("sequence")?, Threads::ONE)?;
        let mut detector = Self { model, hidden: Vec::new(), cell: Vec::new(), pending: Vec::new() };
        detector.reset();
        Ok(detector)
    }

    /// Forgets everything heard.
    pub(crate) fn reset(&mut self) {
        self.hidden = vec![0.0; STATE];
        self.cell = vec![0.0; STATE];
        self.pending = vec![0.0; CONTEXT_SAMPLES];
    }

    /// Takes the next samples; appends one probability for each frame that they complete.
    pub(crate) fn push(&mut self, samples: &[f32], probabilities: &mut Vec<f32>) -> Result<(), InferenceError> {
        for part in samples.chunks(FRAMES_PER_RUN * FRAME_SAMPLES) {
            self.pending.extend_from_slice(part);
            self.run(probabilities)?;
        }
        Ok(())
    }

    /// Ends the sound: a last incomplete frame is filled up with silence.
    pub(crate) fn finish(&mut self, probabilities: &mut Vec<f32>) -> Result<(), InferenceError> {
        let rest = (self.pending.len() - CONTEXT_SAMPLES) % FRAME_SAMPLES;
        if rest > 0 {
            self.pending.resize(self.pending.len() + FRAME_SAMPLES - rest, 0.0);
            self.run(probabilities)?;
        }
        Ok(())
    }

    /// Runs the network over the complete frames of `pending` and leaves the rest there.
    fn run(&mut self, probabilities: &mut Vec<f32>) -> Result<(), InferenceError> {
        let frames = (self.pending.len() - CONTEXT_SAMPLES) / FRAME_SAMPLES;
        if frames == 0 {
            return Ok(());
        }
        let mut input = Vec::with_capacity(frames * INPUT_SAMPLES);
        for frame in self.pending.windows(INPUT_SAMPLES).step_by(FRAME_SAMPLES) {
            // What is not a number would stay in the recurrent state for ever.
            input.extend(frame.iter().copied().map(sane));
        }
        let state = [1_usize, 1, STATE];
        let inputs = ort::inputs![
            "input" => TensorRef::from_array_view(([frames, INPUT_SAMPLES], &*input))
                .map_err(self.model.tensor_error("input"))?,
            "h" => TensorRef::from_array_view((state, &*self.hidden)).map_err(self.model.tensor_error("h"))?,
            "c" => TensorRef::from_array_view((state, &*self.cell)).map_err(self.model.tensor_error("c"))?,
        ];
        let outputs = self.model.run(inputs)?;
        let (_, found) = outputs.tensor_of::<f32>("speech_probs", &[frames as i64])?;
        probabilities.extend_from_slice(found);
        let hidden = outputs.tensor_of::<f32>("hn", &[1, 1, STATE as i64])?.1.to_vec();
        let cell = outputs.tensor_of::<f32>("cn", &[1, 1, STATE as i64])?.1.to_vec();
        drop(outputs);
        (self.hidden, self.cell) = (hidden, cell);
        self.pending.drain(..frames * FRAME_SAMPLES);
        Ok(())
    }
}
