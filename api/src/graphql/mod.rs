//! The GraphQL side: what can be asked, changed and watched.
//!
//! Resolvers check, call and map. They reach rows, blobs and the searcher only through their [`Session`], which is one
//! tenant's; what many of them ask for is gathered by its loaders. Documents are measured before they are parsed, errors get
//! their code and public words in one place, and nothing that went wrong inside leaves the server but as an id.

mod error;
mod evidence;
mod keys;
mod limits;
mod links;
mod loaders;
mod mutation;
mod node_id;
mod page;
mod query;
mod session;
mod subscription;
mod types;

use std::sync::Arc;

use async_graphql::SDLExportOptions;

pub use error::{Code, PublicError, UserError, UserErrorCode};
pub use mutation::Mutation;
pub use node_id::GlobalId;
pub use query::Query;
pub use session::{Session, request_as};
pub use subscription::Subscription;

pub(crate) use limits::admit;
pub(crate) use links::Links;
pub(crate) use mutation::{check_title, ingest_error_code};

use crate::state::ApiState;

/// The schema with its resolvers.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Makes the schema; cheap to clone. Execute requests made by [`request_as`].
pub fn build_schema(state: &Arc<ApiState>) -> Schema {
    let limits = Arc::new(state.settings.limits.clone());
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .extension(limits::GuardFactory { limits, clock: Arc::clone(&state.clock) })
        .finish()
}

/// The schema in GraphQL's own language, sorted, with descriptions; `schema.graphql` is this.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .use_space_ident();
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription).finish();
    let text = schema.sdl_with_options(options);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim())
}
