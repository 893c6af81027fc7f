//! Jobs: one, or all of them.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, Result};
use reelgraph_models::store::{JobFilter, PageRequest};

use crate::graphql::error::PublicError;
use crate::graphql::keys::job_key;
use crate::graphql::node_id::parse_typed;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;
use crate::graphql::types::job::{Job, JobState};

/// Which jobs; conditions that all must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct JobFilterInput {
    /// Only jobs in one of these states.
    pub states: Option<Vec<JobState>>,
}

/// Jobs.
#[derive(Default)]
pub(crate) struct JobQuery;

#[Object]
impl JobQuery {
    /// The job with that id; null when there is none.
    async fn job(&self, ctx: &Context<'_>, #[graphql(desc = "The job's id.")] id: ID) -> Result<Option<Job>> {
        let Some(id) = parse_typed(&id) else { return Ok(None) };
        Ok(Session::of(ctx)?.loaders().job(id).await?)
    }

    /// All jobs, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
        #[graphql(desc = "Which jobs; all where it is left out.")] filter: Option<JobFilterInput>,
    ) -> Result<Connection<Cursor, Job>> {
        let mut states: Vec<_> =
            filter.and_then(|filter| filter.states).unwrap_or_default().into_iter().map(Into::into).collect();
        states.sort_unstable();
        states.dedup();
        let filter = JobFilter { states, ..JobFilter::default() };
        Ok(connection(ctx, "jobs", &filter, first, after.as_deref()).await?)
    }
}

/// A page of jobs; shared with the jobs of an asset.
pub(crate) async fn connection(
    ctx: &Context<'_>,
    name: &str,
    filter: &JobFilter,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Connection<Cursor, Job>, PublicError> {
    let session = Session::of(ctx)?;
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let fingerprint = Fingerprint::new(name, &(filter.asset, states));
    let page = Page::new(first, after, fingerprint, &session.state().settings.limits)?;
    let after = page.after.map(job_key).transpose()?;
    let found = match (filter.asset, after) {
        // Asked for many assets at once as a rule.
        (Some(asset), None) => session.loaders().first_jobs(asset, page.first).await?,
        _ => session.store().list_jobs(filter, PageRequest { after, limit_rows: page.first }).await?,
    };
    let mut connection = Connection::new(after.is_some(), found.has_next);
    connection.edges = found
        .rows
        .into_iter()
        .map(|row| edge(Cursor::new(fingerprint, &(row.created_at.timestamp_micros(), row.id)), Job(row)))
        .collect();
    Ok(connection)
}
