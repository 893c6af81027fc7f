//! Technical cues of picture and sound.

use serde::{Deserialize, Serialize};

use super::geometry::BoundingBox;
use crate::time::Span;

/// How a shot begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transition {
    /// From one frame to the next.
    #[default]
    Cut,
    /// With the asset.
    Start,
    /// By a dissolve, a fade or a wipe.
    Gradual {
        /// From the first mixed frame to the first pure one.
        span: Span,
    },
}

/// What the signal itself shows, before anyone asks what it means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cue", rename_all = "snake_case")]
pub enum Cue {
    /// Nothing but black.
    Black,
    /// Nothing to hear.
    Silence,
    /// The test pattern of vertical bars.
    ColourBars,
    /// Names roll or change over a plain ground.
    Credits,
    /// The picture stands still.
    Freeze,
    /// Bars above and below or at the sides.
    Letterbox {
        /// What is left for the picture.
        picture: BoundingBox,
    },
    /// Frames are made of two fields, whatever the header says.
    Interlaced,
    /// How loud the whole asset is (EBU R128).
    Loudness {
        /// Integrated loudness in LUFS.
        integrated_lufs: f32,
        /// Loudness range in LU.
        range_lu: f32,
        /// Highest true peak in dBTP.
        true_peak_dbtp: f32,
    },
}

impl Cue {
    /// Every name of a cue, as it is searched and filtered.
    pub const NAMES: [&'static str; 8] =
        ["black", "silence", "colour_bars", "credits", "freeze", "letterbox", "interlaced", "loudness"];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Silence => "silence",
            Self::ColourBars => "colour_bars",
            Self::Credits => "credits",
            Self::Freeze => "freeze",
            Self::Letterbox { .. } => "letterbox",
            Self::Interlaced => "interlaced",
            Self::Loudness { .. } => "loudness",
        }
    }
}

/// What is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundKind {
    /// Someone speaks.
    Speech,
    /// Someone sings.
    Singing,
    /// Instruments.
    Music,
    /// A sound that has a name of its own: applause, a siren.
    Event,
}
