//! Where people appear: in one asset, everyone; of one person, every asset.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::page::{Page, PageRequest};
use super::super::row::Reader;
use super::rows;
use crate::entity::{faces, voices};
use crate::id::{AssetId, PersonId};
use crate::people::{Appearance, AssetAppearance, KnownBy, joined};
use crate::time::Span;

/// Faces of a person that are read to tell when they appear in the assets of one page.
const APPEARANCE_ROWS: u64 = 20_000;

impl TenantStore {
    /// Everyone who is known in an asset, named or not, and when; by start. At most four statements.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn people_in(&self, asset: AssetId) -> Result<Vec<Appearance>, StoreError> {
        let read = self.store.database.read();
        let seen: Vec<(Uuid, Option<Uuid>, i64, i64)> = self
            .seen_faces()
            .select_only()
            .columns([faces::Column::Id, faces::Column::PersonId, faces::Column::StartUs, faces::Column::EndUs])
            .filter(faces::Column::AssetId.eq(asset.as_uuid()))
            .filter(faces::Column::PersonId.is_not_null())
            .into_tuple()
            .all(read)
            .await
            .doing("find whose faces an asset shows")?;
        let heard = voices::Entity::find()
            .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
            .filter(voices::Column::AssetId.eq(asset.as_uuid()))
            .filter(voices::Column::PersonId.is_not_null())
            .filter(voices::Column::Speaker.is_not_null())
            .all(read)
            .await
            .doing("find whose voices an asset has")?;
        let mut all: Vec<(Span, PersonId, KnownBy)> = Vec::with_capacity(seen.len());
        for (id, person, start, end) in seen {
            let Some(person) = person.map(PersonId::from_uuid) else { continue };
            all.push((Reader { table: "faces", id }.span(start, end)?, person, KnownBy::Face));
        }
        for row in heard {
            let voice = rows::voice(row)?;
            let Some(person) = voice.person else { continue };
            all.extend(voice.turns.into_iter().map(|turn| (turn, person, KnownBy::Voice)));
        }
        all.sort_unstable();
        let people: BTreeSet<PersonId> = all.iter().map(|(_, person, _)| *person).collect();
        let people = self.people_by_ids(&people.into_iter().collect::<Vec<_>>()).await?;
        let appearance = |(span, person, by)| {
            let name = people.get(&person)?.name.clone();
            Some(Appearance { span, person, name, by })
        };
        Ok(all.into_iter().filter_map(appearance).collect())
    }

    /// A page of the assets in which a person appears, in the order in which they came in, and when in each. At most four
    /// statements.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_appearances(
        &self,
        person: PersonId,
        page: PageRequest<AssetId>,
    ) -> Result<Page<AssetAppearance>, StoreError> {
        let read = self.store.database.read();
        let mut assets: BTreeSet<Uuid> = BTreeSet::new();
        macro_rules! assets {
            ($table:ident, $found:ident) => {
                let mut query = $table::Entity::find()
                    .select_only()
                    .column($table::Column::AssetId)
                    .distinct()
                    .filter($table::Column::TenantId.eq(self.tenant_uuid()))
                    .filter($table::Column::PersonId.eq(person.as_uuid()))
                    .filter($table::Column::$found.is_not_null());
                if let Some(after) = page.after {
                    query = query.filter($table::Column::AssetId.gt(after.as_uuid()));
                }
                let query = query.order_by_asc($table::Column::AssetId).limit(page.fetch_limit());
                assets.extend(query.into_tuple::<Uuid>().all(read).await.doing("find the assets of a person")?);
            };
        }
        assets!(faces, ObservationId);
        assets!(voices, Speaker);
        let Page { rows: assets, has_next } = Page::cut(assets.into_iter().collect(), page.limit());

        let mut spans: BTreeMap<Uuid, (Vec<Span>, Vec<Span>)> =
            assets.iter().map(|id| (*id, Default::default())).collect();
        let seen: Vec<(Uuid, Uuid, i64, i64)> = self
            .seen_faces()
            .select_only()
            .columns([faces::Column::Id, faces::Column::AssetId, faces::Column::StartUs, faces::Column::EndUs])
            .filter(faces::Column::PersonId.eq(person.as_uuid()))
            .filter(faces::Column::AssetId.is_in(assets.iter().copied()))
            .order_by_asc(faces::Column::AssetId)
            .order_by_asc(faces::Column::StartUs)
            .limit(APPEARANCE_ROWS)
            .into_tuple()
            .all(read)
            .await
            .doing("find when a person is seen")?;
        for (id, asset, start, end) in seen {
            if let Some((seen, _)) = spans.get_mut(&asset) {
                seen.push(Reader { table: "faces", id }.span(start, end)?);
            }
        }
        let heard = voices::Entity::find()
            .filter(voices::Column::TenantId.eq(self.tenant_uuid()))
            .filter(voices::Column::PersonId.eq(person.as_uuid()))
            .filter(voices::Column::AssetId.is_in(assets))
            .filter(voices::Column::Speaker.is_not_null())
            .all(read)
            .await
            .doing("find when a person is heard")?;
        for row in heard {
            let voice = rows::voice(row)?;
            if let Some((_, heard)) = spans.get_mut(&voice.asset.as_uuid()) {
                heard.extend(voice.turns);
            }
        }
        let appearance = |(asset, (seen, heard))| AssetAppearance {
            asset: AssetId::from_uuid(asset),
            seen: joined(seen),
            heard: joined(heard),
        };
        Ok(Page { rows: spans.into_iter().map(appearance).collect(), has_next })
    }
}
