//! A durable piece of work.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub asset_id: Uuid,
    pub kind: String,
    /// Names of modalities joined by commas; all where there is none.
    pub scope: Option<String>,
    pub batch_id: Option<Uuid>,
    pub estimate_ms: Option<i64>,
    pub priority: i16,
    pub state: String,
    /// JSON of [`crate::reason::Reason`].
    pub reason: Option<String>,
    pub attempts: i32,
    pub max_attempts: i32,
    pub run_after_us: i64,
    pub lease_owner: Option<String>,
    pub lease_until_us: Option<i64>,
    pub lease_token: i64,
    pub cancel_requested: bool,
    pub stage: String,
    pub fraction: f32,
    pub message: String,
    pub created_at_us: i64,
    pub updated_at_us: i64,
    pub finished_at_us: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
