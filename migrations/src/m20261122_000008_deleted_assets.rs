//! Finds the few deleted assets whose files are still there without going through all assets.

use sea_orm_migration::prelude::*;

use crate::schema::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                index("assets", &["deleted_at_us"])
                    .and_where(Expr::col("deleted_at_us").is_not_null())
                    .and_where(Expr::col("original_key").ne(""))
                    .take(),
            )
            .await
    }
}
