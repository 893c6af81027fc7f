//! Text on screen: finding it, reading it, and following it through time.
//!
//! [`TextReader`] reads one picture: PP-OCRv6 finds lines (a map of text probability, thresholded, its regions boxed and
//! grown, after "Real-time Scene Text Detection with Differentiable Binarization", Liao et al. 2020) and a second network
//! reads each line, upright or turned. [`TextWatch`] says where in which frames of a video it is worth reading at all.
//! [`AppearanceTracker`] joins the readings of successive frames into one appearance for each text.
//!
//! Known limits: Latin, Chinese and Japanese scripts only. Cyrillic, Greek, Arabic, Indic, Thai and Korean text is found
//! but not read: such lines come back with a low confidence and are dropped.

mod appearances;
mod areas;
mod change;
mod components;
mod crop;
mod detect;
mod geometry;
mod known;
mod order;
mod reader;
mod recognize;
mod similarity;
mod track;
mod watch;

pub use appearances::{Appearance, AppearanceTracker};
pub use change::{TextChange, TextGate};
pub use reader::TextReader;
pub use similarity::{normalized, similarity};
pub use watch::TextWatch;
