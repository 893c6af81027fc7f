//! Observations for this crate's unit tests.

use reelgraph_models::id::{AssetId, ObservationId, RunId};
use reelgraph_models::observation::{BoundingBox, Finding, Modality, Observation, Provenance, TextRole};
use reelgraph_models::time::{MediaTime, Span};
use uuid::Uuid;

pub(crate) fn span(start_ms: i64, end_ms: i64) -> Span {
    Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms))
}

pub(crate) fn observation(span: Span, modality: Modality, finding: Finding, confidence: f32) -> Observation {
    let provenance = Provenance {
        analyzer: modality.as_str().to_owned(),
        model: "test".to_owned(),
        version: "1".to_owned(),
        parameters: String::new(),
        run: RunId::from_uuid(Uuid::nil()),
    };
    let (id, asset) = (ObservationId::from_uuid(Uuid::nil()), AssetId::from_uuid(Uuid::nil()));
    Observation { id, asset, span, modality, finding, confidence, provenance }
}

pub(crate) fn speech(start_ms: i64, end_ms: i64, text: &str, language: &str) -> Observation {
    let finding = Finding::Speech {
        text: text.to_owned(),
        language: language.to_owned(),
        words: Vec::new(),
        suspect: Vec::new(),
    };
    observation(span(start_ms, end_ms), Modality::Speech, finding, 0.9)
}

pub(crate) fn screen_text(start_ms: i64, end_ms: i64, text: &str) -> Observation {
    let finding =
        Finding::ScreenText { text: text.to_owned(), lines: Vec::new(), role: TextRole::Scene, language: None };
    observation(span(start_ms, end_ms), Modality::ScreenText, finding, 0.9)
}

pub(crate) fn object(start_ms: i64, end_ms: i64, label: &str, score: f32) -> Observation {
    let bounds = BoundingBox { left: 0.1, top: 0.1, right: 0.5, bottom: 0.5 };
    let at = span(start_ms, end_ms).start();
    let finding = Finding::Object {
        label: label.to_owned(),
        also: vec!["animal".to_owned()],
        count: 1,
        bounds,
        at,
        tracks: Vec::new(),
        counts: Vec::new(),
    };
    observation(span(start_ms, end_ms), Modality::Objects, finding, score)
}
