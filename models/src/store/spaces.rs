//! The embedding spaces that a tenant keeps: read by every search, changed one row at a time.

use std::borrow::Cow;

use sea_orm::sea_query::{Expr, LockType, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::embeddings::is_in;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::{Reader, json};
use crate::coverage::{Coverage, CoverageStatus};
use crate::embedding::EmbeddingSpace;
use crate::entity::{assets, embedding_spaces, embeddings};
use crate::gap::{CurrentModel, Imports};
use crate::id::TenantId;
use crate::observation::ModalitySet;
use crate::refresh::{RefreshMode, RefreshRequest, Refreshed};
use crate::run::StageCommit;
use crate::scope::Scope;
use crate::space::{Completeness, KeptSpaces, SpaceCount, SpaceRefusal, SpaceRole};

/// The second look at vectors in a statement that compares spaces.
const TWIN: &str = "twin";

impl TenantStore {
    /// The spaces that are kept, by role; one statement. A role for which nothing was decided yet has no line.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn kept_spaces(&self) -> Result<Vec<KeptSpaces>, StoreError> {
        read_all(self.store.database.read(), self.tenant, None).await
    }

    /// Decides what serves a role for which nothing was decided yet, from the spaces that there are models for, preferred ones
    /// first: the one that most of the library's vectors are in, else the preferred one. Where the space that serves has no
    /// model any more, the preferred one becomes its candidate. What was decided otherwise stays. Returns what is kept then.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn adopt_spaces(&self, available: &[(SpaceRole, EmbeddingSpace)]) -> Result<Vec<KeptSpaces>, StoreError> {
        let kept = self.kept_spaces().await?;
        let mut is_changed = false;
        for role in SpaceRole::ALL {
            let of_role: Vec<&EmbeddingSpace> =
                available.iter().filter(|(of, _)| *of == role).map(|(_, space)| space).collect();
            let Some(preferred) = of_role.first().copied() else { continue };
            match kept.iter().find(|kept| kept.role == role) {
                None => self.take_on(role, &of_role).await?,
                Some(kept) if kept.beside.is_some() || kept.serving == *preferred => continue,
                Some(_) if !self.has_vectors(role).await? => self.replace_unused(role, preferred).await?,
                Some(kept) if !of_role.contains(&&kept.serving) => {
                    tracing::warn!(
                        serving = kept.serving.key(),
                        candidate = preferred.key(),
                        role = role.as_str(),
                        "the space that serves has no model here; fill the candidate and switch to it"
                    );
                    self.begin_space(role, preferred).await?;
                }
                Some(_) => continue,
            }
            is_changed = true;
        }
        if is_changed { self.kept_spaces().await } else { Ok(kept) }
    }

    /// Keeps a space beside the one that serves, and makes a job on every analysed asset that it lacks, behind all other work,
    /// or only counts them. Asking again makes the jobs that are missing. `models` are those of the workers.
    ///
    /// # Errors
    /// [`StoreError::Space`] where another space is kept beside, nothing serves, or no worker has the model;
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn fill_space(
        &self,
        models: &[CurrentModel],
        role: SpaceRole,
        space: &EmbeddingSpace,
        mode: RefreshMode,
    ) -> Result<Refreshed, StoreError> {
        let is_its = |model: &&CurrentModel| model.is_available && is_of(model, role, space);
        let models: Vec<CurrentModel> = models.iter().filter(is_its).cloned().collect();
        if models.is_empty() {
            return Err(SpaceRefusal::NoModel { space: space.clone() }.into());
        }
        if mode == RefreshMode::Enqueue {
            self.begin_space(role, space).await?;
        }
        let request = RefreshRequest {
            modalities: ModalitySet::EMPTY.with(role.modality()),
            imports: Imports::AreIgnored,
            only_ready: true,
            ..RefreshRequest::default()
        };
        self.refresh_within(&models, &request, mode, Scope::Fill).await
    }

    /// Keeps a space beside the one that serves.
    ///
    /// # Errors
    /// [`StoreError::Space`], [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn begin_space(&self, role: SpaceRole, space: &EmbeddingSpace) -> Result<KeptSpaces, StoreError> {
        self.change_spaces(role, |kept| kept.begin(space), None).await
    }

    /// Lets the candidate serve, for every search that begins from now on in any process.
    ///
    /// # Errors
    /// [`StoreError::Space`] where there is no candidate or, unless that is waived, it is incomplete;
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn switch_space(&self, role: SpaceRole, completeness: Completeness) -> Result<KeptSpaces, StoreError> {
        self.change_spaces(role, KeptSpaces::switch, Some(completeness)).await
    }

    /// Lets the space that served before serve again.
    ///
    /// # Errors
    /// As [`TenantStore::switch_space`], where there is no previous space.
    pub async fn roll_back_space(&self, role: SpaceRole, completeness: Completeness) -> Result<KeptSpaces, StoreError> {
        self.change_spaces(role, KeptSpaces::roll_back, Some(completeness)).await
    }

    /// Keeps a space no longer, and removes its vectors and coverage page by page; returns of how many assets. What is left of a
    /// call that broke off is removed by another.
    ///
    /// # Errors
    /// [`StoreError::Space`] where it serves; [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn drop_space(&self, role: SpaceRole, space: &EmbeddingSpace) -> Result<u64, StoreError> {
        self.change_spaces(role, |kept| kept.drop_space(space), None).await?;
        self.purge_space(role, space).await
    }

    /// How much of the library each space has that has anything; one statement.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn count_spaces(&self) -> Result<Vec<SpaceCount>, StoreError> {
        use embeddings::Column;
        let roles = SpaceRole::ALL.map(|role| role.modality().as_str());
        let rows: Vec<(String, String, String, i32, i64, i64)> = embeddings::Entity::find()
            .filter(Column::TenantId.eq(self.tenant_uuid()))
            .filter(Column::Modality.is_in(roles))
            .filter(is_alive())
            .select_only()
            .columns([Column::Modality, Column::SpaceName, Column::SpaceVersion, Column::Dims])
            .column_as(Expr::cust("COUNT(*)"), "vectors")
            .column_as(Expr::cust("COUNT(DISTINCT moment_id)"), "moments")
            .group_by(Column::Modality)
            .group_by(Column::SpaceName)
            .group_by(Column::SpaceVersion)
            .group_by(Column::Dims)
            .order_by_asc(Column::Modality)
            .order_by_asc(Column::SpaceName)
            .order_by_asc(Column::SpaceVersion)
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("count the vectors of spaces")?;
        let read = Reader { table: "embeddings", id: self.tenant_uuid() };
        let count = |(role, name, version, dims, vectors, moments): (String, _, _, i32, _, _)| {
            Ok(SpaceCount {
                role: read.known(SpaceRole::from_name(&role), "a role")?,
                space: EmbeddingSpace { name, version, dims: read.unsigned(i64::from(dims))? },
                vectors: read.unsigned(vectors)?,
                moments: read.unsigned(moments)?,
            })
        };
        rows.into_iter().map(count).collect()
    }

    /// How many moments have a vector in another of the kept spaces and none in this one; one statement.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn count_lacking(&self, kept: &KeptSpaces, space: &EmbeddingSpace) -> Result<u64, StoreError> {
        count_lacking(self.store.database.read(), self.tenant, kept, space).await
    }

    /// The models of those that are to look at the tenant's library: of those whose vectors are searched, the ones of its
    /// kept spaces.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn wanted_models(&self, models: &[CurrentModel]) -> Result<Vec<CurrentModel>, StoreError> {
        let kept = self.kept_spaces().await?;
        let is_wanted = |model: &&CurrentModel| {
            let of_role = kept.iter().find(|kept| kept.role.modality() == model.modality);
            // What stands for a model that is missing is no space.
            let is_space = models.iter().any(|other| other.modality == model.modality && other.is_available);
            of_role.is_none_or(|kept| !is_space || kept.all().any(|space| is_of(model, kept.role, space)))
        };
        Ok(models.iter().filter(is_wanted).cloned().collect())
    }

    /// Changes the row of a role, locked. With a demand for completeness, what is to serve must lack nothing of what serves.
    async fn change_spaces(
        &self,
        role: SpaceRole,
        step: impl FnOnce(KeptSpaces) -> Result<KeptSpaces, SpaceRefusal>,
        completeness: Option<Completeness>,
    ) -> Result<KeptSpaces, StoreError> {
        let doing = "change the embedding spaces";
        let tx = self.store.database.begin().await?;
        let rows = read_all(&tx, self.tenant, Some(LockType::Update)).await?;
        let before = rows.into_iter().find(|kept| kept.role == role).ok_or(SpaceRefusal::NothingServes { role })?;
        let after = step(before.clone())?;
        if completeness == Some(Completeness::Required) {
            let moments = count_lacking(&tx, self.tenant, &before, &after.serving).await?;
            if moments > 0 {
                return Err(SpaceRefusal::Incomplete { space: after.serving, moments }.into());
            }
        }
        if after != before {
            self.write_kept(&tx, &after).await?;
        }
        tx.commit().await.doing(doing)?;
        Ok(after)
    }

    /// The first decision on a role, from spaces that there are models for, the preferred one first; where another process was faster, its own stays.
    async fn take_on(&self, role: SpaceRole, available: &[&EmbeddingSpace]) -> Result<(), StoreError> {
        let counts = self.count_spaces().await?;
        let vectors = |space: &&&EmbeddingSpace| {
            let of_space = counts.iter().find(|count| count.role == role && count.space == ***space);
            of_space.map_or(0, |count| count.vectors)
        };
        // Of several with as many the last one counts, and that is to be the preferred one.
        let Some(serving) = available.iter().rev().max_by_key(vectors) else { return Ok(()) };
        tracing::info!(space = serving.key(), role = role.as_str(), "the space serves searches from now on");
        let row = self.row(&KeptSpaces::new(role, (*serving).clone()))?;
        let first = OnConflict::columns([embedding_spaces::Column::TenantId, embedding_spaces::Column::Role])
            .do_nothing()
            .to_owned();
        let tx = self.store.database.begin().await?;
        let insert = embedding_spaces::Entity::insert(row.into_active_model()).on_conflict(first);
        insert.exec_without_returning(&tx).await.doing("decide on an embedding space")?;
        tx.commit().await.doing("decide on an embedding space")
    }

    /// Lets another space serve a role that has no vectors at all.
    async fn replace_unused(&self, role: SpaceRole, preferred: &EmbeddingSpace) -> Result<(), StoreError> {
        let step = |kept: KeptSpaces| Ok(KeptSpaces { serving: preferred.clone(), ..kept });
        self.change_spaces(role, step, None).await.map(|_| ())
    }

    async fn has_vectors(&self, role: SpaceRole) -> Result<bool, StoreError> {
        let any = embeddings::Entity::find()
            .select_only()
            .column(embeddings::Column::Id)
            .filter(embeddings::Column::TenantId.eq(self.tenant_uuid()))
            .filter(embeddings::Column::Modality.eq(role.modality().as_str()))
            .limit(1)
            .into_tuple::<sea_orm::prelude::Uuid>()
            .one(self.store.database.read());
        Ok(any.await.doing("look for vectors of a role")?.is_some())
    }

    async fn write_kept(&self, tx: &DatabaseTransaction, kept: &KeptSpaces) -> Result<(), StoreError> {
        use embedding_spaces::Column;
        let row = self.row(kept)?;
        let update = embedding_spaces::Entity::update_many()
            .col_expr(Column::Serving, Expr::value(row.serving))
            .col_expr(Column::Beside, Expr::value(row.beside))
            .col_expr(Column::ChangedAtUs, Expr::value(row.changed_at_us))
            .filter(Column::TenantId.eq(row.tenant_id))
            .filter(Column::Role.eq(row.role));
        update.exec(tx).await.doing("change the embedding spaces")?;
        Ok(())
    }

    fn row(&self, kept: &KeptSpaces) -> Result<embedding_spaces::Model, StoreError> {
        Ok(embedding_spaces::Model {
            tenant_id: self.tenant_uuid(),
            role: kept.role.as_str().to_owned(),
            serving: json("embedding space", &kept.serving)?,
            beside: kept.beside.as_ref().map(|beside| json("embedding space", beside)).transpose()?,
            changed_at_us: self.store.now_us(),
        })
    }
}

/// The spaces that are kept, held unchanged until the transaction ends.
pub(super) async fn hold_spaces(tx: &DatabaseTransaction, tenant: TenantId) -> Result<Vec<KeptSpaces>, StoreError> {
    read_all(tx, tenant, Some(LockType::Share)).await
}

/// What of a stage's outcome lies in spaces that are kept: an attempt may have begun before one was dropped.
pub(super) fn in_kept_spaces<'c>(spaces: &[KeptSpaces], commit: &'c StageCommit) -> Cow<'c, StageCommit> {
    let of = |modality| spaces.iter().find(|kept| kept.role.modality() == modality);
    let is_kept = |space: &EmbeddingSpace, modality| of(modality).is_none_or(|kept| kept.keeps(space));
    let tells_of_kept = |cell: &Coverage| {
        cell.status != CoverageStatus::Done
            || of(cell.modality).is_none_or(|kept| {
                kept.all().any(|space| (&space.name, &space.version) == (&cell.model, &cell.version))
            })
    };
    if commit.embeddings.iter().all(|set| is_kept(&set.space, set.modality))
        && commit.coverage.iter().all(tells_of_kept)
    {
        return Cow::Borrowed(commit);
    }
    let mut commit = commit.clone();
    commit.embeddings.retain(|set| is_kept(&set.space, set.modality));
    commit.coverage.retain(tells_of_kept);
    Cow::Owned(commit)
}

async fn read_all(
    from: &impl ConnectionTrait,
    tenant: TenantId,
    lock: Option<LockType>,
) -> Result<Vec<KeptSpaces>, StoreError> {
    let mut query = embedding_spaces::Entity::find()
        .filter(embedding_spaces::Column::TenantId.eq(tenant.as_uuid()))
        .order_by_asc(embedding_spaces::Column::Role);
    if let Some(lock) = lock {
        query = query.lock(lock);
    }
    let rows = query.all(from).await.doing("read the embedding spaces")?;
    let read = |row: embedding_spaces::Model| {
        let read = Reader { table: "embedding_spaces", id: row.tenant_id };
        Ok(KeptSpaces {
            role: read.known(SpaceRole::from_name(&row.role), "a role")?,
            serving: read.json(&row.serving, "an embedding space")?,
            beside: read.optional_json(row.beside.as_deref(), "an embedding space")?,
        })
    };
    rows.into_iter().map(read).collect()
}

async fn count_lacking(
    from: &impl ConnectionTrait,
    tenant: TenantId,
    kept: &KeptSpaces,
    space: &EmbeddingSpace,
) -> Result<u64, StoreError> {
    use embeddings::Column;
    let twin = |column: Column| Expr::col((TWIN, column));
    let same = |column: Column| twin(column).equals((embeddings::Entity, column));
    let in_space = Query::select()
        .expr(Expr::val(1))
        .from_as(embeddings::Entity, TWIN)
        .and_where(same(Column::TenantId))
        .and_where(same(Column::Modality))
        .and_where(same(Column::AssetId))
        .and_where(same(Column::MomentId))
        .and_where(twin(Column::SpaceName).eq(space.name.as_str()))
        .and_where(twin(Column::SpaceVersion).eq(space.version.as_str()))
        .take();
    let count: Option<i64> = embeddings::Entity::find()
        .filter(Column::TenantId.eq(tenant.as_uuid()))
        .filter(Column::Modality.eq(kept.role.modality().as_str()))
        .filter(is_in(kept.all().filter(|other| *other != space)))
        .filter(is_alive())
        .filter(Expr::exists(in_space).not())
        .select_only()
        .column_as(Expr::cust("COUNT(DISTINCT \"embeddings\".\"moment_id\")"), "moments")
        .into_tuple()
        .one(from)
        .await
        .doing("count what a space lacks")?;
    let read = Reader { table: "embeddings", id: tenant.as_uuid() };
    read.unsigned(count.unwrap_or_default())
}

/// Vectors of assets that are not deleted.
fn is_alive() -> Condition {
    let alive = assets::Entity::find()
        .select_only()
        .column(assets::Column::Id)
        .filter(assets::Column::DeletedAtUs.is_null())
        .into_query();
    Condition::all().add(embeddings::Column::AssetId.in_subquery(alive))
}

fn is_of(model: &CurrentModel, role: SpaceRole, space: &EmbeddingSpace) -> bool {
    model.modality == role.modality() && model.model == space.name && model.version == space.version
}
