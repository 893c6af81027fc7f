//! Objects with boxes: the 80 classes of COCO.
//!
//! [`ObjectDetector`] runs YOLOX-nano where an operator has placed it (better and faster), else CenterNet. Both know COCO's
//! classes only and miss things smaller than about a fiftieth of the picture.

mod centernet;
mod detector;
mod labels;
mod suppress;
mod yolox;

pub use detector::{Detection, DetectorModel, ObjectDetector, SHOWN_CONFIDENCE};
pub use labels::COCO_LABELS;
