//! Why a result set cannot be written in a format.

use super::{MAX_EDL_EVENTS, MAX_EXPORT_MOMENTS};

/// Why a result set cannot be written in a format.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExportError {
    /// More moments than an export has.
    #[error("an export has at most {MAX_EXPORT_MOMENTS} moments, not {count}")]
    TooManyMoments {
        /// How many there were.
        count: usize,
    },
    /// More moments than an edit list has events.
    #[error(
        "a CMX 3600 edit list has at most {MAX_EDL_EVENTS} events, not {count}; ask for fewer, or for OTIO or FCPXML"
    )]
    TooManyEvents {
        /// How many there were.
        count: usize,
    },
    /// All moments one after another last beyond the end of a day of timecode.
    #[error(
        "the moments together last longer than the 23 hours that an edit list can count; ask for fewer, or for OTIO or FCPXML"
    )]
    TooLong,
    /// The writer of the format failed.
    #[error("the {format} file cannot be written")]
    Write {
        /// Ending of the file.
        format: &'static str,
        /// Why.
        #[source]
        source: std::sync::Arc<serde_json::Error>,
    },
}
