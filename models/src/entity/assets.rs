//! One ingested file.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub title: String,
    pub file_name: String,
    pub content_sha256: Vec<u8>,
    pub size_bytes: i64,
    /// JSON of [`crate::asset::AssetSource`].
    pub source: String,
    pub state: String,
    /// JSON of [`crate::reason::Reason`].
    pub state_reason: Option<String>,
    /// JSON of [`crate::probe::Probe`].
    pub probe: Option<String>,
    /// As the probe says, for sums over many assets.
    pub duration_us: Option<i64>,
    /// JSON list of [`crate::reason::Reason`].
    pub warnings: String,
    /// JSON of [`crate::metadata::Metadata`].
    pub metadata: String,
    /// JSON of [`crate::rights::Rights`].
    pub rights: String,
    /// JSON of [`crate::review::Review`].
    pub review: String,
    pub original_key: String,
    pub thumbnail_key: Option<String>,
    pub created_at_us: i64,
    pub updated_at_us: i64,
    pub revision: i64,
    pub deleted_at_us: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
