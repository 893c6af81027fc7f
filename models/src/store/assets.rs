//! Assets: registered once per content, listed newest first, deleted by a tombstone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Func, LikeExpr, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::ending::cancel_jobs_of;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::jobs::{new_job, read_job};
use super::page::{AssetCursor, Page, PageRequest};
use super::row::{Reader, before, clean, json, stored};
use super::{feed, purge, streams, write};
use crate::asset::{Asset, AssetState, NewAsset, Revision};
use crate::blob::BlobKey;
use crate::content::ContentHash;
use crate::entity::{assets, jobs};
use crate::id::{AssetId, TenantId};
use crate::job::{Job, JobSpec};
use crate::probe::Probe;
use crate::reason::Reason;
use crate::review::Review;
use crate::rights::Rights;

/// Longest title; what a search result shows in two lines.
const MAX_TITLE_CHARS: usize = 500;
/// Longest file name; the limit of the usual file systems.
const MAX_FILE_NAME_CHARS: usize = 255;

/// Which assets are wanted; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetFilter {
    /// Only these states; empty for any.
    pub states: Vec<AssetState>,
    /// Only where title or file name contain this, in any case (of ASCII letters on SQLite, of all on PostgreSQL).
    pub words: Option<String>,
    /// Registered then or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Registered earlier than this.
    pub created_before: Option<DateTime<Utc>>,
}

impl AssetFilter {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        if !self.states.is_empty() {
            all = all.add(assets::Column::State.is_in(self.states.iter().map(|state| state.as_str())));
        }
        if let Some(words) = &self.words {
            let escaped: String = clean(&words.to_lowercase(), MAX_TITLE_CHARS)
                .chars()
                .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
                .collect();
            let within = |column: assets::Column| {
                let pattern = LikeExpr::new(format!("%{escaped}%")).escape('\\');
                Expr::expr(Func::lower(Expr::col(column))).like(pattern)
            };
            all = all.add(within(assets::Column::Title).or(within(assets::Column::FileName)));
        }
        all.add_option(self.created_from.map(|from| assets::Column::CreatedAtUs.gte(from.timestamp_micros())))
            .add_option(self.created_before.map(|to| assets::Column::CreatedAtUs.lt(to.timestamp_micros())))
    }
}

/// What came of registering.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once for each file that comes in, never kept in bulk")]
pub enum Registration {
    /// A new asset, and the job that will analyse it.
    New {
        /// The asset.
        asset: Asset,
        /// The job.
        job: Job,
    },
    /// The tenant has these bytes already; nothing was written.
    AlreadyKnown {
        /// The asset that has them.
        asset: Asset,
    },
}

impl Registration {
    /// The asset that now has the bytes.
    pub const fn asset(&self) -> &Asset {
        match self {
            Self::New { asset, .. } | Self::AlreadyKnown { asset } => asset,
        }
    }
}

impl TenantStore {
    /// Registers an asset and enqueues the job that will analyse it, both or neither. The same bytes a second time are
    /// [`Registration::AlreadyKnown`], also when two callers register them at the same instant.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn register_asset(&self, new: NewAsset, spec: JobSpec) -> Result<Registration, StoreError> {
        let now = self.store.now_us();
        let id = AssetId::generate(self.store.clock().as_ref());
        let row = assets::Model {
            id: id.as_uuid(),
            tenant_id: self.tenant_uuid(),
            title: clean(&new.title, MAX_TITLE_CHARS),
            file_name: clean(&new.file_name, MAX_FILE_NAME_CHARS),
            content_sha256: new.content.as_bytes().to_vec(),
            size_bytes: stored(new.size_bytes),
            source: json("asset source", &new.source)?,
            state: AssetState::Registered.as_str().to_owned(),
            state_reason: None,
            probe: None,
            duration_us: None,
            warnings: "[]".to_owned(),
            metadata: "{}".to_owned(),
            rights: json("an asset's licences", &Rights::default())?,
            review: json("an asset's review", &Review::default())?,
            original_key: new.original.as_str().to_owned(),
            thumbnail_key: None,
            created_at_us: now,
            updated_at_us: now,
            revision: 0,
            deleted_at_us: None,
        };
        let job = new_job(&self.store, self.tenant, id, spec, now);

        let tx = self.store.database.begin().await?;
        let unless_known = OnConflict::columns([assets::Column::TenantId, assets::Column::ContentSha256])
            .target_and_where(assets::Column::DeletedAtUs.is_null())
            .do_nothing()
            .to_owned();
        let inserted = assets::Entity::insert(sea_orm::IntoActiveModel::into_active_model(row.clone()))
            .on_conflict(unless_known)
            .exec_without_returning(&tx)
            .await
            .doing("register an asset")?;
        if inserted == 0 {
            let known = self.by_content(&tx, &new.content).await?;
            tx.rollback().await.doing("register an asset")?;
            let asset = known.ok_or(StoreError::NotFound { what: "asset", id: id.as_uuid() })?;
            return Ok(Registration::AlreadyKnown { asset });
        }
        jobs::Entity::insert(sea_orm::IntoActiveModel::into_active_model(job.clone()))
            .exec_without_returning(&tx)
            .await
            .doing("enqueue the analysis of an asset")?;
        tx.commit().await.doing("register an asset")?;
        Ok(Registration::New { asset: read_asset(row)?, job: read_job(job)? })
    }

    /// The asset of that id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn find_asset(&self, id: AssetId) -> Result<Option<Asset>, StoreError> {
        let row = self.assets().filter(assets::Column::Id.eq(id.as_uuid())).one(self.store.database.read()).await;
        row.doing("find an asset")?.map(read_asset).transpose()
    }

    /// The asset of that id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], and as [`Self::find_asset`].
    pub async fn get_asset(&self, id: AssetId) -> Result<Asset, StoreError> {
        self.find_asset(id).await?.ok_or(StoreError::NotFound { what: "asset", id: id.as_uuid() })
    }

    /// The asset with those bytes, if there is one.
    ///
    /// # Errors
    /// As [`Self::find_asset`].
    pub async fn find_asset_by_content(&self, content: &ContentHash) -> Result<Option<Asset>, StoreError> {
        self.by_content(self.store.database.read(), content).await
    }

    /// Those of the assets that exist; one statement per [`super::MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// As [`Self::find_asset`].
    pub async fn assets_by_ids(&self, ids: &[AssetId]) -> Result<HashMap<AssetId, Asset>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(super::MAX_PAGE_ROWS as usize) {
            let these = assets::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            let rows = self.assets().filter(these).all(self.store.database.read()).await.doing("find assets")?;
            for row in rows {
                let asset = read_asset(row)?;
                found.insert(asset.id, asset);
            }
        }
        Ok(found)
    }

    /// A page of assets, newest first.
    ///
    /// # Errors
    /// As [`Self::find_asset`].
    pub async fn list_assets(
        &self,
        filter: &AssetFilter,
        page: PageRequest<AssetCursor>,
    ) -> Result<Page<Asset>, StoreError> {
        let mut query = self.assets().filter(filter.condition());
        if let Some(cursor) = page.after {
            let seen = (cursor.created_at.timestamp_micros(), cursor.id.as_uuid());
            query = query.filter(before(assets::Column::CreatedAtUs, assets::Column::Id, seen));
        }
        let rows = query
            .order_by_desc(assets::Column::CreatedAtUs)
            .order_by_desc(assets::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list assets")?;
        Page::cut(rows, page.limit()).map(read_asset)
    }

    /// How many assets there are.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn count_assets(&self, filter: &AssetFilter) -> Result<u64, StoreError> {
        self.assets().filter(filter.condition()).count(self.store.database.read()).await.doing("count assets")
    }

    /// Keeps what the file is, and its streams.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Query`].
    pub async fn set_asset_probe(&self, id: AssetId, probe: &Probe) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, id).await?;
        streams::write_probe(&tx, self.tenant, id, probe, self.store.now_us()).await?;
        tx.commit().await.doing("keep a probe")
    }

    /// Puts the asset into a state.
    ///
    /// # Errors
    /// As [`Self::set_asset_probe`].
    pub async fn set_asset_state(
        &self,
        id: AssetId,
        state: AssetState,
        reason: Option<Reason>,
    ) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, id).await?;
        write::asset_state(&tx, self.tenant, id, state, reason.as_ref(), self.store.now_us()).await?;
        tx.commit().await.doing("set an asset's state")
    }

    /// Keeps where the small still picture is.
    ///
    /// # Errors
    /// As [`Self::set_asset_probe`].
    pub async fn set_asset_thumbnail(&self, id: AssetId, key: &BlobKey) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, id).await?;
        let change = assets::ActiveModel { thumbnail_key: Set(Some(key.as_str().to_owned())), ..Default::default() };
        write::update_asset(&tx, self.tenant, id, change, self.store.now_us()).await?;
        tx.commit().await.doing("keep a thumbnail")
    }

    /// Gives the asset another title, in its whole-asset moment too, and tells the indexes.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a title that is blank or longer than 500 characters, and as [`Self::set_asset_probe`].
    pub async fn rename_asset(&self, id: AssetId, title: &str) -> Result<Asset, StoreError> {
        let title = title.trim();
        if title.is_empty() {
            return Err(StoreError::invalid("title", "it is blank"));
        }
        if title.chars().count() > MAX_TITLE_CHARS {
            return Err(StoreError::invalid("title", format!("it is longer than {MAX_TITLE_CHARS} characters")));
        }
        let title = clean(title, MAX_TITLE_CHARS);
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, id).await?;
        let change = assets::ActiveModel { title: Set(title.clone()), ..Default::default() };
        write::update_asset(&tx, self.tenant, id, change, self.store.now_us()).await?;
        super::moments::retitle(&tx, self.tenant, id, &title).await?;
        feed::bump(&tx, id).await?;
        tx.commit().await.doing("rename an asset")?;
        self.get_asset(id).await
    }

    /// Deletes the asset: it is gone from every listing at once with all that was seen in it, its jobs are cancelled, and
    /// the indexes are told. A tombstone stays for the feed; [`TenantStore::purge_asset`] takes the names out of it.
    /// Returns whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn delete_asset(&self, id: AssetId) -> Result<bool, StoreError> {
        let now = self.store.now_us();
        let tx = self.store.database.begin().await?;
        // Jobs before the asset, as everywhere, so that two transactions never wait for each other.
        cancel_jobs_of(&tx, self.tenant, id, now).await?;
        match write::lock_asset(&tx, self.tenant, id).await {
            Ok(_) => {}
            Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        let change = assets::ActiveModel { deleted_at_us: Set(Some(now)), ..Default::default() };
        write::update_asset(&tx, self.tenant, id, change, now).await?;
        purge::delete_derived(&tx, self.tenant, id, now).await?;
        feed::bump(&tx, id).await?;
        tx.commit().await.doing("delete an asset")?;
        Ok(true)
    }

    /// The tenant's assets that are not deleted.
    fn assets(&self) -> Select<assets::Entity> {
        assets::Entity::find()
            .filter(assets::Column::TenantId.eq(self.tenant_uuid()))
            .filter(assets::Column::DeletedAtUs.is_null())
    }

    async fn by_content<C: ConnectionTrait>(
        &self,
        connection: &C,
        content: &ContentHash,
    ) -> Result<Option<Asset>, StoreError> {
        let same = assets::Column::ContentSha256.eq(content.as_bytes().to_vec());
        let row = self.assets().filter(same).one(connection).await.doing("find an asset by content")?;
        row.map(read_asset).transpose()
    }
}

/// The row of an asset, locked until the transaction ends; deleted ones included.
pub(super) fn locked(tenant: TenantId, id: AssetId) -> Select<assets::Entity> {
    // `NO KEY UPDATE`, so that rows that refer to the asset can be inserted meanwhile.
    assets::Entity::find()
        .filter(assets::Column::TenantId.eq(tenant.as_uuid()))
        .filter(assets::Column::Id.eq(id.as_uuid()))
        .lock(LockType::NoKeyUpdate)
}

fn read_asset(row: assets::Model) -> Result<Asset, StoreError> {
    let read = Reader { table: "assets", id: row.id };
    let key = |text: &str| BlobKey::new(text).map_err(|_| read.damaged("a blob key"));
    let content = row.content_sha256.try_into().map_err(|_| read.damaged("a SHA-256"))?;
    Ok(Asset {
        id: AssetId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        title: row.title,
        file_name: row.file_name,
        content: ContentHash::from_bytes(content),
        size_bytes: read.unsigned(row.size_bytes)?,
        source: read.json(&row.source, "an asset source")?,
        state: read.known(AssetState::from_name(&row.state), "an asset state")?,
        state_reason: read.optional_json(row.state_reason.as_deref(), "a reason")?,
        probe: read.optional_json(row.probe.as_deref(), "a probe")?,
        warnings: read.json(&row.warnings, "a list of reasons")?,
        metadata: read.json(&row.metadata, "an asset's own fields")?,
        rights: read.json(&row.rights, "an asset's licences")?,
        review: read.json(&row.review, "an asset's review")?,
        original: key(&row.original_key)?,
        thumbnail: row.thumbnail_key.as_deref().map(key).transpose()?,
        created_at: read.instant(row.created_at_us)?,
        updated_at: read.instant(row.updated_at_us)?,
        revision: Revision(row.revision),
        deleted_at: row.deleted_at_us.map(|micros| read.instant(micros)).transpose()?,
    })
}
