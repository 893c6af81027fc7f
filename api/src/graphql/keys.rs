//! Sort keys, as cursors carry them and as the store takes them.

use chrono::{DateTime, Utc};
use reelgraph_models::id::{AssetId, FaceId, JobId, PersonChangeId, PersonId};
use reelgraph_models::store::{AssetCursor, ChangeCursor, FaceCursor, JobCursor, PersonCursor, SpanCursor};
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

/// Number of faces and id.
pub(crate) fn person_key((faces, id): (u64, PersonId)) -> PersonCursor {
    PersonCursor { faces, id }
}

/// Quality in millionths and id.
pub(crate) fn face_key((quality_ppm, id): (u32, FaceId)) -> FaceCursor {
    FaceCursor { quality_ppm, id }
}

/// Instant in microseconds since 1970 and id.
pub(crate) fn change_key((made_at, id): (i64, PersonChangeId)) -> Result<ChangeCursor, PublicError> {
    Ok(ChangeCursor { made_at: instant(made_at)?, id })
}

pub(crate) fn instant(micros: i64) -> Result<DateTime<Utc>, PublicError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| PublicError::new(Code::BadCursor, "after is not a cursor of this server"))
}
