//! Correcting what was said, and taking corrections back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::edit::SpeechChange;
use reelgraph_models::id::ObservationId;
use reelgraph_models::store::{Edited, StoreError};
use reelgraph_models::time::{MediaTime, Span};

use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::job::Job;
use crate::graphql::types::observation::{Observation, SpeechSegment};
use crate::graphql::types::scalar::Microseconds;

/// How far a line may reach beyond the end of its asset.
const OVERHANG: MediaTime = MediaTime::from_millis(1_000);

/// A stretch of time to put a line into.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct TimeSpanInput {
    /// First instant inside.
    pub start_micros: Microseconds,
    /// First instant after; greater than `startMicros`.
    pub end_micros: Microseconds,
}

/// Which line, and what it is to be.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct EditSpeechInput {
    /// The line: a `SpeechSegment` of any source, or an earlier edit of it.
    pub id: ID,
    /// What is said, at most 2,000 characters; empty where nothing is, which takes the line out.
    pub text: String,
    /// Language as ISO 639-1 code; as it was where it is left out.
    pub language: Option<String>,
    /// When it is said; as it was where it is left out.
    pub span: Option<TimeSpanInput>,
    /// `version` of the line that was edited; 0 for one that nobody has edited.
    pub expected_version: u32,
    /// Who says so, at most 200 characters.
    pub editor: Option<String>,
}

/// Which edit.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RevertSpeechInput {
    /// The line that was edited.
    pub id: ID,
    /// Its `version`.
    pub expected_version: u32,
}

/// What came of it.
#[derive(Default, SimpleObject)]
pub(crate) struct EditSpeechPayload {
    /// The line as it stands now; null where there are errors.
    pub line: Option<SpeechSegment>,
    /// The job that makes moments of it, after which search finds it. Where another job is at work on the asset, this one is
    /// `DEFERRED` until that has ended; one such job does the work of all that is changed meanwhile.
    pub job: Option<Job>,
    /// Why nothing was changed. With `EDIT_CONFLICT` somebody else was faster: read the line again.
    pub errors: Vec<UserError>,
}

/// Correcting what was said.
#[derive(Default)]
pub(crate) struct SpeechMutation;

#[Object]
impl SpeechMutation {
    /// Puts what a person says in the place of a line of speech. It outranks supplied captions, imports and recognisers,
    /// stays when the asset is analysed again, and is what captions, moments and search show. What was there before is kept.
    async fn edit_speech(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line, and what it is to be.")] input: EditSpeechInput,
    ) -> Result<EditSpeechPayload> {
        let EditSpeechInput { id, text, language, span, expected_version, editor } = input;
        let session = Session::of(ctx)?;
        let Some(line) = parse_typed::<ObservationId>(&id) else { return refuse(not_found("line")) };
        let span = match span.map(|span| Span::new(span.start_micros.0, span.end_micros.0)).transpose() {
            Ok(span) => span,
            Err(_) => return refuse(invalid("span", "endMicros must be greater than startMicros")),
        };
        if let Some(span) = span
            && let Some(length) = length(session, line).await?
            && span.end() > length + OVERHANG
        {
            return refuse(invalid("span", "it ends behind the asset"));
        }
        let change = SpeechChange { text, language, span, editor };
        payload(session.store().edit_speech(line, expected_version, &change).await)
    }

    /// Takes an edit back: what supplied captions, imports or the recogniser say stands there again.
    async fn revert_speech(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which edit.")] input: RevertSpeechInput,
    ) -> Result<EditSpeechPayload> {
        let Some(line) = parse_typed::<ObservationId>(&input.id) else { return refuse(not_found("line")) };
        payload(Session::of(ctx)?.store().revert_speech(line, input.expected_version).await)
    }
}

/// How long the asset of a line is, where both are known.
async fn length(session: &Session, line: ObservationId) -> Result<Option<MediaTime>, PublicError> {
    let Some(line) = session.loaders().observation(line).await? else { return Ok(None) };
    let asset = session.loaders().asset(line.asset).await?;
    Ok(asset.and_then(|asset| asset.0.probe).map(|probe| probe.duration))
}

fn payload(outcome: std::result::Result<Edited, StoreError>) -> Result<EditSpeechPayload> {
    match outcome {
        Ok(Edited { line, job }) => {
            let line = match Observation::from(line) {
                Observation::SpeechSegment(line) => Some(line),
                _ => None,
            };
            Ok(EditSpeechPayload { line, job: Some(Job(job)), errors: Vec::new() })
        }
        Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => refuse(not_found("line")),
        Err(StoreError::EditConflict { version, .. }) => {
            let message =
                format!("somebody else has changed this line, which is now at version {version}; read it again");
            refuse(UserError::new(UserErrorCode::EditConflict, "expectedVersion", message))
        }
        Err(error @ StoreError::Invalid { what, .. }) => {
            let field = match what {
                "language" | "span" | "editor" => what,
                _ => "text",
            };
            refuse(invalid(field, error.to_string()))
        }
        Err(error) => Err(PublicError::from(error).into()),
    }
}

fn invalid(field: &str, message: impl Into<String>) -> UserError {
    UserError::new(UserErrorCode::InvalidValue, field, message)
}

fn refuse(error: UserError) -> Result<EditSpeechPayload> {
    Ok(EditSpeechPayload { errors: vec![error], ..EditSpeechPayload::default() })
}
