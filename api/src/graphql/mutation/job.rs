//! Stopping jobs and trying them again.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::id::JobId;
use reelgraph_models::job::{CancelOutcome, JobSpec, JobState};
use reelgraph_models::store::StoreError;

use super::asset::{enqueue, not_found};
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::job::Job;

/// Which job.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CancelJobInput {
    /// Which.
    pub id: ID,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct CancelJobPayload {
    /// The job: cancelled, or still running with `isCancelRequested` until its worker notices.
    pub job: Option<Job>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Which job.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RetryJobInput {
    /// Which.
    pub id: ID,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct RetryJobPayload {
    /// The new job that does the same work; where one was queued or running already, that one, beside the error.
    pub job: Option<Job>,
    /// Why nothing was queued.
    pub errors: Vec<UserError>,
}

/// Changes of a job.
#[derive(Default)]
pub(crate) struct JobMutation;

#[Object]
impl JobMutation {
    /// Stops a job: at once when it waits, at its worker's next heartbeat when it runs.
    async fn cancel_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which job.")] input: CancelJobInput,
    ) -> Result<CancelJobPayload> {
        let refuse = |job, error| Ok(CancelJobPayload { job, errors: vec![error] });
        let Some(id) = parse_typed::<JobId>(&input.id) else { return refuse(None, not_found("job")) };
        let session = Session::of(ctx)?;
        let outcome = match session.store().cancel_job(id).await {
            Ok(outcome) => outcome,
            Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => return refuse(None, not_found("job")),
            Err(error) => return Err(PublicError::from(error).into()),
        };
        let job = session.loaders().job(id).await?;
        match outcome {
            CancelOutcome::Cancelled | CancelOutcome::Requested => Ok(CancelJobPayload { job, errors: Vec::new() }),
            CancelOutcome::AlreadyFinished => {
                refuse(job, UserError::new(UserErrorCode::WrongState, "id", "the job has already ended"))
            }
        }
    }

    /// Queues the work of a failed or cancelled job again, with fresh attempts.
    async fn retry_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which job.")] input: RetryJobInput,
    ) -> Result<RetryJobPayload> {
        let refuse = |error| Ok(RetryJobPayload { job: None, errors: vec![error] });
        let Some(id) = parse_typed::<JobId>(&input.id) else { return refuse(not_found("job")) };
        let session = Session::of(ctx)?;
        let Some(Job(job)) = session.loaders().job(id).await? else { return refuse(not_found("job")) };
        if !matches!(job.state, JobState::Failed | JobState::Cancelled) {
            let message = "only a job that has failed or was cancelled can be tried again";
            return refuse(UserError::new(UserErrorCode::WrongState, "id", message));
        }
        let spec = JobSpec { max_attempts: job.max_attempts, ..JobSpec::analyze(job.priority) }.within(job.scope);
        let (job, errors) = enqueue(session, job.asset, spec).await?;
        Ok(RetryJobPayload { job, errors })
    }
}
