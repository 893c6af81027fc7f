//! What a person searched for last: a bounded ring of each principal.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::Reader;
use super::saved_searches::text_of;
use crate::content::ContentHash;
use crate::entity::recent_searches;
use crate::saved_search::{MAX_INPUT_BYTES, MAX_RECENT_SEARCHES, Owner, RecentSearch, StoredSearch};
use crate::search_log::LoggedSearch;

impl TenantStore {
    /// What `owner` searched for last, the last first, each once; at most [`MAX_RECENT_SEARCHES`].
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn recent_searches(&self, owner: &Owner) -> Result<Vec<RecentSearch>, StoreError> {
        let rows = self.recent_of(owner).limit(MAX_RECENT_SEARCHES as u64).all(self.store.database.read()).await;
        let read = Reader { table: "recent_searches", id: self.tenant_uuid() };
        let recent = rows.doing("list recent searches")?.into_iter().map(|row| {
            let search = StoredSearch { query: row.query, input: row.input };
            Ok(RecentSearch { search, searched_at: read.instant(row.searched_at_us)? })
        });
        recent.collect()
    }

    /// Forgets what `owner` searched for. Returns how many searches that were.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn clear_recent_searches(&self, owner: &Owner) -> Result<u64, StoreError> {
        let tx = self.store.database.begin().await?;
        let gone = recent_searches::Entity::delete_many()
            .filter(recent_searches::Column::TenantId.eq(self.tenant_uuid()))
            .filter(recent_searches::Column::Owner.eq(owner.as_str()))
            .exec(&tx)
            .await
            .doing("forget recent searches")?;
        tx.commit().await.doing("forget recent searches")?;
        Ok(gone.rows_affected)
    }

    /// Puts searches into the rings of those who did them; blank ones, and ones too large to keep, are left out.
    pub(super) async fn remember_searches(
        &self,
        tx: &DatabaseTransaction,
        searches: &[LoggedSearch],
    ) -> Result<(), StoreError> {
        use recent_searches::Column::{Fingerprint, Owner as Keeper, SearchedAtUs, TenantId};
        let mut owners: Vec<&Owner> = Vec::new();
        for search in searches.iter().filter(|it| !it.query.is_empty() && it.search.input.len() <= MAX_INPUT_BYTES) {
            let row = recent_searches::Model {
                tenant_id: self.tenant_uuid(),
                owner: search.owner.as_str().to_owned(),
                fingerprint: ContentHash::of(search.search.input.as_bytes()).to_string(),
                query: text_of(&search.search.query),
                input: search.search.input.clone(),
                searched_at_us: search.searched_at.timestamp_micros(),
            };
            let again = OnConflict::columns([TenantId, Keeper, Fingerprint]).update_column(SearchedAtUs).to_owned();
            let insert = recent_searches::Entity::insert(row.into_active_model()).on_conflict(again);
            insert.exec_without_returning(tx).await.doing("remember a search")?;
            if !owners.contains(&&search.owner) {
                owners.push(&search.owner);
            }
        }
        for owner in owners {
            let beyond =
                self.recent_of(owner).offset(MAX_RECENT_SEARCHES as u64).limit(u64::from(super::MAX_PAGE_ROWS));
            let beyond = beyond.all(tx).await.doing("find searches to forget")?;
            if beyond.is_empty() {
                continue;
            }
            recent_searches::Entity::delete_many()
                .filter(TenantId.eq(self.tenant_uuid()))
                .filter(Keeper.eq(owner.as_str()))
                .filter(Fingerprint.is_in(beyond.into_iter().map(|row| row.fingerprint)))
                .exec(tx)
                .await
                .doing("forget a search")?;
        }
        Ok(())
    }

    fn recent_of(&self, owner: &Owner) -> Select<recent_searches::Entity> {
        use recent_searches::Column::{Fingerprint, Owner as Keeper, SearchedAtUs, TenantId};
        recent_searches::Entity::find()
            .filter(TenantId.eq(self.tenant_uuid()))
            .filter(Keeper.eq(owner.as_str()))
            .order_by_desc(SearchedAtUs)
            .order_by_asc(Fingerprint)
    }
}
