//! From PQ and HLG to what an SDR display shows.
//!
//! Done on the small pictures that come out, not on the large ones that go in, and therefore without a filter graph.
//! Signal → light by ITU-R BT.2100; peak brought down to the white of SDR by the curve of ITU-R BT.2390 §5.4 on the
//! largest component, so that hues hold; BT.2020 → BT.709 primaries by ITU-R BT.2087; light → signal by the inverse of
//! ITU-R BT.1886.

use crate::raw::TRANSFER_HLG;

/// Reference white of HDR programmes, candela per square metre (ITU-R BT.2408); becomes the white of SDR.
const WHITE_NITS: f32 = 203.0;
/// Peak taken for PQ that does not state one, and the nominal peak of HLG displays.
const NOMINAL_PEAK_NITS: f32 = 1000.0;
/// Entries of the tables by signal.
const TABLE: usize = 4096;

/// A tone map for one transfer and one peak.
pub(crate) struct ToneMap {
    is_hlg: bool,
    peak_nits: f32,
    /// Light in nits by PQ signal, or scene light by HLG signal.
    light: Vec<f32>,
    /// What light whose largest component has this PQ signal is multiplied with, to become a share of SDR white.
    gain: Vec<f32>,
}

impl ToneMap {
    /// A tone map for H.273 transfer 16 (PQ) or 18 (HLG), with the peak that the file states.
    pub(crate) fn new(transfer: i32, stated_peak_nits: Option<f32>) -> Self {
        let is_hlg = transfer == TRANSFER_HLG;
        let peak_nits = match stated_peak_nits {
            Some(peak) if !is_hlg => peak.clamp(WHITE_NITS, 10_000.0),
            _ => NOMINAL_PEAK_NITS,
        };
        let by_signal = |value: fn(f32) -> f32| (0..TABLE).map(|at| value(at as f32 / (TABLE - 1) as f32)).collect();
        let light: Vec<f32> = by_signal(if is_hlg { hlg_to_scene } else { pq_to_nits });
        let gain = (0..TABLE)
            .map(|at| {
                let signal = at as f32 / (TABLE - 1) as f32;
                let nits = pq_to_nits(signal);
                if nits > 0.0 {
                    pq_to_nits(compressed(signal, peak_nits)) / nits / WHITE_NITS
                } else {
                    1.0 / WHITE_NITS
                }
            })
            .collect();
        Self { is_hlg, peak_nits, light, gain }
    }

    /// Whether this map was made for that transfer and peak.
    pub(crate) fn fits(&self, transfer: i32, stated_peak_nits: Option<f32>) -> bool {
        let wants_hlg = transfer == TRANSFER_HLG;
        let peak = stated_peak_nits.unwrap_or(NOMINAL_PEAK_NITS).clamp(WHITE_NITS, 10_000.0);
        self.is_hlg == wants_hlg && (wants_hlg || (self.peak_nits - peak).abs() < 1.0)
    }

    /// Maps one pixel of full-range BT.2020 R'G'B' to BT.709 R'G'B'.
    pub(crate) fn map(&self, [red, green, blue]: [u16; 3]) -> [u8; 3] {
        let light = |code: u16| self.light.get(usize::from(code >> 4)).copied().unwrap_or(0.0);
        let mut rgb = [light(red), light(green), light(blue)];
        if self.is_hlg {
            // BT.2100 table 5: the system gamma at a display peak of 1000 nits is 1.2.
            let [r, g, b] = rgb;
            let luminance = 0.2627 * r + 0.6780 * g + 0.0593 * b;
            rgb = rgb.map(|scene| NOMINAL_PEAK_NITS * luminance.max(1e-6).powf(0.2) * scene);
        }
        let [r, g, b] = rgb;
        let largest = r.max(g).max(b);
        let index = (nits_to_pq(largest) * (TABLE - 1) as f32).round() as usize;
        let gain = self.gain.get(index.min(TABLE - 1)).copied().unwrap_or(0.0);
        let [r, g, b] = rgb.map(|nits| nits * gain);
        [
            1.660_491 * r - 0.587_641 * g - 0.072_850 * b,
            -0.124_550 * r + 1.132_9 * g - 0.008_349 * b,
            -0.018_151 * r - 0.100_579 * g + 1.118_73 * b,
        ]
        .map(|share| (share.clamp(0.0, 1.0).powf(1.0 / 2.4) * 255.0).round() as u8)
    }
}

/// The Hermite curve of BT.2390 §5.4.1, from black to `peak_nits` onto black to white, in PQ signals.
fn compressed(signal: f32, peak_nits: f32) -> f32 {
    let source_peak = nits_to_pq(peak_nits);
    let target = nits_to_pq(WHITE_NITS) / source_peak;
    let share = (signal / source_peak).min(1.0);
    let knee = 1.5 * target - 0.5;
    if share < knee || knee >= 1.0 {
        return share * source_peak;
    }
    let t = (share - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let curved =
        (2.0 * t3 - 3.0 * t2 + 1.0) * knee + (t3 - 2.0 * t2 + t) * (1.0 - knee) + (-2.0 * t3 + 3.0 * t2) * target;
    curved * source_peak
}

/// SMPTE ST 2084, signal to candela per square metre.
fn pq_to_nits(signal: f32) -> f32 {
    let root = signal.max(0.0).powf(1.0 / 78.84375);
    let light = (root - 0.835_937_5).max(0.0) / (18.851_563 - 18.6875 * root);
    10_000.0 * light.powf(1.0 / 0.159_301_76)
}

/// SMPTE ST 2084, candela per square metre to signal.
fn nits_to_pq(nits: f32) -> f32 {
    let power = (nits.max(0.0) / 10_000.0).powf(0.159_301_76);
    ((0.835_937_5 + 18.851_563 * power) / (1.0 + 18.6875 * power)).powf(78.84375)
}

/// BT.2100 table 5, the inverse of the HLG curve: signal to scene light, `0..=1`.
fn hlg_to_scene(signal: f32) -> f32 {
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::TRANSFER_PQ;

    fn pq_grey(map: &ToneMap, nits: f32) -> u8 {
        let code = (nits_to_pq(nits) * 65_535.0) as u16;
        let [red, green, blue] = map.map([code; 3]);
        assert!(red.abs_diff(green) <= 1 && green.abs_diff(blue) <= 1, "grey stays grey: {red} {green} {blue}");
        green
    }

    #[test]
    fn the_two_directions_of_pq_undo_each_other() {
        for nits in [0.1f32, 1.0, 203.0, 1000.0, 9000.0] {
            assert!((pq_to_nits(nits_to_pq(nits)) / nits - 1.0).abs() < 0.01, "{nits}");
        }
    }

    #[test]
    fn brightness_rises_to_white_at_the_peak_and_stays() {
        let map = ToneMap::new(TRANSFER_PQ, Some(1000.0));
        let greys = [0.0, 1.0, 10.0, 50.0, 100.0, 203.0, 500.0].map(|nits| pq_grey(&map, nits));
        assert!(greys.is_sorted_by(|a, b| a < b), "{greys:?}");
        assert_eq!(greys.first(), Some(&0));
        assert!(pq_grey(&map, 990.0) >= 253 && pq_grey(&map, 5000.0) >= 253);
        assert!((150..230).contains(&pq_grey(&map, 100.0)), "{}", pq_grey(&map, 100.0));
    }

    #[test]
    fn hlg_reference_white_is_bright_and_its_peak_is_white() {
        let map = ToneMap::new(TRANSFER_HLG, None);
        let [_, white, _] = map.map([(0.75 * 65_535.0) as u16; 3]);
        assert!((190..=250).contains(&white), "{white}");
        assert_eq!(map.map([65_535; 3]), [255; 3]);
        assert_eq!(map.map([0; 3]), [0; 3]);
    }
}
