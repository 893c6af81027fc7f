//! Bounds on what one file may cost.

use serde::{Deserialize, Serialize};

/// Bounds on one request, checked in the child, enforced by the kernel on the child, and watched by the parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Address space of the child in bytes (`RLIMIT_AS`); includes the mapped libraries, some 300 MB.
    pub max_memory_bytes: u64,
    /// Processor time of the child in seconds (`RLIMIT_CPU`), summed over its threads.
    pub max_cpu_time_s: u64,
    /// Descriptors that the child may have open (`RLIMIT_NOFILE`).
    pub max_open_files: u64,
    /// The parent gives up when the child has said nothing for so many milliseconds while it was being listened to.
    pub stall_timeout_ms: u64,
    /// Streams in the file.
    pub max_streams: u32,
    /// Columns times rows of a coded picture.
    pub max_pixels: u64,
    /// Length of the asset, in seconds.
    pub max_duration_s: u64,
}

impl Default for Limits {
    /// A 16K picture, half a day, 3 GiB, eight hours of one core.
    fn default() -> Self {
        Self {
            max_memory_bytes: 3 << 30,
            max_cpu_time_s: 8 * 3600,
            max_open_files: 16,
            stall_timeout_ms: 60_000,
            max_streams: 100,
            max_pixels: 16_384 * 8_640,
            max_duration_s: 12 * 3600,
        }
    }
}
