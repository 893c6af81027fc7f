//! Channels of evidence.

use serde::{Deserialize, Serialize};

/// A channel of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Editing boundaries.
    Shots,
    /// Shots that belong together.
    Scenes,
    /// Technical cues: black, silence, freeze, loudness and the like.
    Cues,
    /// What was said.
    Speech,
    /// Who speaks when.
    Speakers,
    /// What was written on screen.
    ScreenText,
    /// Objects with boxes.
    Objects,
    /// Faces, and the people they belong to.
    Faces,
    /// Labels of the whole picture.
    Tags,
    /// Whole-picture vectors in an image–text space.
    Frames,
    /// Vectors of transcript passages.
    Passages,
    /// What is to be heard: speech, singing, music, events.
    Sound,
    /// Pictures that may not be suitable everywhere.
    Moderation,
    /// Words, tones and things that may not be suitable everywhere.
    Suitability,
    /// Words that tell what the asset is about.
    Keywords,
    /// Stretches with a title.
    Chapters,
    /// Fingerprints by which copies are found.
    Signatures,
    /// The asset's own words: title and file name.
    Title,
}

impl Modality {
    /// Every modality, in display order.
    pub const ALL: [Self; 18] = [
        Self::Shots,
        Self::Scenes,
        Self::Cues,
        Self::Speech,
        Self::Speakers,
        Self::ScreenText,
        Self::Objects,
        Self::Faces,
        Self::Tags,
        Self::Frames,
        Self::Passages,
        Self::Sound,
        Self::Moderation,
        Self::Suitability,
        Self::Keywords,
        Self::Chapters,
        Self::Signatures,
        Self::Title,
    ];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shots => "shots",
            Self::Scenes => "scenes",
            Self::Cues => "cues",
            Self::Speech => "speech",
            Self::Speakers => "speakers",
            Self::ScreenText => "screen_text",
            Self::Objects => "objects",
            Self::Faces => "faces",
            Self::Tags => "tags",
            Self::Frames => "frames",
            Self::Passages => "passages",
            Self::Sound => "sound",
            Self::Moderation => "moderation",
            Self::Suitability => "suitability",
            Self::Keywords => "keywords",
            Self::Chapters => "chapters",
            Self::Signatures => "signatures",
            Self::Title => "title",
        }
    }

    /// The modality of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|modality| modality.as_str() == name)
    }
}
