//! Sensitive pictures, offensive words, and the labels of moderation.

mod hierarchy;
mod pictures;
mod severity;
mod weak;
mod words;

pub use hierarchy::{HIERARCHY_VERSION, LABELS, ModerationLabel, SensitiveTopic, find_label};
pub use pictures::{PictureModel, PictureModerator, PictureScores};
pub use severity::Severity;
pub use weak::{LabelSource, WeakSignal, weak_signal};
pub use words::{Context, Spelling, TermClass, TermMatch, WordLists};
