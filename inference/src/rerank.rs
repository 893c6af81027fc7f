//! How well a passage answers a query, by a network that reads both together (a cross-encoder).
//!
//! It sees how the words of both belong together, which neither a word index nor vectors made apart can, and costs a run of the
//! network for each passage: it is for the best few that something else has found. MiniLM-L-12 (<https://arxiv.org/abs/2002.10957>)
//! trained on MS MARCO (<https://arxiv.org/abs/1611.09268>).

use std::sync::Arc;

use ort::value::TensorRef;
use tokenizers::{Encoding, Tokenizer};

use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};
use crate::text::tokenizer;

/// Name of the model's card.
pub const CARD: &str = "ms-marco-minilm-l12";
/// The only language that the model knows, ISO 639-1.
pub const LANGUAGE: &str = "en";
/// Tokens of query and passage together; what is beyond is not read. Twice what half a minute of speech has, and half of what the
/// model can take, since time grows with it.
const MAX_TOKENS: usize = 256;

/// Scores passages for a query.
#[derive(Debug)]
pub struct Reranker {
    model: Model,
    tokenizer: Tokenizer,
    card: ModelCard,
}

impl Reranker {
    /// Loads the model.
    ///
    /// # Errors
    /// Those of [`ModelStore::open`] and [`Runtime::load`]; [`InferenceError::LoadTokenizer`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open(CARD)?;
        let model = runtime.load(files.path("graph")?, threads)?;
        let tokenizer = tokenizer(&files, MAX_TOKENS)?;
        Ok(Self { model, tokenizer, card: files.card().clone() })
    }

    /// The model's card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// How well each passage answers the query, `0..=1`, in the order of `passages`; comparable within one query only. Of query and
    /// passage the first 256 tokens count, of the longer one fewer.
    ///
    /// # Errors
    /// [`InferenceError::Tokenize`], [`InferenceError::Run`].
    pub fn score(&mut self, query: &str, passages: &[&str]) -> Result<Vec<f32>, InferenceError> {
        let pairs: Vec<(&str, &str)> = passages.iter().map(|passage| (query, *passage)).collect();
        let encodings = self
            .tokenizer
            .encode_batch(pairs, true)
            .map_err(|source| InferenceError::Tokenize { model: self.card.name.clone(), source })?;
        encodings.iter().map(|encoding| self.run(encoding)).collect()
    }

    /// One pair at a time: the 8-bit steps are chosen for a batch as a whole, so that a passage's score would depend on what it
    /// happens to be read with, and pages on how they are cut.
    fn run(&mut self, pair: &Encoding) -> Result<f32, InferenceError> {
        let wide = |values: &[u32]| values.iter().copied().map(i64::from).collect::<Vec<_>>();
        let (ids, mask, types) = (wide(pair.get_ids()), wide(pair.get_attention_mask()), wide(pair.get_type_ids()));
        let tensor = |name: &str, values| {
            TensorRef::from_array_view(([1, ids.len()], values)).map_err(self.model.tensor_error(name))
        };
        let inputs = ort::inputs![
            "input_ids" => tensor("input_ids", ids.as_slice())?,
            "attention_mask" => tensor("attention_mask", mask.as_slice())?,
            "token_type_ids" => tensor("token_type_ids", types.as_slice())?,
        ];
        let outputs = self.model.run(inputs)?;
        let (_, logits) = outputs.tensor_of::<f32>("logits", &[1, 1])?;
        Ok(logits.iter().copied().map(logistic).sum())
    }
}

/// A logit as a share; the order of logits stays.
fn logistic(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
