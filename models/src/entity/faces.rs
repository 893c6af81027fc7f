//! One face of one asset.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "faces")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub asset_id: Uuid,
    pub observation_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub is_decided: bool,
    /// JSON list of ids of people.
    pub rejected: String,
    pub start_us: i64,
    pub end_us: i64,
    pub at_us: i64,
    pub quality: f32,
    /// The quality in millionths, by which faces are listed.
    pub quality_ppm: i32,
    /// JSON of [`crate::observation::BoundingBox`].
    pub bounds: String,
    /// JSON of [`crate::people::FaceStill`].
    pub still: Option<String>,
    pub space_name: String,
    pub space_version: String,
    /// Little-endian f32.
    pub vector: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
