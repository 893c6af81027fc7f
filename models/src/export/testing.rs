//! Small sets for tests.

use std::sync::Arc;

use super::moment::{EvidenceLine, ExportedAsset, ExportedMoment, ExportedVideo, ResultSet};
use crate::time::{MediaTime, Span};

/// A film of ten hours with sound, of that rate; without picture where there is none.
pub(super) fn film(name: &str, frame_rate: Option<(u32, u32)>) -> Arc<ExportedAsset> {
    Arc::new(ExportedAsset {
        id: format!("id of {name}"),
        title: name.to_owned(),
        file_name: format!("{name}.mp4"),
        media_url: format!("http://localhost/{name}"),
        thumbnail_url: None,
        duration: Some(MediaTime::from_millis(36_000_000)),
        created_at: None,
        video: frame_rate.map(|rate| ExportedVideo {
            frame_rate: Some(rate),
            is_variable_frame_rate: false,
            width_px: 1_280,
            height_px: 720,
            start: MediaTime::ZERO,
            timecode: None,
        }),
        has_audio: true,
    })
}

/// A moment between those microseconds.
pub(super) fn moment(film: &Arc<ExportedAsset>, start: i64, end: i64) -> ExportedMoment {
    let span = Span::at_least_one_micro(MediaTime::from_micros(start), MediaTime::from_micros(end));
    ExportedMoment {
        asset: Arc::clone(film),
        id: format!("moment {start}"),
        span,
        title: "what was said".to_owned(),
        evidence: vec![EvidenceLine { channel: "SPEECH".to_owned(), span, text: Some("what was said".to_owned()) }],
        score: 0.5,
        concepts: vec!["dragon".to_owned()],
        language: Some("en".to_owned()),
    }
}

/// A set of them.
pub(super) fn set(moments: Vec<ExportedMoment>) -> ResultSet {
    ResultSet { title: "a set".to_owned(), url: "http://localhost/set".to_owned(), notes: Vec::new(), moments }
}
