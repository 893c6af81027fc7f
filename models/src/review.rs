//! What people have decided about an asset: whether it may be published.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::saved_search::Owner;

/// Whether an asset may be published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Nobody has decided yet.
    #[default]
    Pending,
    /// It may.
    Approved,
    /// It may, within bounds that the reason names.
    Restricted,
    /// It may not.
    Rejected,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Restricted, Self::Rejected];

    /// The name that stores, indexes and queries use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Restricted => "restricted",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// The last decision about an asset; the default is that there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What was decided.
    pub state: ReviewState,
    /// Why, in the words of the one who decided.
    pub reason: Option<String>,
    /// Who decided; `None` where nobody did.
    pub decided_by: Option<Owner>,
    /// When; `None` where nobody did.
    pub decided_at: Option<DateTime<Utc>>,
}

/// Most characters of a reason.
pub const MAX_REASON_CHARS: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_back_from_their_names() {
        for state in ReviewState::ALL {
            assert_eq!(ReviewState::from_name(state.as_str()), Some(state));
        }
        assert_eq!(ReviewState::from_name("Approved"), None);
    }
}
