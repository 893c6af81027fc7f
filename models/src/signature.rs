//! Signatures of pictures: 64 bits by which copies of a film are found, however they were encoded.

use crate::id::AssetId;
use crate::time::MediaTime;

/// Spatial frequencies behind the bits of a [`Signature`], lowest bit first: half waves across the picture and down it. The
/// 64 lowest after the mean, those across counted at 0.87 of their number, since pictures are wider than high.
pub const FREQUENCIES: [(u8, u8); Signature::BITS as usize] = [
    (1, 0),
    (0, 1),
    (1, 1),
    (2, 0),
    (2, 1),
    (0, 2),
    (1, 2),
    (3, 0),
    (2, 2),
    (3, 1),
    (0, 3),
    (1, 3),
    (3, 2),
    (4, 0),
    (2, 3),
    (4, 1),
    (3, 3),
    (4, 2),
    (0, 4),
    (1, 4),
    (5, 0),
    (2, 4),
    (5, 1),
    (4, 3),
    (5, 2),
    (3, 4),
    (0, 5),
    (1, 5),
    (6, 0),
    (5, 3),
    (6, 1),
    (4, 4),
    (2, 5),
    (6, 2),
    (3, 5),
    (5, 4),
    (6, 3),
    (0, 6),
    (7, 0),
    (1, 6),
    (4, 5),
    (7, 1),
    (2, 6),
    (7, 2),
    (3, 6),
    (6, 4),
    (5, 5),
    (7, 3),
    (8, 0),
    (4, 6),
    (8, 1),
    (0, 7),
    (1, 7),
    (8, 2),
    (6, 5),
    (2, 7),
    (7, 4),
    (5, 6),
    (3, 7),
    (8, 3),
    (9, 0),
    (4, 7),
    (9, 1),
    (7, 5),
];

/// The bits whose frequency across the picture is odd: their sign is the other in a mirror.
const MIRROR: u64 = {
    let (mut mask, mut bit) = (0, 0);
    while bit < FREQUENCIES.len() {
        #[expect(clippy::indexing_slicing, reason = "the loop ends at the length, and constants have no iterators")]
        let (across, _) = FREQUENCIES[bit];
        mask |= ((across % 2) as u64) << bit;
        bit += 1;
    }
    mask
};

/// What is to be seen at one instant: the signs of the picture's [`FREQUENCIES`] (positive is 1), bars taken off. Two
/// pictures are alike where few bits differ; unrelated ones differ in half of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(u64);

impl Signature {
    /// Bits of a signature.
    pub const BITS: u32 = 64;
    /// Of a picture in which nothing is to be seen, such as a black one; like no other, itself included.
    pub const BLANK: Self = Self(0);

    /// From its bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether nothing is to be seen.
    pub const fn is_blank(self) -> bool {
        self.0 == Self::BLANK.0
    }

    /// The signature of the same picture in a mirror.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        if self.is_blank() { self } else { Self(self.0 ^ MIRROR) }
    }

    /// Bits in which the two differ, `0..=64`; 32 as a rule for unrelated pictures.
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// The signatures of an asset at a fixed rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureTrack {
    /// Of which asset.
    pub asset: AssetId,
    /// Name of the algorithm.
    pub model: String,
    /// Version of the algorithm; only tracks of the same can be compared.
    pub version: String,
    /// Time from one sample to the next; greater than zero. The first is of instant zero.
    pub interval: MediaTime,
    /// What was on display at each instant, in order.
    pub samples: Vec<Signature>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_mirrored_twice_is_itself_and_once_is_not() {
        let seen = Signature::from_bits(0x0123_4567_89ab_cdef);
        assert_eq!(seen.mirrored().mirrored(), seen);
        assert_eq!(seen.distance(seen.mirrored()), MIRROR.count_ones());
        assert!((24..=40).contains(&MIRROR.count_ones()), "{}", MIRROR.count_ones());
    }

    #[test]
    fn nothing_to_be_seen_stays_so_in_a_mirror() {
        assert!(Signature::BLANK.mirrored().is_blank());
        assert!(!Signature::from_bits(1).is_blank());
    }

    #[test]
    fn no_frequency_occurs_twice_and_none_is_the_mean() {
        let mut all = FREQUENCIES.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), FREQUENCIES.len());
        assert!(!all.contains(&(0, 0)));
    }
}
