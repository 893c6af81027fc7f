//! Moments.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_uuid, text};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("moments")
                    .col(pk_uuid("id"))
                    .col(text("kind"))
                    .col(big_integer("start_us"))
                    .col(big_integer("end_us"))
                    .col(big_integer("still_at_us"))
                    .col(text("texts"))
                    .check(Expr::col("end_us").gt(Expr::col("start_us")))
                    .take(),
            )
            .await?;
        manager.create_index(index("moments", &["tenant_id", "asset_id", "start_us", "id"])).await
    }
}
