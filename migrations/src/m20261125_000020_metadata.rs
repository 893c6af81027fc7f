//! Fields that people give assets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text("metadata").default("{}").take();
        manager.alter_table(Table::alter().table("assets").add_column(column).take()).await
    }
}
