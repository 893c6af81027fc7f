//! What analyzers saw: one interface, one type a kind of finding.

use async_graphql::{Context, Enum, ID, Interface, Object, Result, SimpleObject};
use reelgraph_models::observation::{Finding, Observation as Row};

use super::asset::Asset;
use super::provenance::Provenance;
use super::scalar::Microseconds;
use super::span::TimeSpan;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// A channel of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::Modality")]
pub enum Modality {
    /// Editing boundaries.
    Shots,
    /// What was said.
    Speech,
    /// What was written on screen.
    ScreenText,
    /// Objects with boxes.
    Objects,
    /// Labels of the whole picture.
    Tags,
    /// Whole-picture vectors in an image-text space.
    Frames,
    /// Vectors of transcript passages.
    Passages,
    /// The asset's own words: title and file name.
    Title,
}

/// Why a stretch of speech may be invented by the recogniser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::SuspectReason")]
pub enum SuspectReason {
    /// The recogniser itself doubts that anyone speaks.
    NoSpeech,
    /// The same words over and over.
    Repetition,
    /// Improbable on the whole.
    LowProbability,
    /// A phrase that recognisers are known to invent.
    StockPhrase,
    /// More words than the time allows.
    TooFast,
}

/// A box in the picture, in fractions of its width and height; 0, 0 is the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, SimpleObject)]
pub(crate) struct BoundingBox {
    /// Left edge, fraction of the width.
    pub left: f32,
    /// Upper edge, fraction of the height.
    pub top: f32,
    /// Right edge, fraction of the width.
    pub right: f32,
    /// Lower edge, fraction of the height.
    pub bottom: f32,
}

impl From<reelgraph_models::observation::BoundingBox> for BoundingBox {
    fn from(bounds: reelgraph_models::observation::BoundingBox) -> Self {
        Self { left: bounds.left, top: bounds.top, right: bounds.right, bottom: bounds.bottom }
    }
}

/// One spoken word.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct Word {
    /// As transcribed.
    pub text: String,
    /// When it is said.
    pub span: TimeSpan,
    /// The recogniser's probability, 0 to 1.
    pub probability: f32,
}

impl From<&reelgraph_models::observation::Word> for Word {
    fn from(word: &reelgraph_models::observation::Word) -> Self {
        Self { text: word.text.clone(), span: word.span.into(), probability: word.probability }
    }
}

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

impl From<&reelgraph_models::observation::TextLine> for TextLine {
    fn from(line: &reelgraph_models::observation::TextLine) -> Self {
        Self { text: line.text.clone(), bounds: line.bounds.into(), confidence: line.confidence }
    }
}

/// What one analyzer saw in one stretch of one asset.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Opaque, unique across all types."),
    field(name = "asset", ty = "Option<Asset>", desc = "Of which asset; null once that is deleted."),
    field(name = "span", ty = "TimeSpan", desc = "When."),
    field(name = "modality", ty = "Modality", desc = "By which channel."),
    field(name = "confidence", ty = "f32", desc = "The model's own score, 0 to 1; not calibrated."),
    field(name = "provenance", ty = "Provenance", desc = "Who saw it and how.")
)]
pub(crate) enum Observation {
    /// A segment of speech.
    SpeechSegment(SpeechSegment),
    /// One appearance of text on screen.
    ScreenText(ScreenText),
    /// A class of objects.
    ObjectSighting(ObjectSighting),
    /// A label of the whole picture.
    Tag(Tag),
    /// An uninterrupted take.
    Shot(Shot),
}

impl From<Row> for Observation {
    fn from(row: Row) -> Self {
        let Row { id, asset, span, modality, finding, confidence, provenance } = row;
        let seen = Seen { id, asset, span, modality, confidence, provenance };
        match finding {
            Finding::Speech { text, language, words, suspect } => {
                Self::SpeechSegment(SpeechSegment { seen, text, language, words, suspect })
            }
            Finding::ScreenText { text, lines } => Self::ScreenText(ScreenText { seen, text, lines }),
            Finding::Object { label, also, count, bounds, at } => {
                Self::ObjectSighting(ObjectSighting { seen, label, also, count, bounds, at })
            }
            Finding::Tag { label, also } => Self::Tag(Tag { seen, label, also }),
            Finding::Shot { index } => Self::Shot(Shot { seen, index }),
        }
    }
}

/// What all observations have.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    id: reelgraph_models::id::ObservationId,
    asset: reelgraph_models::id::AssetId,
    span: reelgraph_models::time::Span,
    modality: reelgraph_models::observation::Modality,
    confidence: f32,
    provenance: reelgraph_models::observation::Provenance,
}

/// Defines a type of observation: the fields of the interface, and those of its own.
macro_rules! observations {
    ($($(#[doc = $doc:literal])+ $name:ident { $($field:ident: $type:ty),* } { $($own:tt)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            seen: Seen,
            $($field: $type),*
        }

        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// Opaque, unique across all types.
            pub(crate) async fn id(&self) -> ID {
                GlobalId::from(self.seen.id).into()
            }

            /// Of which asset; null once that is deleted.
            pub(crate) async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
                Ok(Session::of(ctx)?.loaders().asset(self.seen.asset).await?)
            }

            /// When.
            pub(crate) async fn span(&self) -> TimeSpan {
                self.seen.span.into()
            }

            /// By which channel.
            pub(crate) async fn modality(&self) -> Modality {
                self.seen.modality.into()
            }

            /// The model's own score, 0 to 1; not calibrated.
            pub(crate) async fn confidence(&self) -> f32 {
                self.seen.confidence
            }

            /// Who saw it and how.
            pub(crate) async fn provenance(&self) -> Provenance {
                (&self.seen.provenance).into()
            }

            $($own)*
        }
    )*};
}

observations! {
    /// A segment of speech.
    SpeechSegment {
        text: String,
        language: String,
        words: Vec<reelgraph_models::observation::Word>,
        suspect: Vec<reelgraph_models::observation::SuspectReason>
    } {
        /// What was said.
        async fn text(&self) -> &str {
            &self.text
        }

        /// Language as ISO 639-1 code.
        async fn language(&self) -> &str {
            &self.language
        }

        /// Words in order; empty when no times could be had.
        async fn words(&self) -> Vec<Word> {
            self.words.iter().map(Word::from).collect()
        }

        /// Why it should not be taken as fact; empty when trusted.
        async fn suspect_reasons(&self) -> Vec<SuspectReason> {
            self.suspect.iter().copied().map(SuspectReason::from).collect()
        }
    }

    /// One appearance of text on screen, from when it shows to when it goes.
    ScreenText { text: String, lines: Vec<reelgraph_models::observation::TextLine> } {
        /// All lines, from top to bottom, joined by line feeds.
        async fn text(&self) -> &str {
            &self.text
        }

        /// The lines at their clearest reading.
        async fn lines(&self) -> Vec<TextLine> {
            self.lines.iter().map(TextLine::from).collect()
        }
    }

    /// A class of objects over a stretch of time.
    ObjectSighting {
        label: String,
        also: Vec<String>,
        count: u32,
        bounds: reelgraph_models::observation::BoundingBox,
        at: reelgraph_models::time::MediaTime
    } {
        /// Class name.
        async fn label(&self) -> &str {
            &self.label
        }

        /// Other words for it: synonyms, then wider terms.
        async fn also(&self) -> &[String] {
            &self.also
        }

        /// Most of them seen in one picture.
        async fn count(&self) -> u32 {
            self.count
        }

        /// The surest box.
        #[graphql(name = "box")]
        async fn bounds(&self) -> BoundingBox {
            self.bounds.into()
        }

        /// When that box was seen.
        async fn at_micros(&self) -> Microseconds {
            Microseconds(self.at)
        }
    }

    /// A label of the whole picture over a stretch of time.
    Tag { label: String, also: Vec<String> } {
        /// Class name, for people.
        async fn label(&self) -> &str {
            &self.label
        }

        /// Other words for it: synonyms, then wider terms.
        async fn also(&self) -> &[String] {
            &self.also
        }
    }

    /// An uninterrupted take. Its confidence is the probability of the cut that opens it.
    Shot { index: u32 } {
        /// Position in the asset, from 0.
        async fn index(&self) -> u32 {
            self.index
        }
    }
}
