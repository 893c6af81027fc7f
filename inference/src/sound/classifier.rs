//! The classifier: samples in as they come, segments out at the end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::activity::{Activity, ActivityNetwork};
use super::fbank::Fbank;
use super::segment::SoundSegment;
use super::segmenter::Segmenter;
use crate::acoustics::SAMPLE_RATE_HZ;
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Runtime, Threads};

/// Samples taken in at a time; bounds what a large push needs.
const PUSH_SAMPLES: usize = 10 * SAMPLE_RATE_HZ;

/// Tells speech, singing, music and silence apart in a stream of sound.
///
/// ```no_run
/// use reelgraph_inference::catalog::ModelStore;
/// use reelgraph_inference::runtime::{Runtime, Threads};
/// use reelgraph_inference::sound::{SoundClassifier, SoundKind};
///
/// let store = ModelStore::new("/var/lib/reelgraph/models");
/// let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
/// let mut classifier = SoundClassifier::load(&runtime, &store, Threads::shared(2))?;
/// let two_seconds_of_silence = vec![0.0; 32_000];
/// classifier.push(&two_seconds_of_silence)?;
/// let segments = classifier.finish()?;
/// assert!(segments.iter().all(|segment| segment.kind == SoundKind::Silence));
/// # Ok::<(), reelgraph_inference::InferenceError>(())
/// ```
pub struct SoundClassifier {
    fbank: Fbank,
    network: ActivityNetwork,
    segmenter: Segmenter,
    /// Levels of the frames whose probabilities are not settled yet.
    levels: VecDeque<f32>,
    samples: u64,
}

impl SoundClassifier {
    /// Loads the card `firered-aed` and starts at media time 0.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self {
            fbank: Fbank::new(),
            network: ActivityNetwork::load(runtime, store, threads)?,
            segmenter: Segmenter::new(),
            levels: VecDeque::new(),
            samples: 0,
        })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        self.network.card()
    }

    /// What changes the outcome, for provenance: `key=value` joined by commas, sorted by key.
    pub fn parameters() -> &'static str {
        "close=0.3,music_least_ms=1000,open=0.5,silence_dbfs=-50,silence_least_ms=1000,singing_least_ms=500,speech_least_ms=200"
    }

    /// Begins a new stream: what was pushed before and not finished is dropped.
    pub fn begin(&mut self) {
        self.fbank.reset();
        self.network.reset();
        self.segmenter = Segmenter::new();
        self.levels.clear();
        self.samples = 0;
    }

    /// Takes the next samples, 16 kHz mono, `-1..=1`; the first sample of a stream is media time 0.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`]; the stream is then to be begun anew.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), InferenceError> {
        for part in samples.chunks(PUSH_SAMPLES) {
            let (mut features, mut levels) = (Vec::new(), Vec::new());
            self.fbank.push(part, &mut features, &mut levels);
            self.samples += part.len() as u64;
            self.levels.extend(levels);
            let settled = self.network.push(&features)?;
            self.settle(settled);
        }
        Ok(())
    }

    /// Ends the stream and begins a new one. Gives the segments of the stream by start, then by kind; none where the stream is
    /// shorter than 25 ms.
    ///
    /// # Errors
    /// As [`SoundClassifier::push`].
    pub fn finish(&mut self) -> Result<Vec<SoundSegment>, InferenceError> {
        let settled = self.network.finish()?;
        self.settle(settled);
        let segments = self.segmenter.finish(self.samples);
        self.begin();
        Ok(segments)
    }

    fn settle(&mut self, frames: Vec<Activity>) {
        let levels = self.levels.drain(..frames.len().min(self.levels.len()));
        for (activity, level) in frames.into_iter().zip(levels) {
            self.segmenter.push(activity, level);
        }
    }
}

impl fmt::Debug for SoundClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundClassifier").field("heard_samples", &self.samples).finish_non_exhaustive()
    }
}
