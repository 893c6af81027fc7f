//! What a parent asks of a decode child, and what it gets.

use std::path::PathBuf;

use reelgraph_models::picture::Picture;
use reelgraph_models::probe::Probe;
use reelgraph_models::time::MediaTime;
use serde::{Deserialize, Serialize};

use crate::{DecodeEvent, DecodePlan, Limits};

/// One thing to do with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Say what the file is.
    Probe {
        /// The file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
    },
    /// Decode it once.
    Decode {
        /// The file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// What to yield.
        plan: DecodePlan,
    },
    /// Decode one frame.
    Still {
        /// The file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// The frame that is shown then.
        at: MediaTime,
        /// Longer side at most.
        max_side_px: u32,
    },
    /// Decode the cover picture.
    Cover {
        /// The file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// Longer side at most.
        max_side_px: u32,
    },
}

/// One message of a decode child.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Answer to [`Request::Probe`].
    Probe(Box<Probe>),
    /// Part of the answer to [`Request::Decode`].
    Event(DecodeEvent),
    /// Answer to [`Request::Still`] and [`Request::Cover`].
    Picture(Picture),
    /// Answer to [`Request::Cover`] of a file that carries none.
    NoPicture,
}

/// The line that starts a child's work.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) parent_pid: u32,
    pub(super) limits: Limits,
    pub(super) request: Request,
}

/// Paths are bytes; JSON has only text.
mod path_bytes {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().as_bytes().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
    }
}
