//! Technical cues of picture and sound.

use async_graphql::{Enum, SimpleObject};
use reelgraph_models::observation as model;

use super::pictures::BoundingBox;

/// What the signal itself shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum CueKind {
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
    Letterbox,
    /// Frames are made of two fields, whatever the header says.
    Interlaced,
    /// How loud the whole asset is.
    Loudness,
}

/// How loud an asset is (EBU R128).
#[derive(Debug, Clone, Copy, PartialEq, SimpleObject)]
pub(crate) struct Loudness {
    /// Integrated loudness in LUFS.
    pub integrated_lufs: f32,
    /// Loudness range in LU.
    pub range_lu: f32,
    /// Highest true peak in dBTP.
    pub true_peak_dbtp: f32,
}

observations! {
    /// What the signal itself shows, before anyone asks what it means.
    TechnicalCue { cue: model::Cue } {
        /// Which.
        async fn kind(&self) -> CueKind {
            match self.cue {
                model::Cue::Black => CueKind::Black,
                model::Cue::Silence => CueKind::Silence,
                model::Cue::ColourBars => CueKind::ColourBars,
                model::Cue::Credits => CueKind::Credits,
                model::Cue::Freeze => CueKind::Freeze,
                model::Cue::Letterbox { .. } => CueKind::Letterbox,
                model::Cue::Interlaced => CueKind::Interlaced,
                model::Cue::Loudness { .. } => CueKind::Loudness,
            }
        }

        /// What is left for the picture between bars; null for other cues.
        async fn picture(&self) -> Option<BoundingBox> {
            match self.cue {
                model::Cue::Letterbox { picture } => Some(picture.into()),
                _ => None,
            }
        }

        /// The measures of loudness; null for other cues.
        async fn loudness(&self) -> Option<Loudness> {
            match self.cue {
                model::Cue::Loudness { integrated_lufs, range_lu, true_peak_dbtp } => {
                    Some(Loudness { integrated_lufs, range_lu, true_peak_dbtp })
                }
                _ => None,
            }
        }
    }
}
