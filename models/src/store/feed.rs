//! The feed that indexes follow: which assets changed after a given revision.

use std::collections::BTreeSet;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{CaseStatement, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::error::{Doing, StoreError};
use super::handle::Store;
use super::page::MAX_PAGE_ROWS;
use crate::asset::{AssetChange, Revision};
use crate::entity::{assets, sequences};
use crate::id::{AssetId, TenantId};

pub(super) const REVISION: &str = "search_revision";
/// Assets that one statement bumps; each is a branch that its rows are held against.
const BUMPED_AT_ONCE: usize = 200;

impl Store {
    /// Assets of all tenants whose index entries are older than the database, oldest change first, each once. An index
    /// that has brought in every line up to a revision has missed nothing below it.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn changed_since(&self, after: Revision, limit_rows: u32) -> Result<Vec<AssetChange>, StoreError> {
        let rows: Vec<(sea_orm::prelude::Uuid, sea_orm::prelude::Uuid, i64, Option<i64>)> = assets::Entity::find()
            .select_only()
            .columns([
                assets::Column::TenantId,
                assets::Column::Id,
                assets::Column::Revision,
                assets::Column::DeletedAtUs,
            ])
            .filter(assets::Column::Revision.gt(after.0))
            .order_by_asc(assets::Column::Revision)
            .limit(u64::from(limit_rows.clamp(1, MAX_PAGE_ROWS)))
            .into_tuple()
            .all(self.database.read())
            .await
            .doing("read the search feed")?;
        let line = |(tenant, asset, revision, deleted): (_, _, _, Option<i64>)| AssetChange {
            tenant: TenantId::from_uuid(tenant),
            asset: AssetId::from_uuid(asset),
            revision: Revision(revision),
            is_deleted: deleted.is_some(),
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// The last revision given out.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn latest_revision(&self) -> Result<Revision, StoreError> {
        let row = sequences::Entity::find_by_id(REVISION).one(self.database.read()).await.doing("read the revision")?;
        Ok(Revision(row.map_or(0, |row| row.value)))
    }
}

/// Gives the asset the next revision. The last thing before a commit, since every other writer waits from here on: that
/// makes the order of revisions the order of commits.
pub(super) async fn bump(tx: &DatabaseTransaction, asset: AssetId) -> Result<Revision, StoreError> {
    let revision = take(tx, 1).await?;
    assets::Entity::update_many()
        .col_expr(assets::Column::Revision, Expr::value(revision))
        .filter(assets::Column::Id.eq(asset.as_uuid()))
        .exec(tx)
        .await
        .doing("mark an asset for the indexes")?;
    Ok(Revision(revision))
}

/// As [`bump`], for many assets, each of which gets a revision of its own. They are locked already.
pub(super) async fn bump_all(tx: &DatabaseTransaction, all: &BTreeSet<AssetId>) -> Result<(), StoreError> {
    let all: Vec<AssetId> = all.iter().copied().collect();
    for some in all.chunks(BUMPED_AT_ONCE) {
        let last = take(tx, some.len() as i64).await?;
        let first = last - some.len() as i64 + 1;
        let each = (first..).zip(some).fold(CaseStatement::new(), |each, (revision, asset)| {
            each.case(assets::Column::Id.eq(asset.as_uuid()), Expr::value(revision))
        });
        assets::Entity::update_many()
            .col_expr(assets::Column::Revision, each.into())
            .filter(assets::Column::Id.is_in(some.iter().map(|asset| asset.as_uuid())))
            .exec(tx)
            .await
            .doing("mark assets for the indexes")?;
    }
    Ok(())
}

/// Takes so many revisions; returns the last.
async fn take(tx: &DatabaseTransaction, count: i64) -> Result<i64, StoreError> {
    let next = Query::update()
        .table(sequences::Entity)
        .value(sequences::Column::Value, Expr::col(sequences::Column::Value).add(count))
        .and_where(sequences::Column::Name.eq(REVISION))
        .returning_col(sequences::Column::Value)
        .to_owned();
    let row = tx.query_one(&next).await.doing("take a revision")?;
    let row = row.ok_or(StoreError::Damaged { table: "sequences", id: Uuid::nil(), expected: "a revision" })?;
    row.try_get("", "value").doing("take a revision")
}
