//! Why something is as it is, in words for a program and words for a person.

use serde::{Deserialize, Serialize};

/// A stable code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// Stable name in `snake_case`, such as `not_media` or `lease_expired`.
    pub code: String,
    /// For a person; lower case, no full stop, no path, address or credential.
    pub message: String,
}

impl Reason {
    /// Puts the two together.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl From<crate::probe::Refusal> for Reason {
    fn from(refusal: crate::probe::Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}
