//! Forgetting: the people of an asset that is deleted, and all people of a tenant.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::{feed, write};
use super::{head, refresh};
use crate::entity::{faces, people, people_sources, person_changes, voices};
use crate::id::{AssetId, PersonId, TenantId};

/// Removes the faces and voices of an asset, and people who are not named and had nothing else.
pub(in super::super) async fn forget_asset(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    now_us: i64,
) -> Result<(), StoreError> {
    let mut concerned: BTreeSet<PersonId> = BTreeSet::new();
    macro_rules! forget {
        ($($table:ident),*) => {$(
            let owners: Vec<Option<Uuid>> = $table::Entity::find()
                .select_only()
                .column($table::Column::PersonId)
                .distinct()
                .filter($table::Column::TenantId.eq(tenant.as_uuid()))
                .filter($table::Column::AssetId.eq(asset.as_uuid()))
                .into_tuple()
                .all(tx)
                .await
                .doing("find the people of an asset")?;
            concerned.extend(owners.into_iter().flatten().map(PersonId::from_uuid));
            $table::Entity::delete_many()
                .filter($table::Column::TenantId.eq(tenant.as_uuid()))
                .filter($table::Column::AssetId.eq(asset.as_uuid()))
                .exec(tx)
                .await
                .doing("forget the people of an asset")?;
        )*};
    }
    forget!(faces, voices);
    let sources = people_sources::Entity::delete_many().filter(people_sources::Column::TenantId.eq(tenant.as_uuid()));
    let sources = sources.filter(people_sources::Column::AssetId.eq(asset.as_uuid()));
    sources.exec(tx).await.doing("forget the people of an asset")?;
    if concerned.is_empty() {
        return Ok(());
    }
    head::overtake(tx, tenant).await?;
    refresh::refresh(tx, tenant, &concerned, now_us).await
}

/// Removes all people of a tenant, their faces, whose the voices are, and what was ever changed about them; the indexes are
/// told of every asset that showed any, as the last thing. Voices themselves are still told apart.
pub(in super::super) async fn forget_people(tx: &DatabaseTransaction, tenant: TenantId) -> Result<(), StoreError> {
    let doing = "forget people";
    let mut assets: BTreeSet<AssetId> = BTreeSet::new();
    macro_rules! assets {
        ($($table:ident),*) => {$(
            let found: Vec<Uuid> = $table::Entity::find()
                .select_only()
                .column($table::Column::AssetId)
                .distinct()
                .filter($table::Column::TenantId.eq(tenant.as_uuid()))
                .filter($table::Column::PersonId.is_not_null())
                .into_tuple()
                .all(tx)
                .await
                .doing(doing)?;
            assets.extend(found.into_iter().map(AssetId::from_uuid));
        )*};
    }
    assets!(faces, voices);
    let assets = write::lock_assets(tx, tenant, &assets).await?;
    head::overtake(tx, tenant).await?;
    let of_tenant = faces::Entity::delete_many().filter(faces::Column::TenantId.eq(tenant.as_uuid()));
    of_tenant.exec(tx).await.doing(doing)?;
    let nobodys = voices::ActiveModel { person_id: Set(None), ..Default::default() };
    let nobodys = voices::Entity::update_many().set(nobodys).filter(voices::Column::TenantId.eq(tenant.as_uuid()));
    nobodys.filter(voices::Column::PersonId.is_not_null()).exec(tx).await.doing(doing)?;
    // What they look like goes with them.
    let of_tenant = people::Entity::delete_many().filter(people::Column::TenantId.eq(tenant.as_uuid()));
    of_tenant.exec(tx).await.doing(doing)?;
    let of_tenant = person_changes::Entity::delete_many().filter(person_changes::Column::TenantId.eq(tenant.as_uuid()));
    of_tenant.exec(tx).await.doing(doing)?;
    feed::bump_all(tx, &assets).await
}
