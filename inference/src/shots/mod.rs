//! Shot boundaries by TransNet V2 (<https://arxiv.org/abs/2008.04838>) over a stream of small frames, with what the pixels say
//! about each change: a cut is one large step, a fade runs into or out of black, a wipe replaces the picture block by block.

mod boundaries;
mod detector;
mod fades;
mod signal;
mod standstill;
mod wipes;

pub use boundaries::{Boundary, boundaries};
pub use detector::{FrameScore, ShotDetector};
pub use signal::FrameSignal;
