//! Jobs that are put off until the one that was begun on the same asset has ended.

use sea_orm_migration::prelude::*;

use crate::schema::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // However many changes come while a job runs, one job does what they call for.
        manager
            .create_index(
                index("jobs", &["asset_id", "kind", "state"])
                    .unique()
                    .and_where(Expr::col("state").eq("deferred"))
                    .take(),
            )
            .await
    }
}
