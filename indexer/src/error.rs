//! Everything that can end an attempt or a round of publishing.

use reelgraph_inference::InferenceError;
use reelgraph_media::MediaError;
use reelgraph_models::blob::BlobError;
use reelgraph_models::job::Failure;
use reelgraph_models::picture::WrongSize;
use reelgraph_models::reason::Reason;
use reelgraph_models::store::StoreError;
use reelgraph_search::SearchError;

/// Why an attempt, or a round of publishing, ended.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The file, its decoder or the process it runs in.
    #[error("the file could not be decoded")]
    Media(#[from] MediaError),
    /// A model.
    #[error("a model could not be run")]
    Inference(#[from] InferenceError),
    /// The database.
    #[error("the database did not do what was asked")]
    Store(#[from] StoreError),
    /// The files.
    #[error("the original could not be read or a still not written")]
    Blob(#[from] BlobError),
    /// An index.
    #[error("the search index did not do what was asked")]
    Search(#[from] SearchError),
    /// A picture made of others.
    #[error("a picture could not be put together")]
    Picture(#[from] WrongSize),
    /// A scratch file on the worker's disk.
    #[error("the worker's scratch folder cannot be used")]
    Scratch(#[source] std::io::Error),
    /// A thread of the pipeline ended without an answer.
    #[error("the {thread} thread ended unexpectedly")]
    ThreadLost {
        /// Its name.
        thread: String,
    },
    /// Someone asked the job to stop.
    #[error("the job was cancelled")]
    Cancelled,
    /// The worker is shutting down.
    #[error("the worker is shutting down")]
    ShuttingDown,
    /// Another worker has taken the job over.
    #[error("the lease of the job was lost")]
    LeaseLost,
}

impl IndexError {
    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Media(source) => source.code(),
            Self::Inference(source) => source.code(),
            Self::Store(source) => source.code(),
            Self::Blob(source) => source.code(),
            Self::Search(source) => source.code(),
            Self::Picture(_) => "wrong_picture_size",
            Self::Scratch(_) => "scratch_failed",
            Self::ThreadLost { .. } => "thread_lost",
            Self::Cancelled => "cancelled",
            Self::ShuttingDown => "shutting_down",
            Self::LeaseLost => "lease_lost",
        }
    }

    /// What the job should do about it: refuse the file, try again, or give up.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Media(MediaError::Refused(refusal)) => Failure::Refused((*refusal).into()),
            Self::Media(source) => retry_if(source.is_retryable(), self.reason()),
            Self::Inference(source) => retry_if(source.is_retryable(), self.reason()),
            Self::Store(source) => retry_if(source.is_retryable(), self.reason()),
            Self::Blob(source) => retry_if(source.is_retryable(), self.reason()),
            Self::Search(source) => retry_if(source.is_retryable(), self.reason()),
            Self::Scratch(_) | Self::ThreadLost { .. } => Failure::Retryable(self.reason()),
            Self::Picture(_) | Self::Cancelled | Self::ShuttingDown | Self::LeaseLost => {
                Failure::Permanent(self.reason())
            }
        }
    }

    /// The code, and the innermost sentence that says what happened.
    pub fn reason(&self) -> Reason {
        let message = match self {
            Self::Media(source) => source.to_string(),
            Self::Inference(source) => source.to_string(),
            Self::Store(source) => source.to_string(),
            Self::Blob(source) => source.to_string(),
            Self::Search(source) => source.to_string(),
            other => other.to_string(),
        };
        Reason::new(self.code(), message)
    }
}

fn retry_if(is_retryable: bool, reason: Reason) -> Failure {
    if is_retryable { Failure::Retryable(reason) } else { Failure::Permanent(reason) }
}
