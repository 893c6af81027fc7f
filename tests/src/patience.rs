//! Waiting for what takes its time.

use std::time::{Duration, Instant};

/// These machines are slow.
const LONGEST: Duration = Duration::from_secs(300);

/// Asks again and again until it is so.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let started = Instant::now();
    while !is_so()? {
        anyhow::ensure!(started.elapsed() < LONGEST, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    Ok(())
}
