//! From observations to moments: the spans that can be found, played and cited.

mod assemble;
mod passages;

pub use assemble::assemble;
pub(crate) use passages::passages;
