//! Durable work with leases, and the stages that each job has completed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, float, integer, pk_uuid, small_integer, text, text_null, uuid,
};

use crate::schema::{asset_owned_table, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                asset_owned_table("jobs")
                    .col(pk_uuid("id"))
                    .col(text("kind"))
                    .col(small_integer("priority"))
                    .col(text("state"))
                    .col(text_null("reason"))
                    .col(integer("attempts"))
                    .col(integer("max_attempts"))
                    .col(big_integer("run_after_us"))
                    .col(text_null("lease_owner"))
                    .col(big_integer_null("lease_until_us"))
                    .col(big_integer("lease_token"))
                    .col(boolean("cancel_requested"))
                    .col(text("stage"))
                    .col(float("fraction"))
                    .col(text("message"))
                    .col(big_integer("created_at_us"))
                    .col(big_integer("updated_at_us"))
                    .col(big_integer_null("finished_at_us"))
                    .take(),
            )
            .await?;
        manager.create_index(index("jobs", &["state", "priority", "run_after_us", "id"])).await?;
        manager.create_index(index("jobs", &["state", "lease_until_us"])).await?;
        manager.create_index(index("jobs", &["tenant_id", "created_at_us", "id"])).await?;
        manager.create_index(index("jobs", &["tenant_id", "asset_id", "created_at_us"])).await?;
        // Two workers must never analyse the same asset at once.
        manager
            .create_index(
                index("jobs", &["asset_id", "kind"])
                    .unique()
                    .and_where(Expr::col("state").is_in(["queued", "running"]))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("job_stages")
                    .col(uuid("job_id"))
                    .col(text("stage"))
                    .col(big_integer("completed_at_us"))
                    .primary_key(Index::create().col("job_id").col("stage"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("job_stages_job")
                            .from("job_stages", "job_id")
                            .to("jobs", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .take(),
            )
            .await
    }
}
