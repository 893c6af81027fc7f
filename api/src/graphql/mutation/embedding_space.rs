//! Filling an embedding space beside the one that serves, switching to it, and back.

use std::time::Duration;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use reelgraph_models::embedding::EmbeddingSpace as Space;
use reelgraph_models::refresh::RefreshMode;
use reelgraph_models::space::{Completeness, KeptSpaces, SpaceRefusal, SpaceRole as Role};
use reelgraph_models::store::StoreError;

use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::query::{known_spaces, spaces};
use crate::graphql::session::Session;
use crate::graphql::types::embedding_space::{EmbeddingSpace, SpaceRole};
use crate::graphql::types::refresh::Refresh;
use crate::graphql::types::scalar::Long;

/// How long a switch waits for the index to publish what the rows have.
const PUBLISHING_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the index is asked.
const PUBLISHING_POLL: Duration = Duration::from_millis(100);

/// Which space is to be filled.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct FillEmbeddingSpaceInput {
    /// Of which role.
    pub role: SpaceRole,
    /// Name of its model, or of the pair.
    pub name: String,
    /// Version of its model; needed where there are several.
    pub version: Option<String>,
    /// Whether it is only counted what would be done.
    #[graphql(default = false)]
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct FillEmbeddingSpacePayload {
    /// All spaces of the role.
    pub spaces: Vec<EmbeddingSpace>,
    /// The jobs as one; null where there are none, or after a dry run.
    pub refresh: Option<Refresh>,
    /// Jobs that were made, or would be.
    pub job_count: Long,
    /// Assets that lack the space and on which a job waits or runs already: ask again when that has ended.
    pub already_queued_count: Long,
    /// How long one worker is thought to take for all of it, milliseconds; null where nothing is known.
    pub estimate_ms: Option<Long>,
    /// Why nothing was done.
    pub errors: Vec<UserError>,
}

/// Whose spaces change places.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SwitchEmbeddingSpaceInput {
    /// Of which role.
    pub role: SpaceRole,
    /// Whether it is done although moments lack a vector; they are not found by meaning until they have one.
    #[graphql(default = false)]
    pub force: bool,
}

/// Which space goes.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DropEmbeddingSpaceInput {
    /// Of which role.
    pub role: SpaceRole,
    /// Name of its model, or of the pair.
    pub name: String,
    /// Version of its model; needed where there are several.
    pub version: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct EmbeddingSpacesPayload {
    /// All spaces of the role as they are now.
    pub spaces: Vec<EmbeddingSpace>,
    /// Moments that the space to serve lacks, where that is why nothing was changed.
    pub lacking_moment_count: Option<Long>,
    /// Assets from which vectors were removed.
    pub cleared_asset_count: Long,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Embedding spaces.
#[derive(Default)]
pub(crate) struct EmbeddingSpaceMutation;

#[Object]
impl EmbeddingSpaceMutation {
    /// Keeps a space beside the one that serves and queues, behind all other work, what it lacks. Searches go on in the serving
    /// space; new assets get vectors in both. Asking again queues what is still missing.
    async fn fill_embedding_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which space.")] input: FillEmbeddingSpaceInput,
    ) -> Result<FillEmbeddingSpacePayload> {
        Ok(fill(Session::of(ctx)?, input).await?)
    }

    /// Lets the candidate answer every search that begins from now on; the space that served is kept filled. Refused while the
    /// candidate lacks moments, and while the index has not published what it has.
    async fn switch_embedding_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which role.")] input: SwitchEmbeddingSpaceInput,
    ) -> Result<EmbeddingSpacesPayload> {
        Ok(change_places(Session::of(ctx)?, input, Step::Switch).await?)
    }

    /// Lets the space that served before the last switch answer searches again, at once; the other is kept as a candidate.
    async fn roll_back_embedding_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which role.")] input: SwitchEmbeddingSpaceInput,
    ) -> Result<EmbeddingSpacesPayload> {
        Ok(change_places(Session::of(ctx)?, input, Step::RollBack).await?)
    }

    /// Keeps a space no longer and removes its vectors. Never the one that serves.
    async fn drop_embedding_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which space.")] input: DropEmbeddingSpaceInput,
    ) -> Result<EmbeddingSpacesPayload> {
        Ok(drop_space(Session::of(ctx)?, input).await?)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Switch,
    RollBack,
}

async fn fill(session: &Session, input: FillEmbeddingSpaceInput) -> Result<FillEmbeddingSpacePayload, PublicError> {
    let refuse = |error| Ok(FillEmbeddingSpacePayload { errors: vec![error], ..FillEmbeddingSpacePayload::default() });
    let role = Role::from(input.role);
    let searchable = searchable(session, role);
    let space = match named(&searchable, &input.name, input.version.as_deref()) {
        Ok(space) => space,
        Err(error) => return refuse(error),
    };
    let Some(reported) = session.state().store.current_models().await? else {
        return refuse(wrong_state("no worker has said yet which models it has; try again when one runs"));
    };
    let mode = if input.dry_run { RefreshMode::DryRun } else { RefreshMode::Enqueue };
    let done = match session.store().fill_space(&reported.models, role, &space, mode).await {
        Ok(done) => done,
        Err(StoreError::Space(refusal)) => return refuse(refused(&refusal)),
        Err(error) => return Err(error.into()),
    };
    let refresh = match done.batch {
        Some(batch) => session.store().find_batch(batch).await?.map(Refresh),
        None => None,
    };
    Ok(FillEmbeddingSpacePayload {
        spaces: spaces(session, Some(role)).await?,
        refresh,
        job_count: done.jobs.into(),
        already_queued_count: done.already_queued.into(),
        estimate_ms: done.estimate_ms.map(Long::from),
        errors: Vec::new(),
    })
}

async fn change_places(
    session: &Session,
    input: SwitchEmbeddingSpaceInput,
    step: Step,
) -> Result<EmbeddingSpacesPayload, PublicError> {
    let role = Role::from(input.role);
    if let Some(error) = unready(session, role, input.force).await? {
        return Ok(EmbeddingSpacesPayload { errors: vec![error], ..EmbeddingSpacesPayload::default() });
    }
    let completeness = if input.force { Completeness::Waived } else { Completeness::Required };
    let changed = match step {
        Step::Switch => session.store().switch_space(role, completeness).await,
        Step::RollBack => session.store().roll_back_space(role, completeness).await,
    };
    match changed {
        Ok(kept) => {
            tracing::info!(role = role.as_str(), serving = kept.serving.key(), "another embedding space serves");
            let spaces = spaces(session, Some(role)).await?;
            Ok(EmbeddingSpacesPayload { spaces, ..EmbeddingSpacesPayload::default() })
        }
        Err(StoreError::Space(refusal)) => Ok(payload(&refusal)),
        Err(error) => Err(error.into()),
    }
}

/// Why the space beside the serving one cannot answer searches of this server yet, if so. Whether there is one is the store's to
/// say.
async fn unready(session: &Session, role: Role, is_forced: bool) -> Result<Option<UserError>, PublicError> {
    let kept = session.store().kept_spaces().await?;
    let beside = kept.into_iter().find(|kept| kept.role == role).and_then(|kept| kept.beside);
    let Some(beside) = beside else { return Ok(None) };
    if !searchable(session, role).contains(&beside.space) {
        let key = beside.space.key();
        let message = format!("this server has no model for {key}; pull it, start the server anew, and try again");
        return Ok(Some(wrong_state(message)));
    }
    if is_forced || is_published(session).await? {
        return Ok(None);
    }
    Ok(Some(wrong_state("the index has not published yet what the space has; try again in a moment")))
}

/// Waits until the index has what the rows have now.
async fn is_published(session: &Session) -> Result<bool, PublicError> {
    let now = session.state().store.latest_revision().await?;
    let started = tokio::time::Instant::now();
    while session.state().index.watermark().await? < now {
        if started.elapsed() > PUBLISHING_TIMEOUT {
            return Ok(false);
        }
        tokio::time::sleep(PUBLISHING_POLL).await;
    }
    Ok(true)
}

async fn drop_space(session: &Session, input: DropEmbeddingSpaceInput) -> Result<EmbeddingSpacesPayload, PublicError> {
    let role = Role::from(input.role);
    let kept: Vec<KeptSpaces> = session.store().kept_spaces().await?;
    let known = known_spaces(session, &kept).await?;
    let of_role: Vec<Space> = known.into_iter().filter(|count| count.role == role).map(|count| count.space).collect();
    let space = match named(&of_role, &input.name, input.version.as_deref()) {
        Ok(space) => space,
        Err(error) => return Ok(EmbeddingSpacesPayload { errors: vec![error], ..EmbeddingSpacesPayload::default() }),
    };
    match session.store().drop_space(role, &space).await {
        Ok(cleared) => Ok(EmbeddingSpacesPayload {
            spaces: spaces(session, Some(role)).await?,
            cleared_asset_count: cleared.into(),
            ..EmbeddingSpacesPayload::default()
        }),
        Err(StoreError::Space(refusal)) => Ok(payload(&refusal)),
        Err(error) => Err(error.into()),
    }
}

fn payload(refusal: &SpaceRefusal) -> EmbeddingSpacesPayload {
    let lacking_moment_count = match refusal {
        SpaceRefusal::Incomplete { moments, .. } => Some(Long::from(*moments)),
        _ => None,
    };
    EmbeddingSpacesPayload { lacking_moment_count, errors: vec![refused(refusal)], ..EmbeddingSpacesPayload::default() }
}

fn refused(refusal: &SpaceRefusal) -> UserError {
    let code = match refusal {
        SpaceRefusal::Incomplete { .. } => UserErrorCode::SpaceIncomplete,
        _ => UserErrorCode::WrongState,
    };
    UserError { code, field: None, message: refusal.to_string() }
}

fn wrong_state(message: impl Into<String>) -> UserError {
    UserError { code: UserErrorCode::WrongState, field: None, message: message.into() }
}

/// The spaces of a role that this server has models for.
fn searchable(session: &Session, role: Role) -> Vec<Space> {
    let spaces = session.state().index.spaces().iter();
    spaces.filter(|space| space.modality() == role.modality()).map(|space| space.space().clone()).collect()
}

/// The space of that name among those.
fn named(among: &[Space], name: &str, version: Option<&str>) -> Result<Space, UserError> {
    let is_meant = |space: &&Space| space.name == name && version.is_none_or(|version| space.version == version);
    let mut meant = among.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(space), None) => Ok(space.clone()),
        (Some(_), Some(_)) => {
            Err(UserError::new(UserErrorCode::InvalidValue, "version", "there are several versions; say which"))
        }
        (None, _) => {
            let known: Vec<String> = among.iter().map(Space::key).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let message = format!(
                "there is no such space; known are: {known}. A model that was pulled is known when the server starts anew"
            );
            Err(UserError::new(UserErrorCode::NotFound, "name", message))
        }
    }
}
