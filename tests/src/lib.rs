//! What the whole-flow tests share: the binary under test, a library of its own, and the sample.

mod library;
mod server;

pub use library::{Library, Outcome, sample};
pub use server::Server;
