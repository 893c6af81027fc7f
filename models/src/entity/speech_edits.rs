//! Lines that people corrected.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "speech_edits")]
pub struct Model {
    /// That of its observation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub asset_id: Uuid,
    pub run_id: Uuid,
    pub version: i64,
    pub editor: Option<String>,
    /// The observation that was there, as JSON.
    #[sea_orm(column_type = "Text")]
    pub original: String,
    pub replaced_start_us: i64,
    pub replaced_end_us: i64,
    pub created_at_us: i64,
    pub updated_at_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
