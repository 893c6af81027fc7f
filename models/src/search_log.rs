//! The search log: what was searched for, how well it was answered, what was done with the answers. For librarians, who
//! learn from it what is missing.

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::{MomentId, SearchId};
use crate::saved_search::{Owner, StoredSearch};

/// Longest normalised query that is kept, in characters.
pub const MAX_LOGGED_QUERY_CHARS: usize = 200;
/// Longest that a search is kept, in days.
pub const MAX_LOG_DAYS: i64 = 90;
/// Most searches of one tenant that are kept.
pub const MAX_LOG_ROWS: u64 = 200_000;

/// How well a search was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchOutcome {
    /// With something that may be it.
    Answered,
    /// With nothing that is good enough.
    LowScore,
    /// With nothing.
    ZeroResults,
}

impl SearchOutcome {
    /// The name that stores use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::LowScore => "low_score",
            Self::ZeroResults => "zero_results",
        }
    }
}

/// One search that was done; the first page of it, since further ones are no further search.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedSearch {
    /// Which; clients name it when something is made of an answer.
    pub id: SearchId,
    /// Who searched.
    pub owner: Owner,
    /// The query, normalised by [`normalised`].
    pub query: String,
    /// What was asked, for the recent searches of its owner.
    pub search: StoredSearch,
    /// How well it was answered.
    pub outcome: SearchOutcome,
    /// Answers on its first page.
    pub hits: u32,
    /// Whether there were more.
    pub has_more: bool,
    /// Score of the best answer.
    pub best_score: Option<f32>,
    /// Time spent in the indexes, microseconds.
    pub took_us: u64,
    /// When.
    pub searched_at: DateTime<Utc>,
}

/// A query as the report counts it: lower case, one blank between words, at most [`MAX_LOGGED_QUERY_CHARS`].
pub fn normalised(query: &str) -> String {
    let words: Vec<&str> =
        query.split(|c: char| c.is_whitespace() || c.is_control()).filter(|it| !it.is_empty()).collect();
    let lower = words.join(" ").to_lowercase();
    lower.chars().take(MAX_LOGGED_QUERY_CHARS).collect::<String>().trim_end().to_owned()
}

/// What was done with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClickAction {
    /// Its page was opened.
    Opened,
    /// It was played.
    Played,
    /// It was exported.
    Exported,
    /// It was put aside as no answer.
    Dismissed,
}

impl ClickAction {
    /// The name that stores use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Played => "played",
            Self::Exported => "exported",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Something that was done with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchClick {
    /// Of which search.
    pub search: SearchId,
    /// Which answer, by its strongest moment.
    pub moment: MomentId,
    /// Its place among the answers, from 1.
    pub rank: u32,
    /// What.
    pub action: ClickAction,
}

/// Which queries a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// Those that were answered with nothing.
    ZeroResults,
    /// Those that were answered with nothing good enough.
    LowScore,
    /// All.
    Frequent,
}

/// The stretch of time of a report; open where a side is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportPeriod {
    /// From this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub to: Option<DateTime<Utc>>,
}

/// A query with what became of it over the period.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryReport {
    /// Normalised.
    pub query: String,
    /// Times that it was searched for.
    pub searches: u64,
    /// Of these, answered with nothing.
    pub zero_results: u64,
    /// Of these, answered with nothing good enough.
    pub low_scores: u64,
    /// Of these, those of which an answer was opened, played or exported.
    pub clicked: u64,
    /// Answers that were put aside.
    pub dismissals: u64,
    /// Best score that any answer had.
    pub best_score: Option<f32>,
    /// Mean time in the indexes, microseconds.
    pub mean_took_us: u64,
    /// When it was searched for last.
    pub last_searched_at: DateTime<Utc>,
}

/// Place of a query in a report: most searched first, equal ones by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportCursor {
    /// Times that it was searched for.
    pub searches: u64,
    /// The query.
    pub query: String,
}

/// The oldest search that is kept, seen from `now`.
pub fn oldest_kept(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(MAX_LOG_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_that_differ_in_case_and_blanks_alone_are_one() {
        assert_eq!(normalised("  Red\t CAR \n"), "red car");
        assert_eq!(normalised("Élan"), "élan");
        assert_eq!(normalised("\u{0}"), "");
        assert_eq!(normalised(&"x ".repeat(500)).chars().count(), MAX_LOGGED_QUERY_CHARS - 1);
    }
}
