//! Text on screen, and words taken out of texts.

use async_graphql::{Enum, SimpleObject};
use reelgraph_models::observation as model;

use super::pictures::BoundingBox;

/// One line of text on screen.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct TextLine {
    /// As read.
    pub text: String,
    /// Where in the picture.
    #[graphql(name = "box")]
    pub bounds: BoundingBox,
    /// How sure of the characters, 0 to 1.
    pub confidence: f32,
}

impl From<&model::TextLine> for TextLine {
    fn from(line: &model::TextLine) -> Self {
        Self { text: line.text.clone(), bounds: line.bounds.into(), confidence: line.confidence }
    }
}

/// What text on screen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::TextRole")]
pub enum TextRole {
    /// Part of what is shown: signs, slides, packages.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::KeywordKind")]
pub enum KeywordKind {
    /// A word or phrase that tells this text from others.
    Topic,
    /// Something that has a name: a person, a place, a product.
    Name,
}

observations! {
    /// One appearance of text on screen, from when it shows to when it goes.
    ScreenText { text: String, lines: Vec<model::TextLine>, role: model::TextRole, language: Option<String> } {
        /// All lines, from top to bottom, joined by line feeds.
        async fn text(&self) -> &str {
            &self.text
        }

        /// The lines at their clearest reading.
        async fn lines(&self) -> Vec<TextLine> {
            self.lines.iter().map(TextLine::from).collect()
        }

        /// What it is for.
        async fn role(&self) -> TextRole {
            self.role.into()
        }

        /// Language as ISO 639-1 code, where it can be told.
        async fn language(&self) -> Option<&str> {
            self.language.as_deref()
        }
    }

    /// Words that tell what a stretch is about. Its confidence is their weight.
    Keyword { text: String, keyword: model::KeywordKind } {
        /// As they are written in the text.
        async fn text(&self) -> &str {
            &self.text
        }

        /// What kind of words.
        async fn kind(&self) -> KeywordKind {
            self.keyword.into()
        }
    }
}
