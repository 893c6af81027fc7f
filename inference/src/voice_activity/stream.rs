//! From samples as they come to the samples of each region of speech.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::detector::{FRAME_SAMPLES, VoiceDetector};
use super::regions::{Region, RegionFinder};
use crate::InferenceError;
use crate::acoustics::sane;
use crate::catalog::ModelStore;
use crate::runtime::Runtime;

/// A region of speech with its sound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Voiced {
    /// First sample of the sound in the stream.
    pub(crate) start: u64,
    /// The region and its margins, `-1..=1`.
    pub(crate) samples: Vec<f32>,
    /// Where in the stream someone speaks; the rest is margin.
    pub(crate) voiced: Range<u64>,
}

/// Sound kept around a region, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Margins {
    /// Before it.
    pub(crate) lead: u64,
    /// After it; less than the silence that ends a region, so that it has been heard when the region closes. None after a
    /// region that was cut off for its length: the next word belongs to the rest.
    pub(crate) tail: u64,
}

impl Margins {
    /// The region alone.
    pub(crate) const NONE: Self = Self { lead: 0, tail: 0 };
}

/// Cuts the regions of speech out of a stream of sound.
pub(crate) struct RegionStream {
    detector: VoiceDetector,
    finder: RegionFinder,
    margins: Margins,
    /// Samples that a region may still need.
    recent: VecDeque<f32>,
    /// Index of the first of them.
    recent_start: u64,
    /// Samples before this one were given away already.
    taken_until: u64,
}

impl RegionStream {
    /// Loads the model `silero-vad`. Where margins meet, the earlier region has its whole tail.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub(crate) fn load(runtime: &Arc<Runtime>, store: &ModelStore, margins: Margins) -> Result<Self, InferenceError> {
        Ok(Self {
            detector: VoiceDetector::load(runtime, store)?,
            finder: RegionFinder::default(),
            margins,
            recent: VecDeque::new(),
            recent_start: 0,
            taken_until: 0,
        })
    }

    /// Begins a new stream: what was pushed before and not finished is dropped.
    pub(crate) fn begin(&mut self) {
        self.detector.reset();
        self.finder = RegionFinder::default();
        self.recent.clear();
        (self.recent_start, self.taken_until) = (0, 0);
    }

    /// Takes the next samples; gives the regions that they close, in order.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`]; the stream is then to be begun anew.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<Vec<Voiced>, InferenceError> {
        let mut probabilities = Vec::new();
        self.detector.push(samples, &mut probabilities)?;
        self.recent.extend(samples.iter().copied().map(sane));
        let closed: Vec<Region> =
            probabilities.into_iter().filter_map(|probability| self.finder.push(probability)).collect();
        let found = closed.into_iter().filter_map(|region| self.take(region)).collect();
        self.forget();
        Ok(found)
    }

    /// Ends the stream and begins a new one. Gives the regions that were still open.
    ///
    /// # Errors
    /// As [`RegionStream::push`].
    pub(crate) fn finish(&mut self) -> Result<Vec<Voiced>, InferenceError> {
        let mut probabilities = Vec::new();
        self.detector.finish(&mut probabilities)?;
        let mut closed: Vec<Region> =
            probabilities.into_iter().filter_map(|probability| self.finder.push(probability)).collect();
        closed.extend(self.finder.finish());
        let found = closed.into_iter().filter_map(|region| self.take(region)).collect();
        self.begin();
        Ok(found)
    }

    /// How many samples have been pushed since the stream began.
    pub(crate) fn heard_samples(&self) -> u64 {
        self.recent_start + self.recent.len() as u64
    }

    /// A region with its margins.
    fn take(&mut self, region: Region) -> Option<Voiced> {
        let voiced = region.start * FRAME_SAMPLES as u64..region.end * FRAME_SAMPLES as u64;
        let start = voiced.start.saturating_sub(self.margins.lead).max(self.taken_until).max(self.recent_start);
        let tail = if region.is_cut { 0 } else { self.margins.tail };
        let end = (voiced.end + tail).min(self.heard_samples());
        if start >= end {
            return None;
        }
        let part = (start - self.recent_start) as usize..(end - self.recent_start) as usize;
        self.taken_until = end;
        Some(Voiced { start, samples: self.recent.range(part).copied().collect(), voiced })
    }

    /// Drops samples that no region can need any more.
    fn forget(&mut self) {
        let needed = (self.finder.horizon() * FRAME_SAMPLES as u64).saturating_sub(self.margins.lead);
        let spare = needed.saturating_sub(self.recent_start).min(self.recent.len() as u64);
        self.recent.drain(..spare as usize);
        self.recent_start += spare;
    }
}
