//! A pair of encoders of the CLIP family, from a folder that an operator names.
//!
//! The folder holds `vision_model.onnx`, `text_model.onnx` and `tokenizer.json`, as exporters of CLIP (Radford et al. 2021) and
//! SigLIP (Zhai et al. 2023) models write them, and `preprocessor_config.json` where pictures are not prepared as CLIP's are.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ort::session::SessionInputValue;
use ort::value::TensorRef;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::picture::Picture;
use sha2::{Digest, Sha256};
use tokenizers::{PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use super::channels::unit;
use super::preprocessor::Preprocessor;
use crate::error::InferenceError;
use crate::runtime::{Model, Outputs, Runtime, Threads};

const VISION: &str = "vision_model.onnx";
const TEXT: &str = "text_model.onnx";
const TOKENIZER: &str = "tokenizer.json";
const PREPROCESSOR: &str = "preprocessor_config.json";
/// Outputs that are the embedding, the likeliest name first; else the first matrix is taken.
const EMBEDDINGS: [&str; 6] =
    ["image_embeds", "text_embeds", "image_embedding", "text_embedding", "sentence_embedding", "pooler_output"];
/// Tokens of the longest text, where neither graph nor tokenizer says: CLIP's.
const USUAL_TOKENS: usize = 77;
/// Most tokens that a tokenizer file may ask for.
const MAX_TOKENS: usize = 512;
/// Most components of a vector.
const MAX_DIMS: usize = 8_192;
/// Bytes at both ends of a model file by which a version is told.
const FINGERPRINT_BYTES: u64 = 1 << 20;

/// Pictures in a pair's space.
#[derive(Debug)]
pub struct PairPictures {
    model: Model,
    preprocessor: Preprocessor,
    input: String,
    output: String,
    space: EmbeddingSpace,
}

impl PairPictures {
    /// Loads the vision side of the pair in `folder`.
    ///
    /// # Errors
    /// [`InferenceError::Read`] where a file is missing, [`InferenceError::LoadGraph`], and [`InferenceError::ModelData`] where the
    /// graph is no encoder of pictures.
    pub fn load(runtime: &Arc<Runtime>, folder: &Path, threads: Threads) -> Result<Self, InferenceError> {
        let (name, version) = identity(folder)?;
        let path = folder.join(VISION);
        let model = runtime.load_fixed(&path, threads)?;
        let input = ["pixel_values", "image", "images", "input"]
            .into_iter()
            .find(|name| model.input_names().any(|input| input == *name))
            .or_else(|| model.input_names().next())
            .ok_or_else(|| unusable(&path, "the graph has no input"))?
            .to_owned();
        let output = embedding_output(&model, &path)?;
        let declared = match model.declared_shape(&input) {
            Some(&[_, 3 | -1, height, width]) => u32::try_from(height).ok().zip(u32::try_from(width).ok()),
            _ => return Err(unusable(&path, "its input is not [batch, 3, height, width]")),
        };
        let preprocessor = Preprocessor::load(&folder.join(PREPROCESSOR), declared)?;
        let mut pictures =
            Self { model, preprocessor, input, output, space: EmbeddingSpace { name, version, dims: 0 } };
        let [_, height, width] = pictures.preprocessor.shape().map(|side| side as u32);
        let grey = Picture::new(width, height, vec![128; (width * height * 3) as usize])
            .map_err(|error| unusable(&path, &error.to_string()))?;
        pictures.space.dims = pictures.embed_one(&grey)?.len() as u32;
        Ok(pictures)
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    /// The vectors of pictures, in their order.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn embed(&mut self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        pictures.iter().map(|picture| self.embed_one(picture)).collect()
    }

    fn embed_one(&mut self, picture: &Picture) -> Result<Vec<f32>, InferenceError> {
        let [planes, height, width] = self.preprocessor.shape();
        let mut values = vec![0.0_f32; planes * height * width];
        self.preprocessor.write(picture, &mut values)?;
        let input = TensorRef::from_array_view(([1, planes, height, width], values.as_slice()))
            .map_err(self.model.tensor_error(&self.input))?;
        let graph = self.model.graph().to_path_buf();
        let outputs = self.model.run(ort::inputs![self.input.as_str() => input])?;
        take_vector(&outputs, &self.output, &graph)
    }
}

/// Texts in a pair's space.
#[derive(Debug)]
pub struct PairTexts {
    model: Model,
    tokenizer: Tokenizer,
    /// Names of the inputs, in the graph's order, with what each takes.
    inputs: Vec<(String, TextInput)>,
    output: String,
    space: EmbeddingSpace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextInput {
    Ids,
    Mask,
    Types,
    Positions,
}

impl PairTexts {
    /// Loads the text side of the pair in `folder`.
    ///
    /// # Errors
    /// [`InferenceError::Read`] where a file is missing, [`InferenceError::LoadGraph`], [`InferenceError::LoadTokenizer`], and
    /// [`InferenceError::ModelData`] where the graph is no encoder of texts.
    pub fn load(runtime: &Arc<Runtime>, folder: &Path, threads: Threads) -> Result<Self, InferenceError> {
        let (name, version) = identity(folder)?;
        let path = folder.join(TEXT);
        let model = runtime.load(&path, threads)?;
        let kind = |name: &str| match name {
            "attention_mask" => Ok(TextInput::Mask),
            "token_type_ids" => Ok(TextInput::Types),
            "position_ids" => Ok(TextInput::Positions),
            "input_ids" | "input" | "text" | "tokens" | "ids" => Ok(TextInput::Ids),
            other => Err(unusable(&path, &format!("nothing is known to feed its input {other:?} with"))),
        };
        let inputs: Vec<(String, TextInput)> =
            model.input_names().map(|name| Ok((name.to_owned(), kind(name)?))).collect::<Result<_, _>>()?;
        let ids = inputs.iter().find(|(_, kind)| *kind == TextInput::Ids);
        let (ids, _) = ids.ok_or_else(|| unusable(&path, "it has no input for tokens"))?;
        let declared = match model.declared_shape(ids) {
            Some(&[_, tokens]) => usize::try_from(tokens).ok(),
            _ => return Err(unusable(&path, "its tokens are not [batch, tokens]")),
        };
        let output = embedding_output(&model, &path)?;
        let tokenizer = tokenizer(&folder.join(TOKENIZER), declared)?;
        let mut texts = Self { model, tokenizer, inputs, output, space: EmbeddingSpace { name, version, dims: 0 } };
        texts.space.dims = texts.embed("a photo")?.len() as u32;
        Ok(texts)
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    /// The vector of a text; what is too long for the model is not seen.
    ///
    /// # Errors
    /// [`InferenceError::Tokenize`], [`InferenceError::Run`].
    pub fn embed(&mut self, text: &str) -> Result<Vec<f32>, InferenceError> {
        let tokens = self
            .tokenizer
            .encode(text, true)
            .map_err(|source| InferenceError::Tokenize { model: self.space.name.clone(), source })?;
        let wide = |values: &[u32]| values.iter().copied().map(i64::from).collect::<Vec<_>>();
        let count = tokens.len();
        let columns: Vec<Vec<i64>> = self
            .inputs
            .iter()
            .map(|(_, kind)| match kind {
                TextInput::Ids => wide(tokens.get_ids()),
                TextInput::Mask => wide(tokens.get_attention_mask()),
                TextInput::Types => wide(tokens.get_type_ids()),
                TextInput::Positions => (0..count as i64).collect(),
            })
            .collect();
        let tensors: Vec<(&str, SessionInputValue<'_>)> = self
            .inputs
            .iter()
            .zip(&columns)
            .map(|((name, _), values)| {
                let tensor = TensorRef::from_array_view(([1, count], values.as_slice()));
                Ok((name.as_str(), tensor.map_err(self.model.tensor_error(name))?.into()))
            })
            .collect::<Result<_, InferenceError>>()?;
        let graph = self.model.graph().to_path_buf();
        let outputs = self.model.run(tensors)?;
        take_vector(&outputs, &self.output, &graph)
    }
}

/// Fits the tokenizer's lengths to the graph's.
fn tokenizer(path: &Path, declared: Option<usize>) -> Result<Tokenizer, InferenceError> {
    let failed = |source| InferenceError::LoadTokenizer { path: path.to_path_buf(), source };
    let mut tokenizer = Tokenizer::from_file(path).map_err(failed)?;
    let own = tokenizer.get_truncation().map(|truncation| truncation.max_length);
    let length = declared.or(own).unwrap_or(USUAL_TOKENS).clamp(1, MAX_TOKENS);
    let truncation = TruncationParams { max_length: length, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(failed)?;
    let fixed = declared.is_some()
        || matches!(tokenizer.get_padding(), Some(own) if matches!(own.strategy, PaddingStrategy::Fixed(_)));
    let padding = fixed.then(|| {
        let own = tokenizer.get_padding().cloned().unwrap_or_else(|| {
            let named = |token: &str| tokenizer.token_to_id(token).map(|id| (id, token.to_owned()));
            let (pad_id, pad_token) =
                ["<pad>", "[PAD]", "</s>", "<|endoftext|>"].into_iter().find_map(named).unwrap_or_default();
            PaddingParams { pad_id, pad_token, ..PaddingParams::default() }
        });
        PaddingParams { strategy: PaddingStrategy::Fixed(length), ..own }
    });
    tokenizer.with_padding(padding);
    Ok(tokenizer)
}

fn embedding_output(model: &Model, path: &Path) -> Result<String, InferenceError> {
    let named = EMBEDDINGS.into_iter().find(|name| model.output_names().any(|output| output == *name));
    let is_matrix = |name: &&str| model.declared_shape(name).is_some_and(|shape| shape.len() == 2);
    named
        .or_else(|| model.output_names().find(is_matrix))
        .map(str::to_owned)
        .ok_or_else(|| unusable(path, "no output is a vector for each input"))
}

fn take_vector(outputs: &Outputs<'_>, name: &str, graph: &Path) -> Result<Vec<f32>, InferenceError> {
    let (_, values) = outputs.tensor_of::<f32>(name, &[1, -1])?;
    if values.is_empty() || values.len() > MAX_DIMS || values.iter().any(|value| !value.is_finite()) {
        return Err(unusable(graph, &format!("its output {name:?} is not a vector of 1 to {MAX_DIMS} numbers")));
    }
    Ok(unit(values.to_vec()))
}

/// The folder's name, and a fingerprint of both models: vectors of two versions must never be compared.
fn identity(folder: &Path) -> Result<(String, String), InferenceError> {
    let name = folder.file_name().map_or_else(|| "pair".to_owned(), |name| name.to_string_lossy().into_owned());
    let mut digest = Sha256::new();
    for file in [VISION, TEXT] {
        let path = folder.join(file);
        fingerprint(&path, &mut digest).map_err(|source| InferenceError::Read { path, source })?;
    }
    let version = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Ok((name, version))
}

/// Length and both ends of a file: whole models take seconds to hash.
fn fingerprint(path: &PathBuf, digest: &mut Sha256) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    digest.update(length.to_le_bytes());
    for start in [0, length.saturating_sub(FINGERPRINT_BYTES)] {
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.by_ref().take(FINGERPRINT_BYTES).read_to_end(&mut bytes)?;
        digest.update(&bytes);
    }
    Ok(())
}

fn unusable(path: &Path, reason: &str) -> InferenceError {
    InferenceError::ModelData { path: path.to_path_buf(), reason: reason.to_owned() }
}
