//! Taking a change back.

use std::collections::{BTreeSet, HashMap};

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::super::error::{Doing, StoreError};
use super::super::feed;
use super::super::handle::TenantStore;
use super::{head, rows};
use crate::entity::person_changes;
use crate::id::{FaceId, PersonChangeId, PersonId, VoiceId};
use crate::people::{Edit, FaceMove, PersonChange, Standing};

/// What a later change has come in between.
const OVERTAKEN: &str = "was overtaken by later changes of the same people; undo those first";

impl TenantStore {
    /// Takes a change back: all that it did is as it was before, and what happened since to other faces and people stays.
    /// Faces that are gone with their assets are passed over.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::WrongState`] where it was undone already, or where a later change concerns the
    /// same; [`StoreError::Contended`], [`StoreError::Query`].
    pub async fn undo_person_change(&self, id: PersonChangeId) -> Result<PersonChange, StoreError> {
        for _ in 0..head::ATTEMPTS {
            let tx = self.store.database.begin().await?;
            let version = head::version(&tx, self.tenant).await?;
            let row = person_changes::Entity::find_by_id(id.as_uuid())
                .filter(person_changes::Column::TenantId.eq(self.tenant_uuid()))
                .one(&tx)
                .await
                .doing("find a change of people")?;
            let row = row.ok_or(StoreError::NotFound { what: "change", id: id.as_uuid() })?;
            let wrong = |why| StoreError::WrongState { what: "change", id: id.as_uuid(), why };
            let mut change = rows::change(row)?;
            if change.undone_at.is_some() {
                return Err(wrong("was undone already"));
            }
            let back = self.backwards(&tx, &change.edit).await?.ok_or_else(|| wrong(OVERTAKEN))?;
            let Some(assets) = self.carry_out(&tx, version, &back).await? else {
                tx.rollback().await.doing("undo a change of people")?;
                continue;
            };
            let now = self.store.clock().now();
            let undone =
                person_changes::ActiveModel { undone_at_us: Set(Some(now.timestamp_micros())), ..Default::default() };
            person_changes::Entity::update_many()
                .set(undone)
                .filter(person_changes::Column::TenantId.eq(self.tenant_uuid()))
                .filter(person_changes::Column::Id.eq(id.as_uuid()))
                .exec(&tx)
                .await
                .doing("write down that a change was undone")?;
            feed::bump_all(&tx, &assets).await?;
            tx.commit().await.doing("undo a change of people")?;
            change.undone_at = Some(now);
            return Ok(change);
        }
        Err(StoreError::Contended { what: "people" })
    }

    /// The edit backwards, without what is gone; `None` where anything that it did has been changed since.
    async fn backwards(&self, tx: &DatabaseTransaction, edit: &Edit) -> Result<Option<Edit>, StoreError> {
        let ids: Vec<FaceId> = edit.faces.iter().flat_map(|it| it.faces.iter().copied()).collect();
        let mut stand: HashMap<FaceId, Standing> = HashMap::with_capacity(ids.len());
        for (standing, faces) in self.standings_of(tx, &ids).await? {
            stand.extend(faces.into_iter().map(|face| (face, standing.clone())));
        }
        let voices: Vec<VoiceId> = edit.voices.iter().map(|it| it.voice).collect();
        let owners = self.owners(tx, &voices).await?;
        let records = self.records(tx, &edit.people()).await?;

        let is_as_left = |it: &FaceMove| it.faces.iter().filter_map(|face| stand.get(face)).all(|now| *now == it.after);
        let are_faces = edit.faces.iter().all(is_as_left);
        let are_voices = edit.voices.iter().all(|it| owners.get(&it.voice).is_none_or(|now| *now == it.after));
        let name = |person: &PersonId| records.get(person).map(|record| &record.name);
        let are_names = edit.renamed.iter().all(|it| name(&it.person) == Some(&it.after));
        let are_created = edit.created.iter().all(|it| name(&it.id).is_none_or(|now| *now == it.name));
        let are_gone = edit.removed.iter().all(|it| !records.contains_key(&it.id));
        if !(are_faces && are_voices && are_names && are_created && are_gone) {
            return Ok(None);
        }
        let mut back = edit.reversed();
        for it in &mut back.faces {
            it.faces.retain(|face| stand.contains_key(face));
        }
        back.faces.retain(|it| !it.faces.is_empty());
        back.voices.retain(|it| owners.contains_key(&it.voice));
        back.removed.retain(|it| records.contains_key(&it.id));
        // Whose faces and voices become must be there, or come back.
        let there: BTreeSet<PersonId> =
            records.into_keys().chain(back.created.iter().map(|record| record.id)).collect();
        let owners = back.faces.iter().map(|it| it.after.person).chain(back.voices.iter().map(|it| it.after));
        let are_there = owners.flatten().all(|person| there.contains(&person));
        Ok(are_there.then_some(back))
    }
}
