//! The one sequence that orders all changes that feed search.
//!
//! A row rather than a database sequence: a transaction holds the row's lock until it commits, so that changes become
//! visible in the order of their revisions, and an index that has seen revision 7 has missed nothing below it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("sequences")
                    .col(ColumnDef::new("name").text().not_null().primary_key())
                    .col(big_integer("value"))
                    .take(),
            )
            .await?;
        manager
            .execute(
                Query::insert()
                    .into_table("sequences")
                    .columns(["name", "value"])
                    .values_panic(["search_revision".into(), 0.into()])
                    .take(),
            )
            .await
    }
}
