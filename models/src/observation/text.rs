//! Parts of text on screen, and of what is taken out of texts.

use serde::{Deserialize, Serialize};

use super::geometry::BoundingBox;

/// One line of text on screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// As read.
    pub text: String,
    /// Where.
    pub bounds: BoundingBox,
    /// Mean character probability, `0..=1`.
    pub confidence: f32,
}

/// What text on screen is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextRole {
    /// Part of what is shown: signs, slides, packages.
    #[default]
    Scene,
    /// A name or a line laid over the lower part of the picture.
    LowerThird,
    /// A subtitle burnt into the picture.
    Subtitle,
    /// Opening or closing credits.
    Credits,
    /// A card that names the film or a part of it, or that says a few words with the screen to itself.
    Title,
}

/// What kind of words a keyword is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeywordKind {
    /// A word or phrase that tells this text from others.
    Topic,
    /// Something that has a name: a person, a place, a product.
    Name,
}
