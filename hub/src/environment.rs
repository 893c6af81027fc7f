//! What libraries read from the environment before this program can tell them anything.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::available_parallelism;

/// ONNX Runtime reads it when its library is loaded: from 1.31 on the library collects facts about the machine before it can be
/// asked not to, and nothing may leave it.
const NO_TELEMETRY: (&str, &str) = ("ORT_DISABLE_TELEMETRY", "1");
/// Settings of the GNU C library's allocator, which keep a long analysis in the memory of a short one: tensors go back to the
/// system when they are freed, instead of leaving holes in heaps, one a thread. Five minutes of film took 1.2 GB with them and
/// up to 2.1 without, in the same time.
const LARGE_BLOCK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "4194304");
const KEPT_FREE: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "67108864");
/// Heaps: as many as run at once, two or more.
const HEAPS: &str = "MALLOC_ARENA_MAX";

/// Starts this program anew with what is missing of these settings; returns only where there is nothing to do or that failed.
///
/// # Errors
/// From the system: the program's own file cannot be found or run.
pub fn complete() -> std::io::Result<()> {
    // A decoder runs no models and gets its environment from who starts it.
    if std::env::args_os().nth(1).is_some_and(|command| command == "decode-child") {
        return Ok(());
    }
    let heaps = available_parallelism().map_or(2, |count| count.get().max(2)).to_string();
    let (telemetry, value) = NO_TELEMETRY;
    let mut missing: Vec<(&str, &str)> = [LARGE_BLOCK, KEPT_FREE, (HEAPS, &heaps)]
        .into_iter()
        .filter(|(name, _)| std::env::var_os(name).is_none())
        .collect();
    if std::env::var_os(telemetry) != Some(OsString::from(value)) {
        missing.push(NO_TELEMETRY);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let program = std::env::current_exe()?;
    Err(Command::new(program).args(std::env::args_os().skip(1)).envs(missing).exec())
}
