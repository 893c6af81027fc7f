//! Why something is as it is.

use async_graphql::SimpleObject;

/// Why something is as it is: a stable code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Reason {
    /// Stable name in `snake_case`, such as `not_media`.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
}

impl From<&reelgraph_models::reason::Reason> for Reason {
    fn from(reason: &reelgraph_models::reason::Reason) -> Self {
        Self { code: reason.code.clone(), message: reason.message.clone() }
    }
}
