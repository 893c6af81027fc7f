//! Licences of assets, and what was decided about them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, default) in [("rights", "[]"), ("review", r#"{"state":"pending"}"#)] {
            let column = text(name).default(default).take();
            manager.alter_table(Table::alter().table("assets").add_column(column).take()).await?;
        }
        Ok(())
    }
}
