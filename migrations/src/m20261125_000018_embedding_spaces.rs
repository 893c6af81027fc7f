//! Which embedding space answers searches, and which one is kept beside it; and the vectors of a space, counted without reading
//! them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null, uuid};

use crate::schema::{TENANT, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("embedding_spaces")
                    .col(uuid(TENANT))
                    .col(text("role"))
                    .col(text("serving"))
                    .col(text_null("beside"))
                    .col(big_integer("changed_at_us"))
                    .primary_key(Index::create().col(TENANT).col("role"))
                    .take(),
            )
            .await?;
        let columns = ["tenant_id", "modality", "space_name", "space_version", "dims", "asset_id", "moment_id"];
        // PostgreSQL cuts longer names off.
        let mut counted = index("embeddings", &columns);
        manager.create_index(counted.name("embeddings_of_space").take()).await
    }
}
