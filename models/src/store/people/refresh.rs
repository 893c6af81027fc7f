//! What is counted and averaged of people: made anew for those whom a write concerns.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::first::first_of_each;
use super::super::row::{Reader, insert_rows, stored};
use super::rows;
use crate::entity::{faces, people, person_galleries, voices};
use crate::id::{PersonId, TenantId};
use crate::people::{Gallery, LEAST_QUALITY};

/// Faces of a person by which new ones are compared, the best first: an average hardly moves with more.
const GALLERY_FACES: u64 = 256;
/// People whose faces are read together: at 256 faces of 128 components each some 13 MB.
const TOGETHER: usize = 100;

/// Counts the faces and assets of these people anew, and what they look like; takes out who has neither face nor voice nor
/// name.
pub(super) async fn refresh(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    concerned: &BTreeSet<PersonId>,
    now_us: i64,
) -> Result<(), StoreError> {
    let all: Vec<Uuid> = concerned.iter().map(|person| person.as_uuid()).collect();
    for some in all.chunks(TOGETHER) {
        let counts = counts(tx, tenant, some).await?;
        delete_nobodies(tx, tenant, some, &counts).await?;
        for (person, count) in &counts {
            let change = people::ActiveModel {
                faces: Set(stored(count.faces)),
                assets: Set(stored(count.assets.len() as u64)),
                updated_at_us: Set(now_us),
                ..Default::default()
            };
            let these = people::Entity::update_many().set(change).filter(people::Column::Id.eq(*person));
            these
                .filter(people::Column::TenantId.eq(tenant.as_uuid()))
                .exec(tx)
                .await
                .doing("count a person's faces")?;
        }
        write_galleries(tx, tenant, some).await?;
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    /// Faces that the latest analysis sees.
    faces: u64,
    assets: HashSet<Uuid>,
    /// Faces and voices, those included that someone decided about and no analysis finds any more.
    rows: u64,
}

async fn counts(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    some: &[Uuid],
) -> Result<BTreeMap<Uuid, Count>, StoreError> {
    let mut counts: BTreeMap<Uuid, Count> = some.iter().map(|person| (*person, Count::default())).collect();
    let doing = "count the faces of people";
    let seen: Vec<(Option<Uuid>, Uuid, i64, i64)> = faces::Entity::find()
        .select_only()
        .columns([faces::Column::PersonId, faces::Column::AssetId])
        .column_as(faces::Column::ObservationId.count(), "seen")
        .column_as(faces::Column::Id.count(), "all_rows")
        .filter(faces::Column::TenantId.eq(tenant.as_uuid()))
        .filter(faces::Column::PersonId.is_in(some.iter().copied()))
        .group_by(faces::Column::PersonId)
        .group_by(faces::Column::AssetId)
        .into_tuple()
        .all(tx)
        .await
        .doing(doing)?;
    let heard: Vec<(Option<Uuid>, Uuid, i64, i64)> = voices::Entity::find()
        .select_only()
        .columns([voices::Column::PersonId, voices::Column::AssetId])
        .column_as(voices::Column::Speaker.count(), "heard")
        .column_as(voices::Column::Id.count(), "all_rows")
        .filter(voices::Column::TenantId.eq(tenant.as_uuid()))
        .filter(voices::Column::PersonId.is_in(some.iter().copied()))
        .group_by(voices::Column::PersonId)
        .group_by(voices::Column::AssetId)
        .into_tuple()
        .all(tx)
        .await
        .doing(doing)?;
    let all = seen.into_iter().map(|row| (row, true)).chain(heard.into_iter().map(|row| (row, false)));
    for ((person, asset, current, rows), is_face) in all {
        let Some(count) = person.and_then(|person| counts.get_mut(&person)) else { continue };
        count.rows += rows.unsigned_abs();
        if current > 0 {
            count.assets.insert(asset);
        }
        if is_face {
            count.faces += current.unsigned_abs();
        }
    }
    Ok(counts)
}

async fn delete_nobodies(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    some: &[Uuid],
    counts: &BTreeMap<Uuid, Count>,
) -> Result<(), StoreError> {
    let empty = some.iter().copied().filter(|person| counts.get(person).is_none_or(|count| count.rows == 0));
    // Their galleries go with them.
    people::Entity::delete_many()
        .filter(people::Column::TenantId.eq(tenant.as_uuid()))
        .filter(people::Column::Id.is_in(empty))
        .filter(people::Column::Name.is_null())
        .exec(tx)
        .await
        .doing("delete people without faces")?;
    Ok(())
}

async fn write_galleries(tx: &DatabaseTransaction, tenant: TenantId, some: &[Uuid]) -> Result<(), StoreError> {
    use faces::Column::{Id, PersonId as Person, QualityPpm};
    let clear = person_galleries::Entity::delete_many().filter(person_galleries::Column::TenantId.eq(tenant.as_uuid()));
    let clear = clear.filter(person_galleries::Column::PersonId.is_in(some.iter().copied()));
    clear.exec(tx).await.doing("replace what people look like")?;
    let theirs = faces::Entity::find()
        .filter(faces::Column::TenantId.eq(tenant.as_uuid()))
        .filter(Person.is_in(some.iter().copied()))
        .filter(faces::Column::Quality.gte(LEAST_QUALITY));
    let best = first_of_each(theirs, Person, Id, [(QualityPpm, Order::Desc), (Id, Order::Asc)], GALLERY_FACES);
    let best = best.all(tx).await.doing("read the faces of people")?;
    let mut looks: HashMap<(Uuid, String, String), Vec<Vec<f32>>> = HashMap::new();
    for row in best {
        let Some(person) = row.person_id else { continue };
        let vector = rows::vector(Reader { table: "faces", id: row.id }, &row.vector)?;
        looks.entry((person, row.space_name, row.space_version)).or_default().push(vector);
    }
    let galleries = looks.into_iter().filter_map(|((person_id, space_name, space_version), vectors)| {
        let gallery = Gallery::of(vectors.iter().map(Vec::as_slice))?;
        Some(person_galleries::Model {
            tenant_id: tenant.as_uuid(),
            person_id,
            space_name,
            space_version,
            faces: i32::try_from(gallery.faces).unwrap_or(i32::MAX),
            mean_square: gallery.mean_square,
            mean: rows::bytes(&gallery.mean),
        })
    });
    let galleries: Vec<person_galleries::Model> = galleries.collect();
    insert_rows::<person_galleries::Entity, _, _>(tx, galleries, "store what people look like").await
}
