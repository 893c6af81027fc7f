//! The recogniser: samples in as they come, segments out as they are done.

use std::collections::VecDeque;
use std::sync::Arc;

use super::regions::{MIN_SILENCE_FRAMES, Region, RegionFinder};
use super::segment::SpeechSegment;
use super::transcribe::Transcriber;
use super::vad::{FRAME_SAMPLES, VoiceDetector};
use super::windows::{Packer, Window};
use crate::InferenceError;
use crate::acoustics::{SAMPLE_RATE_HZ, sane};
use crate::catalog::ModelStore;
use crate::runtime::{Runtime, Threads};

/// Windows decoded side by side: a step of four costs about as much as one and a half steps of one.
const BATCH_WINDOWS: usize = 4;
/// Sound kept before a region, 0.38 s: the detector opens late on soft consonants.
const LEAD_SAMPLES: u64 = 12 * FRAME_SAMPLES as u64;
/// Sound kept after a region, 0.32 s: of the silence that ends it, which has always been heard when the region closes, a
/// third is left for the beginning of the next.
const TAIL_SAMPLES: u64 = MIN_SILENCE_FRAMES * 2 / 3 * FRAME_SAMPLES as u64;
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
    detector: VoiceDetector,
    finder: RegionFinder,
    packer: Packer,
    waiting: Vec<Window>,
    transcriber: Transcriber,
    /// Samples that a region may still need.
    recent: VecDeque<f32>,
    /// Index of the first of them.
    recent_start: u64,
    /// Samples before this one are in a window already.
    packed_until: u64,
}

impl SpeechRecognizer {
    /// Loads the models `silero-vad` and `whisper-base` and starts at media time 0.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`]; [`InferenceError::ModelData`] for a tokenizer that is none.
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self {
            detector: VoiceDetector::load(runtime, store)?,
            finder: RegionFinder::default(),
            packer: Packer::default(),
            waiting: Vec::new(),
            transcriber: Transcriber::load(runtime, store, threads)?,
            recent: VecDeque::new(),
            recent_start: 0,
            packed_until: 0,
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
        self.detector.reset();
        self.finder = RegionFinder::default();
        self.packer = Packer::default();
        self.waiting.clear();
        self.recent.clear();
        (self.recent_start, self.packed_until) = (0, 0);
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
            let mut probabilities = Vec::new();
            self.detector.push(part, &mut probabilities)?;
            self.recent.extend(part.iter().copied().map(sane));
            for probability in probabilities {
                if let Some(region) = self.finder.push(probability) {
                    self.take(region);
                }
            }
            self.forget();
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
        let mut probabilities = Vec::new();
        self.detector.finish(&mut probabilities)?;
        let closed: Vec<Region> =
            probabilities.into_iter().filter_map(|probability| self.finder.push(probability)).collect();
        for region in closed.into_iter().chain(self.finder.finish()) {
            self.take(region);
        }
        self.waiting.extend(self.packer.finish());
        let mut found = Vec::new();
        while !self.waiting.is_empty() {
            let batch = self.waiting.drain(..self.waiting.len().min(BATCH_WINDOWS)).collect();
            found.extend(self.transcriber.transcribe(batch)?);
        }
        self.begin(None)?;
        Ok(found)
    }

    /// Packs a region with the sound around it. What was cut off ends where it was cut: the next word belongs to the rest.
    fn take(&mut self, region: Region) {
        let voiced = region.start * FRAME_SAMPLES as u64..region.end * FRAME_SAMPLES as u64;
        let start = voiced.start.saturating_sub(LEAD_SAMPLES).max(self.packed_until).max(self.recent_start);
        let tail = if region.is_cut { 0 } else { TAIL_SAMPLES };
        let end = (voiced.end + tail).min(self.recent_start + self.recent.len() as u64);
        if start >= end {
            return;
        }
        let part = (start - self.recent_start) as usize..(end - self.recent_start) as usize;
        let samples: Vec<f32> = self.recent.range(part).copied().collect();
        self.waiting.extend(self.packer.push(start, &samples, &voiced));
        self.packed_until = end;
    }

    /// Drops samples that no region can need any more.
    fn forget(&mut self) {
        let needed = (self.finder.horizon() * FRAME_SAMPLES as u64).saturating_sub(LEAD_SAMPLES);
        let spare = needed.saturating_sub(self.recent_start).min(self.recent.len() as u64);
        self.recent.drain(..spare as usize);
        self.recent_start += spare;
    }
}

impl std::fmt::Debug for SpeechRecognizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpeechRecognizer")
            .field("heard_until_sample", &(self.recent_start + self.recent.len() as u64))
            .finish_non_exhaustive()
    }
}
