//! Copies: which stretches of a film are also in other films, found by their [`Signature`]s.
//!
//! ```text
//! insert:  track ─► keys (one a second where the picture changes) ─► four buckets each
//! find:    samples, plain and mirrored ─► keys in the same buckets ─► seeds (asset, place, place)
//!          ─► a line through each seed (offset and speed) ─► extended both ways while the pictures agree ─► judged
//! ```
//!
//! The keys are in memory, some 30 to 100 bytes for each second of a library; whole tracks are read from the database for the few
//! assets that seeds point at. [`CopyIndex`] is derived: dropping it loses nothing.
//!
//! What is found: copies that were encoded anew, scaled, mirrored, put between black bars, brightened, cropped by some 5 %,
//! and played up to 5 % faster or slower; whole or in part, down to some 3 seconds. What is not: larger crops, pictures inside
//! pictures, turned pictures, and stretches in which nothing moves, since those look alike without being copies.

mod align;
mod index;
mod judge;
mod matches;
mod seeds;

pub use index::{CopyIndex, Format};
pub use matches::{CopyMatch, matches};
pub use seeds::{MAX_SEED_ASSETS, Seed};

use reelgraph_models::signature::Signature;

/// Most bits in which two pictures differ that are taken for the same. On 1,045,720 pairs of samples of unrelated films none
/// but blank ones were as near; of copies nine in ten are nearer.
const ALIKE_BITS: u32 = 14;

/// Whether both show the same picture; blank ones show none.
fn is_alike(a: Signature, b: Signature) -> bool {
    !a.is_blank() && !b.is_blank() && a.distance(b) <= ALIKE_BITS
}
