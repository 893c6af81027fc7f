//! Saved searches: made, listed newest first, changed by who keeps them, made to stand.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::page::{Page, PageRequest, SavedSearchCursor};
use super::row::{Reader, before};
use crate::asset::Revision;
use crate::entity::{saved_searches, sequences, standing_moments};
use crate::id::SavedSearchId;
use crate::saved_search::{
    Backfill, MAX_INPUT_BYTES, MAX_NAME_CHARS, MAX_SAVED_SEARCHES, MAX_STANDING_SEARCHES, NewSavedSearch, Owner,
    SavedSearch, SavedSearchChange, Standing, StoredSearch,
};

impl TenantStore {
    /// Keeps a search under a name.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the name is blank or too long, the search too large, or the tenant has the most it may
    /// have; [`StoreError::Query`].
    pub async fn create_saved_search(&self, new: &NewSavedSearch) -> Result<SavedSearch, StoreError> {
        let name = checked_name(&new.name)?;
        check_input(&new.search)?;
        let now = self.store.now_us();
        let row = saved_searches::Model {
            id: SavedSearchId::generate(self.store.clock().as_ref()).as_uuid(),
            tenant_id: self.tenant_uuid(),
            owner: new.owner.as_str().to_owned(),
            name,
            query: text_of(&new.search.query),
            input: new.search.input.clone(),
            created_at_us: now,
            updated_at_us: now,
            is_standing: false,
            standing_since_us: now,
            watermark: 0,
            seed_until: 0,
            is_seeded: false,
            backfills: false,
        };
        let tx = self.store.database.begin().await?;
        if self.saved_searches().count(&tx).await.doing("count saved searches")? >= MAX_SAVED_SEARCHES {
            return Err(StoreError::invalid("saved search", format!("there are {MAX_SAVED_SEARCHES} already")));
        }
        let insert = saved_searches::Entity::insert(row.clone().into_active_model());
        insert.exec_without_returning(&tx).await.doing("keep a search")?;
        tx.commit().await.doing("keep a search")?;
        read_search(row)
    }

    /// The saved search of that id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn find_saved_search(&self, id: SavedSearchId) -> Result<Option<SavedSearch>, StoreError> {
        let row = self.saved_search(id).one(self.store.database.read()).await.doing("find a saved search")?;
        row.map(read_search).transpose()
    }

    /// A page of saved searches, newest first; those of one owner, or of all.
    ///
    /// # Errors
    /// As [`Self::find_saved_search`].
    pub async fn list_saved_searches(
        &self,
        owner: Option<&Owner>,
        page: PageRequest<SavedSearchCursor>,
    ) -> Result<Page<SavedSearch>, StoreError> {
        use saved_searches::Column::{CreatedAtUs, Id, Owner as Keeper};
        let whose = Condition::all().add_option(owner.map(|owner| Keeper.eq(owner.as_str())));
        let mut query = self.saved_searches().filter(whose);
        if let Some(cursor) = page.after {
            let seen = (cursor.created_at.timestamp_micros(), cursor.id.as_uuid());
            query = query.filter(before(CreatedAtUs, Id, seen));
        }
        let rows = query
            .order_by_desc(CreatedAtUs)
            .order_by_desc(Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list saved searches")?;
        Page::cut(rows, page.limit()).map(read_search)
    }

    /// Changes a saved search of `owner`; what another keeps is not found. Where what is asked changes and the search
    /// stands, it begins anew: what matches the new question already is remembered and not told.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], and as [`Self::create_saved_search`].
    pub async fn update_saved_search(
        &self,
        owner: &Owner,
        id: SavedSearchId,
        change: &SavedSearchChange,
    ) -> Result<SavedSearch, StoreError> {
        let mut row = saved_searches::ActiveModel::default();
        if let Some(name) = &change.name {
            row.name = Set(checked_name(name)?);
        }
        let tx = self.store.database.begin().await?;
        if let Some(search) = &change.search {
            check_input(search)?;
            row.query = Set(text_of(&search.query));
            row.input = Set(search.input.clone());
            begin_anew(&tx, &mut row, Backfill::Silent, self.store.now_us()).await?;
        }
        self.change(&tx, owner, id, row).await?;
        tx.commit().await.doing("change a saved search")?;
        self.find_saved_search(id).await?.ok_or(StoreError::NotFound { what: "saved search", id: id.as_uuid() })
    }

    /// Makes a saved search of `owner` stand, or no longer. One that stands already begins anew; what it has told it does not
    /// tell again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Invalid`] where as many stand as may; [`StoreError::Query`].
    pub async fn set_standing(
        &self,
        owner: &Owner,
        id: SavedSearchId,
        standing: Option<Backfill>,
    ) -> Result<SavedSearch, StoreError> {
        let mut row = saved_searches::ActiveModel { is_standing: Set(standing.is_some()), ..Default::default() };
        let tx = self.store.database.begin().await?;
        if let Some(backfill) = standing {
            let others = self.saved_searches().filter(saved_searches::Column::IsStanding.eq(true));
            let others = others.filter(saved_searches::Column::Id.ne(id.as_uuid()));
            if others.count(&tx).await.doing("count standing searches")? >= MAX_STANDING_SEARCHES {
                let why = format!("{MAX_STANDING_SEARCHES} searches stand already");
                return Err(StoreError::invalid("standing search", why));
            }
            begin_anew(&tx, &mut row, backfill, self.store.now_us()).await?;
        }
        self.change(&tx, owner, id, row).await?;
        if standing == Some(Backfill::Tell) {
            // What was only remembered is to be told now.
            standing_moments::Entity::delete_many()
                .filter(standing_moments::Column::SearchId.eq(id.as_uuid()))
                .filter(standing_moments::Column::State.ne(super::standing_matches::TOLD))
                .filter(standing_moments::Column::Mark.is_null())
                .exec(&tx)
                .await
                .doing("forget what was not told")?;
        }
        tx.commit().await.doing("make a search stand")?;
        self.find_saved_search(id).await?.ok_or(StoreError::NotFound { what: "saved search", id: id.as_uuid() })
    }

    /// Deletes a saved search of `owner` with all that it has met. Returns whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn delete_saved_search(&self, owner: &Owner, id: SavedSearchId) -> Result<bool, StoreError> {
        let tx = self.store.database.begin().await?;
        let gone = saved_searches::Entity::delete_many()
            .filter(saved_searches::Column::TenantId.eq(self.tenant_uuid()))
            .filter(saved_searches::Column::Owner.eq(owner.as_str()))
            .filter(saved_searches::Column::Id.eq(id.as_uuid()))
            .exec(&tx)
            .await
            .doing("delete a saved search")?;
        tx.commit().await.doing("delete a saved search")?;
        Ok(gone.rows_affected > 0)
    }

    async fn change(
        &self,
        tx: &DatabaseTransaction,
        owner: &Owner,
        id: SavedSearchId,
        mut row: saved_searches::ActiveModel,
    ) -> Result<(), StoreError> {
        row.updated_at_us = Set(self.store.now_us());
        let changed = saved_searches::Entity::update_many()
            .set(row)
            .filter(saved_searches::Column::TenantId.eq(self.tenant_uuid()))
            .filter(saved_searches::Column::Owner.eq(owner.as_str()))
            .filter(saved_searches::Column::Id.eq(id.as_uuid()))
            .exec(tx)
            .await
            .doing("change a saved search")?;
        match changed.rows_affected {
            0 => Err(StoreError::NotFound { what: "saved search", id: id.as_uuid() }),
            _ => Ok(()),
        }
    }

    pub(super) fn saved_search(&self, id: SavedSearchId) -> Select<saved_searches::Entity> {
        self.saved_searches().filter(saved_searches::Column::Id.eq(id.as_uuid()))
    }

    pub(super) fn saved_searches(&self) -> Select<saved_searches::Entity> {
        saved_searches::Entity::find().filter(saved_searches::Column::TenantId.eq(self.tenant_uuid()))
    }
}

/// Puts a search before the whole library; what lies up to the last revision was there before it.
async fn begin_anew(
    tx: &DatabaseTransaction,
    row: &mut saved_searches::ActiveModel,
    backfill: Backfill,
    now_us: i64,
) -> Result<(), StoreError> {
    let latest = sequences::Entity::find_by_id(super::feed::REVISION).one(tx).await.doing("read the revision")?;
    row.standing_since_us = Set(now_us);
    row.watermark = Set(0);
    row.seed_until = Set(latest.map_or(0, |row| row.value));
    row.is_seeded = Set(false);
    row.backfills = Set(backfill == Backfill::Tell);
    Ok(())
}

pub(super) fn read_search(row: saved_searches::Model) -> Result<SavedSearch, StoreError> {
    let read = Reader { table: "saved_searches", id: row.id };
    let standing = if row.is_standing {
        Some(Standing {
            since: read.instant(row.standing_since_us)?,
            watermark: Revision(row.watermark),
            is_seeded: row.is_seeded,
            backfills: if row.backfills { Backfill::Tell } else { Backfill::Silent },
        })
    } else {
        None
    };
    Ok(SavedSearch {
        id: SavedSearchId::from_uuid(row.id),
        owner: Owner::new(&row.owner),
        name: row.name,
        search: StoredSearch { query: row.query, input: row.input },
        created_at: read.instant(row.created_at_us)?,
        updated_at: read.instant(row.updated_at_us)?,
        standing,
    })
}

fn checked_name(name: &str) -> Result<String, StoreError> {
    let name = text_of(name);
    let name = name.trim();
    if name.is_empty() {
        return Err(StoreError::invalid("name", "it is blank"));
    }
    if name.chars().nth(MAX_NAME_CHARS).is_some() {
        return Err(StoreError::invalid("name", format!("it is longer than {MAX_NAME_CHARS} characters")));
    }
    Ok(name.to_owned())
}

fn check_input(search: &StoredSearch) -> Result<(), StoreError> {
    if search.input.len() > MAX_INPUT_BYTES {
        return Err(StoreError::invalid("saved search", format!("it is larger than {MAX_INPUT_BYTES} bytes")));
    }
    Ok(())
}

/// Without NUL, which PostgreSQL's text cannot hold.
pub(super) fn text_of(text: &str) -> String {
    super::row::clean(text, MAX_INPUT_BYTES)
}

/// The condition that a search is as it was when it was read.
pub(super) fn unchanged(search: &SavedSearch, watermark: Revision) -> Condition {
    use saved_searches::Column::{Id, IsStanding, UpdatedAtUs, Watermark};
    Condition::all()
        .add(Id.eq(search.id.as_uuid()))
        .add(IsStanding.eq(true))
        .add(Watermark.eq(watermark.0))
        .add(Expr::col(UpdatedAtUs).eq(search.updated_at.timestamp_micros()))
}
