//! The GraphQL side: what can be asked, changed and watched.
//!
//! Resolvers check, call and map. They reach rows, blobs and the searcher only through their [`Session`], which is one
//! tenant's; what many of them ask for is gathered by its loaders. Documents are measured before they are parsed, errors get
//! their code and public words in one place, and nothing that went wrong inside leaves the server but as an id.

mod asked;
mod error;
mod evidence;
mod execute;
mod export;
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
mod watch_matches;
mod watch_refresh;

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{SDLExportOptions, SchemaBuilder};

pub use error::{Code, PublicError, UserError, UserErrorCode};
pub use execute::execute;
pub use mutation::Mutation;
pub use node_id::GlobalId;
pub use query::Query;
pub use session::{Session, request_as};
pub use subscription::Subscription;

pub(crate) use asked::input_of;
pub(crate) use export::{ExportRequest, export};
pub(crate) use limits::admit;
pub(crate) use links::Links;
pub(crate) use mutation::{check_title, ingest_error_code};

use self::page::Cursor;
use self::query::{AssetConnection, SearchConnection, SearchReportConnection};
use self::types::asset_copy::AssetCopy;
use self::types::face::Face;
use self::types::job::Job;
use self::types::moment::Moment;
use self::types::observation::Observation;
use self::types::person::{Person, PersonAppearance};
use self::types::person_change::PersonChange;
use self::types::saved_search::SavedSearch;
use self::types::standing::StandingMatch;
use crate::state::ApiState;

/// The schema with its resolvers.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Makes the schema; cheap to clone. Execute requests made by [`request_as`].
pub fn build_schema(state: &Arc<ApiState>) -> Schema {
    let limits = Arc::new(state.settings.limits.clone());
    builder()
        .limit_recursive_depth(limits::UNFOLDED_LEVELS)
        .extension(limits::GuardFactory { limits, clock: Arc::clone(&state.clock) })
        .finish()
}

/// The types, with words for those that async-graphql makes without.
fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    type PageOf<N> = Connection<Cursor, N>;
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .override_output_type_description::<AssetConnection>("A page of the library.")
        .override_output_type_description::<SearchConnection>("A page of answers to a search.")
        .override_output_type_description::<PageOf<AssetCopy>>("A page of an asset's copies.")
        .override_output_type_description::<PageOf<Job>>("A page of jobs.")
        .override_output_type_description::<PageOf<Moment>>("A page of an asset's moments.")
        .override_output_type_description::<PageOf<Observation>>("A page of what was seen in an asset.")
        .override_output_type_description::<PageOf<Person>>("A page of people.")
        .override_output_type_description::<PageOf<Face>>("A page of a person's faces.")
        .override_output_type_description::<PageOf<PersonAppearance>>("A page of the assets in which a person appears.")
        .override_output_type_description::<PageOf<PersonChange>>("A page of what was changed about people.")
        .override_output_type_description::<PageOf<SavedSearch>>("A page of saved searches.")
        .override_output_type_description::<PageOf<StandingMatch>>("A page of what a standing search has met.")
        .override_output_type_description::<SearchReportConnection>("A page of a report on searches.")
}

/// The schema in GraphQL's own language, sorted, with descriptions; `schema.graphql` is this.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions()
        .include_specified_by()
        .use_space_ident();
    let text = builder().finish().sdl_with_options(options);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim())
}
