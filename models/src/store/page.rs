//! Keyset pages: a cursor is the sort key of the last row seen, so that pages neither skip nor repeat while rows come and go.

use chrono::{DateTime, Utc};

use crate::asset::Asset;
use crate::id::{AssetId, JobId, MomentId, ObservationId, SavedSearchId};
use crate::job::Job;
use crate::moment::Moment;
use crate::observation::Observation;
use crate::saved_search::SavedSearch;
use crate::standing_search::StandingMatch;
use crate::time::MediaTime;

/// Most rows of one page, and most ids of one lookup statement.
pub const MAX_PAGE_ROWS: u32 = 1_000;

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRequest<C> {
    /// The last row already seen; `None` for the first page.
    pub after: Option<C>,
    /// Most rows wanted; taken as within `1..=MAX_PAGE_ROWS`.
    pub limit_rows: u32,
}

impl<C> PageRequest<C> {
    /// The first page.
    pub const fn first(limit_rows: u32) -> Self {
        Self { after: None, limit_rows }
    }

    /// The page after that row.
    pub const fn after(cursor: C, limit_rows: u32) -> Self {
        Self { after: Some(cursor), limit_rows }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit_rows.clamp(1, MAX_PAGE_ROWS) as usize
    }

    /// One row more than wanted, which tells whether there is a next page.
    pub(super) fn fetch_limit(&self) -> u64 {
        self.limit() as u64 + 1
    }
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order of the listing.
    pub rows: Vec<T>,
    /// Whether more rows follow.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// Cuts the row that was fetched beyond the limit.
    pub(super) fn cut(mut rows: Vec<T>, limit: usize) -> Self {
        let has_next = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, has_next }
    }

    pub(super) fn map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page { rows: self.rows.into_iter().map(change).collect::<Result<_, _>>()?, has_next: self.has_next })
    }
}

/// Place of an asset in its listing, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssetCursor {
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Which, among those of the same instant.
    pub id: AssetId,
}

impl AssetCursor {
    /// The place of that asset.
    pub const fn of(asset: &Asset) -> Self {
        Self { created_at: asset.created_at, id: asset.id }
    }
}

/// Place of a job in its listing, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobCursor {
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// Which, among those of the same instant.
    pub id: JobId,
}

impl JobCursor {
    /// The place of that job.
    pub const fn of(job: &Job) -> Self {
        Self { created_at: job.created_at, id: job.id }
    }
}

/// Place of a saved search in its listing, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SavedSearchCursor {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Which, among those of the same instant.
    pub id: SavedSearchId,
}

impl SavedSearchCursor {
    /// The place of that search.
    pub const fn of(search: &SavedSearch) -> Self {
        Self { created_at: search.created_at, id: search.id }
    }
}

/// Place of a match in the listing of its search, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatchCursor {
    /// When it was met.
    pub matched_at: DateTime<Utc>,
    /// Which, among those of the same instant.
    pub moment: MomentId,
}

impl MatchCursor {
    /// The place of that match.
    pub const fn of(found: &StandingMatch) -> Self {
        Self { matched_at: found.matched_at, moment: found.moment }
    }
}

/// Place of an observation or a moment in its asset, by start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanCursor<I> {
    /// Start of its span.
    pub start: MediaTime,
    /// Which, among those of the same start.
    pub id: I,
}

impl SpanCursor<MomentId> {
    /// The place of that moment.
    pub const fn of_moment(moment: &Moment) -> Self {
        Self { start: moment.span.start(), id: moment.id }
    }
}

impl SpanCursor<ObservationId> {
    /// The place of that observation.
    pub const fn of_observation(observation: &Observation) -> Self {
        Self { start: observation.span.start(), id: observation.id }
    }
}
