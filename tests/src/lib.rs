//! What the whole-flow tests share: the binary under test, a library of its own, and the sample.

mod library;
mod media;
mod patience;
mod server;

pub use library::{Library, Outcome, models, models_without, sample, sample_clip};
pub use media::ffmpeg;
pub use patience::wait_until;
pub use server::{Server, kill_hard};
