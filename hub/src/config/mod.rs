//! Settings: from a file, the environment and the command line to values that are known to be good.

mod calibration;
mod checked;
mod raw;
mod spaces;

pub use checked::{Config, Files, Vectors, load, loopback};
pub use spaces::SpaceSettings;
