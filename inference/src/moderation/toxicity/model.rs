//! Scoring a text.

use reelgraph_models::observation::Severity;

use std::collections::HashMap;

use super::super::words::TermMatch;
use super::files::{Fold, Vocabulary, read_folds, read_vocabulary};
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;

/// Name of the model card.
const CARD: &str = "alt-profanity-check";
/// Shorter words are no words to the model.
const MIN_WORD_CHARS: usize = 2;

/// What the model says about a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ToxicityScore {
    /// The model's own score, `0..=1`, to be kept as it is. About `.036` where it knows no word.
    pub raw: f32,
    /// How many different words of the text it knows; with none, `raw` says nothing about the text.
    pub known_words: usize,
}

/// Scores English texts of a sentence or a few.
#[derive(Debug)]
pub struct ToxicityModel {
    vocabulary: Vocabulary,
    folds: Vec<Fold>,
    card: ModelCard,
}

impl ToxicityModel {
    /// Loads `alt-profanity-check`; needs no ONNX Runtime.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::Read`],
    /// [`InferenceError::ModelData`].
    pub fn load(store: &ModelStore) -> Result<Self, InferenceError> {
        let files = store.open(CARD)?;
        Ok(Self {
            vocabulary: read_vocabulary(files.path("vectorizer")?)?,
            folds: read_folds(files.path("model")?)?,
            card: files.card().clone(),
        })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// As [`ToxicityModel::score`], without the words that their context makes harmless: the model knows words only, and takes
    /// a cock-a-doodle-doo for an insult.
    pub fn score_in_context(&self, text: &str, finds: &[TermMatch]) -> ToxicityScore {
        let harmless = |at: usize| finds.iter().any(|find| find.severity == Severity::None && find.chars.contains(&at));
        if finds.iter().all(|find| find.severity > Severity::None) {
            return self.score(text);
        }
        let rest: String = text.chars().enumerate().map(|(at, ch)| if harmless(at) { ' ' } else { ch }).collect();
        self.score(&rest)
    }

    /// Scores a text. Words of other languages are unknown to it.
    pub fn score(&self, text: &str) -> ToxicityScore {
        let mut counts: HashMap<usize, (f64, f64)> = HashMap::new();
        let lower = text.to_lowercase();
        for word in words(&lower) {
            if let Some((row, idf)) = self.vocabulary.get(word) {
                counts.entry(*row).or_insert((0.0, *idf)).0 += 1.0;
            }
        }
        let mut weights: Vec<(usize, f64)> = counts.into_iter().map(|(row, (count, idf))| (row, count * idf)).collect();
        // A fixed order of addition, so that equal texts have equal scores.
        weights.sort_unstable_by_key(|(row, _)| *row);
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        let probability = |fold: &Fold| {
            let products = weights.iter().filter_map(|(row, weight)| Some(fold.coefficients.get(*row)? * weight));
            let product = if length > 0.0 { products.sum::<f64>() / length } else { 0.0 };
            1.0 / (1.0 + (fold.slope * (product + fold.intercept) + fold.offset).exp())
        };
        let mean = self.folds.iter().map(probability).sum::<f64>() / self.folds.len().max(1) as f64;
        ToxicityScore { raw: mean as f32, known_words: weights.len() }
    }
}

/// Runs of letters, digits and underscores, as the model's tokenizer cuts them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.chars().nth(MIN_WORD_CHARS - 1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_the_models_tokenizer_does() {
        let cut: Vec<&str> = words("it's a naïve_idea, 12 of 3!").collect();
        assert_eq!(cut, ["it", "naïve_idea", "12", "of"]);
    }

    fn tiny() -> ToxicityModel {
        let fold = Fold { coefficients: vec![3.0, -1.0], intercept: -0.5, slope: -2.0, offset: 0.0 };
        ToxicityModel {
            vocabulary: HashMap::from([("bad".to_owned(), (0, 1.0)), ("good".to_owned(), (1, 2.0))]),
            folds: vec![fold],
            card: ModelCard::parse(CARD, include_str!("../../../cards/alt-profanity-check.toml"))
                .unwrap_or_else(|e| panic!("{e}")),
        }
    }

    #[test]
    fn a_text_is_as_toxic_as_its_words_whatever_their_case_and_number() {
        let model = tiny();
        let bad = model.score("BAD");
        assert!((f64::from(bad.raw) - 1.0 / (1.0 + (-5.0_f64).exp())).abs() < 1e-6 && bad.known_words == 1);
        assert_eq!(model.score("bad bad").raw, bad.raw);
        let mixed = model.score("bad, good");
        assert!(mixed.raw < bad.raw && mixed.raw > model.score("good").raw && mixed.known_words == 2);
    }

    #[test]
    fn a_text_without_known_words_says_so() {
        let score = tiny().score("ordinary things");
        assert_eq!(score.known_words, 0);
        assert!((f64::from(score.raw) - 1.0 / (1.0 + 1.0_f64.exp())).abs() < 1e-6);
    }
}
