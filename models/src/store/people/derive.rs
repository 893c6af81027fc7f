//! The faces and voices of an asset, made of what its latest analysis saw, and whose they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::row::{Reader, insert_rows};
use super::super::{settings, write};
use super::{faces, head, refresh, rows, voices};
use crate::entity::{people, people_sources, person_galleries, runs};
use crate::id::{AssetId, PersonId};
use crate::observation::{Finding, Modality, Observation, Origin};
use crate::people::Gallery;
use crate::settings::FaceAnalysis;
use crate::time::MediaTime;

/// Of which runs the faces and voices of an asset are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sources {
    faces: Option<Uuid>,
    voices: Option<Uuid>,
}

impl TenantStore {
    /// Whether the faces and voices of an asset are those that its latest analysis saw; two statements.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn has_current_people(&self, asset: AssetId) -> Result<bool, StoreError> {
        let read = self.store.database.read();
        Ok(self.known_sources(read, asset).await? == self.sources(read, asset).await?)
    }

    /// Brings the faces and voices of an asset up to what its latest analysis saw: known ones are known again, with whatever
    /// someone decided about them, new ones join the people of the tenant or make new ones. `stills` are the times of the
    /// asset's still pictures, ascending. Does nothing where all is up to date, or the asset is gone.
    ///
    /// Who publishes the asset calls this before: the indexes are not told.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn bring_up_people(&self, asset: AssetId, stills: &[MediaTime]) -> Result<(), StoreError> {
        for _ in 0..head::ATTEMPTS {
            match self.try_to_bring_up(asset, stills).await {
                Ok(true) | Err(StoreError::Deleted { .. } | StoreError::NotFound { .. }) => return Ok(()),
                Ok(false) => {}
                Err(error) => return Err(error),
            }
        }
        // Whoever publishes next tries again.
        tracing::warn!(%asset, "people change all the time, the faces of the asset wait");
        Ok(())
    }

    /// False where somebody else changed people meanwhile.
    async fn try_to_bring_up(&self, asset: AssetId, stills: &[MediaTime]) -> Result<bool, StoreError> {
        let read = self.store.database.read();
        let version = head::version(read, self.tenant).await?;
        let sources = self.sources(read, asset).await?;
        if self.known_sources(read, asset).await? == sources {
            return Ok(true);
        }
        let seen = self.all_observations(asset, &[Modality::Faces, Modality::Speakers]).await?;
        let seen: Vec<Observation> = seen.into_iter().filter(|it| it.origin() == Origin::Computed).collect();
        let found = self.found_faces(asset, &seen, stills).await?;
        let known = match found.first() {
            Some(face) => self.galleries(&face.space.name, &face.space.version).await?,
            None => Vec::new(),
        };
        let before = self.face_rows(asset).await?;
        let clock = self.store.clock().clone();
        let placed =
            tokio::task::spawn_blocking(move || faces::placed(asset, &before, found, &known, clock.as_ref())).await;
        let placed = placed.map_err(|_| StoreError::ThreadLost { thread: "people" })?;
        let turns = voices::turns(&seen);

        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, asset).await?;
        if self.sources(&tx, asset).await? != sources || !head::advance(&tx, self.tenant, version).await? {
            tx.rollback().await.doing("put faces together")?;
            return Ok(false);
        }
        let is_wanted = settings::read(&tx, self.tenant).await?.faces == FaceAnalysis::On;
        let mut concerned = if is_wanted { self.write_faces(&tx, asset, placed).await? } else { BTreeSet::new() };
        concerned.extend(self.write_voices(&tx, asset, &turns).await?);
        refresh::refresh(&tx, self.tenant, &concerned, self.store.now_us()).await?;
        self.write_sources(&tx, asset, sources).await?;
        tx.commit().await.doing("put faces together")?;
        Ok(true)
    }

    /// Puts the faces of the asset in place of those there were; returns whom that concerns.
    async fn write_faces(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        placed: faces::Placed,
    ) -> Result<BTreeSet<PersonId>, StoreError> {
        let now = self.store.now_us();
        let new = |id: &PersonId| people::Model {
            id: id.as_uuid(),
            tenant_id: self.tenant_uuid(),
            name: None,
            name_key: None,
            faces: 0,
            assets: 0,
            created_at_us: now,
            updated_at_us: now,
        };
        let new: Vec<people::Model> = placed.new_people.iter().map(new).collect();
        insert_rows::<people::Entity, _, _>(tx, new, "store new people").await?;
        use crate::entity::faces::{Column, Entity};
        let old = Entity::delete_many().filter(Column::TenantId.eq(self.tenant_uuid()));
        old.filter(Column::AssetId.eq(asset.as_uuid())).exec(tx).await.doing("replace the faces of an asset")?;
        let rows: Vec<_> = placed.rows.into_iter().map(|row| row.model(self.tenant)).collect::<Result<_, _>>()?;
        insert_rows::<Entity, _, _>(tx, rows, "store the faces of an asset").await?;
        Ok(placed.concerned)
    }

    async fn write_sources(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        sources: Sources,
    ) -> Result<(), StoreError> {
        use people_sources::Column::{AssetId as Key, FacesRun, VoicesRun};
        let row = people_sources::Model {
            tenant_id: self.tenant_uuid(),
            asset_id: asset.as_uuid(),
            faces_run: sources.faces,
            voices_run: sources.voices,
        };
        let again = OnConflict::column(Key).update_columns([FacesRun, VoicesRun]).to_owned();
        let insert = people_sources::Entity::insert(row.into_active_model()).on_conflict(again);
        insert.exec_without_returning(tx).await.doing("mark whose faces were put together")?;
        Ok(())
    }

    async fn known_sources(&self, from: &impl ConnectionTrait, asset: AssetId) -> Result<Sources, StoreError> {
        let row = people_sources::Entity::find()
            .filter(people_sources::Column::TenantId.eq(self.tenant_uuid()))
            .filter(people_sources::Column::AssetId.eq(asset.as_uuid()))
            .one(from)
            .await
            .doing("find whose faces were put together")?;
        Ok(row.map_or_else(Sources::default, |row| Sources { faces: row.faces_run, voices: row.voices_run }))
    }

    /// The runs that saw faces and heard voices last.
    async fn sources(&self, from: &impl ConnectionTrait, asset: AssetId) -> Result<Sources, StoreError> {
        let all = runs::Entity::find()
            .filter(runs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(runs::Column::AssetId.eq(asset.as_uuid()))
            .all(from)
            .await
            .doing("find the runs of faces and voices")?;
        let of = |modality: Modality| {
            let suffix = format!("/{}", modality.as_str());
            let is_ours = |name: &str| Origin::of_name(name) == Origin::Computed && name.ends_with(&suffix);
            all.iter().filter(|run| is_ours(&run.analyzer)).map(|run| run.id).max()
        };
        Ok(Sources { faces: of(Modality::Faces), voices: of(Modality::Speakers) })
    }

    /// What everyone looks like in that space.
    async fn galleries(&self, name: &str, version: &str) -> Result<Vec<(PersonId, Gallery)>, StoreError> {
        let all = person_galleries::Entity::find()
            .filter(person_galleries::Column::TenantId.eq(self.tenant_uuid()))
            .filter(person_galleries::Column::SpaceName.eq(name))
            .filter(person_galleries::Column::SpaceVersion.eq(version))
            .order_by_asc(person_galleries::Column::PersonId)
            .all(self.store.database.read())
            .await
            .doing("read what people look like")?;
        let read = |row: person_galleries::Model| {
            let reader = Reader { table: "person_galleries", id: row.person_id };
            let mean = rows::vector(reader, &row.mean)?;
            let faces = reader.unsigned(i64::from(row.faces))?;
            Ok((PersonId::from_uuid(row.person_id), Gallery { faces, mean, mean_square: row.mean_square }))
        };
        all.into_iter().map(read).collect()
    }

    /// The faces that were seen, each with its vector.
    async fn found_faces(
        &self,
        asset: AssetId,
        seen: &[Observation],
        stills: &[MediaTime],
    ) -> Result<Vec<faces::Found>, StoreError> {
        if !seen.iter().any(|it| it.modality == Modality::Faces) {
            return Ok(Vec::new());
        }
        let vectors = self.embeddings_by(asset, Modality::Faces).await?;
        // The vector of a face has the id of the observation.
        let mut vectors: HashMap<Uuid, _> = vectors.into_iter().map(|vector| (vector.id.as_uuid(), vector)).collect();
        let spaces = vectors.values().map(|vector| &vector.space);
        let mut counts = BTreeMap::new();
        spaces.for_each(|space| *counts.entry(space.clone()).or_insert(0_usize) += 1);
        let Some(space) = counts.into_iter().max_by_key(|(_, count)| *count).map(|(space, _)| space) else {
            return Ok(Vec::new());
        };
        let found = seen.iter().filter_map(|it| {
            let Finding::Face { bounds, at, quality, boxes } = &it.finding else { return None };
            let vector = vectors.remove(&it.id.as_uuid()).filter(|vector| vector.space == space)?;
            Some(faces::Found {
                observation: it.id,
                span: it.span,
                at: *at,
                bounds: *bounds,
                quality: *quality,
                still: faces::still_of(it.span, boxes, stills),
                boxes: boxes.clone(),
                space: vector.space,
                vector: vector.values,
            })
        });
        Ok(found.collect())
    }
}
