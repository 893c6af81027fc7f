//! How far a camera moved what is shown from one picture to the next, told by the things in both.

use reelgraph_models::observation::BoundingBox;

/// Across and down, as fractions of the picture's width and height.
pub(super) type Shift = (f32, f32);

/// Sides of one thing in two pictures differ by less than this factor.
const ALIKE_SIDES: f32 = 1.4;
/// Farther than this nothing moves between two pictures, as a fraction of the picture.
const FARTHEST: f32 = 0.5;
/// Overlap (intersection over union) from which a thing speaks for a shift.
const LEAST_OVERLAP: f32 = 0.3;
/// A shift must explain so much more than none, in overlaps.
const BETTER_BY: f32 = 0.25;

/// Things of a picture that are asked, the surest first: each is held against each.
const MOST_THINGS: usize = 24;

/// The shift of each picture against the one before, none for the first; the things of a picture by falling sureness.
pub(super) fn shifts<C: PartialEq>(pictures: &[Vec<(C, BoundingBox)>]) -> Vec<Shift> {
    let none = (!pictures.is_empty()).then_some((0.0, 0.0));
    let moved = pictures.iter().zip(pictures.iter().skip(1)).map(|(before, after)| shift(before, after));
    none.into_iter().chain(moved).collect()
}

/// The shift by which most things of the one picture come to lie on those of the same class in the other; none where that says
/// little: a thing alone may have moved by itself, so it speaks for no more than its own size.
fn shift<C: PartialEq>(before: &[(C, BoundingBox)], after: &[(C, BoundingBox)]) -> Shift {
    let before = before.get(..MOST_THINGS).unwrap_or(before);
    let after = after.get(..MOST_THINGS).unwrap_or(after);
    let overlaps = |by: Shift| {
        let best = before.iter().map(|(class, bounds)| {
            let bounds = moved(*bounds, by);
            let alike = after.iter().filter(|(other, _)| other == class);
            alike.map(|(_, other)| bounds.iou(*other)).fold(0.0, f32::max)
        });
        let all: Vec<f32> = best.filter(|overlap| *overlap >= LEAST_OVERLAP).collect();
        (all.len(), all.iter().sum::<f32>())
    };
    let (_, unmoved) = overlaps((0.0, 0.0));
    let mut best = ((0.0, 0.0), unmoved + BETTER_BY);
    // Each thing overlaps by 1 at most, so nothing can be better where all stay.
    if best.1 >= before.len() as f32 {
        return best.0;
    }
    for (class, from) in before {
        for (_, to) in after.iter().filter(|(other, to)| other == class && are_alike(*from, *to)) {
            let by = (to.middle().0 - from.middle().0, to.middle().1 - from.middle().1);
            let (things, overlap) = overlaps(by);
            let is_near = by.0.abs() <= from.right - from.left && by.1.abs() <= from.bottom - from.top;
            let may_be = by.0.abs() <= FARTHEST && by.1.abs() <= FARTHEST && (things > 1 || is_near);
            if may_be && overlap > best.1 {
                best = (by, overlap);
            }
        }
    }
    best.0
}

/// The box elsewhere.
pub(super) fn moved(bounds: BoundingBox, (across, down): Shift) -> BoundingBox {
    BoundingBox {
        left: bounds.left + across,
        top: bounds.top + down,
        right: bounds.right + across,
        bottom: bounds.bottom + down,
    }
}

fn are_alike(one: BoundingBox, other: BoundingBox) -> bool {
    let factor = |a: f32, b: f32| (a / b.max(f32::EPSILON)).max(b / a.max(f32::EPSILON));
    factor(one.right - one.left, other.right - other.left) < ALIKE_SIDES
        && factor(one.bottom - one.top, other.bottom - other.top) < ALIKE_SIDES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn things(lefts: &[f32]) -> Vec<(&'static str, BoundingBox)> {
        let bounds = |left: f32| BoundingBox { left, top: 0.4, right: left + 0.06, bottom: 0.6 };
        lefts.iter().map(|left| ("person", bounds(*left))).collect()
    }

    #[track_caller]
    fn assert_shift(before: &[f32], after: &[f32], across: f32) {
        let found = shift(&things(before), &things(after));
        assert!((found.0 - across).abs() < 1e-5 && found.1.abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn a_row_moves_as_a_whole_though_each_comes_near_the_place_of_the_next() {
        assert_shift(&[0.1, 0.18, 0.27, 0.4], &[0.17, 0.25, 0.34, 0.47], 0.07);
        assert_shift(&[0.1, 0.18, 0.27, 0.4], &[0.1, 0.18, 0.27, 0.4], 0.0);
        assert_shift(&[0.1, 0.18, 0.4], &[0.5, 0.58, 0.8], 0.4);
    }

    #[test]
    fn one_thing_says_little() {
        assert_shift(&[0.1], &[0.15], 0.05);
        assert_shift(&[0.1], &[0.5], 0.0);
        assert_shift(&[], &[0.5], 0.0);
        assert_eq!(shift(&[("dog", things(&[0.1])[0].1)], &[("cat", things(&[0.15])[0].1)]), (0.0, 0.0));
    }
}
