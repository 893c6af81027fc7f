//! What a point carries beside its vector, and filters as conditions on it, in no engine's words.

use std::collections::HashMap;

use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::VectorCandidate;
use crate::analysis::tokenize;
use crate::document::{AssetDocument, MomentDocument};
use crate::kind::{code_of, kind_of};
use crate::query::filter::{Between, Filter};
use crate::query::limits::MAX_TERMS;
use crate::space::VectorSpace;
use crate::text::title_words;

/// How a field of the payload is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldIndex {
    /// The tenant's id.
    Tenant,
    /// An id.
    Id,
    /// Names.
    Keyword,
    /// One of a few numbers.
    Code,
    /// A number that is compared.
    Number,
    /// Yes or no.
    Flag,
}

/// Every field that a filter asks about, with its index.
pub(super) const INDEXED_FIELDS: [(&str, FieldIndex); 14] = [
    ("tenant", FieldIndex::Tenant),
    ("asset", FieldIndex::Id),
    ("kind", FieldIndex::Code),
    ("start", FieldIndex::Number),
    ("end", FieldIndex::Number),
    ("duration", FieldIndex::Number),
    ("created", FieldIndex::Number),
    ("width", FieldIndex::Number),
    ("height", FieldIndex::Number),
    ("has_audio", FieldIndex::Flag),
    ("has_video", FieldIndex::Flag),
    ("spoken", FieldIndex::Keyword),
    ("container", FieldIndex::Keyword),
    ("title_words", FieldIndex::Keyword),
];

/// Fields that an answer is made of.
pub(super) const ANSWER_FIELDS: [&str; 7] = ["asset", "moment", "kind", "start", "end", "at_start", "at_end"];

/// A point of one space.
pub(super) struct Point {
    pub(super) id: EmbeddingId,
    pub(super) vector: Vec<f32>,
    pub(super) payload: Map<String, Value>,
}

#[derive(Serialize)]
struct Payload<'a> {
    tenant: TenantId,
    asset: AssetId,
    moment: MomentId,
    kind: u64,
    start: MediaTime,
    end: MediaTime,
    at_start: MediaTime,
    at_end: MediaTime,
    duration: MediaTime,
    /// Microseconds since 1970.
    created: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    has_audio: bool,
    has_video: bool,
    container: &'a str,
    spoken: &'a [String],
    title_words: Vec<String>,
}

/// What comes back.
#[derive(Deserialize)]
struct Answer {
    asset: AssetId,
    moment: MomentId,
    kind: u64,
    start: MediaTime,
    end: MediaTime,
    at_start: MediaTime,
    at_end: MediaTime,
}

/// The points of one asset, by place of their space in `spaces`.
pub(super) fn points(document: &AssetDocument, spaces: &[VectorSpace]) -> Vec<(usize, Point)> {
    let moments: HashMap<MomentId, &MomentDocument> =
        document.moments.iter().map(|moment| (moment.id, moment)).collect();
    let fields = &document.fields;
    let spoken: Vec<String> = fields.languages.iter().map(|language| language.to_lowercase()).collect();
    let title_words: Vec<String> = title_words(&fields.title, &fields.file_name).into_iter().collect();
    let mut points = Vec::with_capacity(document.embeddings.len());
    let mut left_out = 0_usize;
    for embedding in &document.embeddings {
        let space = spaces.iter().enumerate().find(|(_, space)| *space.space() == embedding.space);
        let (Some((place, space)), Some(moment)) = (space, moments.get(&embedding.moment)) else {
            left_out += 1;
            continue;
        };
        if space.check(&embedding.vector).is_err() {
            left_out += 1;
            continue;
        }
        let payload = Payload {
            tenant: document.tenant,
            asset: document.asset,
            moment: moment.id,
            kind: code_of(moment.kind),
            start: moment.span.start(),
            end: moment.span.end(),
            at_start: embedding.span.start(),
            at_end: embedding.span.end(),
            duration: fields.duration,
            created: fields.created_at.timestamp_micros(),
            width: fields.width_px,
            height: fields.height_px,
            has_audio: fields.has_audio,
            has_video: fields.has_video,
            container: &fields.container,
            spoken: &spoken,
            title_words: title_words.clone(),
        };
        let Ok(Value::Object(payload)) = serde_json::to_value(payload) else { continue };
        points.push((place, Point { id: embedding.id, vector: embedding.vector.clone(), payload }));
    }
    if left_out > 0 {
        tracing::warn!(asset = %document.asset, left_out, "vectors without a kept space or a moment, or of no use, were left out");
    }
    points
}

/// The answer that a point is; `None` where its payload is not one of ours.
pub(super) fn candidate(id: EmbeddingId, similarity: f32, payload: Map<String, Value>) -> Option<VectorCandidate> {
    let answer: Answer = serde_json::from_value(Value::Object(payload)).ok()?;
    let kind: MomentKind = kind_of(answer.kind)?;
    Some(VectorCandidate {
        embedding: id,
        moment: answer.moment,
        asset: answer.asset,
        kind,
        moment_span: Span::new(answer.start, answer.end).ok()?,
        span: Span::new(answer.at_start, answer.at_end).ok()?,
        similarity,
    })
}

/// A condition on a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// Any of these words; none where empty.
    AnyWord(&'static str, Vec<String>),
    /// Any of these numbers; none where empty.
    AnyNumber(&'static str, Vec<i64>),
    /// Exactly so.
    Flag(&'static str, bool),
    /// Between these numbers, both included.
    Between(&'static str, Between<i64>),
}

/// Conditions that must all hold; the tenant's comes first and is always there.
pub(super) fn conditions(tenant: TenantId, filter: &Filter) -> Vec<Condition> {
    let mut conditions = vec![Condition::AnyWord("tenant", vec![tenant.to_string()])];
    if let Some(assets) = &filter.assets {
        conditions.push(Condition::AnyWord("asset", assets.iter().map(AssetId::to_string).collect()));
    }
    if let Some(kinds) = &filter.kinds {
        let codes = kinds.iter().filter_map(|kind| i64::try_from(code_of(*kind)).ok()).collect();
        conditions.push(Condition::AnyNumber("kind", codes));
    }
    if let Some(languages) = &filter.languages {
        let languages = languages.iter().map(|language| language.to_lowercase()).collect();
        conditions.push(Condition::AnyWord("spoken", languages));
    }
    if let Some(containers) = &filter.containers {
        conditions.push(Condition::AnyWord("container", containers.clone()));
    }
    if let Some(title) = &filter.title {
        let word = |token: crate::analysis::Token| Condition::AnyWord("title_words", vec![token.exact]);
        conditions.extend(tokenize(title).into_iter().take(MAX_TERMS).map(word));
    }
    for (key, flag) in [("has_audio", filter.has_audio), ("has_video", filter.has_video)] {
        conditions.extend(flag.map(|flag| Condition::Flag(key, flag)));
    }
    if let Some(span) = filter.within {
        let last_start = span.end().as_micros().saturating_sub(1);
        let first_end = span.start().as_micros().saturating_add(1);
        conditions.push(Condition::Between("start", Between { min: None, max: Some(last_start) }));
        conditions.push(Condition::Between("end", Between { min: Some(first_end), max: None }));
    }
    let bounds = [
        ("duration", filter.duration.map(MediaTime::as_micros)),
        ("created", filter.created_at.map(|at| at.timestamp_micros())),
        ("width", filter.width_px.map(i64::from)),
        ("height", filter.height_px.map(i64::from)),
    ];
    let bounds = bounds.into_iter().filter(|(_, bounds)| !bounds.is_open());
    conditions.extend(bounds.map(|(key, bounds)| Condition::Between(key, bounds)));
    conditions
}

/// The points of one asset of a tenant.
pub(super) fn of_asset(tenant: TenantId, asset: AssetId) -> Vec<Condition> {
    conditions(tenant, &Filter { assets: Some(vec![asset]), ..Filter::default() })
}
