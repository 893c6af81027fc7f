//! Errors on the way from child to parent.

use std::io;
use std::path::PathBuf;

use reelgraph_models::probe::Refusal;
use serde::{Deserialize, Serialize};

use crate::MediaError;

/// A [`MediaError`] of the child, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "snake_case")]
pub(super) enum Failure {
    Open { path: String, errno: Option<i32>, message: String },
    NotAFile { path: String },
    Refused { refusal: Refusal },
    NoPicture,
    OutOfMemory,
    Confine { limit: String, message: String },
    Other { action: String, message: String },
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        match error {
            MediaError::Open { path, source } => {
                Self::Open { path: text(path), errno: source.raw_os_error(), message: source.to_string() }
            }
            MediaError::NotAFile { path } => Self::NotAFile { path: text(path) },
            MediaError::Refused(refusal) => Self::Refused { refusal },
            MediaError::NoPicture => Self::NoPicture,
            MediaError::OutOfMemory => Self::OutOfMemory,
            MediaError::Confine { limit, source } => Self::Confine { limit, message: source.to_string() },
            MediaError::Ffmpeg { action, message } => Self::Other { action, message },
            other => Self::Other { action: "answer".to_owned(), message: other.to_string() },
        }
    }
}

impl From<Failure> for MediaError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Open { path, errno, message } => {
                let source = errno.map_or_else(|| io::Error::other(message), io::Error::from_raw_os_error);
                Self::Open { path: path.into(), source }
            }
            Failure::NotAFile { path } => Self::NotAFile { path: path.into() },
            Failure::Refused { refusal } => Self::Refused(refusal),
            Failure::NoPicture => Self::NoPicture,
            Failure::OutOfMemory => Self::OutOfMemory,
            Failure::Confine { limit, message } => Self::Confine { limit, source: io::Error::other(message) },
            Failure::Other { action, message } => Self::Ffmpeg { action, message },
        }
    }
}
