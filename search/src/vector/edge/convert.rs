//! Points and conditions in the words of qdrant-edge.

use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::{
    BoolIndexParams, Condition, CreateIndex, FieldCondition, FieldIndexOperations, Filter, IntegerIndexParams,
    JsonPath, KeywordIndexParams, Match, MatchValue, PayloadFieldSchema, PayloadSchemaParams, PointId,
    PointInsertOperations, PointOperations, PointStruct, Range, UpdateOperation, UuidIndexParams, ValueVariants,
};

use super::super::payload::{Check, FieldIndex, INDEXED_FIELDS, Point};

/// The filter that holds where all checks do.
pub(super) fn filter(checks: Vec<Check>) -> Filter {
    let mut filter = Filter::new();
    let (unwanted, wanted): (Vec<_>, Vec<_>) = checks.into_iter().partition(|check| matches!(check, Check::NoWord(..)));
    let conditions = |checks: Vec<Check>| checks.into_iter().map(|one| Condition::Field(condition(one))).collect();
    filter.must = Some(conditions(wanted));
    filter.must_not = (!unwanted.is_empty()).then(|| conditions(unwanted));
    filter
}

fn condition(check: Check) -> FieldCondition {
    match check {
        Check::AnyWord(key, mut words) | Check::NoWord(key, mut words) if words.len() == 1 => {
            let value = ValueVariants::String(words.pop().unwrap_or_default());
            FieldCondition::new_match(path(key), Match::Value(MatchValue { value }))
        }
        Check::AnyWord(key, words) | Check::NoWord(key, words) => {
            FieldCondition::new_match(path(key), Match::from(words))
        }
        Check::AnyNumber(key, numbers) => FieldCondition::new_match(path(key), Match::from(numbers)),
        Check::Flag(key, flag) => {
            FieldCondition::new_match(path(key), Match::Value(MatchValue { value: ValueVariants::Bool(flag) }))
        }
        Check::Between(key, bounds) => {
            // Microseconds of 285 years fit a double exactly.
            let bound = |value: Option<i64>| value.map(|value| OrderedFloat(value as f64));
            let range = Range { lt: None, gt: None, gte: bound(bounds.min), lte: bound(bounds.max) };
            FieldCondition::new_range(path(key), range)
        }
    }
}

/// A key of one step; the names are our own and need no parsing.
fn path(key: &str) -> JsonPath {
    JsonPath { first_key: key.to_owned(), rest: Vec::new() }
}

/// Fields to bring back with an answer.
pub(super) fn paths(keys: &[&str]) -> Vec<JsonPath> {
    keys.iter().map(|key| path(key)).collect()
}

/// Operations that make the index of every field, each with its field.
pub(super) fn index_operations() -> impl Iterator<Item = (JsonPath, UpdateOperation)> {
    INDEXED_FIELDS.iter().map(|(key, index)| {
        let params = match index {
            FieldIndex::Tenant => {
                PayloadSchemaParams::Uuid(UuidIndexParams { is_tenant: Some(true), ..Default::default() })
            }
            // Few points have the same value, so answers come from the field's index; links in the graph would not be used.
            FieldIndex::Id => {
                PayloadSchemaParams::Uuid(UuidIndexParams { enable_hnsw: Some(false), ..Default::default() })
            }
            FieldIndex::Keyword => {
                PayloadSchemaParams::Keyword(KeywordIndexParams { enable_hnsw: Some(false), ..Default::default() })
            }
            FieldIndex::Code => integer(true, false),
            FieldIndex::Number => integer(false, true),
            FieldIndex::Flag => {
                PayloadSchemaParams::Bool(BoolIndexParams { enable_hnsw: Some(false), ..Default::default() })
            }
        };
        let create = UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(CreateIndex {
            field_name: path(key),
            field_schema: Some(PayloadFieldSchema::FieldParams(params)),
        }));
        (path(key), create)
    })
}

fn integer(lookup: bool, range: bool) -> PayloadSchemaParams {
    PayloadSchemaParams::Integer(IntegerIndexParams {
        lookup: Some(lookup),
        range: Some(range),
        enable_hnsw: Some(false),
        ..Default::default()
    })
}

/// The operation that writes points.
pub(super) fn upsert(points: Vec<Point>) -> UpdateOperation {
    let point = |point: Point| {
        let id = PointId::Uuid(point.id.as_uuid());
        PointStruct::new(id, point.vector, serde_json::Value::Object(point.payload)).into()
    };
    let points = points.into_iter().map(point).collect();
    UpdateOperation::PointOperation(PointOperations::UpsertPoints(PointInsertOperations::PointsList(points)))
}

/// The operation that deletes the points for which all checks hold.
pub(super) fn delete(checks: Vec<Check>) -> UpdateOperation {
    UpdateOperation::PointOperation(PointOperations::DeletePointsByFilter(filter(checks)))
}
