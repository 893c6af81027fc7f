//! FFmpeg's log: silenced, and its errors counted.

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

use ffmpeg_next::ffi;

static ERRORS: AtomicU64 = AtomicU64::new(0);

/// Counts what FFmpeg would print as an error. The arguments behind the format are never looked at.
unsafe extern "C" fn count(_: *mut c_void, level: c_int, _: *const c_char) {
    if level <= ffi::AV_LOG_ERROR {
        ERRORS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Makes FFmpeg print nothing, in this whole process, and counts its errors instead.
#[expect(clippy::missing_transmute_annotations, reason = "the type of the fourth argument differs by architecture")]
pub(crate) fn silence_log() {
    type Plain = unsafe extern "C" fn(*mut c_void, c_int, *const c_char);
    // SAFETY: the callback's fourth argument has another type on each architecture, and the callee never reads it; a C
    // function may be called with more arguments than it looks at in every C calling convention that Rust supports here.
    unsafe {
        ffi::av_log_set_callback(Some(std::mem::transmute::<Plain, _>(count)));
    }
}

/// Errors that FFmpeg has logged in this process since [`silence_log`].
pub(crate) fn logged_errors() -> u64 {
    ERRORS.load(Ordering::Relaxed)
}
