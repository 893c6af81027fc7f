//! A model that the workers have, or lack.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "current_models")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub analyzer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub modality: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    pub version: String,
    /// Names of modalities joined by commas.
    pub depends_on: String,
    pub is_available: bool,
    pub reported_at_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
