//! The outbox: what happened and others are to be told, written in the transaction in which it happened.
//!
//! An event has what an envelope of CloudEvents 1.0 asks for (<https://github.com/cloudevents/spec>): id, type, subject, time
//! and data. It holds ids and times alone, so that telling of a match tells nothing of what was said in it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AssetId, EventId, MomentId, SavedSearchId};

/// Longest that an event is kept, in days.
pub const MAX_EVENT_DAYS: i64 = 30;
/// Most events that are kept, of all tenants.
pub const MAX_EVENT_ROWS: u64 = 500_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its place among all events; a later one has a greater number and becomes visible later.
    pub sequence: i64,
    /// What happened.
    pub data: EventData,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// What happened, with what others need to know of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventData {
    /// A standing search met a moment.
    SearchMatched(SearchMatched),
}

/// A standing search met a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchMatched {
    /// Which search.
    pub search: SavedSearchId,
    /// Which moment.
    pub moment: MomentId,
    /// Of which asset.
    pub asset: AssetId,
    /// First instant in the asset, microseconds.
    pub start_us: i64,
    /// Instant after the last, microseconds.
    pub end_us: i64,
    /// How good, `0..=1`.
    pub score: f32,
}

impl EventData {
    /// The `type` of the envelope.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SearchMatched(_) => "search.matched",
        }
    }

    /// The `subject` of the envelope: what it happened to.
    pub fn subject(&self) -> String {
        match self {
            Self::SearchMatched(matched) => matched.moment.to_string(),
        }
    }
}

/// The oldest event that is kept, seen from `now`.
pub fn oldest_kept(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(MAX_EVENT_DAYS)
}
