//! Whether two stretches that look alike are copies, or merely both show next to nothing.

use std::ops::Range;

use reelgraph_models::signature::Signature;

use super::align::{Line, Pair};
use super::is_alike;

/// Pairs of pictures, blank ones left out, below which nothing is claimed: 2.4 seconds.
const MIN_PAIRS: u32 = 12;
/// Share of them that must be alike.
const MIN_SHARE: f64 = 0.6;
/// How much must go on in both: the sum of the bits' variances. A still has none; one cut between two unrelated pictures in the
/// middle of the stretch makes 8.
const MIN_VARIANCE: f64 = 1.0;
/// How far what goes on must go on alike: the correlation of the bits over time. Two people who talk before the same wall have
/// nearly all bits in common all the time, but what changes here does not change there.
const MIN_CORRELATION: f64 = 0.4;

/// What speaks for a copy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    /// Pairs of pictures that are alike.
    pub(super) alike: u32,
    /// Share of the pairs that are, blank ones left out.
    pub(super) share: f64,
    /// Bits in which the pairs differ on the average, blank ones left out.
    pub(super) mean_bits: f64,
    /// Sum over the bits of their variance over time, `0..=16`, in the stretch where less goes on.
    pub(super) variance: f64,
    /// Correlation over time of the bits here and there, `-1..=1`.
    pub(super) correlation: f64,
}

impl Verdict {
    /// Looks at a stretch along a line.
    pub(super) fn of(pair: Pair<'_>, line: Line, stretch: Range<usize>) -> Option<Self> {
        let (mut alike, mut differing) = (0, 0);
        let mut pairs = 0_u32;
        let mut counts = [[0_u32; 3]; Signature::BITS as usize];
        for (a, b) in stretch.filter_map(|here| pair.get(line, here)) {
            if a.is_blank() || b.is_blank() {
                continue;
            }
            pairs += 1;
            alike += u32::from(is_alike(a, b));
            differing += a.distance(b);
            for (bit, [in_a, in_b, in_both]) in counts.iter_mut().enumerate() {
                let (a, b) = ((a.bits() >> bit & 1) as u32, (b.bits() >> bit & 1) as u32);
                *in_a += a;
                *in_b += b;
                *in_both += a & b;
            }
        }
        if pairs < MIN_PAIRS {
            return None;
        }
        let share = |count: u32| f64::from(count) / f64::from(pairs);
        let (mut of_a, mut of_b, mut of_both) = (0.0, 0.0, 0.0);
        for [in_a, in_b, in_both] in counts.map(|bit| bit.map(share)) {
            of_a += in_a * (1.0 - in_a);
            of_b += in_b * (1.0 - in_b);
            of_both += in_both - in_a * in_b;
        }
        let correlation = if of_a > 0.0 && of_b > 0.0 { of_both / (of_a * of_b).sqrt() } else { 0.0 };
        Some(Self { alike, share: share(alike), mean_bits: share(differing), variance: of_a.min(of_b), correlation })
    }

    pub(super) fn is_copy(self) -> bool {
        self.share >= MIN_SHARE && self.variance >= MIN_VARIANCE && self.correlation >= MIN_CORRELATION
    }
}
