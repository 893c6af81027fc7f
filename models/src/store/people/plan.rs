//! What a wish means for the people there are.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::page::MAX_PAGE_ROWS;
use super::edit::{Owner, Wish};
use super::standings::ByStanding;
use crate::entity::{faces, voices};
use crate::id::{PersonId, VoiceId};
use crate::people::{Edit, FaceMove, PersonRecord, Renaming, Standing, VoiceMove, check_name};

/// Most faces that one change moves.
pub const MAX_CHANGED_FACES: usize = 100_000;
/// Most people who are made one at once.
pub const MAX_MERGED_PEOPLE: usize = 100;

impl TenantStore {
    /// What is to be done, and who it is about.
    pub(super) async fn plan(
        &self,
        tx: &DatabaseTransaction,
        wish: &Wish,
    ) -> Result<(Edit, Option<PersonId>), StoreError> {
        let mut edit = Edit::default();
        let person = match wish {
            Wish::Rename { person, name } => {
                let before = self.record(tx, *person).await?.name;
                let after = name.as_deref().map(checked).transpose()?;
                if before != after {
                    edit.renamed.push(Renaming { person: *person, before, after });
                }
                Some(*person)
            }
            Wish::Merge { into, people } => {
                self.merge(tx, &mut edit, *into, people).await?;
                Some(*into)
            }
            Wish::Split { person, faces, to } => {
                self.record(tx, *person).await?;
                let standings = self.known_standings(tx, faces).await?;
                if standings.keys().any(|standing| standing.person != Some(*person)) {
                    return Err(StoreError::invalid("faces", "some are not of that person"));
                }
                if *to == Owner::Known(*person) {
                    return Err(StoreError::invalid("faces", "they are that person's already"));
                }
                let owner = self.owner(tx, &mut edit, to).await?;
                edit.faces = moved(standings, |before| before.without(*person).decided(owner));
                Some(owner)
            }
            Wish::Assign { faces, to } => {
                let standings = self.known_standings(tx, faces).await?;
                let owner = self.owner(tx, &mut edit, to).await?;
                edit.faces = moved(standings, |before| before.decided(owner));
                Some(owner)
            }
            Wish::Voice { voice, to } => {
                let before = self.owners(tx, &[*voice]).await?.remove(voice);
                let before = before.ok_or(StoreError::NotFound { what: "voice", id: voice.as_uuid() })?;
                let after = match to {
                    Some(owner) => Some(self.owner(tx, &mut edit, owner).await?),
                    None => None,
                };
                if before != after {
                    edit.voices.push(VoiceMove { voice: *voice, before, after });
                }
                after
            }
        };
        if edit.face_count() > MAX_CHANGED_FACES {
            return Err(StoreError::invalid("change", format!("it moves more than {MAX_CHANGED_FACES} faces")));
        }
        self.remove_emptied(tx, &mut edit).await?;
        Ok((edit, person))
    }

    async fn merge(
        &self,
        tx: &DatabaseTransaction,
        edit: &mut Edit,
        into: PersonId,
        others: &[PersonId],
    ) -> Result<(), StoreError> {
        let stays = self.record(tx, into).await?;
        let mut seen = BTreeSet::from([into]);
        let others: Vec<PersonId> = others.iter().copied().filter(|other| seen.insert(*other)).collect();
        if others.is_empty() || others.len() > MAX_MERGED_PEOPLE {
            let why = format!("1 to {MAX_MERGED_PEOPLE} others can become one with a person");
            return Err(StoreError::invalid("people", why));
        }
        let mut name = stays.name.clone();
        for other in &others {
            let record = self.record(tx, *other).await?;
            name = name.or_else(|| record.name.clone());
            edit.removed.push(record);
        }
        if name != stays.name {
            edit.renamed.push(Renaming { person: into, before: stays.name, after: name });
        }
        let ids = || others.iter().map(|other| other.as_uuid());
        let theirs = self.standings(tx, Condition::all().add(faces::Column::PersonId.is_in(ids()))).await?;
        edit.faces = moved(theirs, |before| {
            let kept = others.iter().fold(before.clone(), |standing, other| Standing {
                rejected: standing.rejected.into_iter().filter(|it| it != other).collect(),
                ..standing
            });
            kept.decided(into)
        });
        // Who was said not to be one of them is not the one that they become.
        let rejects = |id: Uuid| Expr::col(faces::Column::Rejected).like(format!("%{id}%"));
        let rejecting = ids().fold(Condition::any(), |any, id| any.add(rejects(id)));
        let elsewhere = Condition::any()
            .add(faces::Column::PersonId.is_null())
            .add(faces::Column::PersonId.is_not_in(ids().chain([into.as_uuid()])));
        let rejecting = self.standings(tx, Condition::all().add(rejecting).add(elsewhere)).await?;
        edit.faces.extend(moved(rejecting, |before| {
            let rejected = before.rejected.iter().copied().filter(|it| !others.contains(it)).collect();
            Standing { rejected, ..before.clone() }.without(into)
        }));
        let rows: Vec<(Uuid, Option<Uuid>)> = voices::Entity::find()
            .select_only()
            .columns([voices::Column::Id, voices::Column::PersonId])
            .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
            .filter(voices::Column::PersonId.is_in(ids()))
            .order_by_asc(voices::Column::Id)
            .into_tuple()
            .all(tx)
            .await
            .doing("read the voices of people")?;
        edit.voices.extend(rows.into_iter().map(|(voice, before)| VoiceMove {
            voice: VoiceId::from_uuid(voice),
            before: before.map(PersonId::from_uuid),
            after: Some(into),
        }));
        Ok(())
    }

    /// Whose it is to be: someone who is there, or someone whom the edit makes.
    async fn owner(&self, tx: &DatabaseTransaction, edit: &mut Edit, owner: &Owner) -> Result<PersonId, StoreError> {
        match owner {
            Owner::Known(person) => Ok(self.record(tx, *person).await?.id),
            Owner::New(name) => {
                let id = PersonId::generate(self.store.clock().as_ref());
                let name = name.as_deref().map(checked).transpose()?;
                edit.created.push(PersonRecord { id, name, created_at_us: self.store.now_us() });
                Ok(id)
            }
        }
    }

    /// Adds those to who go: people without a name who have nothing left.
    async fn remove_emptied(&self, tx: &DatabaseTransaction, edit: &mut Edit) -> Result<(), StoreError> {
        let mut left: BTreeMap<PersonId, i64> = BTreeMap::new();
        for it in &edit.faces {
            if let Some(person) = it.before.person.filter(|_| it.before.person != it.after.person) {
                *left.entry(person).or_default() -= it.faces.len() as i64;
            }
        }
        for person in edit.voices.iter().filter_map(|it| it.before) {
            *left.entry(person).or_default() -= 1;
        }
        left.retain(|person, _| !edit.removed.iter().any(|record| record.id == *person));
        let ids: Vec<Uuid> = left.keys().map(|person| person.as_uuid()).collect();
        macro_rules! count {
            ($table:ident) => {
                for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
                    let counts: Vec<(Option<Uuid>, i64)> = $table::Entity::find()
                        .select_only()
                        .column($table::Column::PersonId)
                        .column_as($table::Column::Id.count(), "all_rows")
                        .filter($table::Column::TenantId.eq(self.tenant_uuid()))
                        .filter($table::Column::PersonId.is_in(ids.iter().copied()))
                        .group_by($table::Column::PersonId)
                        .into_tuple()
                        .all(tx)
                        .await
                        .doing("count what people have left")?;
                    for (person, count) in counts {
                        let person = person.map(PersonId::from_uuid);
                        if let Some(left) = person.and_then(|person| left.get_mut(&person)) {
                            *left += count;
                        }
                    }
                }
            };
        }
        count!(faces);
        count!(voices);
        for person in left.into_iter().filter(|(_, left)| *left <= 0).map(|(person, _)| person) {
            let record = self.record(tx, person).await?;
            if record.name.is_none() {
                edit.removed.push(record);
            }
        }
        Ok(())
    }
}

fn moved(faces: ByStanding, change: impl Fn(&Standing) -> Standing) -> Vec<FaceMove> {
    let moves = faces.into_iter().map(|(before, faces)| FaceMove { faces, after: change(&before), before });
    moves.filter(|it| it.before != it.after).collect()
}

fn checked(name: &str) -> Result<String, StoreError> {
    check_name(name).map(str::to_owned).map_err(|why| StoreError::invalid("name", why.to_string()))
}
