//! Names of classes and the words around them.

use std::sync::LazyLock;

/// Weight of a synonym, where the label itself has 1 (tuned on captioned photographs, as is the next).
const SYNONYM_WEIGHT: f32 = 0.8;
/// Weight of the next more general word …
const HYPERNYM_WEIGHT: f32 = 0.7;
/// … and what is left of it a step further up.
const HYPERNYM_DECAY: f32 = 0.9;

/// A class under the name that people use, with the words around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelWords {
    /// The name; not always unique (two classes are both "sunglasses").
    pub name: &'static str,
    /// Other words for it.
    pub synonyms: Vec<&'static str>,
    /// More general words, from near to far; those of one step are alternatives.
    pub hypernyms: Vec<Vec<&'static str>>,
}

static IMAGENET: LazyLock<Vec<LabelWords>> = LazyLock::new(|| parse(include_str!("imagenet.tsv")));
static COCO: LazyLock<Vec<LabelWords>> = LazyLock::new(|| parse(include_str!("coco.tsv")));

/// The 1,000 classes of ImageNet in the order of the classifier's outputs.
pub fn imagenet_words() -> &'static [LabelWords] {
    &IMAGENET
}

/// The 80 classes of COCO in the order of [`crate::objects::COCO_LABELS`].
pub fn coco_words() -> &'static [LabelWords] {
    &COCO
}

/// The words by which someone may look for what a label names, each once with its weight in `0..=1`, the label itself first
/// with 1. A name that is in neither table stands for itself alone.
pub fn expanded_terms(label: &str) -> Vec<(String, f32)> {
    let words = COCO.iter().chain(IMAGENET.iter()).find(|words| words.name.eq_ignore_ascii_case(label));
    let mut terms = vec![(label.to_owned(), 1.0)];
    let Some(words) = words else { return terms };
    let synonyms = words.synonyms.iter().map(|word| (*word, SYNONYM_WEIGHT));
    let steps = words.hypernyms.iter().zip(0..);
    let hypernyms = steps
        .flat_map(|(step, level)| step.iter().map(move |word| (*word, HYPERNYM_WEIGHT * HYPERNYM_DECAY.powi(level))));
    for (word, weight) in synonyms.chain(hypernyms) {
        if !terms.iter().any(|(known, _)| known.eq_ignore_ascii_case(word)) {
            terms.push((word.to_owned(), weight));
        }
    }
    terms
}

fn parse(table: &'static str) -> Vec<LabelWords> {
    let listed = |field: &'static str, separator| field.split(separator).filter(|word| !word.is_empty());
    table
        .lines()
        .map(|line| {
            let mut fields = line.split('\t');
            let mut next = || fields.next().unwrap_or_default();
            LabelWords {
                name: next(),
                synonyms: listed(next(), '|').collect(),
                hypernyms: listed(next(), '|').map(|step| listed(step, ',').collect()).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::COCO_LABELS;

    #[test]
    fn the_tables_hold_every_class_in_order() {
        assert_eq!(imagenet_words().len(), 1_000);
        assert_eq!(imagenet_words()[207].name, "golden retriever");
        assert!(imagenet_words().iter().all(|words| !words.name.is_empty()));
        assert!(coco_words().iter().map(|words| words.name).eq(COCO_LABELS));
    }

    #[test]
    fn a_breed_of_dog_is_found_as_a_dog_and_as_an_animal() {
        let terms = expanded_terms("golden retriever");
        let weight = |word: &str| terms.iter().find(|(term, _)| term == word).map(|(_, weight)| *weight);
        assert_eq!(weight("golden retriever"), Some(1.0));
        assert!(weight("dog") > weight("animal") && weight("animal") > Some(0.3), "{terms:?}");
    }

    #[test]
    fn an_unknown_label_stands_for_itself() {
        assert_eq!(expanded_terms("flux capacitor"), [("flux capacitor".to_owned(), 1.0)]);
    }

    #[test]
    fn the_two_cranes_are_not_mixed_up() {
        let of = |index: usize| imagenet_words()[index].hypernyms.concat();
        assert!(of(134).contains(&"bird") && !of(517).contains(&"bird"));
    }
}
