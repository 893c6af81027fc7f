//! What was changed about people, newest first.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::page::{MAX_PAGE_ROWS, Page, PageRequest};
use super::super::row::before;
use super::rows;
use crate::entity::person_changes;
use crate::id::PersonChangeId;
use crate::people::PersonChange;

/// Place of a change in the history, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChangeCursor {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Which, among those of the same instant.
    pub id: PersonChangeId,
}

impl ChangeCursor {
    /// The place of that change.
    pub const fn of(change: &PersonChange) -> Self {
        Self { made_at: change.made_at, id: change.id }
    }
}

impl TenantStore {
    /// A page of what was changed about people, newest first.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_person_changes(&self, page: PageRequest<ChangeCursor>) -> Result<Page<PersonChange>, StoreError> {
        let mut query = person_changes::Entity::find().filter(person_changes::Column::TenantId.eq(self.tenant_uuid()));
        if let Some(cursor) = page.after {
            let seen = (cursor.made_at.timestamp_micros(), cursor.id.as_uuid());
            query = query.filter(before(person_changes::Column::MadeAtUs, person_changes::Column::Id, seen));
        }
        let rows = query
            .order_by_desc(person_changes::Column::MadeAtUs)
            .order_by_desc(person_changes::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list changes of people")?;
        Page::cut(rows, page.limit()).map(rows::change)
    }

    /// Those of the changes that exist; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn person_changes_by_ids(
        &self,
        ids: &[PersonChangeId],
    ) -> Result<HashMap<PersonChangeId, PersonChange>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows = person_changes::Entity::find()
                .filter(person_changes::Column::TenantId.eq(self.tenant_uuid()))
                .filter(person_changes::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
                .all(self.store.database.read())
                .await
                .doing("find changes of people")?;
            for row in rows {
                let change = rows::change(row)?;
                found.insert(change.id, change);
            }
        }
        Ok(found)
    }
}
