//! Crops for the API: one frame from a decode child, cut and made small here.

use std::path::{Path, PathBuf};

use reelgraph_api::crops::{CropError, Cropper};
use reelgraph_media::{Limits, MediaError, Sandbox, encode_jpeg, shrink};
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;
use reelgraph_models::time::MediaTime;

/// Longer side of a crop.
const CROP_SIDE_PX: u32 = 320;
/// Share of its longer side that a box is widened by on each side, so that the thing is seen with what is around it.
const MARGIN: f32 = 0.15;
/// JPEG quality of a crop, of 100.
const CROP_QUALITY: u8 = 82;
/// Longer side of the frame that it is cut from, at least and at most: small things are cut from large frames.
const FRAME_SIDE_PX: std::ops::RangeInclusive<u32> = 480..=2_048;
/// What one crop may take of the processor, and how long its decoder may be silent: somebody waits.
const MAX_CPU_TIME_S: u64 = 30;
const STALL_TIMEOUT_MS: u64 = 15_000;

/// Cuts pictures out of originals by way of decode children.
#[derive(Debug)]
pub struct SandboxCropper(Sandbox);

impl SandboxCropper {
    /// Children are `program`, within `limits` and within what a person waits for.
    pub fn new(program: PathBuf, limits: &Limits) -> Self {
        let limits = Limits {
            max_cpu_time_s: limits.max_cpu_time_s.min(MAX_CPU_TIME_S),
            stall_timeout_ms: limits.stall_timeout_ms.min(STALL_TIMEOUT_MS),
            ..limits.clone()
        };
        Self(Sandbox::new(program, ["decode-child"], limits))
    }
}

impl Cropper for SandboxCropper {
    fn crop(&self, original: &Path, at: MediaTime, bounds: BoundingBox) -> Result<Vec<u8>, CropError> {
        let failed = |error: MediaError| match error {
            MediaError::NoPicture => CropError::NoPicture,
            error => CropError::Failed(Box::new(error)),
        };
        let share = (bounds.right - bounds.left).max(bounds.bottom - bounds.top).max(0.01);
        let side_px = ((CROP_SIDE_PX as f32 / share) as u32).clamp(*FRAME_SIDE_PX.start(), *FRAME_SIDE_PX.end());
        let frame = self.0.still(original, at, side_px).map_err(failed)?;
        let part = cut(&frame, bounds).ok_or(CropError::NoPicture)?;
        let small = shrink(&part, CROP_SIDE_PX).map_err(failed)?;
        encode_jpeg(&small, CROP_QUALITY).map_err(failed)
    }
}

/// The part of a picture inside a box and a margin around it; `None` where nothing of it is in the picture.
fn cut(picture: &Picture, bounds: BoundingBox) -> Option<Picture> {
    let (width, height) = (picture.width_px() as f32, picture.height_px() as f32);
    let margin = MARGIN * ((bounds.right - bounds.left) * width).max((bounds.bottom - bounds.top) * height);
    let first = |at: f32, limit: f32| at.clamp(0.0, limit) as usize;
    // What is only rounding is no pixel more.
    let after = |at: f32, limit: f32| (at - 1e-3).ceil().clamp(0.0, limit) as usize;
    let (left, right) = (first(bounds.left * width - margin, width), after(bounds.right * width + margin, width));
    let (top, bottom) = (first(bounds.top * height - margin, height), after(bounds.bottom * height + margin, height));
    let columns = right.checked_sub(left).filter(|columns| *columns > 0)?;
    let rows = bottom.checked_sub(top).filter(|rows| *rows > 0)?;
    let stride = picture.width_px() as usize * 3;
    let mut rgb = Vec::with_capacity(columns * rows * 3);
    for row in picture.rgb().chunks_exact(stride).skip(top).take(rows) {
        rgb.extend_from_slice(row.get(left * 3..right * 3)?);
    }
    Picture::new(u32::try_from(columns).ok()?, u32::try_from(rows).ok()?, rgb).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: f32, top: f32, right: f32, bottom: f32) -> BoundingBox {
        BoundingBox { left, top, right, bottom }
    }

    /// 100 × 50, every pixel red by its column and green by its row.
    fn picture() -> Option<Picture> {
        let pixels = (0..50u8).flat_map(|row| (0..100u8).flat_map(move |column| [column, row, 0]));
        Picture::new(100, 50, pixels.collect::<Vec<_>>()).ok()
    }

    #[test]
    fn a_box_is_cut_with_a_margin_that_ends_at_the_edge() {
        let Some(picture) = picture() else { panic!("the picture is made here") };
        let Some(part) = cut(&picture, bounds(0.4, 0.4, 0.6, 0.8)) else { panic!("it lies inside") };
        assert_eq!((part.width_px(), part.height_px()), (26, 26));
        assert_eq!(part.rgb().get(..3), Some([37, 17, 0].as_slice()));
        let corner = cut(&picture, bounds(0.9, 0.8, 1.0, 1.0)).map(|part| (part.width_px(), part.height_px()));
        assert_eq!(corner, Some((12, 12)));
    }

    #[test]
    fn a_box_without_room_or_sense_has_no_picture() {
        let Some(picture) = picture() else { panic!("the picture is made here") };
        for wrong in [bounds(0.6, 0.2, 0.4, 0.8), bounds(2.0, 2.0, 3.0, 3.0), bounds(f32::NAN, 0.0, f32::NAN, 1.0)] {
            assert!(cut(&picture, wrong).is_none_or(|part| part.width_px() <= 100), "{wrong:?}");
        }
    }
}
