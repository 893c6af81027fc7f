//! The search log: written in batches, read by report, bounded in days and in rows.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::{clean, insert_rows, stored};
use crate::entity::search_log;
use crate::search_log::{LoggedSearch, MAX_LOGGED_QUERY_CHARS};

impl TenantStore {
    /// Writes searches that were done, and remembers them as recent ones of those who did them; all or none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn log_searches(&self, searches: &[LoggedSearch]) -> Result<(), StoreError> {
        let row = |search: &LoggedSearch| search_log::Model {
            id: search.id.as_uuid(),
            tenant_id: self.tenant_uuid(),
            owner: search.owner.as_str().to_owned(),
            query: clean(&search.query, MAX_LOGGED_QUERY_CHARS),
            outcome: search.outcome.as_str().to_owned(),
            hits: i32::try_from(search.hits).unwrap_or(i32::MAX),
            has_more: search.has_more,
            best_score: search.best_score.map(f64::from),
            took_us: stored(search.took_us),
            clicks: 0,
            dismissals: 0,
            searched_at_us: search.searched_at.timestamp_micros(),
        };
        let tx = self.store.database.begin().await?;
        insert_rows::<search_log::Entity, _, _>(&tx, searches.iter().map(row), "log searches").await?;
        self.remember_searches(&tx, searches).await?;
        tx.commit().await.doing("log searches")
    }

    /// Deletes searches before an instant, and the oldest beyond `most_rows`, with what was done with their answers. Returns
    /// how many that were.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn prune_search_log(&self, before: DateTime<Utc>, most_rows: u64) -> Result<u64, StoreError> {
        use search_log::Column::{Id, SearchedAtUs, TenantId};
        let first_beyond = search_log::Entity::find()
            .filter(TenantId.eq(self.tenant_uuid()))
            .order_by_desc(SearchedAtUs)
            .order_by_desc(Id)
            .offset(most_rows)
            .limit(1)
            .one(self.store.database.read())
            .await
            .doing("find the oldest searches to keep")?;
        let oldest = first_beyond.map_or(i64::MIN, |row| row.searched_at_us.saturating_add(1));
        let tx = self.store.database.begin().await?;
        let gone = search_log::Entity::delete_many()
            .filter(TenantId.eq(self.tenant_uuid()))
            .filter(SearchedAtUs.lt(oldest.max(before.timestamp_micros())))
            .exec(&tx)
            .await
            .doing("delete old searches")?;
        tx.commit().await.doing("delete old searches")?;
        Ok(gone.rows_affected)
    }
}
