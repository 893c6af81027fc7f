//! The database schema of Reelgraph, as one ordered list of changes that runs on SQLite and on PostgreSQL.
//!
//! Purpose: bring any older database up to what `reelgraph-models` reads and writes. In: a connection. Out: the same
//! database, changed. One file a change; a change that has been released is never edited, a further one follows it; there
//! is no way back down, a backup is.
//!
//! Conventions of the schema:
//! - every table of a tenant's rows has `tenant_id`, and refers to its asset by `(tenant_id, asset_id)`, so that the
//!   database itself refuses a row whose tenant is not its asset's;
//! - instants are `…_us`: microseconds since 1970 in UTC; media times are `start_us`, `end_us`: microseconds of media time;
//! - names of enumerations are text, structured values that are only read whole are JSON in text columns.

mod m20261122_000001_assets;
mod m20261122_000002_observations;
mod m20261122_000003_moments;
mod m20261122_000004_embeddings;
mod m20261122_000005_coverage;
mod m20261122_000006_jobs;
mod m20261122_000007_search_feed;
mod m20261122_000008_deleted_assets;
mod m20261122_000009_tenant_settings;
mod m20261122_000010_signatures;
mod m20261122_000011_reruns;
mod m20261125_000012_people;
mod m20261125_000013_speech_edits;
mod m20261125_000015_saved_searches;
mod m20261125_000016_search_log;
mod m20261125_000017_standing_searches;
mod m20261125_000018_embedding_spaces;
mod m20261125_000020_metadata;
mod m20261125_000021_deferred_jobs;
mod m20261129_000022_rights;
mod migrator;
mod schema;

pub use migrator::Migrator;
pub use sea_orm_migration::MigratorTrait;
