//! Searches that were kept under a name.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_searches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub owner: String,
    pub name: String,
    pub query: String,
    /// JSON of what was asked, as its asker writes it.
    pub input: String,
    pub created_at_us: i64,
    pub updated_at_us: i64,
    pub is_standing: bool,
    pub standing_since_us: i64,
    /// Revision up to which the library was looked through.
    pub watermark: i64,
    /// Last revision when the search began to stand.
    pub seed_until: i64,
    /// Whether all that was there before has been looked through.
    pub is_seeded: bool,
    pub backfills: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
