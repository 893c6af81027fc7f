//! Sort keys, as cursors carry them and as the store takes them.

use chrono::{DateTime, Utc};
use reelgraph_models::id::{AssetId, JobId};
use reelgraph_models::store::{AssetCursor, JobCursor, SpanCursor};
use reelgraph_models::time::MediaTime;

use super::error::{Code, PublicError};

/// Start in microseconds and id.
pub(crate) fn span_key<I>((start, id): (i64, I)) -> SpanCursor<I> {
    SpanCursor { start: MediaTime::from_micros(start), id }
}

/// Instant in microseconds since 1970 and id.
pub(crate) fn asset_key((created_at, id): (i64, AssetId)) -> Result<AssetCursor, PublicError> {
    Ok(AssetCursor { created_at: instant(created_at)?, id })
}

/// Instant in microseconds since 1970 and id.
pub(crate) fn job_key((created_at, id): (i64, JobId)) -> Result<JobCursor, PublicError> {
    Ok(JobCursor { created_at: instant(created_at)?, id })
}

pub(crate) fn instant(micros: i64) -> Result<DateTime<Utc>, PublicError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| PublicError::new(Code::BadCursor, "after is not a cursor of this server"))
}
