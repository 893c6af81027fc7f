//! How a frame looks, in a hundred bytes: which colours, how bright where, how detailed where.

/// Columns of a small frame.
const COLUMNS: usize = 48;
/// Blocks across and down, each of 8×9 pixels.
const BLOCKS: (usize, usize) = (6, 3);
/// Bins of the colour histogram: four levels a channel.
const BINS: usize = 64;
/// Share of one colour, of 255, from which a frame shows nothing.
const EMPTY_SHARE: u8 = 217;
/// Differences of a block that count as nothing in common, levels of 255.
const BRIGHTNESS_APART: f32 = 64.0;
const EDGES_APART: f32 = 24.0;

/// The look of one frame of 48×27 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Share of the pixels of each colour, 255 is all.
    colours: [u8; BINS],
    /// Mean luma of each block.
    brightness: [u8; BLOCKS.0 * BLOCKS.1],
    /// Mean step to the right-hand neighbour in each block.
    edges: [u8; BLOCKS.0 * BLOCKS.1],
}

impl Look {
    /// The look of `[27, 48, 3]` u8 RGB.
    pub(super) fn of(rgb: &[u8]) -> Self {
        let mut bins = [0u32; BINS];
        let (mut brightness, mut edges) = ([0u32; BLOCKS.0 * BLOCKS.1], [0u32; BLOCKS.0 * BLOCKS.1]);
        for (y, row) in rgb.chunks_exact(COLUMNS * 3).enumerate() {
            let mut left = None;
            for (x, [red, green, blue]) in row.as_chunks::<3>().0.iter().enumerate() {
                let bin = usize::from(red >> 6) * 16 + usize::from(green >> 6) * 4 + usize::from(blue >> 6);
                if let Some(count) = bins.get_mut(bin) {
                    *count += 1;
                }
                let luma = (u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8;
                let block = (y / 9).min(BLOCKS.1 - 1) * BLOCKS.0 + x / 8;
                if let (Some(sum), Some(steps)) = (brightness.get_mut(block), edges.get_mut(block)) {
                    *sum += luma;
                    *steps += left.map_or(0, |left: u32| left.abs_diff(luma));
                }
                left = Some(luma);
            }
        }
        let pixels = (rgb.len() / 3).max(1) as u32;
        let mean = |sum: u32| (sum / (8 * 9)).min(255) as u8;
        Self {
            colours: bins.map(|count| (count * 255 / pixels) as u8),
            brightness: brightness.map(mean),
            edges: edges.map(mean),
        }
    }

    /// Whether there is too little to see for it to be like anything: black, a title on black, a white wall.
    pub(super) fn is_empty(&self) -> bool {
        self.colours.iter().any(|share| *share >= EMPTY_SHARE)
    }

    /// How alike two looks are, `0..=1`: half by colours, a quarter each by brightness and detail of the blocks.
    pub(super) fn similarity(&self, other: &Self) -> f32 {
        let shared: u32 = self.colours.iter().zip(&other.colours).map(|(a, b)| u32::from(*a.min(b))).sum();
        let kept: u32 = self.colours.iter().map(|share| u32::from(*share)).sum();
        let colours = shared as f32 / kept.max(1) as f32;
        let blocks = |a: &[u8], b: &[u8], apart: f32| {
            let total: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            (1.0 - total as f32 / a.len().max(1) as f32 / apart).max(0.0)
        };
        let brightness = blocks(&self.brightness, &other.brightness, BRIGHTNESS_APART);
        let edges = blocks(&self.edges, &other.edges, EDGES_APART);
        (0.5 * colours + 0.25 * brightness + 0.25 * edges).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(colour: impl Fn(usize, usize) -> [u8; 3]) -> Look {
        Look::of(&(0..27).flat_map(|y| (0..COLUMNS).flat_map(|x| colour(x, y)).collect::<Vec<_>>()).collect::<Vec<_>>())
    }

    #[test]
    fn a_frame_is_like_itself_and_a_little_like_its_mirror() {
        let garden = |x: usize, y: usize| if y < 13 { [90, 140, 230] } else { [40, (100 + x) as u8, 40] };
        let (look, mirrored) = (frame(garden), frame(|x, y| garden(47 - x, y)));
        assert!(look.similarity(&look) > 0.97, "{}", look.similarity(&look));
        assert!(look.similarity(&mirrored) > 0.8, "{}", look.similarity(&mirrored));
        let night = frame(|x, _| if x % 5 == 0 { [60, 20, 80] } else { [5, 5, 20] });
        assert!(look.similarity(&night) < 0.4, "{}", look.similarity(&night));
        assert!(frame(|x, y| if x == 20 && y > 8 { [200; 3] } else { [4; 3] }).is_empty() && !look.is_empty());
    }
}
