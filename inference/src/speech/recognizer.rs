//! The recogniser: samples in as they come, segments out as they are done.

use std::sync::Arc;

use super::segment::SpeechSegment;
use super::transcribe::Transcriber;
use super::windows::{Packer, Window};
use crate::InferenceError;
use crate::acoustics::SAMPLE_RATE_HZ;
use crate::catalog::ModelStore;
use crate::runtime::{Runtime, Threads};
use crate::voice_activity::{FRAME_SAMPLES, MIN_SILENCE_FRAMES, Margins, RegionStream, Voiced};

/// Windows decoded side by side: a step of four costs about as much as one and a half steps of one.
const BATCH_WINDOWS: usize = 4;
/// Sound kept around a region: 0.38 s before it, since the detector opens late on soft consonants; 0.32 s after it, so that a
/// third of the silence that ends it is left for the beginning of the next.
const MARGINS: Margins =
    Margins { lead: 12 * FRAME_SAMPLES as u64, tail: MIN_SILENCE_FRAMES * 2 / 3 * FRAME_SAMPLES as u64 };
/// Samples taken in at a time; bounds what a large push needs.
const PUSH_SAMPLES: usize = 10 * SAMPLE_RATE_HZ;

/// Recognises speech in a stream of sound: Silero voice activity detection, then Whisper base.
///
/// Only what the detector takes for speech reaches Whisper, packed into windows of up to 30 s that are cut in silences and
/// transcribed several at a time. Memory is bounded by these windows, whatever the length of the stream. The same samples
/// give the same segments, however they are divided into pushes.
///
/// ```no_run
/// use reelgraph_inference::catalog::ModelStore;
/// use reelgraph_inference::runtime::{Runtime, Threads};
/// use reelgraph_inference::speech::SpeechRecognizer;
///
/// let store = ModelStore::new("/var/lib/reelgraph/models");
/// let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
/// let mut recognizer = SpeechRecognizer::load(&runtime, &store, Threads::shared(2))?;
/// let second_of_silence = vec![0.0; 16_000];
/// let mut segments = recognizer.push(&second_of_silence)?;
/// segments.extend(recognizer.finish()?);
/// assert!(segments.is_empty());
/// # Ok::<(), reelgraph_inference::InferenceError>(())
/// ```
pub struct SpeechRecognizer {
    regions: RegionStream,
    packer: Packer,
    waiting: Vec<Window>,
    transcriber: Transcriber,
}

impl SpeechRecognizer {
    /// Loads the models `silero-vad` and `whisper-base` and starts at media time 0.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`]; [`InferenceError::ModelData`] for a tokenizer that is none.
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self {
            regions: RegionStream::load(runtime, store, MARGINS)?,
            packer: Packer::default(),
            waiting: Vec::new(),
            transcriber: Transcriber::load(runtime, store, threads)?,
        })
    }

    /// What changes the outcome, for provenance: `key=value` joined by commas, sorted by key.
    pub fn parameters() -> &'static str {
        "batch=4,cuts=pauses,decoding=greedy+beam5+sampling,vad=silero-vad:0.5/0.2,word_times=cross_attention_dtw"
    }

    /// Begins a new stream: what was pushed before and not finished is dropped. With a `language` (ISO 639-1) the stream is
    /// taken to be in it; without, the language of each window is recognised.
    ///
    /// # Errors
    /// [`InferenceError::InvalidInput`] for a language that the model does not know.
    pub fn begin(&mut self, language: Option<&str>) -> Result<(), InferenceError> {
        self.regions.begin();
        self.packer = Packer::default();
        self.waiting.clear();
        self.transcriber.reset(language)
    }

    /// Takes the next samples, 16 kHz mono, `-1..=1`; the first sample of a stream is media time 0. Gives the segments that
    /// are done, in order; they come in batches, up to two minutes of speech after they were pushed.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`]; the stream is then to be begun anew.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<SpeechSegment>, InferenceError> {
        let mut found = Vec::new();
        for part in samples.chunks(PUSH_SAMPLES) {
            let closed = self.regions.push(part)?;
            self.pack(closed);
            while self.waiting.len() >= BATCH_WINDOWS {
                let batch = self.waiting.drain(..BATCH_WINDOWS).collect();
                found.extend(self.transcriber.transcribe(batch)?);
            }
        }
        Ok(found)
    }

    /// Ends the stream and begins a new one. Gives the segments that were still open.
    ///
    /// # Errors
    /// As [`SpeechRecognizer::push`].
    pub fn finish(&mut self) -> Result<Vec<SpeechSegment>, InferenceError> {
        let closed = self.regions.finish()?;
        self.pack(closed);
        self.waiting.extend(self.packer.finish());
        let mut found = Vec::new();
        while !self.waiting.is_empty() {
            let batch = self.waiting.drain(..self.waiting.len().min(BATCH_WINDOWS)).collect();
            found.extend(self.transcriber.transcribe(batch)?);
        }
        self.begin(None)?;
        Ok(found)
    }

    fn pack(&mut self, regions: Vec<Voiced>) {
        for region in regions {
            self.waiting.extend(self.packer.push(region.start, &region.samples, &region.voiced));
        }
    }
}

impl std::fmt::Debug for SpeechRecognizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpeechRecognizer")
            .field("heard_until_sample", &self.regions.heard_samples())
            .finish_non_exhaustive()
    }
}
