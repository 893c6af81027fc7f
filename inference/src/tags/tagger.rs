//! EfficientNet-Lite2 (Tan and Le 2019, <https://arxiv.org/abs/1905.11946>; the "lite" variant).

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use super::words::imagenet_words;
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::pixels::{Normalization, PlaneOrder, Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// Name of the model card.
const CARD: &str = "efficientnet-lite2";
/// Classes of the classifier.
pub const CLASSES: usize = 1_000;
/// Components of the vector that the classifier sees.
pub const FEATURES: usize = 1_280;
const SIDE_PX: u32 = 260;
/// Pictures at most this much wider than tall, or taller than wide, are looked at once.
const NEARLY_SQUARE: f64 = 1.15;

/// What the classifier says about one picture, as the mean of its looks.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureTags {
    /// `[CLASSES]`, probabilities.
    pub probabilities: Vec<f32>,
    /// `[CLASSES]`, mean of the square roots of the probabilities: of two looks that each are sure of something else, both
    /// stay visible.
    pub root_probabilities: Vec<f32>,
    /// `[FEATURES]`, what the classifier sees.
    pub features: Vec<f32>,
}

/// A label of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tag {
    /// A name of [`super::imagenet_words`].
    pub label: &'static str,
    /// `0..=1`; not calibrated.
    pub probability: f32,
}

impl PictureTags {
    /// The likeliest labels, by falling probability, none below `min_probability`. Classes of one name are one label.
    pub fn top(&self, limit: usize, min_probability: f32) -> Vec<Tag> {
        let mut tags: Vec<Tag> = Vec::new();
        for (words, probability) in imagenet_words().iter().zip(&self.probabilities) {
            // Half, since a class of the same name may add as much.
            if *probability >= min_probability / 2.0 {
                match tags.iter_mut().find(|tag| tag.label == words.name) {
                    Some(tag) => tag.probability += probability,
                    None => tags.push(Tag { label: words.name, probability: *probability }),
                }
            }
        }
        tags.retain(|tag| tag.probability >= min_probability);
        tags.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        tags.truncate(limit);
        tags
    }
}

/// Labels whole pictures.
#[derive(Debug)]
pub struct Tagger {
    model: Model,
    card: ModelCard,
    normalization: Normalization,
}

impl Tagger {
    /// Loads `efficientnet-lite2`.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::LoadGraph`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open(CARD)?;
        // The network wants (value - 127) / 128.
        let normalization = Normalization::new(PlaneOrder::Rgb, [127.0 / 255.0; 3], [128.0 / 255.0; 3]);
        let model = runtime.load_fixed(files.path("graph")?, threads)?;
        Ok(Self { model, card: files.card().clone(), normalization })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Looks at each picture.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn see(&mut self, pictures: &[Picture]) -> Result<Vec<PictureTags>, InferenceError> {
        pictures.iter().map(|picture| self.see_one(picture)).collect()
    }

    fn see_one(&mut self, picture: &Picture) -> Result<PictureTags, InferenceError> {
        let regions = looks(picture);
        let side = SIDE_PX as usize;
        let mut planes = vec![0.0_f32; regions.len() * 3 * side * side];
        for (region, planes) in regions.iter().zip(planes.chunks_exact_mut(3 * side * side)) {
            let rgb = resize(picture, *region, SIDE_PX, SIDE_PX, FilterType::Bilinear)?;
            self.normalization.write_planes(&rgb, side, planes, side, side);
        }
        let shape = [regions.len(), 3, side, side];
        let input = TensorRef::from_array_view((shape, planes.as_slice())).map_err(self.model.tensor_error("image"))?;
        let outputs = self.model.run(ort::inputs!["image" => input])?;
        let count = regions.len() as i64;
        let (_, probabilities) = outputs.tensor_of::<f32>("probs", &[count, CLASSES as i64])?;
        let (_, features) = outputs.tensor_of::<f32>("features", &[count, FEATURES as i64])?;
        let roots: Vec<f32> = probabilities.iter().map(|probability| probability.max(0.0).sqrt()).collect();
        Ok(PictureTags {
            probabilities: mean_row(probabilities, CLASSES),
            root_probabilities: mean_row(&roots, CLASSES),
            features: mean_row(features, FEATURES),
        })
    }
}

/// Squares at both ends of the picture, or one in the middle where they would be nearly the same.
fn looks(picture: &Picture) -> Vec<Region> {
    let whole = Region::whole(picture);
    let side = whole.width.min(whole.height);
    if whole.width.max(whole.height) <= side * NEARLY_SQUARE {
        return vec![Region::center_square(picture)];
    }
    let first = Region { left: 0.0, top: 0.0, width: side, height: side };
    vec![first, Region { left: whole.width - side, top: whole.height - side, ..first }]
}

fn mean_row(rows: &[f32], width: usize) -> Vec<f32> {
    let count = (rows.len() / width).max(1) as f32;
    let mut mean = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += value / count;
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Result<Picture, reelgraph_models::picture::WrongSize> {
        Picture::new(width, height, vec![0; (width * height * 3) as usize])
    }

    #[test]
    fn wide_and_tall_pictures_are_looked_at_from_end_to_end() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(looks(&picture(100, 90)?).len(), 1);
        let wide = looks(&picture(160, 90)?);
        assert_eq!((wide[0].left, wide[1].left, wide[1].width), (0.0, 70.0, 90.0));
        let tall = looks(&picture(90, 160)?);
        assert_eq!((tall[1].left, tall[1].top, tall[1].height), (0.0, 70.0, 90.0));
        Ok(())
    }

    #[test]
    fn classes_of_one_name_are_one_label() {
        let mut probabilities = vec![0.0; CLASSES];
        probabilities[836] = 0.3;
        probabilities[837] = 0.25;
        probabilities[207] = 0.4;
        let tags = PictureTags { probabilities, root_probabilities: vec![], features: vec![] };
        let top = tags.top(5, 0.35);
        assert_eq!(top.iter().map(|tag| tag.label).collect::<Vec<_>>(), ["sunglasses", "golden retriever"]);
        assert!((top[0].probability - 0.55).abs() < 1e-6);
    }
}
