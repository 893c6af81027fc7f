//! What could keep a video from being published or sold: sensitive pictures, toxic text, offensive words, and things that
//! hint at weapons and drugs.
//!
//! Models give raw scores ([`PictureModerator`], [`ToxicityModel`]) and lists give finds ([`WordLists`]); these are what a store
//! keeps. What they mean is decided by pure functions of them, so that a new policy needs no model: [`Calibration`] turns a
//! score into a probability, [`Policy`] into a [`Judgement`] with a label of the [hierarchy](LABELS), and [`weak_signal`]
//! tells what an object may hint at.
//!
//! ```
//! use reelgraph_inference::moderation::{PictureScores, Policy};
//! use reelgraph_models::observation::Severity;
//!
//! let ordinary = [
//!     PictureScores::NsfwMobileNet { drawing: 0.6, hentai: 0.02, neutral: 0.35, porn: 0.02, sexy: 0.01 },
//!     PictureScores::OpenNsfw { nsfw: 0.03 },
//! ];
//! let judged = Policy::default().judge_picture(&ordinary);
//! assert_eq!(judged.map(|judged| judged.severity), Some(Severity::None));
//! ```

mod calibration;
mod hierarchy;
mod pictures;
mod policy;
mod toxicity;
mod weak;
mod words;

pub use calibration::Calibration;
pub use hierarchy::{HIERARCHY_VERSION, LABELS, ModerationLabel, SensitiveTopic, find_label};
pub use pictures::{PictureModel, PictureModerator, PictureScores};
pub use policy::{Judgement, Policy};
pub use toxicity::{ToxicityModel, ToxicityScore};
pub use weak::{LabelSource, WeakSignal, weak_signal};
pub use words::{Context, Spelling, TermClass, TermMatch, WordLists};
