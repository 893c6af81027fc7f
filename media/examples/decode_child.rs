//! The decode child alone, for the tests of the sandbox and for whoever wants to attack it.

use std::process::ExitCode;

fn main() -> ExitCode {
    reelgraph_media::run_decode_child()
}
