//! Signatures of what is on display, at a fixed rate: what copies are found by. No model, only arithmetic.

mod picture;
mod transform;

use reelgraph_models::observation::Modality;
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::signature::Signature;
use reelgraph_models::time::MediaTime;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, SourceModel, Wants};
use crate::timeline::Timeline;
use picture::Picture;
use transform::Transform;

/// Name of the algorithm, where analyzers with models name their card.
pub const MODEL: &str = "frame-signature";
/// Counts up whenever the same picture would get another signature.
pub const VERSION: &str = "1";
/// Time between two samples. Films change little within it; a tenth of a second is the most that it costs in precision.
pub const INTERVAL: MediaTime = MediaTime::from_millis(200);
/// Most samples of one asset: 55 hours. Headers and damaged clocks may state any time.
const MAX_SAMPLES: usize = 1_000_000;

/// Takes the frame on display at each multiple of [`INTERVAL`].
pub struct Signatures {
    transform: Transform,
    samples: Vec<Signature>,
    /// The last frame, which is on display until the next; its signature once it was asked for.
    shown: Option<Shown>,
}

struct Shown {
    rgb: Vec<u8>,
    signature: Option<Signature>,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { transform: Transform::new(), samples: Vec::new(), shown: None }
    }
}

impl Signatures {
    /// Goes on to a frame of 48×27 RGB that is shown from `at` on.
    pub fn push(&mut self, at: MediaTime, rgb: &[u8]) {
        self.show_until(at);
        let shown = self.shown.get_or_insert_with(|| Shown { rgb: Vec::with_capacity(rgb.len()), signature: None });
        shown.rgb.clear();
        shown.rgb.extend_from_slice(rgb);
        shown.signature = None;
    }

    /// All samples of an asset that ends at `end`; begins anew.
    pub fn take(&mut self, end: MediaTime) -> Vec<Signature> {
        self.show_until(end);
        self.shown = None;
        std::mem::take(&mut self.samples)
    }

    /// Samples what is shown at every instant before `until`. Instants before the first frame show that frame.
    fn show_until(&mut self, until: MediaTime) {
        let Some(shown) = &mut self.shown else { return };
        while self.samples.len() < MAX_SAMPLES
            && (self.samples.len() as i64).saturating_mul(INTERVAL.as_micros()) < until.as_micros()
        {
            let signature =
                *shown.signature.get_or_insert_with(|| self.transform.signature(&Picture::of_rgb(&shown.rgb)));
            self.samples.push(signature);
        }
    }
}

impl Analyzer for Signatures {
    fn name(&self) -> &'static str {
        "signatures"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel { modality: Modality::Signatures, model: MODEL.to_owned(), version: VERSION.to_owned() }]
    }

    fn parameters(&self) -> String {
        format!("interval_ms={}", INTERVAL.as_millis())
    }

    fn wants(&self) -> Wants {
        Wants { every_frame: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.samples.clear();
        self.shown = None;
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        if let Input::Small(batch) = input {
            for (at, rgb) in batch.frames() {
                self.push(at, rgb);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let signatures = self.take(timeline.whole.end());
        Ok(vec![Findings { signatures: Some(signatures), ..Findings::of(Modality::Signatures, Vec::new()) }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gradient that leans as `phase` says.
    fn frame(phase: u8) -> Vec<u8> {
        let pixel = |index: usize| {
            let (x, y) = (index % 48, index / 48);
            let level = (x * 3 + y * usize::from(phase) % 97 + (x * y * usize::from(phase)) % 61) as u8;
            [level; 3]
        };
        (0..48 * 27).flat_map(pixel).collect()
    }

    #[test]
    fn each_sample_is_of_the_frame_that_is_on_display_whatever_the_frame_rate() {
        let sampled = |frames: &[(i64, u8)]| {
            let mut signatures = Signatures::default();
            for (at_ms, phase) in frames {
                signatures.push(MediaTime::from_millis(*at_ms), &frame(*phase));
            }
            signatures.take(MediaTime::from_millis(1_000))
        };
        let sparse = sampled(&[(0, 3), (400, 7)]);
        let dense = sampled(&[(0, 3), (100, 3), (200, 3), (300, 3), (400, 7), (500, 7), (900, 7)]);
        assert_eq!(sparse.len(), 5);
        assert_eq!(sparse, dense);
        assert_eq!(sparse.first(), sparse.get(1));
        assert!(sparse.get(1) != sparse.get(2), "{sparse:?}");
        assert_eq!(sparse.get(2), sparse.get(4));
    }

    #[test]
    fn a_clock_that_jumps_ahead_by_years_makes_no_endless_track() {
        let mut signatures = Signatures::default();
        signatures.push(MediaTime::ZERO, &frame(1));
        signatures.push(MediaTime::from_micros(i64::MAX), &frame(2));
        assert_eq!(signatures.take(MediaTime::from_micros(i64::MAX)).len(), MAX_SAMPLES);
        assert!(signatures.take(MediaTime::from_millis(1_000)).is_empty());
    }
}
