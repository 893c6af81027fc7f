//! People: who the faces and voices of a tenant's library belong to, and what was changed about that by hand.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, double, float, integer, integer_null, pk_uuid, text, text_null,
    uuid, uuid_null,
};

use crate::schema::{ASSET, TENANT, asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        people(manager).await?;
        faces_and_voices(manager).await?;
        history(manager).await
    }
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("people")
        .col(pk_uuid("id"))
        .col(uuid(TENANT))
        .col(text_null("name"))
        // The name in lower case, by which it is looked for.
        .col(text_null("name_key"))
        .col(big_integer("faces"))
        .col(big_integer("assets"))
        .col(big_integer("created_at_us"))
        .col(big_integer("updated_at_us"))
        .take();
    manager.create_table(table).await?;
    // What faces and voices refer to, so that they cannot belong to another tenant than their person.
    manager.create_index(index("people", &[TENANT, "id"]).unique().take()).await?;
    manager.create_index(index("people", &[TENANT, "faces", "id"])).await?;

    // What a person looks like in one space of vectors, made of their faces: what new faces are compared with.
    let table = Table::create()
        .table("person_galleries")
        .col(uuid(TENANT))
        .col(uuid("person_id"))
        .col(text("space_name"))
        .col(text("space_version"))
        .col(integer("faces"))
        .col(double("mean_square"))
        .col(binary("mean"))
        .primary_key(Index::create().col("person_id").col("space_name").col("space_version"))
        .foreign_key(
            ForeignKey::create()
                .name("person_galleries_person")
                .from("person_galleries", (TENANT, "person_id"))
                .to("people", (TENANT, "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take();
    manager.create_table(table).await?;
    manager.create_index(index("person_galleries", &[TENANT, "space_name", "space_version"])).await?;

    // Raised by every change, so that whoever read before it does not write after it.
    let table =
        Table::create().table("people_heads").col(uuid(TENANT).primary_key()).col(big_integer("version")).take();
    manager.create_table(table).await
}

async fn faces_and_voices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let of_person = |table: &'static str| {
        ForeignKey::create()
            .name(format!("{table}_person"))
            .from(table, (TENANT, "person_id"))
            .to("people", (TENANT, "id"))
            .to_owned()
    };
    let table = asset_owned_table("faces")
        .col(pk_uuid("id"))
        // None while the latest analysis does not see a face that someone decided about.
        .col(uuid_null("observation_id"))
        .col(uuid_null("person_id"))
        .col(boolean("is_decided"))
        .col(text("rejected"))
        .col(big_integer("start_us"))
        .col(big_integer("end_us"))
        .col(big_integer("at_us"))
        .col(float("quality"))
        .col(integer("quality_ppm"))
        .col(text("bounds"))
        .col(text_null("still"))
        .col(text("space_name"))
        .col(text("space_version"))
        .col(binary("vector"))
        .foreign_key(&mut of_person("faces"))
        .check(Expr::col("end_us").gt(Expr::col("start_us")))
        .take();
    manager.create_table(table).await?;
    manager.create_index(index("faces", &[TENANT, ASSET, "id"])).await?;
    manager.create_index(index("faces", &[TENANT, "person_id", "quality_ppm", "id"])).await?;
    manager.create_index(index("faces", &[TENANT, "person_id", ASSET])).await?;
    manager.create_index(index("faces", &["observation_id"])).await?;

    let table = asset_owned_table("voices")
        .col(pk_uuid("id"))
        // None while the latest analysis does not hear a voice that someone named.
        .col(integer_null("speaker"))
        .col(uuid_null("person_id"))
        .col(text("turns"))
        .foreign_key(&mut of_person("voices"))
        .take();
    manager.create_table(table).await?;
    manager.create_index(index("voices", &[TENANT, ASSET, "id"])).await?;
    manager.create_index(index("voices", &[TENANT, "person_id", ASSET])).await?;

    // Of which runs the faces and voices of an asset were made.
    let table = asset_owned_table("people_sources")
        .col(uuid_null("faces_run"))
        .col(uuid_null("voices_run"))
        .primary_key(Index::create().col(ASSET))
        .take();
    manager.create_table(table).await
}

async fn history(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("person_changes")
        .col(pk_uuid("id"))
        .col(uuid(TENANT))
        .col(text("kind"))
        .col(text("author"))
        .col(big_integer("made_at_us"))
        .col(big_integer_null("undone_at_us"))
        .col(text("edit"))
        .take();
    manager.create_table(table).await?;
    manager.create_index(index("person_changes", &[TENANT, "made_at_us", "id"])).await
}
