//! The voices of an asset: told apart by the analysis, named by people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use super::super::error::{Doing, StoreError};
use super::super::first::first_of_each;
use super::super::handle::TenantStore;
use super::super::page::MAX_PAGE_ROWS;
use super::super::row::{insert_rows, json};
use super::rows;
use crate::entity::voices;
use crate::id::{AssetId, PersonId, VoiceId};
use crate::observation::{Finding, Observation};
use crate::people::{Voice, carry_over_turns};
use crate::time::Span;

/// Voices shown of one person; those beyond are reached by their assets.
pub const MAX_VOICES: u64 = 100;

/// Who speaks when, by number.
pub(super) fn turns(seen: &[Observation]) -> BTreeMap<u32, Vec<Span>> {
    let mut turns: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
    for it in seen {
        if let Finding::Speaker { speaker } = it.finding {
            turns.entry(speaker).or_default().push(it.span);
        }
    }
    turns
}

impl TenantStore {
    /// The voices of assets, by number; one statement per [`MAX_PAGE_ROWS`] assets.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn voices(&self, assets: &[AssetId]) -> Result<HashMap<AssetId, Vec<Voice>>, StoreError> {
        let mut found: HashMap<AssetId, Vec<Voice>> = HashMap::new();
        for assets in assets.chunks(MAX_PAGE_ROWS as usize) {
            let rows = voices::Entity::find()
                .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
                .filter(voices::Column::AssetId.is_in(assets.iter().map(|id| id.as_uuid())))
                .filter(voices::Column::Speaker.is_not_null())
                .order_by_asc(voices::Column::Speaker)
                .all(self.store.database.read())
                .await
                .doing("read the voices of assets")?;
            for row in rows {
                let voice = rows::voice(row)?;
                found.entry(voice.asset).or_default().push(voice);
            }
        }
        Ok(found)
    }

    /// Those of the voices that exist; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn voices_by_ids(&self, ids: &[VoiceId]) -> Result<HashMap<VoiceId, Voice>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows = voices::Entity::find()
                .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
                .filter(voices::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
                .all(self.store.database.read())
                .await
                .doing("find voices")?;
            for row in rows {
                let voice = rows::voice(row)?;
                found.insert(voice.id, voice);
            }
        }
        Ok(found)
    }

    /// The first [`MAX_VOICES`] voices of each person who has any; one statement per [`MAX_PAGE_ROWS`] people.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn voices_of(&self, people: &[PersonId]) -> Result<HashMap<PersonId, Vec<Voice>>, StoreError> {
        use voices::Column::{AssetId as OfAsset, Id, PersonId as Person};
        let mut found: HashMap<PersonId, Vec<Voice>> = HashMap::new();
        for people in people.chunks(MAX_PAGE_ROWS as usize) {
            let theirs = voices::Entity::find()
                .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
                .filter(Person.is_in(people.iter().map(|person| person.as_uuid())))
                .filter(voices::Column::Speaker.is_not_null());
            let first = first_of_each(theirs, Person, Id, [(OfAsset, Order::Asc), (Id, Order::Asc)], MAX_VOICES);
            for row in first.all(self.store.database.read()).await.doing("read the voices of people")? {
                let voice = rows::voice(row)?;
                if let Some(person) = voice.person {
                    found.entry(person).or_default().push(voice);
                }
            }
        }
        Ok(found)
    }

    /// Puts the voices of the asset in place of those there were; returns whom that concerns.
    pub(super) async fn write_voices(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        turns: &BTreeMap<u32, Vec<Span>>,
    ) -> Result<BTreeSet<PersonId>, StoreError> {
        let of_asset = |column: voices::Column| column.eq(asset.as_uuid());
        let before = voices::Entity::find()
            .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
            .filter(of_asset(voices::Column::AssetId))
            .order_by_asc(voices::Column::Id)
            .all(tx)
            .await
            .doing("read the voices of an asset")?;
        let before = before.into_iter().map(rows::voice).collect::<Result<Vec<_>, _>>()?;
        let old: Vec<&[Span]> = before.iter().map(|voice| voice.turns.as_slice()).collect();
        let new: Vec<&[Span]> = turns.values().map(Vec::as_slice).collect();
        let carried = carry_over_turns(&old, &new);

        let clock = self.store.clock().as_ref();
        let mut voices: Vec<Voice> = Vec::with_capacity(turns.len());
        for ((speaker, turns), carried) in turns.iter().zip(&carried) {
            let known = carried.and_then(|from| before.get(from));
            voices.push(Voice {
                id: known.map_or_else(|| VoiceId::generate(clock), |voice| voice.id),
                asset,
                speaker: Some(*speaker),
                person: known.and_then(|voice| voice.person),
                turns: turns.clone(),
            });
        }
        // Whose a voice is was said by someone; it holds for when the voice is heard again.
        let is_heard = |voice: &Voice| voices.iter().any(|other| other.id == voice.id);
        let unheard: Vec<Voice> =
            before.iter().filter(|voice| voice.person.is_some() && !is_heard(voice)).cloned().collect();
        voices.extend(unheard.into_iter().map(|voice| Voice { speaker: None, ..voice }));

        let clear = voices::Entity::delete_many().filter(voices::Column::TenantId.eq(self.tenant_uuid()));
        clear.filter(of_asset(voices::Column::AssetId)).exec(tx).await.doing("replace the voices of an asset")?;
        let row = |voice: &Voice| {
            Ok(voices::Model {
                id: voice.id.as_uuid(),
                tenant_id: self.tenant_uuid(),
                asset_id: asset.as_uuid(),
                speaker: voice.speaker.map(|number| i32::try_from(number).unwrap_or(i32::MAX)),
                person_id: voice.person.map(PersonId::as_uuid),
                turns: json("turns", &voice.turns)?,
            })
        };
        let rows = voices.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
        insert_rows::<voices::Entity, _, _>(tx, rows, "store the voices of an asset").await?;
        Ok(voices.iter().filter_map(|voice| voice.person).collect())
    }
}
