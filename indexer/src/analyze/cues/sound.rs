//! Cues of the sound: silence, and how loud the whole is.

use reelgraph_models::observation::{Cue, Modality};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::MediaTime;

use super::seen;
use super::stretch::Stretches;
use crate::analyze::analyzer::{AnalyzeError, Analyzer, Findings, Input, SourceModel, Wants};
use crate::timeline::Timeline;

/// Nothing louder than this is silence, in dB of full scale …
const SILENCE_DBFS: f32 = -60.0;
/// … where it lasts this long.
const SHORTEST_SILENCE: MediaTime = MediaTime::from_millis(1_000);
/// Samples that are judged at once: 10 ms at 16 kHz.
const BLOCK_SAMPLES: usize = 160;
const BLOCK_MICROS: i64 = 10_000;

pub(in crate::analyze) struct SoundCues {
    silence: Stretches,
    /// Highest level of the block that is being filled, and how many samples it has.
    peak: f32,
    filled: usize,
    blocks: i64,
}

impl Default for SoundCues {
    fn default() -> Self {
        Self { silence: Stretches::of_at_least(SHORTEST_SILENCE), peak: 0.0, filled: 0, blocks: 0 }
    }
}

impl SoundCues {
    fn hear(&mut self, samples: &[f32]) {
        let floor = 10f32.powf(SILENCE_DBFS / 20.0);
        for sample in samples {
            self.peak = self.peak.max(sample.abs());
            self.filled += 1;
            if self.filled == BLOCK_SAMPLES {
                self.silence.push(MediaTime::from_micros(self.blocks * BLOCK_MICROS), self.peak <= floor);
                (self.peak, self.filled) = (0.0, 0);
                self.blocks += 1;
            }
        }
    }
}

impl Analyzer for SoundCues {
    fn name(&self) -> &'static str {
        "sound_cues"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::algorithm(Modality::Cues, "sound-signal", "1")]
    }

    fn parameters(&self) -> String {
        format!("silence_dbfs={SILENCE_DBFS},silence_ms={}", SHORTEST_SILENCE.as_millis())
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        *self = Self::default();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        if let Input::Audio(samples) = input {
            self.hear(samples);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let silent = self.silence.finish(MediaTime::from_micros(self.blocks * BLOCK_MICROS));
        let mut cues: Vec<_> = silent.into_iter().map(|span| seen(span, Cue::Silence, 1.0)).collect();
        cues.extend(timeline.loudness.map(|loudness| {
            let cue = Cue::Loudness {
                integrated_lufs: loudness.integrated_lufs,
                range_lu: loudness.range_lu,
                true_peak_dbtp: loudness.true_peak_dbtp,
            };
            seen(timeline.whole, cue, 1.0)
        }));
        cues.sort_by_key(|cue| cue.span);
        Ok(vec![Findings::of(Modality::Cues, cues)])
    }
}

#[cfg(test)]
mod tests {
    use reelgraph_models::time::Span;

    use super::*;
    use crate::testing::span;

    fn silences(blocks: &[(f32, usize)]) -> Vec<Span> {
        let mut cues = SoundCues::default();
        let samples: Vec<f32> = blocks.iter().flat_map(|(level, count)| vec![*level; *count]).collect();
        samples.chunks(1_000).for_each(|chunk| cues.hear(chunk));
        let found =
            cues.finish(&Timeline::of_length(MediaTime::from_millis(60_000))).ok().and_then(|mut all| all.pop());
        found.into_iter().flat_map(|findings| findings.seen).map(|seen| seen.span).collect()
    }

    #[test]
    fn a_second_below_the_floor_is_silence() {
        assert_eq!(silences(&[(0.1, 16_000), (0.0005, 24_000), (-0.2, 8_000)]), [span(1_000, 2_500)]);
        assert_eq!(silences(&[(0.1, 16_000), (0.0, 15_000), (0.1, 16_000)]), [], "too short");
        assert_eq!(silences(&[(0.002, 32_000)]), [], "a whisper");
        assert_eq!(silences(&[(0.0, 32_000)]), [span(0, 2_000)]);
    }
}
