//! What a file is: recognised by content, described from its headers and first packets, or refused by name.

mod describe;
mod file;
mod layout;
mod open;
mod packets;
mod reasons;
mod signature;

pub use file::probe_file;
pub(crate) use file::usable;
pub(crate) use open::{Opened, open_media};
