//! Labels of the whole picture: the 1,000 classes of ImageNet, under names that people use.
//!
//! [`Tagger`] looks at the two ends of a picture (or once, where it is nearly square) with EfficientNet-Lite2 and says how
//! likely each class is. [`expanded_terms`] says by which other words a label is looked for: synonyms and more general words
//! of WordNet 3.0, in tables that `inference/labels/build.py` makes.

mod tagger;
mod words;

pub use tagger::{CLASSES, FEATURES, PictureTags, Tag, Tagger};
pub use words::{LabelWords, coco_words, expanded_terms, imagenet_words};
