//! What is composed: conversations, and medleys of speech, music and silence.

use std::io::Write;
use std::path::Path;

use reelgraph_inference::score::Turn;
use reelgraph_inference::sound::SoundKind;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::generated::Random;

use super::music::music;
use super::voices::Voices;
use super::{RATE_HZ, scale_to};

/// Music under a conversation is this much softer than the speech: 10 dB.
const UNDER_SPEECH: f32 = 0.0224;
/// Music by itself: -20 dB of full scale.
const ALONE: f32 = 0.1;

/// Several people who speak one after the other.
pub(in crate::command::eval) struct Conversation {
    pub(in crate::command::eval) samples: Vec<f32>,
    /// Who speaks when.
    pub(in crate::command::eval) turns: Vec<Turn>,
}

impl Conversation {
    /// Two to four speakers and twelve turns of 1.5 to 6 s, up to a second apart.
    pub(in crate::command::eval) fn compose(voices: &Voices, seed: u64) -> Self {
        const TURNS: usize = 12;
        let mut random = Random::new(seed);
        let mut cast: Vec<(usize, (usize, usize))> = Vec::new();
        let size = 2 + random.below(3) as usize;
        while cast.len() < size.min(voices.count()) {
            let speaker = random.below(voices.count() as u64) as usize;
            if cast.iter().all(|(other, _)| *other != speaker) {
                cast.push((speaker, (random.below(16) as usize, 0)));
            }
        }
        let (mut samples, mut turns, mut last) = (vec![0.0; RATE_HZ / 2], Vec::new(), usize::MAX);
        while turns.len() < TURNS {
            let next = random.below(cast.len() as u64) as usize;
            let seconds = 1.5 + 4.5 * random.fraction();
            let pause = (random.fraction() * RATE_HZ as f64) as usize;
            let Some((speaker, place)) = cast.get_mut(next).filter(|_| next != last) else { continue };
            let (piece, after) = voices.piece(*speaker, *place, seconds);
            (*place, last) = (after, next);
            turns.push((span(samples.len(), samples.len() + piece.len()), *speaker));
            samples.extend(piece);
            samples.extend(std::iter::repeat_n(0.0, pause));
        }
        Self { samples, turns }
    }

    /// The same with music under it.
    pub(in crate::command::eval) fn over_music(&self, seed: u64) -> Vec<f32> {
        let mut music = music(self.samples.len() as f64 / RATE_HZ as f64, seed);
        scale_to(&mut music, UNDER_SPEECH);
        self.samples.iter().zip(music.into_iter().chain(std::iter::repeat(0.0))).map(|(a, b)| a + b).collect()
    }
}

/// Speech, music, speech over music and silence in turn.
pub(in crate::command::eval) struct Medley {
    pub(in crate::command::eval) samples: Vec<f32>,
    /// What is to be heard when.
    pub(in crate::command::eval) truth: Vec<(Span, SoundKind)>,
}

impl Medley {
    /// Each part twice, in an order of its own, 2 to 8 s long.
    pub(in crate::command::eval) fn compose(voices: &Voices, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (mut samples, mut truth) = (Vec::new(), Vec::new());
        let mut parts: Vec<(bool, bool)> =
            [(true, false), (false, true), (true, true), (false, false)].into_iter().cycle().take(8).collect();
        while !parts.is_empty() {
            let (has_speech, has_music) = parts.swap_remove(random.below(parts.len() as u64) as usize);
            let seconds = 2.0 + 6.0 * random.fraction();
            let speaker = random.below(voices.count() as u64) as usize;
            let mut part = match has_speech {
                true => voices.piece(speaker, (random.below(16) as usize, 0), seconds).0,
                false => vec![0.0; (seconds * RATE_HZ as f64) as usize],
            };
            if has_music {
                let mut music = music(part.len() as f64 / RATE_HZ as f64, seed ^ random.bits());
                scale_to(&mut music, if has_speech { UNDER_SPEECH } else { ALONE });
                part.iter_mut().zip(music).for_each(|(sample, music)| *sample += music);
            }
            let span = span(samples.len(), samples.len() + part.len());
            let kinds = [
                (SoundKind::Speech, has_speech),
                (SoundKind::Music, has_music),
                (SoundKind::Silence, !has_speech && !has_music),
            ];
            truth.extend(kinds.into_iter().filter(|(_, is_heard)| *is_heard).map(|(kind, _)| (span, kind)));
            samples.extend(part);
        }
        Self { samples, truth }
    }
}

/// Writes 16 kHz mono samples as a WAV file of 16 bits.
pub(in crate::command::eval) fn write_wav(samples: &[f32], path: &Path) -> std::io::Result<()> {
    let bytes = u32::try_from(samples.len() * 2).map_err(std::io::Error::other)?;
    let rate = RATE_HZ as u32;
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    file.write_all(b"RIFF")?;
    file.write_all(&(36 + bytes).to_le_bytes())?;
    file.write_all(b"WAVEfmt ")?;
    // PCM, one channel.
    let format = [16, 1 | 1 << 16, rate, rate * 2, 2 | 16 << 16];
    format.iter().try_for_each(|word: &u32| file.write_all(&word.to_le_bytes()))?;
    file.write_all(b"data")?;
    file.write_all(&bytes.to_le_bytes())?;
    let level = |sample: &f32| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
    samples.iter().try_for_each(|sample| file.write_all(&level(sample).to_le_bytes()))?;
    file.flush()
}

/// From one sample to another.
fn span(from: usize, to: usize) -> Span {
    let at = |sample: usize| MediaTime::from_micros((sample as i64).saturating_mul(1_000_000) / RATE_HZ as i64);
    Span::at_least_one_micro(at(from), at(to))
}
