//! Films that measurements need, made by the `ffmpeg` program.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// Whether the program is here.
pub(super) fn has_ffmpeg() -> bool {
    Command::new("ffmpeg").arg("-version").output().is_ok_and(|run| run.status.success())
}

/// Runs `command`, a call of the program that lacks its output, and gives the file that it made.
pub(super) fn make(mut command: Command, into: &Path) -> anyhow::Result<PathBuf> {
    let made = command.args(["-nostdin", "-v", "error", "-y"]).arg(into).output();
    let made = made.context("the ffmpeg program cannot be run")?;
    ensure!(
        made.status.success(),
        "ffmpeg could not make {}: {}",
        into.display(),
        String::from_utf8_lossy(&made.stderr)
    );
    Ok(into.to_owned())
}
