//! What is exported: plain values, with ids and addresses as people outside see them.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::probe::{Probe, StreamDetails};
use crate::time::{MediaTime, Span};

/// Answers to a question, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultSet {
    /// What was asked, or what someone called the set.
    pub title: String,
    /// Where this set can be had again.
    pub url: String,
    /// What limits or explains the set, a sentence each.
    pub notes: Vec<String>,
    /// The moments, in order, at most [`super::MAX_EXPORT_MOMENTS`].
    pub moments: Vec<ExportedMoment>,
}

/// A stretch of an asset, and why it is an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedMoment {
    /// Of what.
    pub asset: Arc<ExportedAsset>,
    /// As clients know it.
    pub id: String,
    /// When.
    pub span: Span,
    /// What to call it, such as the words that were said.
    pub title: String,
    /// Why it is an answer, strongest first.
    pub evidence: Vec<EvidenceLine>,
    /// How good, 0 to 1.
    pub score: f32,
    /// What is seen in it, surest first.
    pub concepts: Vec<String>,
    /// What is spoken in it (ISO 639-1).
    pub language: Option<String>,
}

/// One reason why a moment is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    /// By which channel, as clients know it, such as `SPEECH`.
    pub channel: String,
    /// When.
    pub span: Span,
    /// The words; none for a match without words.
    pub text: Option<String>,
}

/// The asset that moments are of; shared by them.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedAsset {
    /// As clients know it.
    pub id: String,
    /// For people.
    pub title: String,
    /// As it was called where it came from.
    pub file_name: String,
    /// Where the original can be had.
    pub media_url: String,
    /// Where a small picture of it can be had.
    pub thumbnail_url: Option<String>,
    /// Length, once it is known.
    pub duration: Option<MediaTime>,
    /// When it was registered.
    pub created_at: Option<DateTime<Utc>>,
    /// Its picture; none where it has only sound.
    pub video: Option<ExportedVideo>,
    /// Whether it has sound.
    pub has_audio: bool,
}

/// What editing programs want to know of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedVideo {
    /// Average frames a second as a fraction.
    pub frame_rate: Option<(u32, u32)>,
    /// Whether frame durations differ, so that frames cannot be counted by the clock.
    pub is_variable_frame_rate: bool,
    /// Columns as shown.
    pub width_px: u32,
    /// Rows as shown.
    pub height_px: u32,
    /// When its first frame is shown; later than zero where the sound begins before it.
    pub start: MediaTime,
    /// Timecode of its first frame, as the file states it.
    pub timecode: Option<String>,
}

impl ExportedVideo {
    /// The picture that was analysed, if there is one.
    pub fn of(probe: &Probe) -> Option<Self> {
        let StreamDetails::Video(video) = &probe.main_video()?.details else { return None };
        let is_turned = matches!(video.rotation_degrees, 90 | 270);
        let (width_px, height_px) = match is_turned {
            true => (video.height_px, video.width_px),
            false => (video.width_px, video.height_px),
        };
        Some(Self {
            frame_rate: video.frame_rate,
            is_variable_frame_rate: video.is_variable_frame_rate,
            width_px,
            height_px,
            start: video.start,
            timecode: video.timecode.clone(),
        })
    }
}
