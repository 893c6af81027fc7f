//! Where a face may be: what the detector's rows say, joined.

use reelgraph_models::picture::Picture;

use super::face::{DetectedFace, Point};
use super::squares::Square;

/// Boxes that overlap more are joined to one, as MediaPipe does.
const SAME_FACE_IOU: f64 = 0.3;
/// A box of which more than this lies in a surer one, or the other way round, is a part of the same face.
const SAME_FACE_INSIDE: f64 = 0.7;
/// Values of one row: score, left, top, right, bottom, then x and y of six points, of which the first two are the eyes.
pub(crate) const FIELDS: usize = 17;

/// A box and the eyes in it, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) score: f32,
    /// Left, top, right, bottom; may reach outside the picture.
    sides: [f64; 4],
    /// x, y of the right eye, x, y of the left eye.
    eyes: [f64; 4],
}

impl Proposal {
    /// A row of the detector, whose places are fractions of `square`; `None` below `min_score` and where a value is no number.
    pub(crate) fn of_row(row: &[f32], square: Square, min_score: f32) -> Option<Self> {
        let (&score, places) = row.split_first()?;
        let &[left, top, right, bottom, x0, y0, x1, y1] = places.first_chunk()?;
        let x = |fraction: f32| square.left + f64::from(fraction) * square.side;
        let y = |fraction: f32| square.top + f64::from(fraction) * square.side;
        let proposal =
            Self { score, sides: [x(left), y(top), x(right), y(bottom)], eyes: [x(x0), y(y0), x(x1), y(y1)] };
        let is_sound =
            proposal.area() > 0.0 && proposal.eyes.iter().chain(&proposal.sides).all(|value| value.is_finite());
        (score >= min_score && is_sound).then_some(proposal)
    }

    /// Where a face of another picture was.
    pub(crate) fn of_face(face: &DetectedFace, picture: &Picture) -> Self {
        let (left, top) = Point { x: face.bounds.left, y: face.bounds.top }.in_pixels(picture);
        let (right, bottom) = Point { x: face.bounds.right, y: face.bounds.bottom }.in_pixels(picture);
        let (x0, y0) = face.key_points.right_eye.in_pixels(picture);
        let (x1, y1) = face.key_points.left_eye.in_pixels(picture);
        Self { score: face.confidence, sides: [left, top, right, bottom], eyes: [x0, y0, x1, y1] }
    }

    /// The middle of the box and its longer side.
    pub(crate) fn square(&self) -> ((f64, f64), f64) {
        let [left, top, right, bottom] = self.sides;
        (((left + right) / 2.0, (top + bottom) / 2.0), (right - left).max(bottom - top))
    }

    /// How far the line from the right to the left eye is turned, in radians, clockwise.
    pub(crate) fn angle(&self) -> f64 {
        let [x0, y0, x1, y1] = self.eyes;
        (y1 - y0).atan2(x1 - x0)
    }

    fn area(&self) -> f64 {
        let [left, top, right, bottom] = self.sides;
        (right - left).max(0.0) * (bottom - top).max(0.0)
    }

    /// Shared area over all area, and over the smaller one's.
    fn overlap(&self, other: &Self) -> (f64, f64) {
        let ([left, top, right, bottom], [l, t, r, b]) = (self.sides, other.sides);
        let shared = (right.min(r) - left.max(l)).max(0.0) * (bottom.min(b) - top.max(t)).max(0.0);
        let (first, second) = (self.area(), other.area());
        (shared / (first + second - shared), shared / first.min(second))
    }
}

/// One proposal for each face, by falling score, at most `limit`: its places are the means of all that overlap the surest one,
/// weighted by score.
pub(crate) fn join(mut all: Vec<Proposal>, limit: usize) -> Vec<Proposal> {
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut joined = Vec::new();
    while let Some(best) = all.first().copied() {
        if joined.len() == limit {
            break;
        }
        let (mut sides, mut eyes, mut weights) = ([0.0; 4], [0.0; 4], 0.0);
        all.retain(|other| {
            let (iou, inside) = best.overlap(other);
            if *other == best || iou > SAME_FACE_IOU {
                let weight = f64::from(other.score);
                weights += weight;
                sides.iter_mut().zip(other.sides).for_each(|(sum, value)| *sum += value * weight);
                eyes.iter_mut().zip(other.eyes).for_each(|(sum, value)| *sum += value * weight);
                return false;
            }
            inside <= SAME_FACE_INSIDE
        });
        joined.push(Proposal {
            score: best.score,
            sides: sides.map(|sum| sum / weights),
            eyes: eyes.map(|sum| sum / weights),
        });
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Square = Square { left: 100.0, top: -50.0, side: 200.0 };

    fn proposal(score: f32, left: f32, side: f32) -> Proposal {
        let mut row = [0.0; FIELDS];
        row[..9].copy_from_slice(&[score, left, 0.5, left + side, 0.5 + side, left, 0.5, left + side, 0.5 + side]);
        Proposal::of_row(&row, SQUARE, 0.0).unwrap_or(Proposal { score: f32::NAN, sides: [0.0; 4], eyes: [0.0; 4] })
    }

    #[test]
    fn rows_are_fractions_of_their_square() {
        let found = proposal(0.5, 0.1, 0.2);
        assert_eq!(found.square().1.round(), 40.0);
        let ((x, y), _) = found.square();
        assert!((x - 140.0).abs() < 1e-4 && (y - 70.0).abs() < 1e-4, "{found:?}");
        assert!((found.angle() - std::f64::consts::FRAC_PI_4).abs() < 1e-6);
    }

    #[test]
    fn rows_below_the_threshold_and_broken_ones_are_dropped() {
        let mut row = [0.5; FIELDS];
        assert_eq!(Proposal::of_row(&row, SQUARE, 0.4), None, "an empty box");
        row[3] = 0.9;
        row[4] = 0.9;
        assert!(Proposal::of_row(&row, SQUARE, 0.4).is_some());
        assert_eq!(Proposal::of_row(&row, SQUARE, 0.6), None);
        row[6] = f32::NAN;
        assert_eq!(Proposal::of_row(&row, SQUARE, 0.4), None);
        assert_eq!(Proposal::of_row(&[0.9, 0.1], SQUARE, 0.4), None);
    }

    #[test]
    fn rows_of_one_face_become_their_weighted_mean() {
        let joined = join(vec![proposal(0.3, 0.11, 0.2), proposal(0.9, 0.1, 0.2), proposal(0.8, 0.6, 0.2)], 9);
        assert_eq!(joined.iter().map(|one| one.score).collect::<Vec<_>>(), [0.9, 0.8]);
        let left = joined.first().map(|one| one.sides[0]).unwrap_or_default();
        assert!((left - (100.0 + 200.0 * (0.9 * 0.1 + 0.3 * 0.11) / 1.2)).abs() < 1e-3, "{left}");
    }

    #[test]
    fn a_box_inside_a_surer_one_is_no_face_of_its_own() {
        let joined = join(vec![proposal(0.9, 0.1, 0.4), proposal(0.8, 0.2, 0.1)], 9);
        assert_eq!(joined.len(), 1);
        assert_eq!(join(vec![proposal(0.9, 0.1, 0.2), proposal(0.8, 0.6, 0.2)], 1).len(), 1);
    }
}
