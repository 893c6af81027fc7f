//! Embedding spaces as the index keeps them: how heavy they weigh and when a vector is near enough.

use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::Modality;
use serde::{Deserialize, Serialize};

use crate::error::SearchError;

/// Longest key of a space, in bytes; it names a folder and a collection.
pub const MAX_SPACE_KEY_BYTES: usize = 96;
/// Most dimensions of a space.
pub const MAX_DIMENSIONS: usize = 4_096;

/// When a vector is near enough to a query to be an answer at all; cosine similarity, `-1..=1`.
///
/// Nearest-neighbour search always finds something. A candidate counts only where it is at least `at_least` **and** not
/// more than `below_best` under the best candidate of the same query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RelevanceFloor {
    /// Lowest similarity that can be an answer.
    pub at_least: f32,
    /// Furthest below the best candidate of the query.
    pub below_best: f32,
}

impl RelevanceFloor {
    /// Accepts every candidate.
    pub const NONE: Self = Self { at_least: -1.0, below_best: 2.0 };

    /// What was measured for a space by its name; [`RelevanceFloor::NONE`] for others.
    ///
    /// `bge-small-en`, queries without instruction against 261 captions and spoken sentences: queries of three words of
    /// their own sentence reach .68 to .82 (5th to 50th percentile), queries about nothing in the collection .55 to .65.
    /// `multilingual-e5-small`, 271 captions and spoken sentences in English: queries of three words of their own sentence reach .85 to .94
    /// (5th to 95th percentile, n 268), 1.6 hundredths below the best at most in 95 of 100; queries about nothing in the collection .79 to .84
    /// (n 63). At .83, 97 of 100 of the former are left and 16 of 100 of the latter.
    /// `label-space`, the frames of the Sintel trailer and of 51 photographs in a row: the best frame for thirty things that
    /// are shown has .20 to .58, for 51 captions .15 to .65 (a tenth below .24), for thirty things that are not shown, made-up
    /// words and technical terms among them, .00 to .33 (half below .17, three quarters below .20).
    pub fn measured(space: &str) -> Self {
        match space {
            "bge-small-en" => Self { at_least: 0.62, below_best: 0.15 },
            "multilingual-e5-small" => Self { at_least: 0.83, below_best: 0.06 },
            "label-space" => Self { at_least: 0.19, below_best: 0.2 },
            _ => Self::NONE,
        }
    }

    /// Whether `similarity` is an answer where the best one is `best`.
    pub fn accepts(self, similarity: f32, best: f32) -> bool {
        similarity >= self.at_least && similarity >= best - self.below_best
    }

    /// Keeps what is an answer of all that one query found.
    pub(crate) fn sift<T>(self, found: &mut Vec<T>, similarity: impl Fn(&T) -> f32) {
        let best = found.iter().map(&similarity).fold(0.0, f32::max);
        found.retain(|one| self.accepts(similarity(one), best));
    }
}

/// One embedding space as the index keeps it and the searcher asks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorSpace {
    space: EmbeddingSpace,
    modality: Modality,
    weight: f32,
    floor: RelevanceFloor,
}

impl VectorSpace {
    /// Takes a space into the index, with the default weight for semantic matches and the measured cut-off, if
    /// any.
    ///
    /// Its key (`name@version`) must be safe as the name of a folder and of a collection: ASCII letters, digits, `@`, `-`,
    /// `_` and `.`, beginning with a letter or digit, at most [`MAX_SPACE_KEY_BYTES`].
    ///
    /// # Errors
    /// [`SearchError::InvalidSpace`] where the key or the number of dimensions (`1..=`[`MAX_DIMENSIONS`]) is out of range.
    pub fn new(space: EmbeddingSpace, modality: Modality) -> Result<Self, SearchError> {
        let key = space.key();
        let starts_plain = key.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        let is_allowed = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'-' | b'_' | b'.'));
        let has_dimensions = (1..=MAX_DIMENSIONS).contains(&(space.dims as usize));
        if !(starts_plain && is_allowed && key.len() <= MAX_SPACE_KEY_BYTES && has_dimensions) {
            let key: String = key.chars().take(MAX_SPACE_KEY_BYTES).collect();
            return Err(SearchError::InvalidSpace { space: key, dimensions: space.dims });
        }
        let floor = RelevanceFloor::measured(&space.name);
        Ok(Self { space, modality, weight: crate::fuse::SEMANTIC_WEIGHT, floor })
    }

    /// Sets the cut-off.
    #[must_use]
    pub fn with_floor(self, floor: RelevanceFloor) -> Self {
        Self { floor, ..self }
    }

    /// Sets the weight of its ranks in fusion; lexical matches weigh 1.
    #[must_use]
    pub fn with_weight(self, weight: f32) -> Self {
        Self { weight, ..self }
    }

    /// Which space.
    pub fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    /// `name@version`.
    pub fn key(&self) -> String {
        self.space.key()
    }

    /// Length of each vector.
    pub fn dimensions(&self) -> usize {
        self.space.dims as usize
    }

    /// What its vectors are of: [`Modality::Frames`] or [`Modality::Passages`] as a rule.
    pub fn modality(&self) -> Modality {
        self.modality
    }

    /// Weight of its ranks in fusion.
    pub fn weight(&self) -> f32 {
        self.weight
    }

    /// Cut-off for candidates.
    pub fn floor(&self) -> RelevanceFloor {
        self.floor
    }

    /// Checks that `vector` can be one of this space's.
    ///
    /// # Errors
    /// [`SearchError::InvalidVector`] where its length differs or a value is not finite.
    pub fn check(&self, vector: &[f32]) -> Result<(), SearchError> {
        let finite = vector.iter().filter(|value| value.is_finite()).count();
        if vector.len() == self.dimensions() && finite == vector.len() {
            Ok(())
        } else {
            Err(SearchError::InvalidVector { space: self.key(), expected: self.dimensions(), actual: finite })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(name: &str, dims: u32) -> Result<VectorSpace, SearchError> {
        let space = EmbeddingSpace { name: name.into(), version: "1".into(), dims };
        VectorSpace::new(space, Modality::Passages)
    }

    #[test]
    fn a_space_cannot_name_a_folder_outside_its_own() {
        for bad in ["", ".", "..", "../x", "a/b", "\u{e9}", "a b", "-a", "a\0", &"a".repeat(96)] {
            assert!(space(bad, 384).is_err(), "{bad:?} was taken");
        }
        assert!(space("bge-small-en.v1", 384).is_ok());
    }

    #[test]
    fn a_space_without_dimensions_is_refused() {
        assert!(space("a", 0).is_err());
        assert!(space("a", 4_097).is_err());
    }

    #[test]
    fn a_vector_of_another_length_or_with_nan_is_refused() -> Result<(), SearchError> {
        let space = space("a", 3)?;
        assert!(space.check(&[0.0, 1.0, 2.0]).is_ok());
        assert!(space.check(&[0.0, 1.0]).is_err());
        assert!(space.check(&[0.0, f32::NAN, 2.0]).is_err());
        Ok(())
    }

    #[test]
    fn the_floor_cuts_below_the_bar_and_far_below_the_best() {
        let floor = RelevanceFloor { at_least: 0.5, below_best: 0.1 };
        assert!(floor.accepts(0.75, 0.8));
        assert!(!floor.accepts(0.65, 0.8));
        assert!(!floor.accepts(0.45, 0.45));
    }
}
