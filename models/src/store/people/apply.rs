//! Writes an edit, as it is or read backwards.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::page::MAX_PAGE_ROWS;
use super::super::row::{insert_rows, json};
use crate::entity::{faces, people, voices};
use crate::id::{PersonId, TenantId};
use crate::people::{Edit, PersonRecord};

/// Makes who comes, moves faces and voices, names, and takes out who goes.
pub(super) async fn apply(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    edit: &Edit,
    now_us: i64,
) -> Result<(), StoreError> {
    let created = |record: &PersonRecord| people::Model {
        id: record.id.as_uuid(),
        tenant_id: tenant.as_uuid(),
        name_key: record.name.as_deref().map(str::to_lowercase),
        name: record.name.clone(),
        faces: 0,
        assets: 0,
        created_at_us: record.created_at_us,
        updated_at_us: now_us,
    };
    let created: Vec<people::Model> = edit.created.iter().map(created).collect();
    insert_rows::<people::Entity, _, _>(tx, created, "make people").await?;
    for it in &edit.faces {
        for some in it.faces.chunks(MAX_PAGE_ROWS as usize) {
            let change = faces::ActiveModel {
                person_id: Set(it.after.person.map(PersonId::as_uuid)),
                is_decided: Set(it.after.is_decided),
                rejected: Set(json("people", &it.after.rejected)?),
                ..Default::default()
            };
            faces::Entity::update_many()
                .set(change)
                .filter(faces::Column::TenantId.eq(tenant.as_uuid()))
                .filter(faces::Column::Id.is_in(some.iter().map(|face| face.as_uuid())))
                .exec(tx)
                .await
                .doing("move faces")?;
        }
    }
    for it in &edit.voices {
        let change = voices::ActiveModel { person_id: Set(it.after.map(PersonId::as_uuid)), ..Default::default() };
        voices::Entity::update_many()
            .set(change)
            .filter(voices::Column::TenantId.eq(tenant.as_uuid()))
            .filter(voices::Column::Id.eq(it.voice.as_uuid()))
            .exec(tx)
            .await
            .doing("move a voice")?;
    }
    for it in &edit.renamed {
        let change = people::ActiveModel {
            name: Set(it.after.clone()),
            name_key: Set(it.after.as_deref().map(str::to_lowercase)),
            updated_at_us: Set(now_us),
            ..Default::default()
        };
        people::Entity::update_many()
            .set(change)
            .filter(people::Column::TenantId.eq(tenant.as_uuid()))
            .filter(people::Column::Id.eq(it.person.as_uuid()))
            .exec(tx)
            .await
            .doing("name a person")?;
    }
    remove(tx, tenant, edit).await
}

/// Takes out who goes. Who got a face meanwhile that was not there when the change was made stays.
async fn remove(tx: &DatabaseTransaction, tenant: TenantId, edit: &Edit) -> Result<(), StoreError> {
    let removed: Vec<Uuid> = edit.removed.iter().map(|record| record.id.as_uuid()).collect();
    if removed.is_empty() {
        return Ok(());
    }
    macro_rules! owners {
        ($table:ident) => {
            Query::select()
                .column($table::Column::PersonId)
                .from($table::Entity)
                .and_where($table::Column::TenantId.eq(tenant.as_uuid()))
                .and_where($table::Column::PersonId.is_in(removed.iter().copied()))
                .to_owned()
        };
    }
    let (seen, heard) = (owners!(faces), owners!(voices));
    people::Entity::delete_many()
        .filter(people::Column::TenantId.eq(tenant.as_uuid()))
        .filter(people::Column::Id.is_in(removed.iter().copied()))
        .filter(people::Column::Id.not_in_subquery(seen))
        .filter(people::Column::Id.not_in_subquery(heard))
        .exec(tx)
        .await
        .doing("take out people")?;
    Ok(())
}
