//! What is asked of the decoder, and which of its frames are passed on.

mod select;

use reelgraph_media::{DecodePlan, FrameSize, SamplePlan};
use reelgraph_models::time::MediaTime;

pub(crate) use select::FrameSelector;
pub use select::News;

use crate::analyze::Wants;

/// Time between two sampled frames, before those that show nothing new are dropped.
pub(crate) const SAMPLE_INTERVAL: MediaTime = MediaTime::from_millis(500);
/// Longer side of a sampled frame: what models look at, and the text detector is run at.
pub const SAMPLE_SIDE_PX: u32 = 960;

/// The plan that yields what all of `wants` together ask for, and no more.
pub(crate) fn plan(wants: Wants) -> DecodePlan {
    DecodePlan {
        every_frame: wants.every_frame.then_some(FrameSize::SHOTS),
        sampled: wants.sampled.then_some(SamplePlan { interval: SAMPLE_INTERVAL, max_side_px: SAMPLE_SIDE_PX }),
        audio_16k_mono: wants.audio,
        loudness: wants.audio,
        fields: wants.every_frame,
        ..DecodePlan::default()
    }
}
