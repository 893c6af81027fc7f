//! From samples as they come to regions of speech with their voices.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use reelgraph_models::time::Span;

use super::encoder::{SpeakerEncoder, WINDOW_SAMPLES};
use super::turn::{VoiceWindow, VoicedRegion};
use crate::acoustics::{SAMPLE_RATE_HZ, media_time};
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Runtime, Threads};
use crate::voice_activity::{Margins, RegionStream, Voiced};

/// Samples from one window to the next: a quarter of a window. With half a window twice as much speech goes to a wrong speaker.
const STEP_SAMPLES: usize = WINDOW_SAMPLES / 4;
/// Samples after the last whole window that are worth one more window, which ends with them: 0.2 s.
const LEAST_REST_SAMPLES: usize = SAMPLE_RATE_HZ / 5;
/// Shorter regions tell nothing of a voice: 0.4 s.
const LEAST_SAMPLES: usize = 2 * SAMPLE_RATE_HZ / 5;

/// Listens to a stream of sound: finds where someone speaks and what their voice sounds like there.
///
/// ```no_run
/// use reelgraph_inference::catalog::ModelStore;
/// use reelgraph_inference::runtime::{Runtime, Threads};
/// use reelgraph_inference::speakers::{VoiceListener, diarize};
///
/// let store = ModelStore::new("/var/lib/reelgraph/models");
/// let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
/// let mut listener = VoiceListener::load(&runtime, &store, Threads::shared(2))?;
/// let second_of_silence = vec![0.0; 16_000];
/// listener.push(&second_of_silence)?;
/// assert!(diarize(&listener.finish()?).is_empty());
/// # Ok::<(), reelgraph_inference::InferenceError>(())
/// ```
pub struct VoiceListener {
    stream: RegionStream,
    encoder: SpeakerEncoder,
    heard: Vec<VoicedRegion>,
}

impl VoiceListener {
    /// Loads the models `silero-vad` and `ge2e` and starts at media time 0.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self {
            stream: RegionStream::load(runtime, store, Margins::NONE)?,
            encoder: SpeakerEncoder::load(runtime, store, threads)?,
            heard: Vec::new(),
        })
    }

    /// The card of the model that describes voices, for provenance.
    pub fn card(&self) -> &ModelCard {
        self.encoder.card()
    }

    /// What changes the outcome, for provenance: `key=value` joined by commas, sorted by key.
    pub fn parameters() -> &'static str {
        "step_ms=400,vad=silero-vad:0.5/0.2"
    }

    /// Begins a new stream: what was pushed before and not finished is dropped.
    pub fn begin(&mut self) {
        self.stream.begin();
        self.heard.clear();
    }

    /// Takes the next samples, 16 kHz mono, `-1..=1`; the first sample of a stream is media time 0.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Tensor`]; the stream is then to be begun anew.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), InferenceError> {
        let closed = self.stream.push(samples)?;
        self.listen(closed)
    }

    /// Ends the stream and begins a new one. Gives all its regions of speech, in order.
    ///
    /// # Errors
    /// As [`VoiceListener::push`].
    pub fn finish(&mut self) -> Result<Vec<VoicedRegion>, InferenceError> {
        let closed = self.stream.finish()?;
        self.listen(closed)?;
        Ok(std::mem::take(&mut self.heard))
    }

    fn listen(&mut self, regions: Vec<Voiced>) -> Result<(), InferenceError> {
        for region in regions {
            let parts = windows(region.samples.len());
            let samples: Vec<&[f32]> = parts.iter().filter_map(|part| region.samples.get(part.clone())).collect();
            let span = |part: Range<usize>| {
                let at = |sample: usize| media_time(region.start + sample as u64);
                Span::at_least_one_micro(at(part.start), at(part.end))
            };
            let voices = self.encoder.embed(&samples)?;
            let windows = parts.into_iter().zip(voices);
            let windows = windows.filter_map(|(part, voice)| Some(VoiceWindow { span: span(part), voice: voice? }));
            self.heard.push(VoicedRegion { windows: windows.collect(), span: span(0..region.samples.len()) });
        }
        Ok(())
    }
}

impl fmt::Debug for VoiceListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoiceListener").field("encoder", &self.encoder).finish_non_exhaustive()
    }
}

/// Where the windows of a region lie in its samples.
fn windows(samples: usize) -> Vec<Range<usize>> {
    if samples < LEAST_SAMPLES {
        return Vec::new();
    }
    let length = samples.min(WINDOW_SAMPLES);
    let last = samples - length;
    let mut starts: Vec<usize> = (0..=last).step_by(STEP_SAMPLES).collect();
    if starts.last().is_some_and(|start| last - start >= LEAST_REST_SAMPLES) {
        starts.push(last);
    }
    starts.into_iter().map(|start| start..start + length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_each_other_by_a_quarter_and_the_last_ends_with_the_region() {
        assert_eq!(windows(25_600), windows(25_600 + 3_199));
        assert_eq!(windows(25_600 + 3_200), [0..25_600, 3_200..28_800]);
        assert_eq!(windows(25_600 + 6_400), [0..25_600, 6_400..32_000]);
    }

    #[test]
    fn a_short_region_is_one_window_and_a_click_has_none() {
        let ends = |samples| windows(samples).iter().map(|part| (part.start, part.end)).collect::<Vec<_>>();
        assert_eq!((ends(20_000), ends(6_400)), (vec![(0, 20_000)], vec![(0, 6_400)]));
        assert!(windows(6_399).is_empty() && windows(0).is_empty());
    }
}
