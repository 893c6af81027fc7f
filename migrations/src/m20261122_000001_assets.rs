//! Assets and the streams of their files.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, integer, pk_uuid, text, text_null, uuid};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("assets")
                    .col(pk_uuid("id"))
                    .col(uuid("tenant_id"))
                    .col(text("title"))
                    .col(text("file_name"))
                    .col(binary("content_sha256"))
                    .col(big_integer("size_bytes"))
                    .col(text("source"))
                    .col(text("state"))
                    .col(text_null("state_reason"))
                    .col(text_null("probe"))
                    .col(text("warnings"))
                    .col(text("original_key"))
                    .col(text_null("thumbnail_key"))
                    .col(big_integer("created_at_us"))
                    .col(big_integer("updated_at_us"))
                    .col(big_integer("revision"))
                    .col(big_integer_null("deleted_at_us"))
                    .take(),
            )
            .await?;
        // What rows of other tables refer to, so that they cannot belong to another tenant than their asset.
        manager.create_index(index("assets", &["tenant_id", "id"]).unique().take()).await?;
        manager.create_index(index("assets", &["tenant_id", "created_at_us", "id"])).await?;
        manager.create_index(index("assets", &["revision"])).await?;
        // The same bytes are one asset, until it is deleted.
        manager
            .create_index(
                index("assets", &["tenant_id", "content_sha256"])
                    .unique()
                    .and_where(Expr::col("deleted_at_us").is_null())
                    .take(),
            )
            .await?;

        manager
            .create_table(
                asset_owned_table("streams")
                    .col(integer("stream_index"))
                    .col(text("kind"))
                    .col(text("codec"))
                    .col(text_null("language"))
                    .col(text("info"))
                    .primary_key(Index::create().col("asset_id").col("stream_index"))
                    .take(),
            )
            .await
    }
}
