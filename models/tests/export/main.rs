//! Exports: files that editing programs were seen to read, and texts that try to break every format.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may say so by panicking")]

mod golden;
mod hostile;
mod parse;
mod sets;
