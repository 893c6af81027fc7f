//! The child's side.

use std::io::{self, BufRead, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use super::failure::Failure;
use super::request::{Order, Reply, Request};
use super::restrict::restrict;
use super::wire::{write_failure, write_reply};
use crate::{Limits, MediaError, decode_file, embedded_thumbnail, probe_file, still};

/// Longest order that is read, in bytes.
const MAX_ORDER_BYTES: u64 = 1 << 20;

/// Buffer before the pipe, in bytes; larger messages go through whole.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// Does the work of a decode child: reads one order from standard input, ties the process down, answers on standard
/// output. For the hidden subcommand that a [`Sandbox`](crate::Sandbox) is told to start; nothing else in the process
/// may use standard output, and the process must end right after.
///
/// The exit status is a success whenever an answer was given, be it a failure.
pub fn run_decode_child() -> ExitCode {
    let mut out = BufWriter::with_capacity(WRITE_BUFFER_BYTES, io::stdout().lock());
    let answered = read_order().and_then(|order| {
        restrict(&order.limits, order.parent_pid)?;
        answer(&order.request, &order.limits, &mut out)
    });
    let written = match answered {
        Ok(()) => Ok(()),
        // Nobody listens any more.
        Err(MediaError::Stopped | MediaError::Pipe(_)) => return ExitCode::FAILURE,
        Err(error) => write_failure(&mut out, &Failure::from(error)),
    };
    match written.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read_order() -> Result<Order, MediaError> {
    let mut line = Vec::new();
    let mut input = io::stdin().lock().take(MAX_ORDER_BYTES);
    input.read_until(b'\n', &mut line).map_err(MediaError::Pipe)?;
    serde_json::from_slice(&line).map_err(|error| MediaError::Protocol { detail: error.to_string() })
}

fn answer(request: &Request, limits: &Limits, out: &mut impl Write) -> Result<(), MediaError> {
    let reply = match request {
        Request::Probe { path } => Reply::Probe(Box::new(probe_file(path, limits)?)),
        Request::Still { path, at, max_side_px } => Reply::Picture(still(path, *at, *max_side_px, limits)?),
        Request::Cover { path, max_side_px } => {
            embedded_thumbnail(path, *max_side_px, limits)?.map_or(Reply::NoPicture, Reply::Picture)
        }
        Request::Decode { path, plan } => {
            return decode_file(path, plan, limits, &mut |event| match write_reply(out, &Reply::Event(event)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
        }
    };
    write_reply(out, &reply).map_err(MediaError::Pipe)
}
