//! Opaque, typed ids as arguments.

pub use reelgraph_models::global_id::GlobalId;

use super::error::{Code, PublicError};

/// Reads an id that must be of one type; `None` where it is anything else, which to a client is the same as unknown.
pub(crate) fn parse_typed<T: TryFrom<GlobalId>>(id: &async_graphql::ID) -> Option<T> {
    GlobalId::parse(id.as_str()).and_then(|id| T::try_from(id).ok())
}

/// The error for a filter that holds something that is no id of that type.
pub(crate) fn not_an_id(field: &str, expected: &str) -> PublicError {
    PublicError::new(Code::BadUserInput, format!("holds something that is not the id of {expected}")).of_field(field)
}
