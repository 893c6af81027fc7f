//! Who can speak: the recordings with truth, by speaker.

use std::collections::BTreeMap;

use crate::command::eval::media::Media;

use super::{RATE_HZ, level, scale_to};

/// The level that every recording is brought to: -23 dB of full scale.
const SPEECH_LEVEL: f32 = 0.0708;
/// Frames in which a recording is looked at, samples: 20 ms.
const FRAME: usize = RATE_HZ / 50;
/// What is this much softer than the recording as a whole, at its ends, is not speech.
const QUIET: f32 = 0.1;
/// A piece ends at the softest place within this of the wanted length, samples: 0.3 s.
const SLACK: usize = RATE_HZ * 3 / 10;

/// Recordings of several speakers.
pub(in crate::command::eval) struct Voices {
    /// What each speaker says, one recording after the other.
    speakers: Vec<Vec<Vec<f32>>>,
}

impl Voices {
    /// Where the recordings and what is said in them are.
    pub(in crate::command::eval) const TRUTH: &'static str = "speech/truth_share.tsv";

    /// Reads the recordings of the folder; those of one collection and language are one speaker's. `None` where there are fewer
    /// than three speakers.
    pub(in crate::command::eval) fn read(media: &Media) -> anyhow::Result<Option<Self>> {
        let mut speakers: BTreeMap<(String, String), Vec<Vec<f32>>> = BTreeMap::new();
        for row in media.table(Self::TRUTH)?.unwrap_or_default() {
            let [file, language, ..] = row.as_slice() else { continue };
            let Some(path) = media.file(format!("speech/{file}")) else { continue };
            let mut samples = trimmed(media.sound(&path)?);
            scale_to(&mut samples, SPEECH_LEVEL);
            let collection = file.split('/').next().unwrap_or_default();
            speakers.entry((collection.to_owned(), language.clone())).or_default().push(samples);
        }
        Ok((speakers.len() >= 3).then(|| Self { speakers: speakers.into_values().collect() }))
    }

    pub(in crate::command::eval) fn count(&self) -> usize {
        self.speakers.len()
    }

    /// The next piece of about `seconds` that a speaker says, and where to go on: after the last recording comes the first.
    pub(super) fn piece(&self, speaker: usize, from: (usize, usize), seconds: f64) -> (Vec<f32>, (usize, usize)) {
        let recordings = self.speakers.get(speaker).map(Vec::as_slice).unwrap_or_default();
        let (mut number, mut at) = from;
        // What is left of a recording is too short to be a turn.
        if recordings.get(number).is_none_or(|recording| at + RATE_HZ > recording.len()) {
            (number, at) = ((number + 1) % recordings.len().max(1), 0);
        }
        let rest = recordings.get(number).and_then(|recording| recording.get(at..)).unwrap_or_default();
        let wanted = (seconds * RATE_HZ as f64) as usize;
        let end = if wanted + SLACK >= rest.len() { rest.len() } else { softest_near(rest, wanted) };
        (rest.get(..end).unwrap_or_default().to_vec(), (number, at + end))
    }
}

/// The recording without what is before and after the speech.
fn trimmed(samples: Vec<f32>) -> Vec<f32> {
    let least = level(&samples) * QUIET;
    let loud: Vec<usize> =
        samples.chunks(FRAME).enumerate().filter(|(_, frame)| level(frame) > least).map(|(at, _)| at).collect();
    let (Some(first), Some(last)) = (loud.first(), loud.last()) else { return samples };
    samples.get(first * FRAME..((last + 1) * FRAME).min(samples.len())).unwrap_or_default().to_vec()
}

/// The end of the softest frame within the slack around a place.
fn softest_near(samples: &[f32], place: usize) -> usize {
    let from = place.saturating_sub(SLACK);
    let near = samples.get(from..(place + SLACK).min(samples.len())).unwrap_or_default();
    let softest = near.chunks_exact(FRAME).enumerate().min_by(|a, b| level(a.1).total_cmp(&level(b.1)));
    softest.map_or(place, |(frame, _)| from + (frame + 1) * FRAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: f64, amplitude: f32) -> Vec<f32> {
        (0..(seconds * RATE_HZ as f64) as usize).map(|at| amplitude * (at as f32 * 0.3).sin()).collect()
    }

    #[test]
    fn recordings_lose_their_silent_ends_and_keep_their_pauses() {
        let sound = [tone(0.5, 0.0), tone(1.0, 0.5), tone(0.4, 0.0), tone(1.0, 0.5), tone(0.6, 0.0)].concat();
        let kept = trimmed(sound).len();
        assert!(kept.abs_diff(RATE_HZ * 12 / 5) <= 2 * FRAME, "{kept}");
    }

    #[test]
    fn a_piece_ends_in_a_pause_and_the_next_goes_on_behind_it() {
        let voices = Voices { speakers: vec![vec![[tone(2.1, 0.5), tone(0.1, 0.0), tone(3.0, 0.5)].concat()]] };
        let (piece, next) = voices.piece(0, (0, 0), 2.0);
        assert!((2.1..=2.2).contains(&(piece.len() as f64 / RATE_HZ as f64)), "{}", piece.len());
        assert_eq!(next, (0, piece.len()));
        let (rest, end) = voices.piece(0, next, 9.0);
        assert_eq!(piece.len() + rest.len(), end.1);
        assert_eq!(voices.piece(0, end, 2.0).0, piece, "it starts anew");
    }
}
