//! Searches that a person keeps under a name, and those that they did last.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, pk_uuid, text, uuid};

use crate::schema::{TENANT, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("saved_searches")
                    .col(pk_uuid("id"))
                    .col(uuid(TENANT))
                    .col(text("owner"))
                    .col(text("name"))
                    .col(text("query"))
                    .col(text("input"))
                    .col(big_integer("created_at_us"))
                    .col(big_integer("updated_at_us"))
                    // Of those that stand: how far the library was looked through, and what to make of what was there before.
                    .col(boolean("is_standing"))
                    .col(big_integer("standing_since_us"))
                    .col(big_integer("watermark"))
                    .col(big_integer("seed_until"))
                    .col(boolean("is_seeded"))
                    .col(boolean("backfills"))
                    .take(),
            )
            .await?;
        manager.create_index(index("saved_searches", &["tenant_id", "created_at_us", "id"])).await?;
        manager.create_index(index("saved_searches", &["is_standing", "watermark"])).await?;

        manager
            .create_table(
                Table::create()
                    .table("recent_searches")
                    .col(uuid(TENANT))
                    .col(text("owner"))
                    .col(text("fingerprint"))
                    .col(text("query"))
                    .col(text("input"))
                    .col(big_integer("searched_at_us"))
                    .primary_key(Index::create().col(TENANT).col("owner").col("fingerprint"))
                    .take(),
            )
            .await?;
        manager.create_index(index("recent_searches", &["tenant_id", "owner", "searched_at_us"])).await
    }
}
