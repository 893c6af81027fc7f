//! The API from outside: real SQLite, real files, real indexes, a real server on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may say so by panicking")]

mod alike;
mod answers;
mod copies;
mod crops;
mod edits;
mod embedding_spaces;
mod exporting;
mod files;
mod film;
mod limits;
mod mutations;
mod over_http;
mod paging;
mod people;
mod pictures;
mod refreshing;
mod reranking;
mod rights;
mod saved;
mod schema;
mod search;
mod search_log;
mod server;
mod standing;
mod statements;
mod suggest;
mod watching;
mod world;
