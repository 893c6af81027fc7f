//! Vectors of text: passages of transcripts and the queries that look for them, in one space.

use std::sync::Arc;

use ort::value::TensorRef;
use reelgraph_models::embedding::EmbeddingSpace;
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use crate::catalog::{CardStatus, ModelCard, ModelFiles, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

/// Tokens of the longest text that the models were trained on; the rest of a longer text is not seen.
const MAX_TOKENS: usize = 512;
/// Tokens, padding included, that run at once: bounds memory and keeps a batch's activations in the cache.
const MAX_BATCH_TOKENS: usize = 1024;

/// What a text is, in a search: the two sides are embedded differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// What someone looks for.
    Query,
    /// What can be found.
    Passage,
}

/// A model that makes vectors of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextModel {
    /// bge-small-en-v1.5 (<https://arxiv.org/abs/2309.07597>): English.
    BgeSmallEn,
    /// multilingual-e5-small (<https://arxiv.org/abs/2402.05672>): about a hundred languages in one space.
    MultilingualE5Small,
}

impl TextModel {
    /// The name of its card.
    pub const fn card(self) -> &'static str {
        match self {
            Self::BgeSmallEn => "bge-small-en",
            Self::MultilingualE5Small => "multilingual-e5-small",
        }
    }

    /// Components of its vectors.
    pub const fn dims(self) -> u32 {
        match self {
            Self::BgeSmallEn | Self::MultilingualE5Small => 384,
        }
    }

    /// What goes before a text, as each model was trained.
    const fn prefix(self, role: Role) -> &'static str {
        match (self, role) {
            // The instruction that its makers offer for queries lowered recall at 1 from .814 to .794 (204 captions).
            (Self::BgeSmallEn, _) => "",
            (Self::MultilingualE5Small, Role::Query) => "query: ",
            (Self::MultilingualE5Small, Role::Passage) => "passage: ",
        }
    }
}

/// Makes vectors of text.
#[derive(Debug)]
pub struct TextEmbedder {
    model: Model,
    kind: TextModel,
    tokenizer: Tokenizer,
    card: ModelCard,
    space: EmbeddingSpace,
}

impl TextEmbedder {
    /// Loads the multilingual model where it was pulled, else the English one.
    ///
    /// # Errors
    /// Those of [`TextEmbedder::load_model`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Self::load_model(runtime, store, Self::preferred(store), threads)
    }

    /// Loads one model.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`]; [`InferenceError::LoadTokenizer`].
    pub fn load_model(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        kind: TextModel,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        let files = store.open(kind.card())?;
        let model = runtime.load(files.path("graph")?, threads)?;
        let tokenizer = tokenizer(&files)?;
        let card = files.card().clone();
        let space = EmbeddingSpace { name: card.name.clone(), version: card.version.clone(), dims: kind.dims() };
        Ok(Self { model, kind, tokenizer, card, space })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    /// One vector a text, in the order of `texts`: `[dims]` f32 of length 1. Only the first 512 tokens of a text count.
    ///
    /// # Errors
    /// [`InferenceError::Tokenize`], [`InferenceError::Run`].
    pub fn embed(&mut self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, InferenceError> {
        let prefix = self.kind.prefix(role);
        let prefixed = texts.iter().map(|text| format!("{prefix}{text}")).collect();
        let encodings = self
            .tokenizer
            .encode_batch::<String>(prefixed, true)
            .map_err(|source| InferenceError::Tokenize { model: self.card.name.clone(), source })?;
        let mut vectors = vec![Vec::new(); texts.len()];
        for batch in batches(&encodings) {
            let rows: Vec<&Encoding> = batch.iter().filter_map(|&index| encodings.get(index)).collect();
            for (index, vector) in batch.into_iter().zip(self.run(&rows)?) {
                if let Some(slot) = vectors.get_mut(index) {
                    *slot = vector;
                }
            }
        }
        Ok(vectors)
    }

    fn preferred(store: &ModelStore) -> TextModel {
        let multilingual = store.catalog().get(TextModel::MultilingualE5Small.card());
        match multilingual.and_then(|card| store.status(&card)) {
            Ok(CardStatus::Ready) => TextModel::MultilingualE5Small,
            _ => TextModel::BgeSmallEn,
        }
    }

    fn run(&mut self, rows: &[&Encoding]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let columns = rows.iter().map(|row| row.len()).max().unwrap_or_default();
        let shape = [rows.len(), columns];
        let padded = |values: fn(&Encoding) -> &[u32]| -> Vec<i64> {
            let padded = |row: &&Encoding| {
                let values = values(row);
                let padding = columns.saturating_sub(values.len());
                values.iter().copied().map(i64::from).chain(std::iter::repeat_n(0, padding)).collect::<Vec<_>>()
            };
            rows.iter().flat_map(padded).collect()
        };
        // Padding is masked, so that any token id will do for it.
        let (ids, mask) = (padded(Encoding::get_ids), padded(Encoding::get_attention_mask));
        let types = vec![0_i64; ids.len()];
        let tensor =
            |name: &str, values| TensorRef::from_array_view((shape, values)).map_err(self.model.tensor_error(name));
        let mut inputs = ort::inputs![
            "input_ids" => tensor("input_ids", ids.as_slice())?,
            "attention_mask" => tensor("attention_mask", mask.as_slice())?,
        ];
        if self.kind == TextModel::BgeSmallEn {
            inputs.push(("token_type_ids".into(), tensor("token_type_ids", types.as_slice())?.into()));
        }
        let (dims, count) = (self.kind.dims() as usize, rows.len());
        let outputs = self.model.run(inputs)?;
        let hidden = match self.kind {
            // The first token's state stands for the text.
            TextModel::BgeSmallEn => {
                let promised = [count as i64, columns as i64, dims as i64];
                let (_, states) = outputs.tensor_of::<f32>("last_hidden_state", &promised)?;
                states.chunks_exact(dims).step_by(columns.max(1)).map(<[f32]>::to_vec).collect::<Vec<_>>()
            }
            // The graph averages over tokens.
            TextModel::MultilingualE5Small => {
                let (_, vectors) = outputs.tensor_of::<f32>("embedding", &[count as i64, dims as i64])?;
                vectors.chunks_exact(dims).map(<[f32]>::to_vec).collect()
            }
        };
        Ok(hidden.into_iter().map(unit_length).collect())
    }
}

fn tokenizer(files: &ModelFiles) -> Result<Tokenizer, InferenceError> {
    let path = files.path("tokenizer")?;
    let failed = |source| InferenceError::LoadTokenizer { path: path.to_path_buf(), source };
    let mut tokenizer = Tokenizer::from_file(path).map_err(failed)?;
    let truncation = TruncationParams { max_length: MAX_TOKENS, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(failed)?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

/// Positions of texts, grouped so that texts of like length run together and none of the groups, padded, is too large.
fn batches(encodings: &[Encoding]) -> Vec<Vec<usize>> {
    let mut order: Vec<(usize, usize)> = encodings.iter().map(Encoding::len).enumerate().collect();
    order.sort_by_key(|&(index, length)| (length, index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for (index, length) in order {
        match batches.last_mut() {
            // Lengths ascend, so this text's length is the batch's width.
            Some(batch) if (batch.len() + 1) * length <= MAX_BATCH_TOKENS => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

fn unit_length(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    vector
}
