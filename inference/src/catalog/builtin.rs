//! The cards and graphs that are built into this program.

use std::borrow::Cow;

use super::card::ModelCard;
use crate::error::InferenceError;

/// Embeds `inference/cards/<name>.toml` for each name.
macro_rules! cards {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../cards/", $name, ".toml")))),*]
    };
}

/// Embeds `inference/graphs/<file>` for each file.
macro_rules! graphs {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_bytes!(concat!("../../graphs/", $file)).as_slice())),*]
    };
}

const CARDS: &[(&str, &str)] = cards![
    "onnxruntime",
    "transnetv2",
    "silero-vad",
    "whisper-base",
    "firered-aed",
    "ge2e",
    "ppocrv6-small",
    "efficientnet-lite2",
    "centernet-coco",
    "blazeface-full-range",
    "dlib-face-resnet",
    "bge-small-en",
    "multilingual-e5-small",
    "ms-marco-minilm-l12",
    "nsfw-mobilenet-v2",
    "open-nsfw",
    "alt-profanity-check",
    "naughty-words",
    "yolox-nano-coco",
    "yamnet",
    "yunet",
];

const GRAPHS: &[(&str, &[u8])] = graphs![
    "blazeface-full-range.onnx",
    "centernet-coco.onnx",
    "dlib-face-resnet.onnx",
    "efficientnet-lite2-classifier.onnx",
    "efficientnet-lite2.onnx",
    "face-mesh.onnx",
    "firered-aed.onnx",
    "ge2e.onnx",
    "multilingual-e5-small.onnx",
    "nsfw-mobilenet-v2.onnx",
    "transnetv2.onnx",
    "whisper-base-decoder.onnx",
    "whisper-base-encoder.onnx",
    "yamnet.onnx",
];

/// A set of model cards, in display order, and the graphs that they name.
#[derive(Debug, Clone)]
pub struct Catalog {
    cards: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    graphs: Vec<(Cow<'static, str>, Cow<'static, [u8]>)>,
}

impl Catalog {
    /// The cards of this program.
    pub fn builtin() -> Self {
        Self {
            cards: CARDS.iter().map(|(name, text)| (Cow::Borrowed(*name), Cow::Borrowed(*text))).collect(),
            graphs: GRAPHS.iter().map(|(name, bytes)| (Cow::Borrowed(*name), Cow::Borrowed(*bytes))).collect(),
        }
    }

    /// Cards from elsewhere: name and TOML text, file name and bytes of each graph.
    pub fn from_parts(
        cards: impl IntoIterator<Item = (String, String)>,
        graphs: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Self {
        Self {
            cards: cards.into_iter().map(|(name, text)| (name.into(), text.into())).collect(),
            graphs: graphs.into_iter().map(|(name, bytes)| (name.into(), bytes.into())).collect(),
        }
    }

    /// Names of all cards.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cards.iter().map(|(name, _)| name.as_ref())
    }

    /// Every card, read and checked.
    ///
    /// # Errors
    /// Those of [`ModelCard::parse`].
    pub fn cards(&self) -> Result<Vec<ModelCard>, InferenceError> {
        self.cards.iter().map(|(name, text)| ModelCard::parse(name, text)).collect()
    }

    /// The card of that name.
    ///
    /// # Errors
    /// [`InferenceError::UnknownCard`], and those of [`ModelCard::parse`].
    pub fn get(&self, name: &str) -> Result<ModelCard, InferenceError> {
        match self.cards.iter().find(|(card, _)| card == name) {
            Some((name, text)) => ModelCard::parse(name, text),
            None => Err(InferenceError::UnknownCard { card: name.to_owned() }),
        }
    }

    /// The bytes of an embedded graph.
    pub(crate) fn graph(&self, file: &str) -> Option<&[u8]> {
        self.graphs.iter().find(|(name, _)| name == file).map(|(_, bytes)| bytes.as_ref())
    }
}
