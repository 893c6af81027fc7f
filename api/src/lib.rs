//! The GraphQL and HTTP side of Reelgraph.
//!
//! Purpose: everything that a person or a program does with a library goes through here. In: GraphQL documents over HTTP and
//! websockets, uploads, requests for originals and stills. Out: answers of the store and of search, for one tenant at a time.
//!
//! ```text
//! http/    listen ─► guard (host, origin) ─► graphql ‖ websocket ‖ upload ‖ original ‖ still ‖ health
//! graphql/ limits ─► query ‖ mutation ‖ subscription ─► session (one tenant) ─► loaders ─► store, searcher, ingest
//! ```
//!
//! Invariants:
//! - a resolver reaches rows, blobs and indexes only through its [`graphql::Session`], which is one tenant's;
//! - nothing here decodes media: stills are pictures that workers left;
//! - whatever a client sends is measured before it is parsed, and every list, page, depth, body and wait has a limit in
//!   [`settings::Limits`];
//! - what goes wrong inside is logged under an id, and only the id leaves;
//! - until there is identity, the server listens on loopback only.
//!
//! The smallest use, without a server:
//!
//! ```no_run
//! # use reelgraph_api::{graphql, principal::Principal, state::{ApiState, Parts}};
//! # async fn ask(parts: Parts) {
//! let state = ApiState::new(parts);
//! let schema = graphql::build_schema(&state);
//! let request = graphql::request_as("{ assets(first: 5) { nodes { title } } }".into(), &state, Principal::LOCAL);
//! let answer = schema.execute(request).await;
//! # }
//! ```

mod budget;
mod copies;
pub mod crops;
mod gate;
pub mod graphql;
pub mod http;
mod import;
pub mod pictures;
pub mod principal;
mod search_log;
pub mod settings;
mod standing;
pub mod state;
pub mod stored_spaces;
pub mod stored_texts;
