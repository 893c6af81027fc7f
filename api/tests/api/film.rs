//! What a worker leaves of a small film: two shots, a sentence, a sign, a dragon.

use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::clock::Clock;
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::embedding::Embedding;
use reelgraph_models::id::{AssetId, EmbeddingId, ObservationId, RunId};
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::observation::{
    BoundingBox, Finding, Modality, Observation, Provenance, SuspectReason, TextLine, TextRole, Transition, Word,
};
use reelgraph_models::probe::{AudioDetails, Chapter, NonStandard, Probe, StreamDetails, StreamInfo, VideoDetails};
use reelgraph_models::reason::Reason;
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet, StageCommit};
use reelgraph_models::time::{MediaTime, Span};

use crate::world::space;

/// From and to, milliseconds.
pub(crate) fn span(start: i64, end: i64) -> Span {
    Span::new(MediaTime::from_millis(start), MediaTime::from_millis(end)).unwrap()
}

const UPPER: BoundingBox = BoundingBox { left: 0.25, top: 0.125, right: 0.75, bottom: 0.25 };
const LOWER: BoundingBox = BoundingBox { left: 0.25, top: 0.5, right: 0.75, bottom: 0.625 };

/// Everything at once, as one stage.
pub(crate) fn analysis(asset: &Asset, clock: &dyn Clock) -> StageCommit {
    let run = |analyzer: &str, model: &str, findings: Vec<(Span, Modality, Finding)>| {
        let provenance = Provenance {
            analyzer: analyzer.to_owned(),
            model: model.to_owned(),
            version: "1".to_owned(),
            parameters: "stride=1".to_owned(),
            run: RunId::generate(clock),
        };
        let observe = |(span, modality, finding)| Observation {
            id: ObservationId::generate(clock),
            asset: asset.id,
            span,
            modality,
            finding,
            confidence: 0.75,
            provenance: provenance.clone(),
        };
        AnalyzerRun { observations: findings.into_iter().map(observe).collect(), provenance: provenance.clone() }
    };
    let shot = |index, from, to| (span(from, to), Modality::Shots, Finding::Shot { index, opened_by: Transition::Cut });
    let said = "What brings you to the land of the gatekeepers?";
    let sign = "BLENDER FOUNDATION\nproudly presents";
    let line = |text: &str, bounds| TextLine { text: text.to_owned(), bounds, confidence: 0.5 };
    let dragon = Finding::Object {
        label: "dragon".to_owned(),
        also: Vec::new(),
        count: 1,
        bounds: LOWER,
        at: MediaTime::from_millis(6_500),
        tracks: Vec::new(),
        counts: Vec::new(),
    };
    StageCommit {
        probe: Some(probe(asset.size_bytes)),
        thumbnail: BlobKey::new("stills/thumbnail.jpg").ok(),
        warnings: vec![Reason::new("corrupt_packets", "three packets could not be decoded")],
        runs: vec![
            run("shots", "transnetv2", vec![shot(0, 40, 5_000), shot(1, 5_000, 10_000)]),
            run(
                "speech",
                "whisper-base",
                vec![
                    (span(1_000, 4_000), Modality::Speech, speech(1_000, said, Vec::new())),
                    (
                        span(8_000, 9_000),
                        Modality::Speech,
                        speech(8_000, "Thanks for watching the gatekeepers", vec![SuspectReason::StockPhrase]),
                    ),
                ],
            ),
            run(
                "screen_text",
                "ppocr",
                vec![(
                    span(500, 2_500),
                    Modality::ScreenText,
                    Finding::ScreenText {
                        text: sign.to_owned(),
                        lines: vec![line("BLENDER FOUNDATION", UPPER), line("proudly presents", LOWER)],
                        role: TextRole::Credits,
                        language: Some("en".to_owned()),
                    },
                )],
            ),
            run("objects", "centernet", vec![(span(6_000, 7_000), Modality::Objects, dragon)]),
            run(
                "tags",
                "efficientnet",
                vec![(
                    span(5_200, 10_000),
                    Modality::Tags,
                    Finding::Tag { label: "snow mountain".to_owned(), also: Vec::new() },
                )],
            ),
        ],
        embeddings: vec![EmbeddingSet {
            space: space(),
            modality: Modality::Frames,
            embeddings: vec![frame(asset.id, clock)],
        }],
        moments: Some(moments(asset, said, sign)),
        coverage: vec![
            covered(asset.id, Modality::Speech, "whisper-base", CoverageStatus::Done),
            covered(
                asset.id,
                Modality::Frames,
                "clip",
                CoverageStatus::Skipped { reason: Reason::new("no_model", "the model is not installed") },
            ),
        ],
        asset_state: Some((AssetState::Ready, None)),
        ..StageCommit::new("publish")
    }
}

fn frame(asset: AssetId, clock: &dyn Clock) -> Embedding {
    let id = EmbeddingId::generate(clock);
    Embedding {
        id,
        asset,
        moment: None,
        span: span(6_000, 6_040),
        space: space(),
        modality: Modality::Frames,
        values: vec![0.0, 1.0],
    }
}

fn speech(start: i64, text: &str, suspect: Vec<SuspectReason>) -> Finding {
    let word = |(at, word): (usize, &str)| {
        let start = start + 200 * i64::try_from(at).unwrap();
        Word { text: word.to_owned(), span: span(start, start + 150), probability: 0.5 }
    };
    Finding::Speech {
        text: text.to_owned(),
        language: "en".to_owned(),
        words: text.split(' ').enumerate().map(word).collect(),
        suspect,
    }
}

fn moments(asset: &Asset, said: &str, sign: &str) -> Vec<Moment> {
    let texts = MomentTexts::default;
    let moment = |kind, span, texts| Moment::new(asset.id, kind, span, texts);
    vec![
        moment(MomentKind::Asset, span(0, 10_000), MomentTexts { title: asset.title.clone(), ..texts() }),
        moment(MomentKind::Shot, span(40, 5_000), MomentTexts { written: sign.to_owned(), ..texts() }),
        moment(
            MomentKind::Speech,
            span(1_000, 4_000),
            MomentTexts { said: said.to_owned(), language: Some("en".to_owned()), ..texts() },
        ),
        moment(
            MomentKind::Shot,
            span(5_000, 10_000),
            MomentTexts { seen: vec!["dragon".to_owned(), "snow mountain".to_owned()], ..texts() },
        ),
    ]
}

fn covered(asset: AssetId, modality: Modality, model: &str, status: CoverageStatus) -> Coverage {
    Coverage {
        asset,
        modality,
        model: model.to_owned(),
        version: "1".to_owned(),
        status,
        observations: 2,
        embeddings: 0,
        spent_ms: 12,
    }
}

fn probe(size_bytes: u64) -> Probe {
    let stream = |index, codec: &str, details| StreamInfo {
        index,
        codec: codec.to_owned(),
        profile: Some("High".to_owned()),
        language: Some("eng".to_owned()),
        title: None,
        bit_rate_bps: Some(3_000_000_000),
        is_default: true,
        is_decodable: true,
        details,
    };
    let video = VideoDetails {
        width_px: 1_280,
        height_px: 720,
        rotation_degrees: 90,
        pixel_aspect: (1, 1),
        frame_rate: Some((24_000, 1_001)),
        start: MediaTime::ZERO,
        timecode: Some("10:00:00:00".to_owned()),
        is_variable_frame_rate: false,
        pixel_format: Some("yuv420p".to_owned()),
        hdr_transfer: None,
        is_interlaced: false,
        is_cover: false,
    };
    Probe {
        container: "mov,mp4,m4a,3gp,3g2,mj2".to_owned(),
        duration: MediaTime::from_millis(10_000),
        bit_rate_bps: Some(3_000_000_000),
        size_bytes,
        streams: vec![
            stream(0, "h264", StreamDetails::Video(video)),
            stream(1, "aac", StreamDetails::Audio(AudioDetails { channels: 2, sample_rate_hz: 48_000 })),
            stream(2, "mov_text", StreamDetails::Subtitle { is_forced: false, is_for_hard_of_hearing: false }),
            stream(3, "bin_data", StreamDetails::Data),
        ],
        chapters: vec![Chapter { span: span(0, 5_000), title: Some("Arrival".to_owned()) }],
        has_embedded_thumbnail: false,
        non_standard: vec![NonStandard::Rotated],
    }
}
