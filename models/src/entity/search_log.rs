//! One search that was done.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub owner: String,
    /// Normalised.
    pub query: String,
    pub outcome: String,
    /// Of the first page.
    pub hits: i32,
    pub has_more: bool,
    pub best_score: Option<f64>,
    pub took_us: i64,
    pub clicks: i32,
    pub dismissals: i32,
    pub searched_at_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
