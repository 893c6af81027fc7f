//! What can go wrong with a file, a decoder or a decode child.

use std::io;
use std::path::PathBuf;

use reelgraph_models::probe::Refusal;
use serde::{Deserialize, Serialize};

/// Why a request gave no (further) answer.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file cannot be opened or read.
    #[error("cannot open {path}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The path leads to a directory, a pipe, a device or a socket.
    #[error("{path} is not a regular file")]
    NotAFile {
        /// Which path.
        path: PathBuf,
    },
    /// The file can be read and cannot be used.
    #[error("the file is refused: {0}")]
    Refused(Refusal),
    /// The file has no picture where one was asked for.
    #[error("the file has no picture to show there")]
    NoPicture,
    /// Decoding needs more memory than the limit.
    #[error("decoding needs more memory than it may have")]
    OutOfMemory,
    /// The child used up its processor time.
    #[error("decoding used up its {limit_s} s of processor time")]
    CpuTimeExceeded {
        /// The limit that was in force, in seconds.
        limit_s: u64,
    },
    /// The child said nothing for too long and was killed.
    #[error("decoding made no progress for {after_ms} ms")]
    Stalled {
        /// The limit that was in force, in milliseconds.
        after_ms: u64,
    },
    /// A signal ended the child.
    #[error("the decode process was ended by signal {signal}: {likely_reason}")]
    ChildKilled {
        /// Signal number.
        signal: i32,
        /// What that usually means.
        likely_reason: KillReason,
    },
    /// The child left without saying how it ended.
    #[error("the decode process left with status {status} and no result: {last_words}")]
    ChildExited {
        /// Exit status.
        status: i32,
        /// The end of what it wrote to standard error; at most a few kilobytes.
        last_words: String,
    },
    /// The child could not be started.
    #[error("cannot start the decode process {program}")]
    Spawn {
        /// Which program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The child said something that the protocol does not allow.
    #[error("the decode process broke the protocol: {detail}")]
    Protocol {
        /// What it said.
        detail: String,
    },
    /// A limit could not be put on the child, so that it refused to open the file.
    #[error("cannot set the limit {limit} on the decode process")]
    Confine {
        /// Which limit.
        limit: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A pipe between parent and child broke.
    #[error("cannot speak to the decode process")]
    Pipe(#[source] io::Error),
    /// FFmpeg could not do its part.
    #[error("ffmpeg cannot {action}: {message}")]
    Ffmpeg {
        /// What it was asked to do.
        action: String,
        /// What it said.
        message: String,
    },
    /// The picture could not be written as JPEG.
    #[error("cannot encode the picture as JPEG")]
    Jpeg(#[source] image::ImageError),
    /// The receiver of the events wanted no more.
    #[error("decoding was stopped by its receiver")]
    Stopped,
}

/// What a signal that ended the child usually means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KillReason {
    /// Killed from outside: by an operator, by a shutdown, or by the system for want of memory.
    Outside,
    /// A crash in a codec.
    Crash,
    /// An assertion of a library.
    Abort,
    /// Something else.
    Unknown,
}

impl std::fmt::Display for KillReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Outside => "killed from outside, or by the system for want of memory",
            Self::Crash => "a codec crashed on this file",
            Self::Abort => "a library gave up on this file",
            Self::Unknown => "an unexpected signal",
        })
    }
}

impl MediaError {
    /// Whether the same request may well succeed when it is made again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ChildKilled { .. } | Self::ChildExited { .. } | Self::Stalled { .. } => true,
            Self::Spawn { .. } | Self::Pipe(_) => true,
            Self::Open { source, .. } => {
                !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
            }
            Self::NotAFile { .. } | Self::Refused(_) | Self::NoPicture | Self::OutOfMemory => false,
            Self::CpuTimeExceeded { .. } | Self::Protocol { .. } | Self::Confine { .. } => false,
            Self::Ffmpeg { .. } | Self::Jpeg(_) | Self::Stopped => false,
        }
    }

    /// The name that stores and wires use; for a refusal, the refusal's own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "not_found",
                io::ErrorKind::PermissionDenied => "permission_denied",
                _ => "unreadable",
            },
            Self::NotAFile { .. } => "not_a_file",
            Self::Refused(refusal) => refusal.code(),
            Self::NoPicture => "no_picture",
            Self::OutOfMemory => "out_of_memory",
            Self::CpuTimeExceeded { .. } => "cpu_time_exceeded",
            Self::Stalled { .. } => "stalled",
            Self::ChildKilled { .. } => "decoder_killed",
            Self::ChildExited { .. } => "decoder_exited",
            Self::Spawn { .. } => "decoder_not_started",
            Self::Protocol { .. } => "decoder_protocol",
            Self::Confine { .. } => "decoder_not_confined",
            Self::Pipe(_) => "decoder_pipe",
            Self::Ffmpeg { .. } => "ffmpeg",
            Self::Jpeg(_) => "jpeg",
            Self::Stopped => "stopped",
        }
    }

    /// FFmpeg's answer to `action`, with the want of memory told apart.
    pub(crate) fn ffmpeg(action: &str, error: ffmpeg_next::Error) -> Self {
        match error {
            ffmpeg_next::Error::Other { errno: libc::ENOMEM | libc::EAGAIN } => Self::OutOfMemory,
            other => Self::Ffmpeg { action: action.to_owned(), message: other.to_string() },
        }
    }
}
