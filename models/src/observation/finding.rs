//! What was seen or heard.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Modality;
use super::cue::{Cue, SoundKind, Transition};
use super::geometry::{BoundingBox, Counted, Track, TrackBox};
use super::moderation::{RawScore, Severity, TextHit};
use super::speech::{SuspectReason, Word};
use super::text::{KeywordKind, TextLine, TextRole};
use crate::time::MediaTime;

/// What was seen or heard; the payload of an [`Observation`](super::Observation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// An uninterrupted take. The observation's confidence is the probability of the transition that opens it.
    Shot {
        /// 0-based position in the asset.
        index: u32,
        /// How it begins.
        #[serde(default)]
        opened_by: Transition,
    },
    /// Shots that belong together. The observation's confidence is how clearly it differs from the one before.
    Scene {
        /// 0-based position in the asset.
        index: u32,
        /// How many shots it has.
        shots: u32,
    },
    /// A stretch that could be a chapter.
    Chapter {
        /// 0-based position in the asset.
        index: u32,
        /// What it is about, in few words of its own.
        title: String,
    },
    /// What the signal itself shows.
    Cue {
        /// Which.
        #[serde(flatten)]
        cue: Cue,
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
    /// One voice speaks.
    Speaker {
        /// 0-based number of the voice in the asset, in order of first words.
        speaker: u32,
    },
    /// Something is to be heard.
    Sound {
        /// What kind of sound.
        sound: SoundKind,
        /// Its name: of an event the class, else the kind.
        label: String,
    },
    /// One appearance of text on screen, from when it shows to when it goes.
    ScreenText {
        /// All lines, top to bottom, joined by a line feed.
        text: String,
        /// The lines at their clearest reading.
        lines: Vec<TextLine>,
        /// What it is for.
        #[serde(default)]
        role: TextRole,
        /// ISO 639-1 code, where it can be told.
        #[serde(default)]
        language: Option<String>,
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
        /// Each of them, followed through the pictures.
        #[serde(default)]
        tracks: Vec<Track>,
        /// How many there were in each picture that was looked at, where that changes.
        #[serde(default)]
        counts: Vec<Counted>,
    },
    /// One face, followed through the pictures of one shot.
    Face {
        /// The box that shows it best.
        bounds: BoundingBox,
        /// When that was.
        at: MediaTime,
        /// How well that box shows it, `0..=1`: size, sharpness, turned towards us.
        quality: f32,
        /// All boxes, by time.
        boxes: Vec<TrackBox>,
    },
    /// A label of the whole picture over a stretch of time.
    Tag {
        /// Class name, cleaned for people.
        label: String,
        /// Other words for the class: synonyms, then wider terms.
        #[serde(default)]
        also: Vec<String>,
    },
    /// Something that may not be suitable everywhere. The observation's confidence is the calibrated probability.
    Moderation {
        /// Labels from the widest to the narrowest, at most three.
        path: Vec<String>,
        /// How bad.
        severity: Severity,
        /// What the models said.
        scores: Vec<RawScore>,
        /// The words that led to it, where it was words.
        words: Vec<TextHit>,
    },
    /// Words that tell what a stretch is about. The observation's confidence is their weight, `0..=1`.
    Keyword {
        /// As they are written in the text.
        text: String,
        /// What kind of words.
        keyword: KeywordKind,
    },
}

impl Finding {
    /// The channels that findings of this kind come by.
    pub const fn modalities(&self) -> &'static [Modality] {
        match self {
            Self::Shot { .. } => &[Modality::Shots],
            Self::Scene { .. } => &[Modality::Scenes],
            Self::Chapter { .. } => &[Modality::Chapters],
            Self::Cue { .. } => &[Modality::Cues],
            Self::Speech { .. } => &[Modality::Speech],
            Self::Speaker { .. } => &[Modality::Speakers],
            Self::Sound { .. } => &[Modality::Sound],
            Self::ScreenText { .. } => &[Modality::ScreenText],
            Self::Object { .. } => &[Modality::Objects],
            Self::Face { .. } => &[Modality::Faces],
            Self::Tag { .. } => &[Modality::Tags],
            Self::Moderation { .. } => &[Modality::Moderation, Modality::Suitability],
            Self::Keyword { .. } => &[Modality::Keywords],
        }
    }

    /// The text that a person could search for, if this finding has any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Speech { text, .. } | Self::ScreenText { text, .. } | Self::Keyword { text, .. } => Some(text),
            Self::Object { label, .. } | Self::Tag { label, .. } | Self::Sound { label, .. } => Some(label),
            Self::Chapter { title, .. } => Some(title),
            Self::Shot { .. }
            | Self::Scene { .. }
            | Self::Cue { .. }
            | Self::Speaker { .. }
            | Self::Face { .. }
            | Self::Moderation { .. } => None,
        }
    }

    /// Language of [`Finding::text`] as ISO 639-1 code, where it is known.
    pub fn language(&self) -> Option<&str> {
        match self {
            Self::Speech { language, .. } => Some(language),
            Self::ScreenText { language, .. } => language.as_deref(),
            // Class names are English; see the label lists of the models.
            Self::Object { .. } | Self::Tag { .. } | Self::Sound { .. } => Some("en"),
            _ => None,
        }
    }

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
