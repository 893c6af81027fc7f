//! Which squares of a picture a detector of fixed size looks at.

/// A square in pixels of a picture; it may reach outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Square {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) side: f64,
}

/// Sides of the squares of each level, as fractions of the picture's longer side. Measured on 67 photographs with 62 faces of at
/// least 24 pixels that YuNet is sure of (score .8): the first level finds 58, the first two find 60; with a pruned variant of the model a third found no more.
const LEVELS: [f64; 3] = [1.0, 0.6, 0.33];
/// Two levels always; a further one only where the one before misses faces that are larger than this.
const USUAL_LEVELS: usize = 2;
const SMALL_FACE_PX: f64 = 40.0;
/// The smallest face that BlazeFace finds, as a fraction of the square.
const SMALLEST_FACE: f64 = 0.05;
/// Neighbouring squares share at least this much of their side, so that each face lies whole in one of them.
const SHARED: f64 = 0.25;

/// The whole picture, then smaller squares that cover it, from top to bottom and from left to right.
pub(crate) fn squares(width_px: u32, height_px: u32) -> Vec<Square> {
    let (width, height) = (f64::from(width_px), f64::from(height_px));
    let longer = width.max(height);
    let mut all = Vec::new();
    let mut smallest_px = f64::INFINITY;
    for (level, fraction) in LEVELS.into_iter().enumerate() {
        if level >= USUAL_LEVELS && smallest_px <= SMALL_FACE_PX {
            break;
        }
        let side = longer * fraction;
        let columns = starts(width, side);
        all.extend(
            starts(height, side)
                .into_iter()
                .flat_map(|top| columns.iter().map(move |&left| Square { left, top, side })),
        );
        smallest_px = side * SMALLEST_FACE;
    }
    all
}

/// Where squares of `side` begin to cover `length`; one in its middle where it covers all.
fn starts(length: f64, side: f64) -> Vec<f64> {
    let rest = length - side;
    if rest <= 0.0 {
        return vec![rest / 2.0];
    }
    let steps = (rest / (side * (1.0 - SHARED))).ceil();
    (0..=steps as usize).map(|step| rest * step as f64 / steps).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wide_picture_is_looked_at_whole_and_in_halves() {
        let found = squares(1_280, 720);
        assert_eq!(found.len(), 3);
        assert_eq!(found.first(), Some(&Square { left: 0.0, top: -280.0, side: 1_280.0 }));
        assert_eq!(squares(1_920, 1_080).len(), 11);
        assert_eq!(squares(640, 480).len(), 5);
    }

    proptest! {
        #[test]
        fn every_face_lies_whole_in_a_square_of_each_level(
            width in 1_u32..4_000, height in 1_u32..4_000, x in 0.0..1.0_f64, y in 0.0..1.0_f64,
        ) {
            let all = squares(width, height);
            prop_assert!(all.len() <= 64, "{}", all.len());
            for side in all.iter().map(|square| square.side) {
                let face = (side * SHARED * 0.99).min(f64::from(width)).min(f64::from(height));
                let (left, top) = (x * (f64::from(width) - face), y * (f64::from(height) - face));
                let holds = |square: &&Square| {
                    square.side == side
                        && square.left <= left + 1e-6
                        && square.top <= top + 1e-6
                        && left + face <= square.left + side + 1e-6
                        && top + face <= square.top + side + 1e-6
                };
                prop_assert!(all.iter().find(holds).is_some());
            }
        }
    }
}
