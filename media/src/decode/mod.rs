//! One decode of a file, fanned out to everything that was asked for.

mod audio;
mod clock;
mod convert;
mod damage;
mod event;
mod fields;
mod jump;
mod loudness;
mod orientation;
mod plan;
mod run;
mod sampler;
mod still;
mod subtitles;
mod tonemap;
mod video;

pub use event::{AudioBlock, DecodeEvent, DecodeSummary, FieldCounts, Loudness, SmallBatch, SubtitleCue};
pub(crate) use orientation::Orientation;
pub use plan::{DecodePlan, FrameSize, SAMPLE_RATE_HZ, SamplePlan};
pub use run::decode_file;
pub use still::{embedded_thumbnail, encode_jpeg, shrink, still};
