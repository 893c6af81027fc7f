//! Who speaks when: a voice for each segment of speech, and the segments of one voice joined.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::speakers::{SpeakerEncoder, Voice, diarize};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::{Finding, Modality};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Vectors, Wants};
use crate::timeline::Timeline;

/// Samples a second.
const RATE_HZ: usize = 16_000;
/// Voices are taken of pieces of this length, one after the other: what is said in a segment is known only at the end, and
/// the sound of a whole film is not kept until then.
const PIECE_SAMPLES: usize = RATE_HZ * 8 / 5;
/// Pieces below this root mean square hold no voice: -50 dB of full scale.
const LEAST_LEVEL: f32 = 0.003;

pub(super) struct Speakers {
    encoder: SpeakerEncoder,
    /// What was heard since the last piece.
    waiting: Vec<f32>,
    /// Samples before `waiting`.
    taken: usize,
    pieces: Vec<(Span, Voice)>,
}

impl Speakers {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let encoder = SpeakerEncoder::load(runtime, store, threads)?;
        Ok(Self { encoder, waiting: Vec::new(), taken: 0, pieces: Vec::new() })
    }

    fn take(&mut self, length: usize) -> Result<(), AnalyzeError> {
        let piece: Vec<f32> = self.waiting.drain(..length.min(self.waiting.len())).collect();
        let at = |samples: usize| MediaTime::from_micros((samples as i64).saturating_mul(1_000_000) / RATE_HZ as i64);
        let span = Span::at_least_one_micro(at(self.taken), at(self.taken + piece.len()));
        self.taken += piece.len();
        let level = (piece.iter().map(|sample| sample * sample).sum::<f32>() / piece.len().max(1) as f32).sqrt();
        if level >= LEAST_LEVEL {
            self.pieces.extend(self.encoder.embed(&piece)?.map(|voice| (span, voice)));
        }
        Ok(())
    }

    fn space(&self) -> EmbeddingSpace {
        let card = self.encoder.card();
        EmbeddingSpace { name: card.name.clone(), version: card.version.clone(), dims: 256 }
    }
}

impl Analyzer for Speakers {
    fn name(&self) -> &'static str {
        "speakers"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Speakers, self.encoder.card())]
    }

    fn parameters(&self) -> String {
        format!("piece_ms={}", PIECE_SAMPLES * 1_000 / RATE_HZ)
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn depends_on(&self) -> &'static [Modality] {
        &[Modality::Speech]
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.waiting.clear();
        self.pieces.clear();
        self.taken = 0;
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        if let Input::Audio(samples) = input {
            self.waiting.extend_from_slice(samples);
            while self.waiting.len() >= PIECE_SAMPLES {
                self.take(PIECE_SAMPLES)?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        if self.waiting.is_empty() { Ok(()) } else { self.take(PIECE_SAMPLES) }
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let turns: Vec<(Span, Voice)> =
            timeline.spoken.iter().filter_map(|span| Some((*span, voice_in(*span, &self.pieces)?))).collect();
        let speakers = diarize(&turns);
        let seen = joined(turns.iter().map(|(span, _)| *span).zip(speakers));
        let seen = seen.into_iter().map(|(span, speaker)| Seen {
            span,
            finding: Finding::Speaker { speaker: speaker as u32 },
            confidence: 1.0,
        });
        let values = turns.iter().map(|(span, voice)| (*span, voice.to_vec())).collect();
        let vectors = vec![Vectors { space: self.space(), values, spent: None }];
        Ok(vec![Findings { vectors, ..Findings::of(Modality::Speakers, seen.collect()) }])
    }
}

/// The mean of the pieces, each weighted by what it shares with the turn; `None` where nothing was heard.
fn voice_in(turn: Span, pieces: &[(Span, Voice)]) -> Option<Voice> {
    let mut sum: Voice = [0.0; 256];
    let first = pieces.partition_point(|(piece, _)| piece.end() <= turn.start());
    for (piece, voice) in pieces.iter().skip(first).take_while(|(piece, _)| piece.start() < turn.end()) {
        let shared = piece.end().min(turn.end()) - piece.start().max(turn.start());
        let weight = shared.as_seconds_f64() as f32;
        sum.iter_mut().zip(voice).for_each(|(sum, value)| *sum += value * weight);
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    (length > 0.0).then(|| sum.map(|value| value / length))
}

/// Consecutive turns of one speaker as one.
fn joined(turns: impl IntoIterator<Item = (Span, usize)>) -> Vec<(Span, usize)> {
    /// A longer pause ends a turn.
    const PAUSE: MediaTime = MediaTime::from_millis(3_000);
    let mut joined: Vec<(Span, usize)> = Vec::new();
    for (span, speaker) in turns {
        match joined.last_mut() {
            Some((last, same)) if *same == speaker && span.start() - last.end() <= PAUSE => {
                *last = Span::at_least_one_micro(last.start(), span.end());
            }
            _ => joined.push((span, speaker)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    fn voice(first: f32, second: f32) -> Voice {
        let mut voice = [0.0; 256];
        (voice[0], voice[1]) = (first, second);
        voice
    }

    #[test]
    fn a_turn_has_the_voice_of_the_pieces_it_shares_most_with() {
        let pieces = [(span(0, 1_600), voice(1.0, 0.0)), (span(1_600, 3_200), voice(0.0, 1.0))];
        let mixed = voice_in(span(0, 2_000), &pieces).map(|voice| (voice[0] > 0.9, voice[1] < 0.3));
        assert_eq!(mixed, Some((true, true)));
        assert!(voice_in(span(4_000, 5_000), &pieces).is_none());
    }

    #[test]
    fn turns_of_one_speaker_are_joined_over_short_pauses_only() {
        let turns = [(span(0, 1_000), 0), (span(1_500, 2_000), 0), (span(2_100, 3_000), 1), (span(9_000, 9_500), 1)];
        assert_eq!(joined(turns), [(span(0, 2_000), 0), (span(2_100, 3_000), 1), (span(9_000, 9_500), 1)]);
    }
}
