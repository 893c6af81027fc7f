//! How toxic an English text is: TF-IDF and five linear classifiers (Victor Zhou's profanity-check, retrained as
//! alt-profanity-check), computed here from the arrays that the package ships.

mod files;
mod model;

pub use model::{ToxicityModel, ToxicityScore};
