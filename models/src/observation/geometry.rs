//! Boxes in the picture, and boxes that follow something through time.

use serde::{Deserialize, Serialize};

use crate::time::{MediaTime, Span};

/// An axis-aligned box in fractions of the picture: `0 <= left < right <= 1`, `0 <= top < bottom <= 1`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Left edge, fraction of the width.
    pub left: f32,
    /// Top edge, fraction of the height.
    pub top: f32,
    /// Right edge, fraction of the width.
    pub right: f32,
    /// Bottom edge, fraction of the height.
    pub bottom: f32,
}

impl BoundingBox {
    /// Area as a fraction of the picture.
    pub fn area(self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// Its middle, across and down.
    pub fn middle(self) -> (f32, f32) {
        (f32::midpoint(self.left, self.right), f32::midpoint(self.top, self.bottom))
    }

    /// Area that lies in the other box too, as a fraction of the picture.
    pub fn shared_area(self, other: Self) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, `0..=1`.
    pub fn iou(self, other: Self) -> f32 {
        let shared = self.shared_area(other);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// Where something was in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackBox {
    /// When.
    pub at: MediaTime,
    /// Where.
    pub bounds: BoundingBox,
    /// Raw model score, `0..=1`.
    pub confidence: f32,
}

/// One thing followed through pictures of one shot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// From the first picture that shows it until it is gone.
    pub span: Span,
    /// Its boxes, by time; never empty.
    pub boxes: Vec<TrackBox>,
}

impl Track {
    /// The box that shows it best: the surest, and of equally sure ones the first.
    pub fn best(&self) -> Option<TrackBox> {
        self.boxes.iter().copied().reduce(|best, next| if next.confidence > best.confidence { next } else { best })
    }
}

/// How many there were in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// In the picture of that time.
    pub at: MediaTime,
    /// So many.
    pub count: u32,
}
