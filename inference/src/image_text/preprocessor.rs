//! How a pair wants its pictures, as its `preprocessor_config.json` says.

use std::path::Path;

use fast_image_resize::FilterType;
use reelgraph_models::picture::Picture;
use serde::Deserialize;

use crate::error::InferenceError;
use crate::pixels::{Normalization, PlaneOrder, Region, resize};

/// What the models of OpenAI's CLIP were trained with, which most pairs follow.
const CLIP_SIDE_PX: u32 = 224;
const CLIP_MEAN: [f32; 3] = [0.481_454_67, 0.457_827_5, 0.408_210_72];
const CLIP_DEVIATION: [f32; 3] = [0.268_629_55, 0.261_302_6, 0.275_777_1];
/// Largest input that a configuration may ask for.
const MAX_SIDE_PX: u32 = 1_024;

/// The file, as the `transformers` library writes it; what is not used here is left out.
#[derive(Debug, Default, Deserialize)]
struct Config {
    size: Option<Size>,
    crop_size: Option<Size>,
    do_center_crop: Option<bool>,
    do_normalize: Option<bool>,
    do_rescale: Option<bool>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Size {
    Side(u32),
    Shortest { shortest_edge: u32 },
    Sides { height: u32, width: u32 },
}

/// Makes a pair's input of a picture.
#[derive(Debug, Clone)]
pub(crate) struct Preprocessor {
    width_px: u32,
    height_px: u32,
    /// How much of the shorter side the centre square covers; none where the whole picture is squeezed in.
    crop: Option<f64>,
    normalization: Normalization,
}

impl Preprocessor {
    /// Reads `file`, or takes CLIP's ways where there is none. `declared` is the graph's own height and width, where it fixes
    /// them.
    pub(crate) fn load(file: &Path, declared: Option<(u32, u32)>) -> Result<Self, InferenceError> {
        let config = match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| unusable(file, error.to_string()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Config::default(),
            Err(source) => return Err(InferenceError::Read { path: file.to_path_buf(), source }),
        };
        Self::new(&config, declared).ok_or_else(|| {
            unusable(
                file,
                format!("it asks for pictures that are not between 1 and {MAX_SIDE_PX} pixels wide and high"),
            )
        })
    }

    fn new(config: &Config, declared: Option<(u32, u32)>) -> Option<Self> {
        let sides = |size: Size| match size {
            Size::Side(side) | Size::Shortest { shortest_edge: side } => (side, side),
            Size::Sides { height, width } => (height, width),
        };
        let configured = config.crop_size.or(config.size).map(sides);
        let (height_px, width_px) = declared.or(configured).unwrap_or((CLIP_SIDE_PX, CLIP_SIDE_PX));
        let allowed = 1..=MAX_SIDE_PX;
        if !allowed.contains(&height_px) || !allowed.contains(&width_px) {
            return None;
        }
        // A size of two sides without a crop means: squeeze the picture into it.
        let crops = config.do_center_crop.unwrap_or(!matches!(config.size, Some(Size::Sides { .. })));
        let shortest = config.size.map_or(height_px, |size| sides(size).0.min(sides(size).1));
        let crop = crops.then(|| (f64::from(height_px.min(width_px)) / f64::from(shortest.max(1))).min(1.0));
        let rescale = if config.do_rescale == Some(false) { 1.0 / 255.0 } else { 1.0 };
        let (mean, deviation) = match config.do_normalize {
            Some(false) => ([0.0; 3], [1.0; 3]),
            _ => (config.image_mean.unwrap_or(CLIP_MEAN), config.image_std.unwrap_or(CLIP_DEVIATION)),
        };
        let scaled = |values: [f32; 3]| values.map(|value| value * rescale);
        let normalization = Normalization::new(PlaneOrder::Rgb, scaled(mean), scaled(deviation));
        Some(Self { width_px, height_px, crop, normalization })
    }

    /// `[3, height, width]`.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [3, self.height_px as usize, self.width_px as usize]
    }

    /// Writes the picture into planes of [`Preprocessor::shape`].
    pub(crate) fn write(&self, picture: &Picture, planes: &mut [f32]) -> Result<(), InferenceError> {
        let rgb = resize(picture, self.region(picture), self.width_px, self.height_px, FilterType::CatmullRom)?;
        let (width, height) = (self.width_px as usize, self.height_px as usize);
        self.normalization.write_planes(&rgb, width, planes, width, height);
        Ok(())
    }

    fn region(&self, picture: &Picture) -> Region {
        let Some(crop) = self.crop else { return Region::whole(picture) };
        let square = Region::center_square(picture);
        let (width, height) = (square.width * crop, square.height * crop);
        Region {
            left: square.left + (square.width - width) / 2.0,
            top: square.top + (square.height - height) / 2.0,
            width,
            height,
        }
    }
}

fn unusable(file: &Path, reason: String) -> InferenceError {
    InferenceError::ModelData { path: file.to_path_buf(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Preprocessor, Box<dyn std::error::Error>> {
        Preprocessor::new(&serde_json::from_str(json)?, None).ok_or_else(|| "refused".into())
    }

    #[test]
    fn clip_crops_the_middle_and_siglip_squeezes_the_whole() -> Result<(), Box<dyn std::error::Error>> {
        let picture = Picture::new(400, 200, vec![0; 400 * 200 * 3])?;
        let clip = parsed(r#"{"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}"#)?;
        assert_eq!(clip.shape(), [3, 224, 224]);
        assert_eq!(clip.region(&picture).width, 175.0);
        let siglip = parsed(
            r#"{"size": {"height": 256, "width": 256}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#,
        )?;
        assert_eq!(siglip.region(&picture), Region::whole(&picture));
        assert_eq!(siglip.shape(), [3, 256, 256]);
        Ok(())
    }

    #[test]
    fn without_a_file_clip_is_assumed_and_absurd_sizes_are_refused() -> Result<(), Box<dyn std::error::Error>> {
        let assumed = Preprocessor::load(Path::new("/nonexistent/preprocessor_config.json"), None)?;
        assert_eq!(assumed.shape(), [3, 224, 224]);
        assert!(parsed(r#"{"size": 1000000}"#).is_err() && parsed(r#"{"size": 0}"#).is_err());
        Ok(())
    }
}
