//! `reelgraph decode-child`: the sandboxed decoder, started by workers.

use std::process::ExitCode;

pub fn run() -> ExitCode {
    reelgraph_media::run_decode_child()
}
