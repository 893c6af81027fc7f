//! Analysing again only what is missing or stale: jobs over a part of the analysis, batches of them, the models that the
//! workers have, and the length of an asset where sums can be made of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, pk_uuid, text, text_null, uuid, uuid_null};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::schema::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [text_null("scope"), uuid_null("batch_id"), big_integer_null("estimate_ms")] {
            manager.alter_table(Table::alter().table("jobs").add_column(column).take()).await?;
        }
        manager.create_index(index("jobs", &["batch_id", "state", "id"])).await?;

        manager.alter_table(Table::alter().table("assets").add_column(big_integer_null("duration_us")).take()).await?;
        let length = match manager.get_database_backend() {
            DbBackend::Postgres => "(probe::json ->> 'duration')::bigint",
            _ => "json_extract(probe, '$.duration')",
        };
        let known = format!("UPDATE assets SET duration_us = {length} WHERE probe IS NOT NULL");
        manager.get_connection().execute_unprepared(&known).await?;

        manager
            .create_table(
                Table::create()
                    .table("batches")
                    .col(pk_uuid("id"))
                    .col(uuid("tenant_id"))
                    .col(text("modalities"))
                    .col(big_integer("jobs"))
                    .col(big_integer_null("estimate_ms"))
                    .col(boolean("cancel_requested"))
                    .col(big_integer("created_at_us"))
                    .take(),
            )
            .await?;
        manager.create_index(index("batches", &["tenant_id", "created_at_us", "id"])).await?;

        manager
            .create_table(
                Table::create()
                    .table("current_models")
                    .col(text("analyzer"))
                    .col(text("modality"))
                    .col(text("model"))
                    .col(text("version"))
                    .col(text("depends_on"))
                    .col(boolean("is_available"))
                    .col(big_integer("reported_at_us"))
                    .primary_key(Index::create().col("analyzer").col("modality").col("model"))
                    .take(),
            )
            .await
    }
}
