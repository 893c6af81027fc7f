//! Vectors. The truth of both vector backends: values are little-endian f32, one after another.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, integer, pk_uuid, text, uuid_null};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("embeddings")
                    .col(pk_uuid("id"))
                    // Not a foreign key: moments are replaced as a whole, and keep their ids.
                    .col(uuid_null("moment_id"))
                    .col(text("modality"))
                    .col(text("space_name"))
                    .col(text("space_version"))
                    .col(integer("dims"))
                    .col(big_integer("start_us"))
                    .col(big_integer("end_us"))
                    .col(binary("vector"))
                    .check(Expr::col("end_us").gt(Expr::col("start_us")))
                    .take(),
            )
            .await?;
        manager.create_index(index("embeddings", &["tenant_id", "asset_id", "id"])).await?;
        manager.create_index(index("embeddings", &["tenant_id", "asset_id", "modality", "space_name"])).await
    }
}
