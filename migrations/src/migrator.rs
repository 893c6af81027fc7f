//! The ordered list of changes.

use sea_orm_migration::prelude::*;

/// Every change, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(crate::m20261122_000001_assets::Migration),
            Box::new(crate::m20261122_000002_observations::Migration),
            Box::new(crate::m20261122_000003_moments::Migration),
            Box::new(crate::m20261122_000004_embeddings::Migration),
            Box::new(crate::m20261122_000005_coverage::Migration),
            Box::new(crate::m20261122_000006_jobs::Migration),
            Box::new(crate::m20261122_000007_search_feed::Migration),
            Box::new(crate::m20261122_000008_deleted_assets::Migration),
            Box::new(crate::m20261122_000009_tenant_settings::Migration),
            Box::new(crate::m20261122_000010_signatures::Migration),
            Box::new(crate::m20261122_000011_reruns::Migration),
            Box::new(crate::m20261125_000012_people::Migration),
            Box::new(crate::m20261125_000013_speech_edits::Migration),
            Box::new(crate::m20261125_000015_saved_searches::Migration),
            Box::new(crate::m20261125_000016_search_log::Migration),
            Box::new(crate::m20261125_000017_standing_searches::Migration),
            Box::new(crate::m20261125_000018_embedding_spaces::Migration),
            Box::new(crate::m20261125_000020_metadata::Migration),
            Box::new(crate::m20261125_000021_deferred_jobs::Migration),
            Box::new(crate::m20261129_000022_rights::Migration),
        ]
    }
}
