//! Moments: replaced as a whole, read by asset or by id.

use std::collections::{HashMap, HashSet};

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, OverStatement, Query, WindowStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::error::{Doing, StoreError};
use super::first::{first_of_each, pages};
use super::handle::TenantStore;
use super::page::{MAX_PAGE_ROWS, Page, PageRequest, SpanCursor};
use super::row::{Reader, after, insert_rows, json};
use super::{feed, write};
use crate::entity::moments;
use crate::id::{AssetId, MomentId, TenantId};
use crate::moment::{Moment, MomentKind, MomentTexts};
use crate::time::{MediaTime, Span};

/// Which moments are wanted; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MomentFilter {
    /// Only these kinds; empty for any.
    pub kinds: Vec<MomentKind>,
    /// Only those that share an instant with this.
    pub overlapping: Option<Span>,
}

/// The moments of the same kind beside a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one before.
    pub previous: Option<MomentId>,
    /// The one after.
    pub next: Option<MomentId>,
}

impl TenantStore {
    /// Stores all moments of an asset in place of those it had, and tells the indexes. A moment whose kind and span stay
    /// keeps its id.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where a moment is of another asset, is there twice, or has an id that is not derived;
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Query`].
    pub async fn replace_moments(&self, asset: AssetId, moments: &[Moment]) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, asset).await?;
        write_moments(&tx, self.tenant, asset, moments).await?;
        feed::bump(&tx, asset).await?;
        tx.commit().await.doing("store moments")
    }

    /// A page of an asset's moments, by start.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_moments(
        &self,
        asset: AssetId,
        filter: &MomentFilter,
        page: PageRequest<SpanCursor<MomentId>>,
    ) -> Result<Page<Moment>, StoreError> {
        let mut query = self.moments_matching(filter).filter(moments::Column::AssetId.eq(asset.as_uuid()));
        if let Some(cursor) = page.after {
            let seen = (cursor.start.as_micros(), cursor.id.as_uuid());
            query = query.filter(after(moments::Column::StartUs, moments::Column::Id, seen));
        }
        let rows = query
            .order_by_asc(moments::Column::StartUs)
            .order_by_asc(moments::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list moments")?;
        Page::cut(rows, page.limit()).map(read)
    }

    /// The first page of the moments of each asset that has any, by start; one statement per [`MAX_PAGE_ROWS`] assets.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn first_moments(
        &self,
        assets: &[AssetId],
        filter: &MomentFilter,
        limit_rows: u32,
    ) -> Result<HashMap<AssetId, Page<Moment>>, StoreError> {
        use moments::Column::{AssetId as OfAsset, Id, StartUs};
        let page = PageRequest::<()>::first(limit_rows);
        let mut found = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(MAX_PAGE_ROWS as usize) {
            let rows = self.moments_matching(filter).filter(OfAsset.is_in(assets.iter().map(|id| id.as_uuid())));
            let rows = first_of_each(rows, OfAsset, Id, [(StartUs, Order::Asc), (Id, Order::Asc)], page.fetch_limit());
            let rows = rows.all(self.store.database.read()).await.doing("list the moments of assets")?;
            let rows = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
            found.extend(pages(rows, page.limit(), |moment| moment.asset));
        }
        Ok(found)
    }

    /// Those of the moments that exist; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn moments_by_ids(&self, ids: &[MomentId]) -> Result<HashMap<MomentId, Moment>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let these = moments::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            let rows = self.moments().filter(these).all(self.store.database.read()).await.doing("find moments")?;
            for row in rows {
                let moment = read(row)?;
                found.insert(moment.id, moment);
            }
        }
        Ok(found)
    }

    /// The moments of the same kind right before and after each of these in its asset, by start; one statement per
    /// [`MAX_PAGE_ROWS`] moments. Ids that are not there are left out.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn moment_neighbours(&self, ids: &[MomentId]) -> Result<HashMap<MomentId, Neighbours>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let these = moments::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            let assets =
                self.moments().filter(these.clone()).select_only().column(moments::Column::AssetId).into_query();
            let mut window = WindowStatement::partition_by(moments::Column::AssetId.as_column_ref());
            window.partition_by(moments::Column::Kind.as_column_ref());
            window.order_by(moments::Column::StartUs.as_column_ref(), Order::Asc);
            window.order_by(moments::Column::Id.as_column_ref(), Order::Asc);
            let mut ordered = self
                .moments()
                .filter(moments::Column::AssetId.in_subquery(assets))
                .select_only()
                .column(moments::Column::Id)
                .into_query();
            for (function, name) in [("LAG", "previous"), ("LEAD", "following")] {
                let neighbour = Func::cust(function).arg(Expr::col(moments::Column::Id.as_column_ref()));
                ordered.expr_window_as(neighbour, window.clone(), name);
            }
            let wanted = Query::select()
                .columns(["id", "previous", "following"])
                .from_subquery(ordered, "ordered")
                .and_where(Expr::col("id").is_in(ids.iter().map(|id| id.as_uuid())))
                .take();
            for row in self.store.database.read().query_all(&wanted).await.doing("find neighbours of moments")? {
                let id = |name: &str| row.try_get::<Option<Uuid>>("", name).doing("find neighbours of moments");
                let neighbour = |name: &str| Ok::<_, StoreError>(id(name)?.map(MomentId::from_uuid));
                let (previous, next) = (neighbour("previous")?, neighbour("following")?);
                found.extend(neighbour("id")?.map(|id| (id, Neighbours { previous, next })));
            }
        }
        Ok(found)
    }

    fn moments_matching(&self, filter: &MomentFilter) -> Select<moments::Entity> {
        let mut query = self.moments();
        if !filter.kinds.is_empty() {
            query = query.filter(moments::Column::Kind.is_in(filter.kinds.iter().map(|kind| kind.as_str())));
        }
        if let Some(span) = filter.overlapping {
            query = query
                .filter(moments::Column::StartUs.lt(span.end().as_micros()))
                .filter(moments::Column::EndUs.gt(span.start().as_micros()));
        }
        query
    }

    fn moments(&self) -> Select<moments::Entity> {
        moments::Entity::find().filter(moments::Column::TenantId.eq(self.tenant_uuid()))
    }
}

/// Replaces all moments of the asset.
pub(super) async fn write_moments(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    all: &[Moment],
) -> Result<(), StoreError> {
    let mut seen = HashSet::with_capacity(all.len());
    for moment in all {
        if moment.asset != asset {
            return Err(StoreError::invalid("moment", "it is of another asset"));
        }
        if moment.id != MomentId::derive(asset, moment.kind, moment.span) {
            return Err(StoreError::invalid("moment", "its id is not derived from its kind and span"));
        }
        if !seen.insert(moment.id) {
            return Err(StoreError::invalid("moment", "another of the same kind and span is there"));
        }
    }
    moments::Entity::delete_many()
        .filter(moments::Column::TenantId.eq(tenant.as_uuid()))
        .filter(moments::Column::AssetId.eq(asset.as_uuid()))
        .exec(tx)
        .await
        .doing("replace moments")?;
    let row = |moment: &Moment| {
        Ok(moments::Model {
            id: moment.id.as_uuid(),
            tenant_id: tenant.as_uuid(),
            asset_id: asset.as_uuid(),
            kind: moment.kind.as_str().to_owned(),
            start_us: moment.span.start().as_micros(),
            end_us: moment.span.end().as_micros(),
            still_at_us: moment.still_at.as_micros(),
            texts: json("moment", &moment.texts)?,
        })
    };
    let rows = all.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    insert_rows::<moments::Entity, _, _>(tx, rows, "store moments").await
}

/// Puts a new title into the whole-asset moment, if there is one.
pub(super) async fn retitle(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    title: &str,
) -> Result<(), StoreError> {
    let whole = moments::Entity::find()
        .filter(moments::Column::TenantId.eq(tenant.as_uuid()))
        .filter(moments::Column::AssetId.eq(asset.as_uuid()))
        .filter(moments::Column::Kind.eq(MomentKind::Asset.as_str()))
        .one(tx)
        .await
        .doing("find the moment of a whole asset")?;
    let Some(row) = whole else { return Ok(()) };
    let mut texts: MomentTexts = Reader { table: "moments", id: row.id }.json(&row.texts, "the texts of a moment")?;
    title.clone_into(&mut texts.title);
    let mut row = row.into_active_model();
    row.texts = Set(json("moment", &texts)?);
    row.update(tx).await.doing("retitle a moment")?;
    Ok(())
}

fn read(row: moments::Model) -> Result<Moment, StoreError> {
    let read = Reader { table: "moments", id: row.id };
    Ok(Moment {
        id: MomentId::from_uuid(row.id),
        asset: AssetId::from_uuid(row.asset_id),
        kind: read.known(MomentKind::from_name(&row.kind), "a kind of moment")?,
        span: read.span(row.start_us, row.end_us)?,
        texts: read.json(&row.texts, "the texts of a moment")?,
        still_at: MediaTime::from_micros(row.still_at_us),
    })
}
