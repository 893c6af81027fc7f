//! Music that nobody owns: plucked chords over a bass, made up by rule.

use reelgraph_search::generated::Random;

use super::RATE_HZ;

/// Seconds that a note is apart from the next.
const STEP_S: f64 = 0.25;
/// Chords as semitones above C3, one for every eight notes: the four of most songs.
const CHORDS: [[i32; 4]; 4] = [[0, 4, 7, 12], [7, 11, 14, 19], [9, 12, 16, 21], [5, 9, 12, 17]];
/// Strength of each overtone of a string, the tone itself first.
const OVERTONES: [f64; 6] = [1.0, 0.6, 0.4, 0.25, 0.15, 0.1];
/// Frequency of C3 in hertz.
const LOWEST_HZ: f64 = 130.81;

/// Some seconds of it, about full scale; another piece for another seed.
pub(super) fn music(seconds: f64, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut sound = vec![0.0_f64; (seconds * RATE_HZ as f64) as usize];
    let notes = (seconds / STEP_S).ceil() as usize;
    for note in 0..notes {
        let chord = CHORDS.get(note / 8 % CHORDS.len()).copied().unwrap_or_default();
        let tone = chord.get(random.below(4) as usize).copied().unwrap_or_default();
        pluck(&mut sound, note as f64 * STEP_S, tone, 0.5, 0.8);
        if note % 4 == 0 {
            let [root, ..] = chord;
            pluck(&mut sound, note as f64 * STEP_S, root - 12, 0.7, 1.6);
        }
    }
    let most = sound.iter().fold(0.0_f64, |most, sample| most.max(sample.abs())).max(1e-9);
    sound.into_iter().map(|sample| (sample / most) as f32).collect()
}

/// Adds one note that dies away.
fn pluck(sound: &mut [f64], at_s: f64, tone: i32, strength: f64, length_s: f64) {
    let hertz = LOWEST_HZ * (f64::from(tone) / 12.0).exp2();
    let from = (at_s * RATE_HZ as f64) as usize;
    let length = (length_s * RATE_HZ as f64) as usize;
    for (sample, out) in sound.iter_mut().skip(from).take(length).enumerate() {
        let t = sample as f64 / RATE_HZ as f64;
        // The attack takes 5 ms, so that it does not click.
        let envelope = (t / 0.005).min(1.0) * (-3.0 * t / length_s).exp();
        let wave = OVERTONES.iter().zip(1..).map(|(share, number)| {
            let number = f64::from(number);
            share * (-t * number).exp() * (std::f64::consts::TAU * hertz * number * t).sin()
        });
        *out += strength * envelope * wave.sum::<f64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn music_is_the_same_on_every_run_and_never_pauses() {
        let piece = music(6.0, 7);
        assert_eq!(piece, music(6.0, 7));
        assert_ne!(piece, music(6.0, 8));
        assert!(piece.chunks(RATE_HZ / 4).all(|part| super::super::level(part) > 0.02));
        assert!(piece.iter().all(|sample| sample.abs() <= 1.0));
    }
}
