//! Whether, where and when an asset may be used.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use reelgraph_models::{review as decided, rights as noted};
use reelgraph_search::query::LICENCE_DAYS;

/// Whether an asset may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "decided::ReviewState")]
pub enum ReviewState {
    /// Nobody has decided yet.
    Pending,
    /// It may.
    Approved,
    /// It may, within bounds that the reason names.
    Restricted,
    /// It may not.
    Rejected,
}

/// The last decision about an asset.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Review {
    /// What was decided.
    pub state: ReviewState,
    /// Why, in the words of the one who decided.
    pub reason: Option<String>,
    /// Name of the one who decided; null where nobody did.
    pub decided_by: Option<String>,
    /// When; null where nobody did.
    pub decided_at: Option<DateTime<Utc>>,
}

impl From<&decided::Review> for Review {
    fn from(review: &decided::Review) -> Self {
        Self {
            state: review.state.into(),
            reason: review.reason.clone(),
            decided_by: review.decided_by.as_ref().map(|owner| owner.as_str().to_owned()),
            decided_at: review.decided_at,
        }
    }
}

/// The right to use an asset in some territories for some days.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Licence {
    /// Where, by codes of ISO 3166-1 of two letters; the whole world where null.
    pub territories: Option<Vec<String>>,
    /// The first day (UTC); without beginning where null.
    pub first_day: Option<NaiveDate>,
    /// The last day (UTC), included; without end where null.
    pub last_day: Option<NaiveDate>,
    /// What people should know of it.
    pub note: Option<String>,
}

impl From<&noted::Licence> for Licence {
    fn from(licence: &noted::Licence) -> Self {
        let codes = |territories: &std::collections::BTreeSet<noted::Territory>| {
            territories.iter().map(|territory| territory.code().to_owned()).collect()
        };
        Self {
            territories: licence.territories.as_ref().map(codes),
            first_day: licence.first_day,
            last_day: licence.last_day,
            note: licence.note.clone(),
        }
    }
}

/// What to say of a day that no licence can name.
pub(crate) fn not_a_licence_day(day: NaiveDate) -> String {
    format!("{day} is not from {LICENCE_DAYS}; leave out a bound that lies beyond")
}

/// What to say of a code that is none.
pub(crate) fn not_a_territory(code: &str) -> String {
    format!("{code:.20?} is not the code of a territory (ISO 3166-1, two letters), such as DE or US")
}
