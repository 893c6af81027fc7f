//! What analyzers saw, each with where it came from.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::id::{AssetId, ObservationId, RunId};
use crate::time::{MediaTime, Span};

/// A channel of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Whole-picture vectors in an image–text space.
    Frames,
    /// Vectors of transcript passages.
    Passages,
    /// The asset's own words: title and file name.
    Title,
}

impl Modality {
    /// Every modality, in display order.
    pub const ALL: [Self; 8] = [
        Self::Shots,
        Self::Speech,
        Self::ScreenText,
        Self::Objects,
        Self::Tags,
        Self::Frames,
        Self::Passages,
        Self::Title,
    ];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shots => "shots",
            Self::Speech => "speech",
            Self::ScreenText => "screen_text",
            Self::Objects => "objects",
            Self::Tags => "tags",
            Self::Frames => "frames",
            Self::Passages => "passages",
            Self::Title => "title",
        }
    }

    /// The modality of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|modality| modality.as_str() == name)
    }
}

/// Who saw it and how: enough to tell two runs apart and to run it again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the analyzer, as in the pipeline's list.
    pub analyzer: String,
    /// Name of the model card.
    pub model: String,
    /// Version of the model card.
    pub version: String,
    /// Parameters that change the outcome, as `key=value` joined by commas, sorted by key.
    pub parameters: String,
    /// The execution that wrote it.
    pub run: RunId,
}

/// An axis-aligned box in fractions of the picture: `0 <= left < right <= 1`, `0 <= top < bottom <= 1`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Left edge, fraction of the width.
    pub left: f32,
    /// Top edge, fraction of the height.
    pub top: f32,
    /// Right edge, fraction of the width.
    pub right: f32,
    /// Bottom edge, fraction of the height.
    pub bottom: f32,
}

impl BoundingBox {
    /// Area as a fraction of the picture.
    pub fn area(self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// Intersection over union, `0..=1`.
    pub fn iou(self, other: Self) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// One spoken word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// As transcribed, without surrounding blanks.
    pub text: String,
    /// When it is said.
    pub span: Span,
    /// The recogniser's probability, `0..=1`.
    pub probability: f32,
}

/// Why a stretch of speech may be invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspectReason {
    /// The recogniser itself doubts that anyone speaks.
    NoSpeech,
    /// The same words over and over.
    Repetition,
    /// Mean log-probability below the cut-off.
    LowProbability,
    /// A phrase that recognisers are known to invent.
    StockPhrase,
    /// More words than the time allows.
    TooFast,
}

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

/// What was seen or heard; the payload of an [`Observation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// An uninterrupted take. The observation's confidence is the probability of the cut that opens it.
    Shot {
        /// 0-based position in the asset.
        index: u32,
    },
    /// A segment of speech.
    Speech {
        /// What was said.
        text: String,
        /// ISO 639-1 code.
        language: String,
        /// Words in order; may be empty when no word times could be had.
        words: Vec<Word>,
        /// Empty when trusted; else why it is not shown as fact.
        suspect: Vec<SuspectReason>,
    },
    /// One appearance of text on screen, from when it shows to when it goes.
    ScreenText {
        /// All lines, top to bottom, joined by a line feed.
        text: String,
        /// The lines at their clearest reading.
        lines: Vec<TextLine>,
    },
    /// A class of objects over a stretch of time.
    Object {
        /// Class name.
        label: String,
        /// Other words for the class: synonyms, then wider terms.
        #[serde(default)]
        also: Vec<String>,
        /// Most of them seen in one picture.
        count: u32,
        /// The most confident box.
        bounds: BoundingBox,
        /// When that box was seen.
        at: MediaTime,
    },
    /// A label of the whole picture over a stretch of time.
    Tag {
        /// Class name, cleaned for people.
        label: String,
        /// Other words for the class: synonyms, then wider terms.
        #[serde(default)]
        also: Vec<String>,
    },
}

impl Finding {
    /// The text that a person could search for, if this finding has any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Shot { .. } => None,
            Self::Speech { text, .. } | Self::ScreenText { text, .. } => Some(text),
            Self::Object { label, .. } | Self::Tag { label, .. } => Some(label),
        }
    }
}

impl Finding {
    /// All words by which this finding can be found: the text, or the label and the other words for it.
    pub fn searchable_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Object { label, also, .. } | Self::Tag { label, also } if !also.is_empty() => {
                Some(Cow::Owned(format!("{label} ({})", also.join(", "))))
            }
            other => other.text().map(Cow::Borrowed),
        }
    }
}

/// What one analyzer saw in one span of one asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Its id.
    pub id: ObservationId,
    /// Of which asset.
    pub asset: AssetId,
    /// When.
    pub span: Span,
    /// By which channel.
    pub modality: Modality,
    /// What.
    pub finding: Finding,
    /// Raw model score, `0..=1`; not calibrated.
    pub confidence: f32,
    /// By whom.
    pub provenance: Provenance,
}
