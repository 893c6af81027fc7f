//! Technical cues: what the signal itself shows, before anyone asks what it means.

mod bars;
mod credits;
mod letterbox;
mod pictures;
mod sound;
mod stillness;
mod stretch;

pub(super) use pictures::PictureCues;
pub(super) use sound::SoundCues;

use reelgraph_models::observation::{Cue, Finding};
use reelgraph_models::time::Span;

use super::analyzer::Seen;

/// A cue as an observation; what is measured and not guessed has a confidence of 1.
fn seen(span: Span, cue: Cue, confidence: f32) -> Seen {
    Seen { span, finding: Finding::Cue { cue }, confidence }
}
