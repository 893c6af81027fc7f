//! Lines that people corrected: who, when, and what was there. What a line reads now is its observation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_uuid, text, text_null, uuid};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("speech_edits")
                    // That of its observation, which may be written anew under the same id.
                    .col(pk_uuid("id"))
                    .col(uuid("run_id"))
                    .col(big_integer("version"))
                    .col(text_null("editor"))
                    .col(text("original"))
                    .col(big_integer("replaced_start_us"))
                    .col(big_integer("replaced_end_us"))
                    .col(big_integer("created_at_us"))
                    .col(big_integer("updated_at_us"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("speech_edits_run")
                            .from("speech_edits", "run_id")
                            .to("runs", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(Expr::col("version").gt(0))
                    .check(Expr::col("replaced_end_us").gt(Expr::col("replaced_start_us")))
                    .take(),
            )
            .await?;
        manager.create_index(index("speech_edits", &["tenant_id", "asset_id", "replaced_start_us"])).await?;
        manager.create_index(index("speech_edits", &["run_id"])).await
    }
}
