//! Pieces that several changes share. A released change must keep its meaning, so these only ever grow.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid;

/// The columns by which a row belongs to an asset of a tenant.
pub(crate) const TENANT: &str = "tenant_id";
pub(crate) const ASSET: &str = "asset_id";

/// A table of rows that belong to an asset and go with it.
pub(crate) fn asset_owned_table(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(uuid(TENANT)).col(uuid(ASSET)).foreign_key(
        ForeignKey::create()
            .name(format!("{name}_asset"))
            .from(name, (TENANT, ASSET))
            .to("assets", (TENANT, "id"))
            .on_delete(ForeignKeyAction::Cascade),
    );
    table
}

/// An index named after its table and columns.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
