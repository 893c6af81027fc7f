//! The HTTP side: GraphQL over HTTP and websockets, and REST where a file moves.
//!
//! | | |
//! |---|---|
//! | `POST /graphql`, `GET /graphql` | one GraphQL operation; by `GET` only queries |
//! | `GET /graphql` with `Upgrade: websocket` | `graphql-transport-ws` |
//! | `GET /graphiql` | a page for trying out queries |
//! | `PUT /v1/assets/{file_name}` | a plain streamed upload |
//! | `GET /v1/assets/{id}/original` | the original, with byte ranges |
//! | `GET /v1/assets/{id}/thumbnail.jpg`, `…/stills/{micros}.jpg` | pictures that the analysis left |
//! | `GET /v1/assets/{id}/captions.{format}` | captions; with `?language=` in that language where they were supplied in it |
//! | `PUT /v1/assets/{id}/captions.{format}?language=` | supplied captions |
//! | `GET`, `PUT /v1/assets/{id}/analysis.json` | what was seen, as JSON; analysis made elsewhere |
//! | `GET /v1/search/export.{format}?q=` | the hits of a search as a file: CSV, JSON, WebVTT, EDL, OTIO, FCPXML, IIIF, JSON-LD |
//! | `POST /v1/search/picture` | a picture, for `like.picture` of a search |
//! | `GET /health/live`, `GET /health/ready` | whether the process runs; whether it can answer |
//!
//! Everything passes the guard (`guard.rs`) first.

mod accept;
mod analysis;
mod body;
mod captions;
mod content_type;
mod explorer;
mod export;
mod graphql;
mod guard;
mod health;
mod listen;
mod original;
mod picture;
mod problem;
mod range;
mod server;
mod spans;
mod still;
mod upload;
mod websocket;

pub use listen::{ListenError, listen_on_loopback};
pub use server::server;
