//! The kinds of sound that YAMNet knows.

use std::sync::LazyLock;

/// AudioSet's id and name of each class, in the order of the network's outputs: `yamnet_class_map.csv` of
/// <https://github.com/tensorflow/models/tree/master/research/audioset/yamnet>, © The TensorFlow Authors, Apache-2.0.
const CLASSES: &str = include_str!("audioset.tsv");

static LABELS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| CLASSES.lines().filter_map(|line| Some(line.split_once('\t')?.1)).collect());

/// Names of the 521 classes, in the order of the network's outputs; some are general ("Animal"), some special ("Bark").
pub fn event_labels() -> &'static [&'static str] {
    &LABELS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_as_many_labels_as_outputs_and_each_is_there_once() {
        assert_eq!(event_labels().len(), 521);
        assert_eq!(event_labels().iter().collect::<BTreeSet<_>>().len(), 521);
        assert_eq!((event_labels()[0], event_labels()[520]), ("Speech", "Field recording"));
        assert!(event_labels().contains(&"Applause"));
    }
}
