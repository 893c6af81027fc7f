//! What was searched for, how well it was answered, and what was done with the answers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, double_null, integer, pk_uuid, text, uuid};

use crate::schema::{TENANT, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("search_log")
                    .col(pk_uuid("id"))
                    .col(uuid(TENANT))
                    .col(text("owner"))
                    .col(text("query"))
                    .col(text("outcome"))
                    .col(integer("hits"))
                    .col(boolean("has_more"))
                    .col(double_null("best_score"))
                    .col(big_integer("took_us"))
                    .col(integer("clicks"))
                    .col(integer("dismissals"))
                    .col(big_integer("searched_at_us"))
                    .take(),
            )
            .await?;
        manager.create_index(index("search_log", &["tenant_id", "searched_at_us", "id"])).await?;

        manager
            .create_table(
                Table::create()
                    .table("search_clicks")
                    .col(uuid("search_id"))
                    .col(uuid("moment_id"))
                    .col(text("action"))
                    .col(uuid(TENANT))
                    .col(integer("rank"))
                    .col(big_integer("clicked_at_us"))
                    .primary_key(Index::create().col("search_id").col("moment_id").col("action"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("search_clicks_search")
                            .from("search_clicks", "search_id")
                            .to("search_log", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .take(),
            )
            .await
    }
}
