//! What a detector says about a face.

use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

/// A place in a picture, in fractions of its width and height; may lie outside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
}

impl Point {
    /// Pixels from the left and the top edge of `picture`.
    pub(crate) fn in_pixels(self, picture: &Picture) -> (f64, f64) {
        (f64::from(self.x) * f64::from(picture.width_px()), f64::from(self.y) * f64::from(picture.height_px()))
    }

    /// The place of a pixel of `picture`.
    pub(crate) fn of_pixels((x, y): (f64, f64), picture: &Picture) -> Self {
        Self { x: (x / f64::from(picture.width_px())) as f32, y: (y / f64::from(picture.height_px())) as f32 }
    }

    fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

/// Five points of a face. Right and left are the person's own: the right eye of who looks at the camera is at the left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyPoints {
    /// Middle of the right eye.
    pub right_eye: Point,
    /// Middle of the left eye.
    pub left_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// Right corner of the mouth.
    pub mouth_right: Point,
    /// Left corner of the mouth.
    pub mouth_left: Point,
}

impl KeyPoints {
    pub(crate) fn are_finite(&self) -> bool {
        [self.right_eye, self.left_eye, self.nose, self.mouth_right, self.mouth_left].into_iter().all(Point::is_finite)
    }
}

/// A face in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectedFace {
    /// From hairline to chin, as far as it lies in the picture.
    pub bounds: BoundingBox,
    /// Eyes, nose and mouth.
    pub key_points: KeyPoints,
    /// The detector's score, `0..=1`; not calibrated, and of another scale for another model.
    pub confidence: f32,
    /// How wide the eyes are open: the height of the wider one by its width. Compares pictures of one face, not faces: .2 to .5 are
    /// usual, and a fifth less than at other times is a blink. `None` where the detector does not say.
    pub openness: Option<f32>,
}

impl DetectedFace {
    /// The box's shorter side in pixels of `picture`.
    pub fn size_px(&self, picture: &Picture) -> f32 {
        let width = (self.bounds.right - self.bounds.left) * picture.width_px() as f32;
        let height = (self.bounds.bottom - self.bounds.top) * picture.height_px() as f32;
        width.min(height).max(0.0)
    }
}

/// The surest of the faces whose boxes overlap by more than `max_iou`; by falling confidence, at most `limit` of them.
pub(crate) fn suppress(mut found: Vec<DetectedFace>, max_iou: f32, limit: usize) -> Vec<DetectedFace> {
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<DetectedFace> = Vec::new();
    for face in found {
        if kept.len() == limit {
            break;
        }
        if !kept.iter().any(|other| other.bounds.iou(face.bounds) > max_iou) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A face that looks straight ahead: eyes a third down, mouth at three quarters.
    pub(crate) fn frontal(left: f32, top: f32, side: f32, confidence: f32) -> DetectedFace {
        let at = |x: f32, y: f32| Point { x: left + x * side, y: top + y * side };
        DetectedFace {
            bounds: BoundingBox { left, top, right: left + side, bottom: top + side },
            key_points: KeyPoints {
                right_eye: at(0.3, 0.35),
                left_eye: at(0.7, 0.35),
                nose: at(0.5, 0.55),
                mouth_right: at(0.34, 0.75),
                mouth_left: at(0.66, 0.75),
            },
            confidence,
            openness: None,
        }
    }

    #[test]
    fn of_two_boxes_on_one_face_the_surer_stays() {
        let (sure, doubtful, other) =
            (frontal(0.1, 0.1, 0.2, 0.9), frontal(0.11, 0.1, 0.2, 0.6), frontal(0.6, 0.1, 0.2, 0.7));
        assert_eq!(suppress(vec![doubtful, other, sure], 0.4, 10), [sure, other]);
        assert_eq!(suppress(vec![doubtful, other, sure], 0.4, 1), [sure]);
    }
}
