//! Decoding in a child process that is tied down.
//!
//! # Protocol
//! The parent starts the child with its standard input and output as pipes and an empty environment.
//!
//! 1. Parent → child, one line of JSON: [`Request`] with the [`Limits`](crate::Limits) and the parent's process id.
//! 2. The child puts the limits on itself, and only then opens the file.
//! 3. Child → parent, messages: one byte of kind, four bytes of payload length (little-endian), the payload. Numbers in
//!    payloads are little-endian; times are `i64` microseconds.
//!
//! | kind | payload |
//! |---|---|
//! | 1 small | width `u32`, height `u32`, n `u32`, n times, n packed RGB pictures |
//! | 2 sampled | time, width `u32`, height `u32`, packed RGB |
//! | 3 audio | time, `f32` samples |
//! | 4 warning | JSON |
//! | 5 progress | time |
//! | 6 end | JSON; ends the answer to a decode |
//! | 7 probe | JSON; the whole answer to a probe |
//! | 8 picture | width `u32`, height `u32`, packed RGB; the whole answer to a still or a cover |
//! | 9 no picture | empty; the whole answer to a cover of a file that has none |
//! | 10 failure | JSON; ends any answer |
//! | 11 subtitle | JSON, at most 64 KiB |
//!
//! The parent believes nothing: it checks every length before it allocates, every event against the plan and against the
//! promised order, and takes an answer that stops in the middle for what the child's exit status says. The pipe gives
//! back-pressure; besides it the parent holds a handful of messages.
//!
//! The limits are the kernel's: address space, processor time, open files, no core; the child dies with its parent, gains
//! no rights, and has given up the system calls for other programs, other processes, the network, and changing files.

mod calls;
mod child;
mod decoder;
mod failure;
mod parent;
mod promises;
mod request;
mod restrict;
mod wire;

pub use child::run_decode_child;
pub use decoder::{Decoder, Killer};
pub use parent::Sandbox;
pub use request::{Reply, Request};
