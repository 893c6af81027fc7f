//! Points and conditions in the words of the Qdrant client.

use qdrant_client::Payload;
use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::{
    BoolIndexParams, Condition, FieldType, Filter, IntegerIndexParamsBuilder, KeywordIndexParams, PointStruct, Range,
    UuidIndexParamsBuilder,
};

use super::super::payload::{Check, FieldIndex, Point};

/// The filter that holds where all checks do.
pub(super) fn filter(checks: Vec<Check>) -> Filter {
    let (unwanted, wanted): (Vec<_>, Vec<_>) = checks.into_iter().partition(|check| matches!(check, Check::NoWord(..)));
    let must_not = unwanted.into_iter().map(condition).collect();
    Filter { must_not, ..Filter::must(wanted.into_iter().map(condition)) }
}

fn condition(check: Check) -> Condition {
    match check {
        Check::AnyWord(key, mut words) | Check::NoWord(key, mut words) if words.len() == 1 => {
            Condition::matches(key, words.pop().unwrap_or_default())
        }
        Check::AnyWord(key, words) | Check::NoWord(key, words) => Condition::matches(key, words),
        Check::AnyNumber(key, numbers) => Condition::matches(key, numbers),
        Check::Flag(key, flag) => Condition::matches(key, flag),
        Check::Between(key, bounds) => {
            // Microseconds of 285 years fit a double exactly.
            let bound = |value: Option<i64>| value.map(|value| value as f64);
            Condition::range(key, Range { lt: None, gt: None, gte: bound(bounds.min), lte: bound(bounds.max) })
        }
    }
}

/// Type and parameters of a field's index.
pub(super) fn index_params(index: FieldIndex) -> (FieldType, IndexParams) {
    match index {
        FieldIndex::Tenant => (FieldType::Uuid, UuidIndexParamsBuilder::default().is_tenant(true).build().into()),
        FieldIndex::Id => (FieldType::Uuid, UuidIndexParamsBuilder::default().build().into()),
        FieldIndex::Keyword => (FieldType::Keyword, KeywordIndexParams::default().into()),
        FieldIndex::Code => (FieldType::Integer, IntegerIndexParamsBuilder::new(true, false).build().into()),
        FieldIndex::Number => (FieldType::Integer, IntegerIndexParamsBuilder::new(false, true).build().into()),
        FieldIndex::Flag => (FieldType::Bool, BoolIndexParams::default().into()),
    }
}

pub(super) fn point(point: Point) -> PointStruct {
    PointStruct::new(point.id.to_string(), point.vector, Payload::from(point.payload))
}
