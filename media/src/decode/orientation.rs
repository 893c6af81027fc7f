//! How a picture must be turned and mirrored to be upright.

/// One of the eight ways to lay a rectangle on itself: first the axes are swapped, then each may be reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation {
    swaps_axes: bool,
    reverses_columns: bool,
    reverses_rows: bool,
}

impl Orientation {
    /// From the display matrix of ISO/IEC 14496-12 as FFmpeg gives it (`libavutil/display.h`): a point `(p, q)` of the
    /// picture is shown at `(a p + c q, b p + d q)`, where the matrix is `[a, b, u, c, d, v, x, y, w]`. Slanted matrices
    /// are taken for the nearest straight one.
    pub(crate) fn of(matrix: Option<[i32; 9]>) -> Self {
        let Some([a, b, _, c, d, ..]) = matrix else {
            return Self { swaps_axes: false, reverses_columns: false, reverses_rows: false };
        };
        let weight = |x: i32, y: i32| x.unsigned_abs() as u64 + y.unsigned_abs() as u64;
        match weight(b, c) > weight(a, d) {
            true => Self { swaps_axes: true, reverses_columns: c < 0, reverses_rows: b < 0 },
            false => Self { swaps_axes: false, reverses_columns: a < 0, reverses_rows: d < 0 },
        }
    }

    /// Clockwise turn to show the picture upright: 0, 90, 180 or 270; mirroring apart.
    pub(crate) fn rotation_degrees(self) -> u16 {
        match (self.swaps_axes, self.reverses_rows, self.reverses_columns) {
            (true, false, _) => 90,
            (true, true, _) => 270,
            (false, _, true) => 180,
            (false, _, false) => 0,
        }
    }

    /// The size as coded, for a size as shown, and the other way round.
    pub(crate) fn swapped(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps_axes { (height, width) } else { (width, height) }
    }

    /// Appends the upright picture to `out`. `pixels` holds rows of at least `width * 3` bytes, `stride` apart.
    pub(crate) fn upright(self, pixels: &[u8], stride: usize, (width, height): (u32, u32), out: &mut Vec<u8>) {
        let (width, height) = (width as usize, height as usize);
        let row = |y: usize| pixels.get(y * stride..).and_then(|rest| rest.get(..width * 3)).unwrap_or_default();
        if !self.swaps_axes && !self.reverses_columns {
            for y in 0..height {
                out.extend_from_slice(row(if self.reverses_rows { height - 1 - y } else { y }));
            }
            return;
        }
        let (shown_width, shown_height) = if self.swaps_axes { (height, width) } else { (width, height) };
        out.reserve(shown_width * shown_height * 3);
        for shown_y in 0..shown_height {
            for shown_x in 0..shown_width {
                let x = if self.reverses_columns { shown_width - 1 - shown_x } else { shown_x };
                let y = if self.reverses_rows { shown_height - 1 - shown_y } else { shown_y };
                let (column, line) = if self.swaps_axes { (y, x) } else { (x, y) };
                let at = line * stride + column * 3;
                out.extend_from_slice(pixels.get(at..at + 3).unwrap_or(&[0; 3]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    /// Columns 1 to 3 of rows 1 and 2: `11 12 13 / 21 22 23`.
    fn shown(matrix: [i32; 9]) -> Vec<u8> {
        let pixels: Vec<u8> = [11, 12, 13, 0, 21, 22, 23, 0].iter().flat_map(|&value| [value; 3]).collect();
        let mut out = Vec::new();
        Orientation::of(Some(matrix)).upright(&pixels, 12, (3, 2), &mut out);
        out.chunks(3).filter_map(|pixel| pixel.first().copied()).collect()
    }

    #[test]
    fn a_quarter_turn_clockwise_brings_the_left_column_to_the_top() {
        let matrix = [0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30];
        assert_eq!(Orientation::of(Some(matrix)).rotation_degrees(), 90);
        assert_eq!(shown(matrix), [21, 11, 22, 12, 23, 13]);
    }

    #[test]
    fn the_other_turns_and_the_mirror_are_right_too() {
        assert_eq!(shown([-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30]), [23, 22, 21, 13, 12, 11]);
        let three_quarters = [0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30];
        assert_eq!(Orientation::of(Some(three_quarters)).rotation_degrees(), 270);
        assert_eq!(shown(three_quarters), [13, 23, 12, 22, 11, 21]);
        assert_eq!(shown([-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30]), [13, 12, 11, 23, 22, 21]);
        assert_eq!(shown([ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30]), [11, 12, 13, 21, 22, 23]);
    }
}
