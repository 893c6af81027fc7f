//! What a tenant has set for its whole library.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::schema::TENANT;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("tenant_settings")
            .col(uuid(TENANT).primary_key())
            .col(text("settings"))
            .col(big_integer("updated_at_us"))
            .take();
        manager.create_table(table).await
    }
}
