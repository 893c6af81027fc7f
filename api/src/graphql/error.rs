//! The one place where what went wrong becomes a fixed code and public words.
//!
//! Expected outcomes of a mutation are [`UserError`]s in its payload. Everything else is a GraphQL error whose
//! `extensions.code` is one of [`Code`]. What went wrong inside is logged under an id, and only the id leaves the server.

use std::sync::Arc;

use async_graphql::parser::ErrorPositions;
use async_graphql::{Enum, ErrorExtensionValues, Pos, Response, ServerError, SimpleObject};
use reelgraph_models::blob::BlobError;
use reelgraph_models::clock::Clock;
use reelgraph_models::export::ExportError;
use reelgraph_models::ingest::IngestError;
use reelgraph_models::store::StoreError;
use reelgraph_search::SearchError;
use reelgraph_search::query::syntax::Problem;

/// What kind of trouble; `extensions.code` of every error. Codes are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// An argument or variable has a value that makes no sense.
    BadUserInput,
    /// The search text is longer than allowed.
    QueryTooLong,
    /// A part of the search text cannot be read; `extensions.atChar` and `extensions.lengthChars` say which.
    QuerySyntax,
    /// Not a cursor that this server made.
    BadCursor,
    /// A cursor from another connection, or from the same with other arguments.
    ForeignCursor,
    /// Nothing there, or not for the one who asks.
    NotFound,
    /// Larger, deeper, dearer or more than allowed.
    LimitExceeded,
    /// Took longer than allowed.
    Timeout,
    /// Cannot be answered now; trying again may help.
    Unavailable,
    /// A model that it needs is not installed; the message names the command that fetches it.
    ModelMissing,
    /// A fault of the server.
    Internal,
}

impl Code {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::QueryTooLong => "QUERY_TOO_LONG",
            Self::QuerySyntax => "QUERY_SYNTAX",
            Self::BadCursor => "BAD_CURSOR",
            Self::ForeignCursor => "FOREIGN_CURSOR",
            Self::NotFound => "NOT_FOUND",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::ModelMissing => "MODEL_MISSING",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error as clients see it, with what they do not see beside it. Not `Display`, so that it becomes an
/// [`async_graphql::Error`] only by way of its code.
#[derive(Debug, Clone)]
pub struct PublicError {
    code: Code,
    message: String,
    locations: Vec<Pos>,
    /// First character and number of characters of the search text that are meant.
    place: Option<(usize, usize)>,
    /// The field of the input that is meant.
    field: Option<String>,
    /// The chain of causes, for the log.
    detail: Option<Arc<Detail>>,
}

/// What is logged and not shown.
#[derive(Debug)]
struct Detail(String);

impl PublicError {
    /// An error with public words.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new(), place: None, field: None, detail: None }
    }

    /// The same about a field of the input, such as `like.clip.range`: the message begins with it, and it is by itself in the
    /// extension `field`.
    pub(crate) fn of_field(self, field: impl Into<String>) -> Self {
        let field = field.into();
        Self { message: format!("{field}: {}", self.message), field: Some(field), ..self }
    }

    /// An error at places of the document.
    pub fn at(code: Code, message: impl Into<String>, positions: ErrorPositions) -> Self {
        Self { locations: positions.collect(), ..Self::new(code, message) }
    }

    /// A fault of the server. The error and its causes go to the log, not to the client.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        Self { detail: Some(Arc::new(Detail(chain(error)))), ..Self::new(Code::Internal, INTERNAL_MESSAGE) }
    }

    /// Something that this server needs does not answer. The error and its causes go to the log.
    pub fn unavailable(what: &str, error: &dyn std::error::Error) -> Self {
        let message = format!("{what} cannot be reached at the moment; try again");
        Self { detail: Some(Arc::new(Detail(chain(error)))), ..Self::new(Code::Unavailable, message) }
    }

    /// What kind.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The public words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Logs what is only for the log, if there is anything, and returns the id that it is logged under.
    pub(crate) fn log(&self, clock: &dyn Clock) -> Option<uuid::Uuid> {
        let detail = self.detail.as_ref()?;
        let error_id = clock.new_uuid();
        tracing::error!(%error_id, "a request failed inside: {}", detail.0);
        Some(error_id)
    }

    fn extensions(&self) -> ErrorExtensionValues {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.as_str());
        if let Some((at_char, length_chars)) = self.place {
            extensions.set("atChar", at_char);
            extensions.set("lengthChars", length_chars);
        }
        if let Some(field) = &self.field {
            extensions.set("field", field.as_str());
        }
        extensions
    }
}

const INTERNAL_MESSAGE: &str = "something went wrong inside the server";

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl From<PublicError> for async_graphql::Error {
    fn from(error: PublicError) -> Self {
        let extensions = Some(error.extensions());
        let source = error.detail.map(|detail| detail as Arc<dyn std::any::Any + Send + Sync>);
        Self { message: error.message, source, extensions }
    }
}

impl From<PublicError> for ServerError {
    fn from(error: PublicError) -> Self {
        let mut server_error = Self::new(error.message.clone(), None);
        server_error.extensions = Some(error.extensions());
        server_error.locations = error.locations;
        server_error.source = error.detail.map(|detail| detail as Arc<dyn std::any::Any + Send + Sync>);
        server_error
    }
}

/// Makes a finished response fit to leave the server: every error has a code, and what is only for the log is logged under
/// an id that the client can quote.
pub(crate) fn publish(mut response: Response, clock: &dyn Clock) -> Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            // Errors without a code come from async-graphql's own look at variables and operation names.
            extensions.set("code", Code::BadUserInput.as_str());
        }
        if let Some(source) = error.source.take() {
            let error_id = clock.new_uuid();
            extensions.set("errorId", error_id.to_string());
            match source.downcast::<Detail>() {
                Ok(detail) => tracing::error!(%error_id, path = ?error.path, "a request failed inside: {}", detail.0),
                Err(_) => {
                    tracing::error!(%error_id, path = ?error.path, "a request failed inside: {}", error.message);
                    error.message = INTERNAL_MESSAGE.to_owned();
                    extensions.set("code", Code::Internal.as_str());
                }
            }
        }
    }
    response
}

impl From<StoreError> for PublicError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound { what, .. } => Self::new(Code::NotFound, format!("there is no such {what}")),
            StoreError::Deleted { .. } => Self::new(Code::NotFound, "the asset was deleted"),
            StoreError::Invalid { .. } => Self::new(Code::BadUserInput, error.to_string()),
            _ if error.is_retryable() => Self::unavailable("the database", &error),
            _ => Self::internal(&error),
        }
    }
}

impl From<SearchError> for PublicError {
    fn from(error: SearchError) -> Self {
        let code = match &error {
            SearchError::QueryTooLong { .. } => Code::QueryTooLong,
            SearchError::Syntax { at_char, length_chars, .. } => {
                let place = Some((*at_char, *length_chars));
                return Self { place, ..Self::new(Code::QuerySyntax, error.to_string()) };
            }
            SearchError::TooManyTerms { .. }
            | SearchError::TooManyParts { .. }
            | SearchError::TooLarge { .. }
            | SearchError::TooDeep { .. } => Code::LimitExceeded,
            SearchError::BadWeight { .. } | SearchError::BadProbability | SearchError::BadRerank { .. } => {
                Code::BadUserInput
            }
            SearchError::RerankUnavailable { .. } | SearchError::NoReranking => Code::ModelMissing,
            SearchError::BadCursor => Code::BadCursor,
            SearchError::ForeignCursor => Code::ForeignCursor,
            SearchError::PageSize { .. } | SearchError::FilterTooLarge { .. } => Code::LimitExceeded,
            SearchError::Timeout { .. } => Code::Timeout,
            SearchError::ReadSpaces { .. } | SearchError::ReadTexts { .. } => {
                return Self::unavailable("the database", &error);
            }
            _ if error.is_retryable() => return Self::unavailable("the search index", &error),
            _ => return Self::internal(&error),
        };
        Self::new(code, error.to_string())
    }
}

impl From<Problem> for PublicError {
    fn from(problem: Problem) -> Self {
        Self::new(Code::BadUserInput, problem.to_string())
    }
}

impl From<ExportError> for PublicError {
    fn from(error: ExportError) -> Self {
        match &error {
            ExportError::Write { .. } => Self::internal(&error),
            _ => Self::new(Code::LimitExceeded, error.to_string()),
        }
    }
}

impl From<&BlobError> for PublicError {
    fn from(error: &BlobError) -> Self {
        if error.is_retryable() { Self::unavailable("the file store", error) } else { Self::internal(error) }
    }
}

impl From<BlobError> for PublicError {
    fn from(error: BlobError) -> Self {
        Self::from(&error)
    }
}

impl From<IngestError> for PublicError {
    fn from(error: IngestError) -> Self {
        if error.is_retryable() { Self::unavailable("what keeps the files", &error) } else { Self::internal(&error) }
    }
}

/// What an expected refusal of a mutation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum UserErrorCode {
    /// A value makes no sense; `field` names it.
    InvalidValue,
    /// Nothing with that id.
    NotFound,
    /// The thing is in a state that does not allow it, such as cancelling a job that has ended.
    WrongState,
    /// The file or address cannot be read.
    Unreadable,
    /// The file has no bytes.
    EmptyFile,
    /// The file is larger than allowed.
    TooLarge,
    /// There is no room to keep the file.
    StorageFull,
    /// The address may not be fetched, such as one inside a private network.
    AddressNotAllowed,
    /// Analysis of the asset is already queued or running.
    AlreadyRunning,
    /// Somebody else has changed it since; read it again.
    EditConflict,
    /// The embedding space lacks moments that the serving one has; fill it first, or force it.
    SpaceIncomplete,
}

/// Why a mutation did not do what was asked. Expected, and for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// What kind.
    pub code: UserErrorCode,
    /// The input field it is about, as a path such as `source.path`; null when it is about no single field.
    pub field: Option<String>,
    /// A sentence for a person.
    pub message: String,
}

impl UserError {
    /// A refusal about one field of the input.
    pub fn new(code: UserErrorCode, field: &str, message: impl Into<String>) -> Self {
        Self { code, field: Some(field.to_owned()), message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reelgraph_models::clock::SystemClock;

    #[test]
    fn what_went_wrong_inside_stays_inside() {
        let inside = std::io::Error::other("password=hunter2 at /secret/path");
        let response = Response::from_errors(vec![PublicError::internal(&inside).into()]);
        let text = serde_json::to_string(&publish(response, &SystemClock)).unwrap_or_default();
        assert!(!text.contains("hunter2") && !text.contains("/secret"), "{text}");
        assert!(text.contains("\"INTERNAL\"") && text.contains("errorId"), "{text}");
    }

    #[test]
    fn an_error_that_forgot_its_code_does_not_leak() {
        let error = async_graphql::Error::new_with_source("disk /dev/sda1 on fire").into_server_error(Pos::default());
        let text =
            serde_json::to_string(&publish(Response::from_errors(vec![error]), &SystemClock)).unwrap_or_default();
        assert!(!text.contains("sda1") && text.contains("\"INTERNAL\""), "{text}");
    }
}
