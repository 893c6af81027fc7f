//! Exports: files that editing programs were seen to read, and texts that try to break every format.

mod golden;
mod hostile;
mod parse;
mod sets;
