//! Points and conditions in the words of the Qdrant client.

use qdrant_client::Payload;
use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::{
    BoolIndexParams, Condition as ServerCondition, FieldType, Filter, IntegerIndexParamsBuilder, KeywordIndexParams,
    PointStruct, Range, UuidIndexParamsBuilder,
};

use super::super::payload::{Condition, FieldIndex, Point};

/// The filter that holds where all conditions do.
pub(super) fn filter(conditions: Vec<Condition>) -> Filter {
    Filter::must(conditions.into_iter().map(condition))
}

fn condition(condition: Condition) -> ServerCondition {
    match condition {
        Condition::AnyWord(key, mut words) if words.len() == 1 => {
            ServerCondition::matches(key, words.pop().unwrap_or_default())
        }
        Condition::AnyWord(key, words) => ServerCondition::matches(key, words),
        Condition::AnyNumber(key, numbers) => ServerCondition::matches(key, numbers),
        Condition::Flag(key, flag) => ServerCondition::matches(key, flag),
        Condition::Between(key, bounds) => {
            // Microseconds of 285 years fit a double exactly.
            let bound = |value: Option<i64>| value.map(|value| value as f64);
            ServerCondition::range(key, Range { lt: None, gt: None, gte: bound(bounds.min), lte: bound(bounds.max) })
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
