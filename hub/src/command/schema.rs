//! `reelgraph schema`: prints the GraphQL schema.

use std::process::ExitCode;

use crate::output;

pub fn run() -> anyhow::Result<ExitCode> {
    output::line(reelgraph_api::graphql::sdl().trim_end());
    Ok(ExitCode::SUCCESS)
}
