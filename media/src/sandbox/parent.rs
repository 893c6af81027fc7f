//! The parent's side, one call for each kind of request.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use reelgraph_models::picture::Picture;
use reelgraph_models::probe::Probe;
use reelgraph_models::time::MediaTime;

use super::decoder::Decoder;
use super::request::{Reply, Request};
use crate::{DecodePlan, Limits, MediaError};

/// How to start decode children, and what they may use. Cheap to clone; every call starts a child of its own.
#[derive(Debug, Clone)]
pub struct Sandbox {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: Limits,
}

impl Sandbox {
    /// Children are `program` with `arguments`, and must call [`run_decode_child`](crate::run_decode_child).
    pub fn new<A: Into<OsString>>(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
        limits: Limits,
    ) -> Self {
        Self { program: program.into(), arguments: arguments.into_iter().map(Into::into).collect(), limits }
    }

    /// The limits that every child gets.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Says what a file is.
    ///
    /// # Errors
    /// As [`probe_file`](crate::probe_file), and every way in which a child may end.
    pub fn probe(&self, path: &Path) -> Result<Probe, MediaError> {
        match self.ask(Request::Probe { path: path.to_owned() })? {
            Reply::Probe(probe) => Ok(*probe),
            other => Err(unexpected(&other)),
        }
    }

    /// Starts one decode; the events are read from what is returned.
    ///
    /// # Errors
    /// [`MediaError::Spawn`]; everything else comes as the last item of the decoder.
    pub fn decode(&self, path: &Path, plan: &DecodePlan) -> Result<Decoder, MediaError> {
        self.start(&Request::Decode { path: path.to_owned(), plan: plan.clone() })
    }

    /// Decodes the frame that is shown at `at`, as [`still`](crate::still) does.
    ///
    /// # Errors
    /// As [`still`](crate::still), and every way in which a child may end.
    pub fn still(&self, path: &Path, at: MediaTime, max_side_px: u32) -> Result<Picture, MediaError> {
        match self.ask(Request::Still { path: path.to_owned(), at, max_side_px })? {
            Reply::Picture(picture) => Ok(picture),
            other => Err(unexpected(&other)),
        }
    }

    /// Decodes the cover picture, as [`embedded_thumbnail`](crate::embedded_thumbnail) does.
    ///
    /// # Errors
    /// As [`embedded_thumbnail`](crate::embedded_thumbnail), and every way in which a child may end.
    pub fn cover(&self, path: &Path, max_side_px: u32) -> Result<Option<Picture>, MediaError> {
        match self.ask(Request::Cover { path: path.to_owned(), max_side_px })? {
            Reply::Picture(picture) => Ok(Some(picture)),
            Reply::NoPicture => Ok(None),
            other => Err(unexpected(&other)),
        }
    }

    fn start(&self, request: &Request) -> Result<Decoder, MediaError> {
        Decoder::spawn(&self.program, &self.arguments, request, &self.limits)
    }

    fn ask(&self, request: Request) -> Result<Reply, MediaError> {
        self.start(&request)?.next_reply()?.ok_or_else(|| MediaError::Protocol { detail: "no answer".to_owned() })
    }
}

fn unexpected(reply: &Reply) -> MediaError {
    let kind = match reply {
        Reply::Probe(_) => "a probe",
        Reply::Event(_) => "a decode event",
        Reply::Picture(_) => "a picture",
        Reply::NoPicture => "no picture",
    };
    MediaError::Protocol { detail: format!("{kind}, which was not asked for") }
}
