//! Which language is spoken.

/// How much likelier the language of the speech before is held to be than any other, before listening. A file seldom changes
/// language, and half a second of speech is often taken for a neighbouring one; a clear change (above 8 in 9 for two
/// languages) still wins.
const STAY: f32 = 8.0;
/// From this probability on, a language is taken as known and becomes what the next stretch is expected to be.
const CONFIDENT: f32 = 0.6;

/// A guess at the language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guess {
    /// Index among the vocabulary's languages.
    pub(crate) language: usize,
    /// Posterior probability, `0..=1`.
    pub(crate) probability: f32,
}

/// What the next stretch of speech is expected to be spoken in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expectation {
    language: Option<usize>,
}

impl Expectation {
    /// Weighs the logits of the languages by the expectation.
    pub(crate) fn guess(&self, logits: &[f32]) -> Guess {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weight = |(index, logit): (usize, &f32)| {
            (logit - highest).exp() * if self.language == Some(index) { STAY } else { 1.0 }
        };
        let total: f32 = logits.iter().enumerate().map(weight).sum();
        let best = logits.iter().enumerate().map(|one| (one.0, weight(one))).max_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or(Guess { language: 0, probability: 0.0 }, |(language, weight)| Guess {
            language,
            probability: if total > 0.0 { weight / total } else { 0.0 },
        })
    }

    /// Learns from a guess that was used.
    pub(crate) fn learn(&mut self, guess: Guess) {
        if guess.probability >= CONFIDENT {
            self.language = Some(guess.language);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(probabilities: &[f32]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln()).collect()
    }

    #[test]
    fn without_expectation_the_likeliest_wins() {
        let guess = Expectation::default().guess(&logits(&[0.2, 0.7, 0.1]));
        assert_eq!(guess.language, 1);
        assert!((guess.probability - 0.7).abs() < 1e-5);
    }

    #[test]
    fn a_doubtful_stretch_stays_in_the_language_before_and_a_clear_one_changes_it() {
        let mut expected = Expectation::default();
        expected.learn(Guess { language: 0, probability: 0.95 });
        assert_eq!(expected.guess(&logits(&[0.3, 0.5, 0.2])).language, 0);
        assert_eq!(expected.guess(&logits(&[0.02, 0.97, 0.01])).language, 1);
    }

    #[test]
    fn a_doubtful_guess_teaches_nothing() {
        let mut expected = Expectation::default();
        expected.learn(Guess { language: 2, probability: 0.4 });
        assert_eq!(expected.guess(&logits(&[0.4, 0.3, 0.3])).language, 0);
    }
}
