//! What a point carries beside its vector, and filters as conditions on it, in no engine's words.

use std::collections::{BTreeSet, HashMap};

use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::VectorCandidate;
use crate::document::{AssetDocument, MomentDocument};
use crate::kind::{code_of, kind_of};
use crate::query::condition::{Condition, MAX_COUNTED_OBJECTS, metadata_asked, metadata_words, object_word};
use crate::query::filter::Between;
use crate::query::{licence_asked, licence_words};
use crate::space::VectorSpace;
use crate::text::{container_names, object_words, title_words};

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
pub(super) const INDEXED_FIELDS: [(&str, FieldIndex); 19] = [
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
    ("objects", FieldIndex::Keyword),
    ("captions", FieldIndex::Keyword),
    ("metadata", FieldIndex::Keyword),
    ("review", FieldIndex::Keyword),
    ("licences", FieldIndex::Keyword),
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
    container: &'a [&'a str],
    spoken: &'a [String],
    title_words: Vec<String>,
    objects: Vec<String>,
    captions: &'a [String],
    metadata: &'a [String],
    review: &'a str,
    licences: &'a BTreeSet<String>,
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
    let captions: Vec<String> = fields.caption_languages.iter().map(|language| language.to_lowercase()).collect();
    let metadata = metadata_words(&fields.file.asked(&fields.metadata));
    let licences = licence_words(&fields.rights);
    let containers: Vec<&str> = container_names(&fields.container).collect();
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
            container: &containers,
            spoken: &spoken,
            title_words: title_words.clone(),
            objects: object_words(&moment.objects),
            captions: &captions,
            metadata: &metadata,
            review: fields.review.as_str(),
            licences: &licences,
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

/// A condition as engines check it: on one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Check {
    /// Any of these words; none where empty.
    AnyWord(&'static str, Vec<String>),
    /// None of these words.
    NoWord(&'static str, Vec<String>),
    /// Any of these numbers; none where empty.
    AnyNumber(&'static str, Vec<i64>),
    /// Exactly so.
    Flag(&'static str, bool),
    /// Between these numbers, both included.
    Between(&'static str, Between<i64>),
}

/// Conditions that must all hold; the tenant's comes first and is always there.
pub(super) fn conditions<'a>(tenant: TenantId, conditions: impl IntoIterator<Item = &'a Condition>) -> Vec<Check> {
    let mut all = vec![Check::AnyWord("tenant", vec![tenant.to_string()])];
    all.extend(conditions.into_iter().flat_map(on_fields));
    all
}

fn on_fields(condition: &Condition) -> Vec<Check> {
    match condition {
        Condition::Assets(assets) => {
            vec![Check::AnyWord("asset", assets.iter().map(AssetId::to_string).collect())]
        }
        Condition::Kinds(kinds) => {
            let codes = kinds.iter().filter_map(|kind| i64::try_from(code_of(*kind)).ok()).collect();
            vec![Check::AnyNumber("kind", codes)]
        }
        Condition::Within(span) => {
            let last_start = span.end().as_micros().saturating_sub(1);
            let first_end = span.start().as_micros().saturating_add(1);
            vec![
                Check::Between("start", Between { min: None, max: Some(last_start) }),
                Check::Between("end", Between { min: Some(first_end), max: None }),
            ]
        }
        Condition::Number(field, bounds) => vec![Check::Between(field.name(), *bounds)],
        Condition::Flag(field, flag) => vec![Check::Flag(field.name(), *flag)],
        Condition::Keyword(field, names) => vec![Check::AnyWord(field.name(), names.clone())],
        Condition::Metadata { name, values } => {
            vec![Check::AnyWord("metadata", metadata_asked(name, values.as_deref()))]
        }
        Condition::Licensed { territory, on } => vec![Check::AnyWord("licences", licence_asked(territory, *on))],
        Condition::MetadataRange { name, range } => vec![Check::AnyWord("metadata", range.words(name))],
        Condition::TitleWords(words) => {
            words.iter().map(|word| Check::AnyWord("title_words", vec![word.clone()])).collect()
        }
        Condition::Objects { label, count } => {
            let (min, max) = (count.min.unwrap_or(0), count.max.filter(|max| *max < MAX_COUNTED_OBJECTS));
            let lower = (min > 0).then(|| Check::AnyWord("objects", vec![object_word(label, min)]));
            let upper = max.map(|max| Check::NoWord("objects", vec![object_word(label, max + 1)]));
            lower.into_iter().chain(upper).collect()
        }
    }
}

/// The points of one asset of a tenant.
pub(super) fn of_asset(tenant: TenantId, asset: AssetId) -> Vec<Check> {
    conditions(tenant, &[Condition::Assets(vec![asset])])
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use super::*;
    use reelgraph_models::rights::Territory;

    use crate::query::ValueRange;
    use crate::query::condition::{FlagField, KeywordField, NumberField};

    /// Place of a kind of condition; a new kind does not compile until it has one, and so a place below.
    fn kind_of_condition(condition: &Condition) -> usize {
        match condition {
            Condition::Assets(_) => 0,
            Condition::Kinds(_) => 1,
            Condition::Within(_) => 2,
            Condition::Number(..) => 3,
            Condition::Flag(..) => 4,
            Condition::Keyword(..) => 5,
            Condition::TitleWords(_) => 6,
            Condition::Objects { .. } => 7,
            Condition::Metadata { .. } => 8,
            Condition::MetadataRange { .. } => 9,
            Condition::Licensed { .. } => 10,
        }
    }

    /// Conditions of every kind and on every field.
    fn every_condition() -> Vec<Condition> {
        let span = Span::at_least_one_micro(MediaTime::ZERO, MediaTime::from_millis(1));
        let two_to_three = Between { min: Some(2), max: Some(3) };
        let mut all = vec![
            Condition::Assets(vec![AssetId::from_uuid(uuid::Uuid::nil())]),
            Condition::Kinds(vec![MomentKind::Shot]),
            Condition::Within(span),
            Condition::TitleWords(vec!["word".into()]),
            Condition::objects("person", two_to_three),
            Condition::metadata("project", Some(&["sintel".into()])),
        ];
        all.extend(Territory::new("DE").map(|territory| Condition::Licensed { territory, on: None }));
        let bounds = Between { min: Some(1), max: Some(2) };
        let range = ValueRange::read(Bound::Excluded("5"), Bound::Unbounded);
        all.extend(range.map(|range| Condition::MetadataRange { name: "reel".into(), range: Box::new(range) }));
        all.extend(NumberField::ALL.map(|field| Condition::Number(field, bounds)));
        all.extend(FlagField::ALL.map(|field| Condition::Flag(field, true)));
        all.extend(KeywordField::ALL.map(|field| Condition::Keyword(field, vec!["de".into()])));
        all
    }

    #[test]
    fn every_field_that_a_condition_asks_about_has_an_index_of_its_kind() {
        let conditions = every_condition();
        let kinds: std::collections::BTreeSet<usize> = conditions.iter().map(kind_of_condition).collect();
        assert_eq!(kinds.len(), 11, "a kind of condition is missing above");
        let mut asked = std::collections::BTreeSet::new();
        for check in super::conditions(TenantId::DEFAULT, &conditions) {
            let (field, fits): (_, fn(FieldIndex) -> bool) = match check {
                Check::AnyWord(field, _) | Check::NoWord(field, _) => {
                    (field, |index| matches!(index, FieldIndex::Tenant | FieldIndex::Id | FieldIndex::Keyword))
                }
                Check::AnyNumber(field, _) => (field, |index| index == FieldIndex::Code),
                Check::Flag(field, _) => (field, |index| index == FieldIndex::Flag),
                Check::Between(field, _) => (field, |index| index == FieldIndex::Number),
            };
            let index = INDEXED_FIELDS.iter().find(|(name, _)| *name == field).map(|(_, index)| *index);
            assert!(index.is_some_and(fits), "{field} has the index {index:?}");
            asked.insert(field);
        }
        let indexed: std::collections::BTreeSet<&str> = INDEXED_FIELDS.iter().map(|(field, _)| *field).collect();
        assert_eq!(asked, indexed, "an index that nothing asks costs writing for nothing");
    }
}
