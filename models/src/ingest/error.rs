//! What can go wrong on the way in.

use crate::blob::BlobError;
use crate::store::StoreError;

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// No bytes came.
    #[error("{file_name} is empty, there is nothing to take in")]
    Empty {
        /// What it was called.
        file_name: String,
    },
    /// Not a regular file.
    #[error("{path} is not a regular file; name a video or sound file")]
    NotAFile {
        /// What was named.
        path: String,
    },
    /// The file system said no.
    #[error("{path} cannot be read; check that it exists and that this user may read it")]
    Unreadable {
        /// What was named.
        path: String,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// Not an address that can be fetched from.
    #[error("the address cannot be used: {reason}; give an http or https address")]
    BadAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// The address leads to this machine or into a private network.
    #[error("{host} is a private address, which the settings do not allow to fetch from")]
    PrivateAddress {
        /// Host as given.
        host: String,
    },
    /// No answer.
    #[error("{host} cannot be reached; check the address and the network, then try again")]
    Unreachable {
        /// Host as given.
        host: String,
        /// What the client said; never holds credentials.
        #[source]
        source: reqwest::Error,
    },
    /// An answer that is no file.
    #[error("{host} answered with status {status} instead of the file")]
    BadStatus {
        /// Host as given.
        host: String,
        /// HTTP status code.
        status: u16,
    },
    /// The answer is announced as larger than allowed.
    #[error("the file has {size_bytes} bytes, more than the {limit_bytes} that are allowed")]
    TooLarge {
        /// Announced size.
        size_bytes: u64,
        /// Configured limit.
        limit_bytes: u64,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be started")]
    Client(#[source] reqwest::Error),
    /// The bytes could not be stored.
    #[error("{}", not_stored(.0))]
    Blob(#[from] BlobError),
    /// The rows could not be written.
    #[error("the asset could not be registered")]
    Store(#[from] StoreError),
}

/// What a person can do about it. Keys and folders of the server are not for everyone's eyes, so they stay in the source.
fn not_stored(error: &BlobError) -> String {
    match error {
        BlobError::DiskFull { .. } => {
            "there is no room left where files are kept, and nothing of this one was; make room there, then take it in again"
                .to_owned()
        }
        BlobError::Source { .. } => {
            "the file's bytes stopped coming before its end, and nothing was kept; send it again".to_owned()
        }
        BlobError::TooLarge { limit_bytes, .. } => {
            format!("the file is larger than the {limit_bytes} bytes that are allowed, and nothing of it was kept")
        }
        _ => "the file could not be stored; the server's log says why".to_owned(),
    }
}

impl IngestError {
    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::NotAFile { .. } => "not_a_file",
            Self::Unreadable { .. } => "unreadable",
            Self::BadAddress { .. } => "bad_address",
            Self::PrivateAddress { .. } => "private_address",
            Self::Unreachable { .. } => "unreachable",
            Self::BadStatus { .. } => "bad_status",
            Self::TooLarge { .. } => "too_large",
            Self::Client(_) => "client",
            Self::Blob(source) => source.code(),
            Self::Store(source) => source.code(),
        }
    }

    /// Whether the same call may go better later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::BadStatus { status, .. } => *status >= 500 || *status == 429,
            Self::Blob(source) => source.is_retryable(),
            Self::Store(source) => source.is_retryable(),
            _ => false,
        }
    }
}
