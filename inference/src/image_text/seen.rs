//! The words by which a picture can be found in a text index.

use std::collections::HashMap;

use crate::objects::Detection;
use crate::tags::{PictureTags, expanded_terms};

/// Labels that are expanded.
const MAX_LABELS: usize = 12;
/// Labels less likely than this are not worth a word.
const MIN_PROBABILITY: f32 = 0.04;
/// Detections less sure than this are not worth a word.
const MIN_CONFIDENCE: f32 = 0.2;
/// Words worth less than this are left out.
const MIN_WEIGHT: f32 = 0.02;
/// Words of one picture.
const MAX_TERMS: usize = 64;

/// The words that a picture is found by, with the expected number of times that each applies: the sum over labels and
/// detections of how sure they are times the word's weight (see [`expanded_terms`]); by falling weight, then by word.
pub fn seen_terms(tags: &PictureTags, detections: &[Detection]) -> Vec<(String, f32)> {
    let labels = tags.top(MAX_LABELS, MIN_PROBABILITY).into_iter().map(|tag| (tag.label, tag.probability));
    let objects = detections
        .iter()
        .filter(|detection| detection.confidence >= MIN_CONFIDENCE)
        .map(|detection| (detection.label, detection.confidence));
    let mut weights: HashMap<String, f32> = HashMap::new();
    for (label, sure) in labels.chain(objects) {
        for (term, weight) in expanded_terms(label) {
            *weights.entry(term.to_lowercase()).or_default() += sure * weight;
        }
    }
    let mut terms: Vec<(String, f32)> = weights.into_iter().filter(|(_, weight)| *weight >= MIN_WEIGHT).collect();
    terms.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    terms.truncate(MAX_TERMS);
    terms
}

#[cfg(test)]
mod tests {
    use reelgraph_models::observation::BoundingBox;

    use super::*;
    use crate::tags::CLASSES;

    #[test]
    fn a_retriever_with_a_frisbee_is_found_by_general_words_too() {
        let mut probabilities = vec![0.0; CLASSES];
        probabilities[207] = 0.7;
        let tags = PictureTags { probabilities, root_probabilities: vec![], features: vec![] };
        let bounds = BoundingBox { left: 0.0, top: 0.0, right: 0.5, bottom: 0.5 };
        let dog = Detection { label: "dog", confidence: 0.9, bounds };
        let frisbee = Detection { label: "frisbee", confidence: 0.1, bounds };
        let terms = seen_terms(&tags, &[dog, frisbee]);
        assert_eq!(terms.first().map(|(term, _)| term.as_str()), Some("dog"), "{terms:?}");
        assert!(
            terms.iter().any(|(term, _)| term == "golden retriever") && terms.iter().any(|(term, _)| term == "animal")
        );
        assert!(!terms.iter().any(|(term, _)| term == "frisbee"), "too unsure");
    }
}
