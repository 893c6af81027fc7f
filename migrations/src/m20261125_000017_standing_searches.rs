//! Moments that standing searches have met, and events that wait to be told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, double_null, pk_uuid, text, text_null, uuid};

use crate::schema::{ASSET, TENANT, asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The key is what makes a search fire once a moment.
        manager
            .create_table(
                asset_owned_table("standing_moments")
                    .col(uuid("search_id"))
                    .col(uuid("moment_id"))
                    .col(big_integer("start_us"))
                    .col(big_integer("end_us"))
                    .col(double_null("score"))
                    .col(text("state"))
                    .col(text_null("mark"))
                    .col(boolean("is_listed"))
                    .col(big_integer("matched_at_us"))
                    .primary_key(Index::create().col("search_id").col("moment_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("standing_moments_search")
                            .from("standing_moments", "search_id")
                            .to("saved_searches", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(Expr::col("end_us").gt(Expr::col("start_us")))
                    .take(),
            )
            .await?;
        let listed = ["search_id", "is_listed", "matched_at_us", "moment_id"];
        manager.create_index(index("standing_moments", &listed)).await?;
        manager.create_index(index("standing_moments", &[TENANT, ASSET])).await?;

        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(pk_uuid("id"))
                    .col(uuid(TENANT))
                    .col(big_integer("sequence"))
                    .col(text("kind"))
                    .col(uuid("topic"))
                    .col(text("subject"))
                    .col(text("data"))
                    .col(big_integer("occurred_at_us"))
                    .take(),
            )
            .await?;
        manager.create_index(index("outbox", &["tenant_id", "topic", "sequence"])).await?;
        manager.create_index(index("outbox", &["sequence"]).unique().take()).await?;
        // A row rather than a database sequence, for the reason that the search feed has: events become visible in their order.
        manager
            .execute(
                Query::insert()
                    .into_table("sequences")
                    .columns(["name", "value"])
                    .values_panic(["outbox".into(), 0.into()])
                    .take(),
            )
            .await
    }
}
