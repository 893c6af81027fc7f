//! Deciding how closely to look at each frame of a video.

use fast_image_resize::FilterType;
use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;

use super::change::{TextChange, TextGate};
use super::reader::TextReader;
use crate::error::InferenceError;
use crate::pixels::{Region, resize};

/// Columns and rows that a known line is compared at.
const THUMBNAIL: (u32, u32) = (96, 16);
/// Mean difference of two thumbnails, in levels, up to which they show the same line: above the noise of compression, below
/// one letter in ten.
const SAME_LEVELS: u32 = 10;
/// Part of a glimpsed region that must lie in a known line for it to be that line.
const COVERED: f32 = 0.6;
/// Known lines are grown by this part of their height before that, since glimpsed regions are coarse.
const GROWTH: f32 = 0.5;

/// Looks at the frames of one video in their order, and reads only those whose text may be new.
///
/// Frames without a change that could be text are not looked at ([`TextGate`]). Another scene is read. In between, where
/// something moves, a small and cheap look says where text may be: none, and none was there before, means nothing to read;
/// the lines that are known, looking as they did, means nothing new; everything else is read.
#[derive(Debug, Default)]
pub struct TextWatch {
    gate: TextGate,
    known: Vec<KnownLine>,
}

/// A line as it looked when it was read.
#[derive(Debug)]
struct KnownLine {
    bounds: BoundingBox,
    thumbnail: Vec<u8>,
}

impl TextWatch {
    /// The lines of `picture` in reading order, or `None` where they are those of the picture before.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn look(
        &mut self,
        picture: &Picture,
        reader: &mut TextReader,
    ) -> Result<Option<Vec<TextLine>>, InferenceError> {
        match self.gate.change(picture) {
            TextChange::None => return Ok(None),
            TextChange::Scene => {}
            TextChange::Possible => {
                let regions = reader.glimpse(picture)?;
                let is_known = regions.iter().all(|region| self.known.iter().any(|line| line.covers(region)));
                if is_known && self.known.iter().all(|line| line.looks_the_same(picture)) {
                    return Ok(None);
                }
            }
        }
        let lines = reader.read(picture)?;
        self.known = lines.iter().filter_map(|line| KnownLine::of(picture, line.bounds)).collect();
        Ok(Some(lines))
    }
}

impl KnownLine {
    fn of(picture: &Picture, bounds: BoundingBox) -> Option<Self> {
        Some(Self { bounds, thumbnail: thumbnail(picture, bounds)? })
    }

    fn covers(&self, region: &BoundingBox) -> bool {
        let margin = (self.bounds.bottom - self.bounds.top) * GROWTH;
        let grown = BoundingBox {
            left: self.bounds.left - margin,
            top: self.bounds.top - margin,
            right: self.bounds.right + margin,
            bottom: self.bounds.bottom + margin,
        };
        let width = grown.right.min(region.right) - grown.left.max(region.left);
        let height = grown.bottom.min(region.bottom) - grown.top.max(region.top);
        let area = (region.right - region.left) * (region.bottom - region.top);
        width > 0.0 && height > 0.0 && width * height >= area * COVERED
    }

    fn looks_the_same(&self, picture: &Picture) -> bool {
        thumbnail(picture, self.bounds).is_some_and(|now| {
            let difference: u32 = self.thumbnail.iter().zip(&now).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            difference <= SAME_LEVELS * now.len() as u32
        })
    }
}

/// The line in few pixels, RGB.
fn thumbnail(picture: &Picture, bounds: BoundingBox) -> Option<Vec<u8>> {
    let (width, height) = (f64::from(picture.width_px()), f64::from(picture.height_px()));
    let (left, top) = (f64::from(bounds.left) * width, f64::from(bounds.top) * height);
    let region = Region {
        left,
        top,
        width: (f64::from(bounds.right) * width - left).min(width - left),
        height: (f64::from(bounds.bottom) * height - top).min(height - top),
    };
    resize(picture, region, THUMBNAIL.0, THUMBNAIL.1, FilterType::Box).ok()
}
