//! The search report: what is searched for, and what is not found.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use reelgraph_models::search_log::{QueryReport as Row, ReportCursor, ReportPeriod};
use reelgraph_models::store::PageRequest;

use crate::graphql::error::PublicError;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;
use crate::graphql::types::scalar::Long;

/// Which queries a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::search_log::ReportKind")]
pub enum SearchReportKind {
    /// Those that were answered with nothing.
    ZeroResults,
    /// Those that were answered with nothing good enough.
    LowScore,
    /// All.
    Frequent,
}

/// A query, and what became of it over the period. Queries that differ in case and blanks alone are one.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct QueryReport {
    /// The query, in lower case.
    pub query: String,
    /// Times that it was searched for, of the kind that the report is about; further pages are no further search.
    pub search_count: Long,
    /// Of these, answered with nothing.
    pub zero_result_count: Long,
    /// Of these, answered with nothing good enough.
    pub low_score_count: Long,
    /// Of these, those of which an answer was opened, played or exported.
    pub clicked_count: Long,
    /// Share of the searches of which an answer was opened, played or exported, 0 to 1.
    pub click_through: f64,
    /// Answers that were put aside as none.
    pub dismissed_count: Long,
    /// Best score that any answer had; null where there was none.
    pub best_score: Option<f32>,
    /// Mean time in the indexes, microseconds.
    pub mean_took_micros: Long,
    /// When it was searched for last.
    pub last_searched_at: DateTime<Utc>,
}

/// What a report says about itself.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SearchReportInfo {
    /// Searches that this server could not log since it started, for there being too many at once.
    pub dropped_count: Long,
}

/// A page of a report.
pub(crate) type SearchReportConnection = Connection<Cursor, QueryReport, SearchReportInfo, EmptyFields>;

/// The search report.
#[derive(Default)]
pub(crate) struct SearchReportQuery;

#[Object]
impl SearchReportQuery {
    /// What was searched for, most often first: what is not found, what is found badly, what is wanted. The last 90 days, and
    /// at most the last 200,000 searches, are known.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(500)")]
    async fn search_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which queries.")] kind: SearchReportKind,
        #[graphql(desc = "From this instant; from the first where it is left out.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Before this instant; up to the last where it is left out.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<SearchReportConnection> {
        let period = ReportPeriod { from, to };
        Ok(report(Session::of(ctx)?, kind, period, first, after.as_deref()).await?)
    }
}

async fn report(
    session: &Session,
    kind: SearchReportKind,
    period: ReportPeriod,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<SearchReportConnection, PublicError> {
    let fingerprint = Fingerprint::new("searchReport", &(format!("{kind:?}"), period.from, period.to));
    let page = Page::<(u64, String)>::new(first, after, fingerprint, &session.state().settings.limits)?;
    // What was searched for a moment ago counts.
    session.state().search_log.write().await?;
    let place = |(searches, query)| ReportCursor { searches, query };
    let request = PageRequest { after: page.after.map(place), limit_rows: page.first };
    let found = session.store().search_report(kind.into(), period, &request).await?;
    let info = SearchReportInfo { dropped_count: session.state().search_log.dropped().into() };
    let mut connection = Connection::with_additional_fields(after.is_some(), found.has_next, info);
    connection.edges = found
        .rows
        .into_iter()
        .map(|row| edge(Cursor::new(fingerprint, &(row.searches, &row.query)), QueryReport::from(row)))
        .collect();
    Ok(connection)
}

impl From<Row> for QueryReport {
    fn from(row: Row) -> Self {
        Self {
            query: row.query,
            search_count: row.searches.into(),
            zero_result_count: row.zero_results.into(),
            low_score_count: row.low_scores.into(),
            clicked_count: row.clicked.into(),
            click_through: row.clicked as f64 / row.searches.max(1) as f64,
            dismissed_count: row.dismissals.into(),
            best_score: row.best_score,
            mean_took_micros: row.mean_took_us.into(),
            last_searched_at: row.last_searched_at,
        }
    }
}
