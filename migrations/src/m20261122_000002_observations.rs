//! Runs of analyzers and what they saw.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, float, pk_uuid, text, uuid};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("runs")
                    .col(pk_uuid("id"))
                    .col(text("analyzer"))
                    .col(text("model"))
                    .col(text("version"))
                    .col(text("parameters"))
                    .col(big_integer("created_at_us"))
                    .take(),
            )
            .await?;
        // A later run of an analyzer replaces the earlier one.
        manager.create_index(index("runs", &["tenant_id", "asset_id", "analyzer"]).unique().take()).await?;

        manager
            .create_table(
                asset_owned_table("observations")
                    .col(pk_uuid("id"))
                    .col(uuid("run_id"))
                    .col(text("modality"))
                    .col(big_integer("start_us"))
                    .col(big_integer("end_us"))
                    .col(float("confidence"))
                    .col(text("finding"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("observations_run")
                            .from("observations", "run_id")
                            .to("runs", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(Expr::col("end_us").gt(Expr::col("start_us")))
                    .take(),
            )
            .await?;
        manager.create_index(index("observations", &["tenant_id", "asset_id", "start_us", "id"])).await?;
        manager.create_index(index("observations", &["run_id"])).await
    }
}
