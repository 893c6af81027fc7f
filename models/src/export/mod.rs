//! A result set as files that other programs take: tables, captions, edit lists, annotations, markup for search engines.
//!
//! In: a [`ResultSet`], plain values without ids that only we know. Out: the text of a file, by [`write()`].
//!
//! Spans are microseconds from the first presentation timestamp; editing programs count frames. The rule: a clip begins with
//! the frame on display at the span's first instant and ends before the first frame that begins at the span's end or after it,
//! so that all that is inside is there; it has one frame at least. Times in containers are rounded, so an instant up to a
//! millisecond (and a quarter of a frame) before a frame counts as that frame: a shot that begins with frame 100 is cut at
//! frame 100. Frames are counted from the first frame of the picture, and timecode from the file's own start timecode, from
//! zero where it has none. At 29.97 and 59.94 frames a second timecode drops numbers unless the file says that its does not.
//!
//! ```
//! use reelgraph_models::export::{FrameRate, Timebase};
//! use reelgraph_models::time::MediaTime;
//! let rate = FrameRate::FPS_29_97;
//! let frame = rate.frame_on_display(MediaTime::from_millis(60_060));
//! assert_eq!((frame, Timebase::drop(rate).label(frame)), (1_800, "00:01:00;02".to_owned()));
//! ```

mod clip;
mod csv;
mod edl;
mod error;
mod fcpxml;
mod format;
mod iiif;
mod json;
mod json_ld;
mod moment;
mod otio;
mod rate;
#[cfg(test)]
mod testing;
mod text;
mod timecode;
mod web_vtt;

pub use error::ExportError;
pub use format::{ExportFormat, file_name, write};
pub use moment::{EvidenceLine, ExportedAsset, ExportedMoment, ExportedVideo, ResultSet};
pub use rate::FrameRate;
pub use timecode::Timebase;

/// Most moments of one export, as many as paging through a search reaches.
pub const MAX_EXPORT_MOMENTS: usize = 1_000;
/// Most events of a CMX 3600 edit list, whose numbers have three digits.
pub const MAX_EDL_EVENTS: usize = 999;
