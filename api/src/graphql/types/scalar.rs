//! Whole numbers beyond 32 bits, which GraphQL's `Int` cannot hold.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use reelgraph_models::time::MediaTime;

/// Greatest number that every JSON reader keeps exactly: 2^53 - 1 (RFC 8259, section 6).
const GREATEST: i64 = 9_007_199_254_740_991;

/// A position on an asset's timeline, or a length of it, in whole microseconds from its first presentation timestamp. A JSON
/// number, exact in every client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Microseconds(pub MediaTime);

/// A position on an asset's timeline, or a length of it, in whole microseconds from its first presentation timestamp. A JSON
/// number, exact in every client.
#[Scalar]
impl ScalarType for Microseconds {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole_number(&value)
            .map(|micros| Self(MediaTime::from_micros(micros)))
            .ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.as_micros().clamp(-GREATEST, GREATEST).into())
    }
}

/// A whole number between -(2^53 - 1) and 2^53 - 1. A JSON number, exact in every client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Long(pub i64);

/// A whole number between -(2^53 - 1) and 2^53 - 1. A JSON number, exact in every client.
#[Scalar]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole_number(&value).map(Self).ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.clamp(-GREATEST, GREATEST).into())
    }
}

impl From<u64> for Long {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    let Value::Number(number) = value else { return None };
    number.as_i64().filter(|number| number.abs() <= GREATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_exact_or_are_refused() {
        assert_eq!(Long::parse(Value::from(GREATEST)).ok(), Some(Long(GREATEST)));
        assert!(Long::parse(Value::from(i64::MIN + 1)).is_err());
        assert!(Long::parse(Value::from(1.5)).is_err());
        assert!(Microseconds::parse(Value::from("5")).is_err());
        assert_eq!(Long::from(u64::MAX).to_value(), Value::from(GREATEST));
    }
}
