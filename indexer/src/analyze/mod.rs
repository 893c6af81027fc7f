//! The analyzers: one file each, one trait, one ordered list.

mod analyzer;
mod camera;
mod cues;
mod faces;
mod moderation;
mod passages;
mod pictures;
mod roles;
mod scenes;
mod screen_text;
mod set;
mod shots;
mod sightings;
pub mod signatures;
mod sound;
mod sound_events;
mod speakers;
mod speech;
mod tracking;

pub use analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Unavailable, Vectors, Wanted, Wants};
pub use set::{AnalyzerSet, Loaded, ModelSettings};

pub use crate::decode::News;
