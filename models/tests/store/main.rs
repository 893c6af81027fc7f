//! One suite for the store, run on SQLite and on PostgreSQL.
//!
//! PostgreSQL's half needs a server: `scripts/with-postgres cargo test -p reelgraph-models` starts one, or
//! `REELGRAPH_TEST_POSTGRES_URL` names one whose user may create databases. Without it that half says that it is skipped.

mod assets;
mod contention;
mod coverage;
mod deferred;
mod edits;
mod embeddings;
mod faces;
mod feed;
mod harness;
mod imports;
mod jobs;
mod leases;
mod migrations;
mod moments;
mod observations;
mod people;
mod people_edits;
mod refresh;
mod reruns;
mod rights;
mod sample;
mod saved_searches;
mod search_log;
mod settings;
mod signatures;
mod spaces;
mod stages;
mod standing;
