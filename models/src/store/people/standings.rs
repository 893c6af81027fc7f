//! How people, faces and voices stand before a change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::page::MAX_PAGE_ROWS;
use super::super::row::Reader;
use super::plan::MAX_CHANGED_FACES;
use crate::entity::{faces, people, voices};
use crate::id::{FaceId, PersonId, VoiceId};
use crate::people::{PersonRecord, Standing};

/// Faces by how they stand.
pub(super) type ByStanding = BTreeMap<Standing, Vec<FaceId>>;

impl TenantStore {
    /// The person of that id.
    pub(super) async fn record(&self, tx: &DatabaseTransaction, person: PersonId) -> Result<PersonRecord, StoreError> {
        let found = self.records(tx, &[person]).await?.remove(&person);
        found.ok_or(StoreError::NotFound { what: "person", id: person.as_uuid() })
    }

    /// Those of the people who are there.
    pub(super) async fn records(
        &self,
        tx: &DatabaseTransaction,
        ids: &[PersonId],
    ) -> Result<HashMap<PersonId, PersonRecord>, StoreError> {
        let mut found = HashMap::new();
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows = people::Entity::find()
                .filter(people::Column::TenantId.eq(self.tenant_uuid()))
                .filter(people::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
                .all(tx)
                .await
                .doing("find people")?;
            found.extend(rows.into_iter().map(|row| {
                let id = PersonId::from_uuid(row.id);
                (id, PersonRecord { id, name: row.name, created_at_us: row.created_at_us })
            }));
        }
        Ok(found)
    }

    /// Whose those of the voices are that are there.
    pub(super) async fn owners(
        &self,
        tx: &DatabaseTransaction,
        ids: &[VoiceId],
    ) -> Result<HashMap<VoiceId, Option<PersonId>>, StoreError> {
        let mut found = HashMap::new();
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows: Vec<(Uuid, Option<Uuid>)> = voices::Entity::find()
                .select_only()
                .columns([voices::Column::Id, voices::Column::PersonId])
                .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
                .filter(voices::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
                .into_tuple()
                .all(tx)
                .await
                .doing("find whose voices are")?;
            found
                .extend(rows.into_iter().map(|(id, person)| (VoiceId::from_uuid(id), person.map(PersonId::from_uuid))));
        }
        Ok(found)
    }

    /// How these faces stand; all must be there.
    pub(super) async fn known_standings(
        &self,
        tx: &DatabaseTransaction,
        ids: &[FaceId],
    ) -> Result<ByStanding, StoreError> {
        if ids.is_empty() {
            return Err(StoreError::invalid("faces", "there are none"));
        }
        let found = self.standings_of(tx, ids).await?;
        let there: BTreeSet<FaceId> = found.values().flatten().copied().collect();
        match ids.iter().find(|id| !there.contains(id)) {
            Some(missing) => Err(StoreError::NotFound { what: "face", id: missing.as_uuid() }),
            None => Ok(found),
        }
    }

    /// How those of the faces stand that are there.
    pub(super) async fn standings_of(
        &self,
        tx: &DatabaseTransaction,
        ids: &[FaceId],
    ) -> Result<ByStanding, StoreError> {
        let mut found = ByStanding::new();
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let these = faces::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            for (standing, faces) in self.standings(tx, Condition::all().add(these)).await? {
                found.entry(standing).or_default().extend(faces);
            }
        }
        Ok(found)
    }

    /// How the faces stand that meet the condition, at most one more than can be changed at once.
    pub(super) async fn standings(&self, tx: &DatabaseTransaction, which: Condition) -> Result<ByStanding, StoreError> {
        let rows: Vec<(Uuid, Option<Uuid>, bool, String)> = faces::Entity::find()
            .select_only()
            .columns([faces::Column::Id, faces::Column::PersonId, faces::Column::IsDecided, faces::Column::Rejected])
            .filter(faces::Column::TenantId.eq(self.tenant_uuid()))
            .filter(which)
            .order_by_asc(faces::Column::Id)
            .limit(MAX_CHANGED_FACES as u64 + 1)
            .into_tuple()
            .all(tx)
            .await
            .doing("read whose faces are")?;
        let mut found = ByStanding::new();
        for (id, person, is_decided, rejected) in rows {
            let rejected = Reader { table: "faces", id }.json(&rejected, "a list of people")?;
            let standing = Standing { person: person.map(PersonId::from_uuid), is_decided, rejected };
            found.entry(standing).or_default().push(FaceId::from_uuid(id));
        }
        Ok(found)
    }
}
