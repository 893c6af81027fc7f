//! One space for pictures and texts, so that a sentence finds a picture.
//!
//! Two kinds stand behind [`ImageTextSpace`]:
//! - the built-in *label space*, made of models that were never trained on sentences: what a classifier and a detector see,
//!   against what a text embedding says about their class names. It knows things, not actions or relations ("a dog chases a
//!   cat" and "a cat chases a dog" are one query to it);
//! - a *pair* of encoders of the CLIP family that an operator has put into a folder.
//!
//! Both give vectors of length 1 that compare by cosine; vectors of different [`EmbeddingSpace`]s do not compare. A process
//! that only indexes loads a [`PictureEncoder`], one that only searches a [`TextEncoder`].
//!
//! [`EmbeddingSpace`]: reelgraph_models::embedding::EmbeddingSpace

mod channels;
mod label_vectors;
mod labels;
mod pair;
mod preprocessor;
mod projection;
mod ridge;
mod seen;
mod space;

pub use channels::{DETECTION_FLOOR, label_space_channels};
pub use label_vectors::{LABEL_TEXTS_COUNT, encode_label_vectors, label_texts};
pub use labels::{LabelChannels, LabelPictures, LabelTexts};
pub use pair::{PairPictures, PairTexts};
pub use seen::seen_terms;
pub use space::{ImageTextSpace, PictureEncoder, TextEncoder};
