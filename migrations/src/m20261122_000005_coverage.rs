//! What was looked at: asset × modality × model × version.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use crate::schema::asset_owned_table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("coverage")
                    .col(text("modality"))
                    .col(text("model"))
                    .col(text("version"))
                    .col(text("status"))
                    .col(text_null("reason"))
                    .col(big_integer("observations"))
                    .col(big_integer("embeddings"))
                    .col(big_integer("spent_ms"))
                    .col(big_integer("updated_at_us"))
                    .primary_key(Index::create().col("asset_id").col("modality").col("model").col("version"))
                    .take(),
            )
            .await
    }
}
