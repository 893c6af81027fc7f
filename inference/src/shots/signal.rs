//! What the pixels of a small frame say by themselves.

use super::detector::ShotDetector;

/// Blocks that a frame is cut into: 12 across, 9 down, each of 4×3 pixels.
pub(super) const BLOCKS: u32 = 12 * 9;
/// Bytes of a row of pixels, of three rows, and of a block's part of a row.
const ROW_BYTES: usize = ShotDetector::WIDTH_PX as usize * 3;
const BAND_BYTES: usize = ROW_BYTES * 3;
const BLOCK_ROW_BYTES: usize = 4 * 3;
/// A block has jumped when its samples changed by more than this on average, levels of 255.
const JUMP_LEVELS: u32 = 10;
/// Below this contrast a frame is of one colour, …
const PLAIN_LEVELS: f32 = 1.5;
/// … and below this brightness too it is black.
const BLACK_LEVELS: f32 = 8.0;

/// Brightness, and how much of the frame changed, in levels of 255.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FrameSignal {
    /// Mean difference to the frame before, `0..=255`; 0 for the first.
    pub change: f32,
    /// Mean luma (BT.601), `0..=255`.
    pub brightness: f32,
    /// Standard deviation of the luma, `0..=127.5`.
    pub contrast: f32,
}

impl FrameSignal {
    /// Whether there is nothing but one colour.
    pub fn is_plain(self) -> bool {
        self.contrast < PLAIN_LEVELS
    }

    /// Whether there is nothing but black.
    pub fn is_black(self) -> bool {
        self.is_plain() && self.brightness < BLACK_LEVELS
    }
}

/// Measures frame after frame; holds one of them.
#[derive(Debug, Default)]
pub(super) struct SignalMeter {
    last: Vec<u8>,
}

impl SignalMeter {
    /// The signal of the next frame, and the blocks that jumped since the one before, a bit each.
    pub(super) fn measure(&mut self, frame: &[u8]) -> (FrameSignal, u128) {
        let (mut total, mut jumped) = (0, 0);
        let mut bit = 1;
        for (band, before) in frame.chunks_exact(BAND_BYTES).zip(self.last.chunks_exact(BAND_BYTES)) {
            let mut blocks = [0u32; ROW_BYTES / BLOCK_ROW_BYTES];
            for (row, before) in band.chunks_exact(ROW_BYTES).zip(before.chunks_exact(ROW_BYTES)) {
                let parts = row.as_chunks::<BLOCK_ROW_BYTES>().0.iter().zip(before.as_chunks::<BLOCK_ROW_BYTES>().0);
                for (sum, (part, before)) in blocks.iter_mut().zip(parts) {
                    *sum += part.iter().zip(before).map(|(now, before)| u32::from(now.abs_diff(*before))).sum::<u32>();
                }
            }
            for sum in blocks {
                total += sum;
                jumped |= if sum > JUMP_LEVELS * (3 * BLOCK_ROW_BYTES) as u32 { bit } else { 0 };
                bit <<= 1;
            }
        }
        self.last.clear();
        self.last.extend_from_slice(frame);
        let (brightness, contrast) = luma(frame);
        (FrameSignal { change: total as f32 / frame.len().max(1) as f32, brightness, contrast }, jumped)
    }

    /// The last frame that was measured; empty before the first.
    pub(super) fn last(&self) -> &[u8] {
        &self.last
    }

    /// Forgets the last frame.
    pub(super) fn begin(&mut self) {
        self.last.clear();
    }
}

/// Mean and standard deviation of the luma, weights of BT.601 in 1/256.
fn luma(frame: &[u8]) -> (f32, f32) {
    let (mut sum, mut squares) = (0u32, 0u32);
    let pixels = frame.as_chunks::<3>().0;
    for [red, green, blue] in pixels {
        let luma = (u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8;
        sum += luma;
        squares += luma * luma;
    }
    let count = pixels.len().max(1) as f32;
    let mean = sum as f32 / count;
    (mean, (squares as f32 / count - mean * mean).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_block_jumps_and_an_unchanged_one_does_not() {
        let mut meter = SignalMeter::default();
        let mut frame = vec![40; ShotDetector::FRAME_BYTES];
        let (first, jumped) = meter.measure(&frame);
        assert_eq!((first.change, first.brightness, first.contrast, jumped), (0.0, 40.0, 0.0, 0));
        // The top left block, all of it.
        for row in frame.chunks_exact_mut(ROW_BYTES).take(3) {
            row.iter_mut().take(BLOCK_ROW_BYTES).for_each(|sample| *sample = 140);
        }
        let (second, jumped) = meter.measure(&frame);
        assert_eq!(jumped, 1);
        assert!((second.change - 100.0 / BLOCKS as f32).abs() < 1e-3 && second.contrast > 5.0, "{second:?}");
        assert_eq!(meter.measure(&frame).1, 0);
    }

    #[test]
    fn black_is_dark_and_plain() {
        let signal = |brightness, contrast| FrameSignal { change: 0.0, brightness, contrast };
        assert!(signal(2.0, 0.5).is_black());
        assert!(!signal(2.0, 9.0).is_black(), "words on black");
        assert!(!signal(120.0, 0.0).is_black(), "grey");
    }
}
