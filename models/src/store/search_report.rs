//! The report of the search log: one line a query.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::page::{Page, PageRequest};
use super::row::{Reader, stored};
use crate::entity::search_log;
use crate::search_log::{QueryReport, ReportCursor, ReportKind, ReportPeriod, SearchOutcome};

/// The columns of a line, as they are selected.
type Line = (String, i64, i64, i64, i64, i64, Option<f64>, i64, i64);

/// How many of the grouped rows have a condition.
fn count_where(condition: &str) -> Expr {
    // Only ever called with the literals below.
    Expr::cust(format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT)"))
}

impl TenantStore {
    /// Queries of a period, most searched first, with what became of them.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn search_report(
        &self,
        kind: ReportKind,
        period: ReportPeriod,
        page: &PageRequest<ReportCursor>,
    ) -> Result<Page<QueryReport>, StoreError> {
        use search_log::Column::{Outcome, Query, SearchedAtUs, TenantId};
        let outcome = match kind {
            ReportKind::ZeroResults => Some(SearchOutcome::ZeroResults),
            ReportKind::LowScore => Some(SearchOutcome::LowScore),
            ReportKind::Frequent => None,
        };
        let which = Condition::all()
            .add(TenantId.eq(self.tenant_uuid()))
            .add_option(period.from.map(|from| SearchedAtUs.gte(from.timestamp_micros())))
            .add_option(period.to.map(|to| SearchedAtUs.lt(to.timestamp_micros())))
            .add_option(outcome.map(|outcome| Outcome.eq(outcome.as_str())));
        let count = || Expr::cust("COUNT(*)");
        let mut lines = search_log::Entity::find()
            .filter(which)
            .select_only()
            .column(Query)
            .column_as(count(), "searches")
            .column_as(count_where("outcome = 'zero_results'"), "zero_results")
            .column_as(count_where("outcome = 'low_score'"), "low_scores")
            .column_as(count_where("clicks > 0"), "clicked")
            .column_as(Expr::cust("CAST(SUM(dismissals) AS BIGINT)"), "dismissed")
            .column_as(Expr::cust("MAX(best_score)"), "best")
            .column_as(Expr::cust("CAST(AVG(took_us) AS BIGINT)"), "mean_took_us")
            .column_as(Expr::cust("MAX(searched_at_us)"), "last_us")
            .group_by(Query);
        if let Some(ReportCursor { searches, query }) = &page.after {
            let seen = stored(*searches);
            let later = count().eq(seen).and(Expr::col(Query).gt(query.as_str()));
            lines = lines.having(count().lt(seen).or(later));
        }
        let lines: Vec<Line> = lines
            .order_by_desc(count())
            .order_by_asc(Query)
            .limit(page.fetch_limit())
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("report searches")?;
        let read = Reader { table: "search_log", id: self.tenant_uuid() };
        Page::cut(lines, page.limit()).map(|line| {
            let (query, searches, zero_results, low_scores, clicked, dismissals, best, mean_took_us, last_us) = line;
            Ok(QueryReport {
                query,
                searches: read.unsigned(searches)?,
                zero_results: read.unsigned(zero_results)?,
                low_scores: read.unsigned(low_scores)?,
                clicked: read.unsigned(clicked)?,
                dismissals: read.unsigned(dismissals)?,
                best_score: best.map(|score| score as f32),
                mean_took_us: read.unsigned(mean_took_us)?,
                last_searched_at: read.instant(last_us)?,
            })
        })
    }
}
