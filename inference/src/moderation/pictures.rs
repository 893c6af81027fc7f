//! Two models of sensitive pictures, each with its own scale.

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::pixels::{Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// Both networks look at this square.
const SIDE_PX: u32 = 224;
/// open_nsfw was trained on the middle of pictures that were stretched to this square.
const OPEN_NSFW_STRETCHED_PX: u32 = 256;
/// Mean of blue, green and red that open_nsfw's training took away.
const OPEN_NSFW_MEAN_BGR: [f32; 3] = [104.0, 117.0, 123.0];
/// Pictures that go through a network at once: working memory stays bounded whatever is asked for.
const BATCH: usize = 8;

/// A model of sensitive pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PictureModel {
    /// nsfwjs: MobileNetV2, five kinds of pictures.
    NsfwMobileNet,
    /// Yahoo's open_nsfw: ResNet-50 thin, one score.
    OpenNsfw,
}

impl PictureModel {
    /// All of them: a flag needs each.
    pub const ALL: [Self; 2] = [Self::NsfwMobileNet, Self::OpenNsfw];

    /// The name of its card.
    pub const fn card(self) -> &'static str {
        match self {
            Self::NsfwMobileNet => "nsfw-mobilenet-v2",
            Self::OpenNsfw => "open-nsfw",
        }
    }
}

/// What one model says about one picture: raw scores, to be kept as they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PictureScores {
    /// Probabilities of five kinds, which sum to one; not calibrated.
    NsfwMobileNet {
        /// A drawing, harmless. Half of all ordinary photographs get it: for the store, never to be shown.
        drawing: f32,
        /// A pornographic drawing.
        hentai: f32,
        /// An ordinary photograph.
        neutral: f32,
        /// A pornographic photograph.
        porn: f32,
        /// A sexually suggestive photograph.
        sexy: f32,
    },
    /// One probability; not calibrated.
    OpenNsfw {
        /// Pornographic.
        nsfw: f32,
    },
}

impl PictureScores {
    /// The model.
    pub const fn model(&self) -> PictureModel {
        match self {
            Self::NsfwMobileNet { .. } => PictureModel::NsfwMobileNet,
            Self::OpenNsfw { .. } => PictureModel::OpenNsfw,
        }
    }

    /// Score of sexually explicit content, `0..=1`.
    pub fn explicit(&self) -> f32 {
        match self {
            Self::NsfwMobileNet { hentai, porn, .. } => (hentai + porn).min(1.0),
            Self::OpenNsfw { nsfw } => *nsfw,
        }
    }

    /// Score of anything sexual, suggestive pictures included, `0..=1`. open_nsfw does not tell them apart: its middle range
    /// holds the suggestive ones (its authors: `.2` to `.8`).
    pub fn sexual(&self) -> f32 {
        match self {
            Self::NsfwMobileNet { hentai, porn, sexy, .. } => (hentai + porn + sexy).min(1.0),
            Self::OpenNsfw { nsfw } => *nsfw,
        }
    }

    /// Every score with its name, for the store.
    pub fn named(&self) -> Vec<(&'static str, f32)> {
        match *self {
            Self::NsfwMobileNet { drawing, hentai, neutral, porn, sexy } => {
                vec![("drawing", drawing), ("hentai", hentai), ("neutral", neutral), ("porn", porn), ("sexy", sexy)]
            }
            Self::OpenNsfw { nsfw } => vec![("nsfw", nsfw)],
        }
    }

    /// The scores under the names of [`PictureScores::named`], as a store has them; `None` where one is missing or is no
    /// probability.
    pub fn from_named(model: PictureModel, score: impl Fn(&str) -> Option<f32>) -> Option<Self> {
        let score = |name| score(name).filter(|value| (0.0..=1.0).contains(value));
        Some(match model {
            PictureModel::NsfwMobileNet => Self::NsfwMobileNet {
                drawing: score("drawing")?,
                hentai: score("hentai")?,
                neutral: score("neutral")?,
                porn: score("porn")?,
                sexy: score("sexy")?,
            },
            PictureModel::OpenNsfw => Self::OpenNsfw { nsfw: score("nsfw")? },
        })
    }
}

/// Scores pictures with one model.
#[derive(Debug)]
pub struct PictureModerator {
    model: Model,
    kind: PictureModel,
    card: ModelCard,
}

impl PictureModerator {
    /// Loads one model.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::LoadGraph`].
    pub fn load(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        kind: PictureModel,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        let files = store.open(kind.card())?;
        let model = runtime.load(files.path("graph")?, threads)?;
        Ok(Self { model, kind, card: files.card().clone() })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Which model it is.
    pub fn model(&self) -> PictureModel {
        self.kind
    }

    /// Scores each picture, in their order.
    ///
    /// # Errors
    /// [`InferenceError::Run`], [`InferenceError::Shape`].
    pub fn scores(&mut self, pictures: &[Picture]) -> Result<Vec<PictureScores>, InferenceError> {
        let mut scores = Vec::with_capacity(pictures.len());
        for batch in pictures.chunks(BATCH) {
            match self.kind {
                PictureModel::NsfwMobileNet => self.mobile_net(batch, &mut scores)?,
                PictureModel::OpenNsfw => self.open_nsfw(batch, &mut scores)?,
            }
        }
        Ok(scores)
    }

    /// `image` u8 `[n, 224, 224, 3]` RGB, stretched, as the package does it, to `probs` `[n, 5]`.
    fn mobile_net(&mut self, pictures: &[Picture], scores: &mut Vec<PictureScores>) -> Result<(), InferenceError> {
        let mut rgb = Vec::with_capacity(pictures.len() * SIDE_PX as usize * SIDE_PX as usize * 3);
        for picture in pictures {
            rgb.extend(resize(picture, Region::whole(picture), SIDE_PX, SIDE_PX, FilterType::Bilinear)?);
        }
        let shape = [pictures.len(), SIDE_PX as usize, SIDE_PX as usize, 3];
        let input = TensorRef::from_array_view((shape, rgb.as_slice())).map_err(self.model.tensor_error("image"))?;
        let outputs = self.model.run(ort::inputs!["image" => input])?;
        let (_, values) = outputs.tensor_of::<f32>("probs", &[pictures.len() as i64, 5])?;
        scores.extend(values.chunks_exact(5).filter_map(|row| {
            let &[drawing, hentai, neutral, porn, sexy] = row else { return None };
            Some(PictureScores::NsfwMobileNet { drawing, hentai, neutral, porn, sexy })
        }));
        Ok(())
    }

    /// `input:0` f32 `[n, 224, 224, 3]` BGR less its mean, the middle of the picture stretched to 256 x 256, to `outputs`
    /// `[n, 2]`: harmless, pornographic.
    fn open_nsfw(&mut self, pictures: &[Picture], scores: &mut Vec<PictureScores>) -> Result<(), InferenceError> {
        let mut bgr: Vec<f32> = Vec::with_capacity(pictures.len() * SIDE_PX as usize * SIDE_PX as usize * 3);
        let [mean_blue, mean_green, mean_red] = OPEN_NSFW_MEAN_BGR;
        for picture in pictures {
            let rgb = resize(picture, open_nsfw_region(picture), SIDE_PX, SIDE_PX, FilterType::Bilinear)?;
            bgr.extend(rgb.chunks_exact(3).flat_map(|pixel| match *pixel {
                [red, green, blue] => {
                    [f32::from(blue) - mean_blue, f32::from(green) - mean_green, f32::from(red) - mean_red]
                }
                _ => [0.0; 3],
            }));
        }
        let shape = [pictures.len(), SIDE_PX as usize, SIDE_PX as usize, 3];
        let input = TensorRef::from_array_view((shape, bgr.as_slice())).map_err(self.model.tensor_error("input:0"))?;
        let outputs = self.model.run(ort::inputs!["input:0" => input])?;
        let (_, values) = outputs.tensor_of::<f32>("outputs", &[pictures.len() as i64, 2])?;
        scores.extend(values.chunks_exact(2).filter_map(|row| match *row {
            [_, nsfw] => Some(PictureScores::OpenNsfw { nsfw }),
            _ => None,
        }));
        Ok(())
    }
}

/// The middle of the picture that open_nsfw sees, cut before instead of after the stretch: the same pixels in one step.
fn open_nsfw_region(picture: &Picture) -> Region {
    let kept = f64::from(SIDE_PX) / f64::from(OPEN_NSFW_STRETCHED_PX);
    let whole = Region::whole(picture);
    let (width, height) = (whole.width * kept, whole.height * kept);
    Region { left: (whole.width - width) / 2.0, top: (whole.height - height) / 2.0, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_scores_come_back_as_they_were() {
        let scores = [
            PictureScores::NsfwMobileNet { drawing: 0.5, hentai: 0.01, neutral: 0.4, porn: 0.03, sexy: 0.06 },
            PictureScores::OpenNsfw { nsfw: 0.25 },
        ];
        for one in scores {
            let stored = one.named();
            let back = PictureScores::from_named(one.model(), |name| {
                stored.iter().find(|(stored, _)| *stored == name).map(|(_, score)| *score)
            });
            assert_eq!(back, Some(one));
        }
        assert_eq!(PictureScores::from_named(PictureModel::OpenNsfw, |_| Some(f32::NAN)), None);
        assert_eq!(PictureScores::from_named(PictureModel::NsfwMobileNet, |_| None), None);
    }

    #[test]
    fn a_harmless_drawing_is_not_sexual() {
        let drawing =
            PictureScores::NsfwMobileNet { drawing: 0.9, hentai: 0.02, neutral: 0.05, porn: 0.01, sexy: 0.02 };
        assert!((drawing.explicit() - 0.03).abs() < 1e-6 && (drawing.sexual() - 0.05).abs() < 1e-6);
    }

    #[test]
    fn open_nsfw_looks_at_the_middle() -> Result<(), reelgraph_models::picture::WrongSize> {
        let region = open_nsfw_region(&Picture::new(256, 512, vec![0; 256 * 512 * 3])?);
        assert_eq!((region.left, region.top, region.width, region.height), (16.0, 32.0, 224.0, 448.0));
        Ok(())
    }
}
