//! Memory and processor time of processes, as the kernel counts them.

use std::path::Path;
use std::time::Duration;

/// The most that this process ever held in memory, bytes; 0 where the kernel does not say.
pub fn peak_bytes() -> u64 {
    status_bytes(Path::new("/proc/self"), "VmHWM:").unwrap_or_default()
}

/// What a process and all it started hold in memory now, bytes. Pages that they share count once for each.
pub fn resident_bytes_with_children(process: u32) -> u64 {
    let folder = Path::new("/proc").join(process.to_string());
    let own = status_bytes(&folder, "VmRSS:").unwrap_or_default();
    own + children(&folder).into_iter().map(resident_bytes_with_children).sum::<u64>()
}

/// Processor time of this process and of those it started that have ended, all threads together; zero where the kernel does
/// not say.
pub fn processor_time() -> Duration {
    /// Ticks a second in /proc, whatever the kernel's own.
    const TICKS_PER_S: f64 = 100.0;
    /// Of utime, stime, cutime and cstime, after the name in brackets.
    const FIELDS: std::ops::Range<usize> = 11..15;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let fields = after_name.split_whitespace().skip(FIELDS.start).take(FIELDS.len());
    Duration::from_secs_f64(
        fields.filter_map(|ticks| ticks.parse::<u32>().ok()).map(f64::from).sum::<f64>() / TICKS_PER_S,
    )
}

fn status_bytes(process: &Path, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Each thread lists what it started itself.
fn children(process: &Path) -> Vec<u32> {
    let threads = std::fs::read_dir(process.join("task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_processor_time() {
        let before = processor_time();
        let started = std::time::Instant::now();
        let mut sum = 0u64;
        while started.elapsed() < Duration::from_secs(5) && processor_time() < before + Duration::from_millis(50) {
            sum = (0..100_000u64).fold(sum, |sum, number| sum.wrapping_mul(31).wrapping_add(number));
        }
        assert!(processor_time() > before, "{sum}");
    }

    #[test]
    fn a_process_counts_itself_and_what_it_started() -> std::io::Result<()> {
        let alone = status_bytes(Path::new("/proc/self"), "VmRSS:").unwrap_or_default();
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn()?;
        let listed = children(Path::new("/proc/self")).contains(&child.id());
        let both = resident_bytes_with_children(std::process::id());
        drop(child.stdin.take());
        child.wait()?;
        assert!(listed);
        assert!(alone > 0 && both >= alone / 2);
        assert!(peak_bytes() >= alone / 2);
        Ok(())
    }
}
