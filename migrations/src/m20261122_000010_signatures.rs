//! Signatures by which copies are found: one row an asset, samples as little-endian u64, one after another.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, text};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("signatures")
                    .col(text("model"))
                    .col(text("version"))
                    .col(big_integer("interval_us"))
                    .col(binary("samples"))
                    .primary_key(Index::create().col("asset_id"))
                    .check(Expr::col("interval_us").gt(0))
                    .take(),
            )
            .await?;
        manager.create_index(index("signatures", &["tenant_id", "asset_id"])).await
    }
}
