//! One interface over the built-in space and an operator's pair.

use std::path::Path;
use std::sync::Arc;

use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::picture::Picture;

use super::labels::{LabelPictures, LabelTexts};
use super::pair::{PairPictures, PairTexts};
use crate::catalog::ModelStore;
use crate::error::InferenceError;
use crate::runtime::{Runtime, Threads};

/// Makes vectors of pictures.
#[derive(Debug)]
pub enum PictureEncoder {
    /// Of the built-in label space.
    Labels(Box<LabelPictures>),
    /// Of a pair.
    Pair(Box<PairPictures>),
}

impl PictureEncoder {
    /// Loads the pair in `pair`, or the built-in space where there is none.
    ///
    /// # Errors
    /// Those of [`PairPictures::load`] and [`LabelPictures::load`].
    pub fn load(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        pair: Option<&Path>,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        Ok(match pair {
            Some(folder) => Self::Pair(Box::new(PairPictures::load(runtime, folder, threads)?)),
            None => Self::Labels(Box::new(LabelPictures::load(runtime, store, threads)?)),
        })
    }

    /// The vectors of pictures, in their order: `[dims]` f32 of length 1.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn embed(&mut self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        match self {
            Self::Labels(pictures_side) => pictures_side.embed(pictures),
            Self::Pair(pictures_side) => pictures_side.embed(pictures),
        }
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        match self {
            Self::Labels(pictures) => pictures.space(),
            Self::Pair(pictures) => pictures.space(),
        }
    }
}

/// Makes vectors of texts.
#[derive(Debug)]
pub enum TextEncoder {
    /// Of the built-in label space.
    Labels(Box<LabelTexts>),
    /// Of a pair.
    Pair(Box<PairTexts>),
}

impl TextEncoder {
    /// Loads the pair in `pair`, or the built-in space where there is none.
    ///
    /// # Errors
    /// Those of [`PairTexts::load`] and [`LabelTexts::load`].
    pub fn load(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        pair: Option<&Path>,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        Ok(match pair {
            Some(folder) => Self::Pair(Box::new(PairTexts::load(runtime, folder, threads)?)),
            None => Self::Labels(Box::new(LabelTexts::load(runtime, store, threads)?)),
        })
    }

    /// The vector of a text: `[dims]` f32 of length 1.
    ///
    /// # Errors
    /// [`InferenceError::Tokenize`], [`InferenceError::Run`].
    pub fn embed(&mut self, text: &str) -> Result<Vec<f32>, InferenceError> {
        match self {
            Self::Labels(texts) => texts.embed(text),
            Self::Pair(texts) => texts.embed(text),
        }
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        match self {
            Self::Labels(texts) => texts.space(),
            Self::Pair(texts) => texts.space(),
        }
    }
}

/// Both encoders of one space.
#[derive(Debug)]
pub struct ImageTextSpace {
    pictures: PictureEncoder,
    texts: TextEncoder,
}

impl ImageTextSpace {
    /// Loads the pair in `pair`, or the built-in space where there is none.
    ///
    /// # Errors
    /// Those of [`PictureEncoder::load`] and [`TextEncoder::load`]; [`InferenceError::ModelData`] where a pair's two sides give
    /// vectors of different sizes.
    pub fn load(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        pair: Option<&Path>,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        let pictures = PictureEncoder::load(runtime, store, pair, threads)?;
        let texts = TextEncoder::load(runtime, store, pair, threads)?;
        if pictures.space() != texts.space() {
            let (a, b) = (pictures.space().dims, texts.space().dims);
            return Err(InferenceError::ModelData {
                path: pair.unwrap_or(store.root()).to_path_buf(),
                reason: format!("pictures have vectors of {a} components and texts of {b}"),
            });
        }
        Ok(Self { pictures, texts })
    }

    /// The vectors of pictures, in their order.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn embed_images(&mut self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.pictures.embed(pictures)
    }

    /// The vector of a text.
    ///
    /// # Errors
    /// [`InferenceError::Tokenize`], [`InferenceError::Run`].
    pub fn embed_text(&mut self, text: &str) -> Result<Vec<f32>, InferenceError> {
        self.texts.embed(text)
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        self.texts.space()
    }
}
