//! The worker: takes a job by lease, keeps the lease, runs the stages, says how it ended.

mod attempt;
mod heartbeat;
mod memory;
mod supervisor;

pub use attempt::{Spent, Until, Worker, WorkerSettings};
pub use supervisor::{WorkerCommand, supervise};
