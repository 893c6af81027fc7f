//! A moment that a standing search has met, or that was put to it by hand.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "standing_moments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub search_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub moment_id: Uuid,
    pub tenant_id: Uuid,
    pub asset_id: Uuid,
    pub start_us: i64,
    pub end_us: i64,
    pub score: Option<f64>,
    pub state: String,
    /// What a person said about it.
    pub mark: Option<String>,
    /// What state and mark come to.
    pub is_listed: bool,
    pub matched_at_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
