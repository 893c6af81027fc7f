//! Stretches of an asset's timeline.

use async_graphql::{InputObject, SimpleObject};
use reelgraph_models::time::{MediaTime, Span};

use super::scalar::Microseconds;
use crate::graphql::error::{Code, PublicError};

/// A stretch of an asset's timeline: half-open (its end is the first instant outside) and never empty.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct TimeSpan {
    /// First instant inside.
    pub start_micros: Microseconds,
    /// First instant after.
    pub end_micros: Microseconds,
    /// Length; greater than zero.
    pub duration_micros: Microseconds,
    /// `startMicros` for people: `h:mm:ss.mmm`, without the hours below one hour.
    pub start: String,
    /// `endMicros` for people: `h:mm:ss.mmm`, without the hours below one hour.
    pub end: String,
}

impl From<Span> for TimeSpan {
    fn from(span: Span) -> Self {
        Self {
            start_micros: Microseconds(span.start()),
            end_micros: Microseconds(span.end()),
            duration_micros: Microseconds(span.duration()),
            start: span.start().to_string(),
            end: span.end().to_string(),
        }
    }
}

/// A stretch of an asset's timeline to look into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, InputObject)]
pub(crate) struct TimeRangeInput {
    /// First instant inside; the beginning of the asset where it is left out.
    pub from_micros: Option<Microseconds>,
    /// First instant after; the end of the asset where it is left out.
    pub to_micros: Option<Microseconds>,
}

impl TimeRangeInput {
    /// The stretch asked for.
    ///
    /// # Errors
    /// [`Code::BadUserInput`] where the end is not after the beginning.
    pub(crate) fn span(self) -> Result<Span, PublicError> {
        let start = self.from_micros.map_or(MediaTime::ZERO, |from| from.0);
        let end = self.to_micros.map_or(MediaTime::from_micros(i64::MAX), |to| to.0);
        Span::new(start, end)
            .map_err(|_| PublicError::new(Code::BadUserInput, "toMicros must be greater than fromMicros"))
    }
}
