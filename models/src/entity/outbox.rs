//! Something that happened and that others are to be told.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub sequence: i64,
    pub kind: String,
    /// What it is told about: the standing search.
    pub topic: Uuid,
    pub subject: String,
    /// JSON of [`crate::outbox::EventData`].
    pub data: String,
    pub occurred_at_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
