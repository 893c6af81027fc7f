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
    /// Every model, the one that is preferred where it is here first.
    pub const ALL: [Self; 2] = [Self::MultilingualE5Small, Self::BgeSmallEn];

    /// The models whose files are here, the preferred one first.
    pub fn available(store: &ModelStore) -> Vec<Self> {
        let is_here = |model: &Self| {
            let status = store.catalog().get(model.card()).and_then(|card| store.status(&card));
            matches!(status, Ok(CardStatus::Ready))
        };
        Self::ALL.into_iter().filter(is_here).collect()
    }

    /// The space of its vectors.
    ///
    /// # Errors
    /// Those of [`crate::catalog::Catalog::get`].
    pub fn space(self, store: &ModelStore) -> Result<EmbeddingSpace, InferenceError> {
        let card = store.catalog().get(self.card())?;
        Ok(EmbeddingSpace { name: card.name, version: card.version, dims: self.dims() })
    }

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
        let preferred = TextModel::available(store).first().copied().unwrap_or(TextModel::BgeSmallEn);
        Self::load_model(runtime, store, preferred, threads)
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
        let tokenizer = tokenizer(&files, MAX_TOKENS)?;
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
        encodings.iter().map(|encoding| self.run(encoding)).collect()
    }

    /// One text at a time: the 8-bit steps of these networks are chosen for a batch as a whole, so that a text's vector
    /// would depend on its neighbours. Batches were twice as fast and found 1.5 of 100 captions less.
    fn run(&mut self, tokens: &Encoding) -> Result<Vec<f32>, InferenceError> {
        let wide = |values: &[u32]| values.iter().copied().map(i64::from).collect::<Vec<_>>();
        let (ids, mask) = (wide(tokens.get_ids()), wide(tokens.get_attention_mask()));
        let types = vec![0_i64; ids.len()];
        let tensor = |name: &str, values| {
            TensorRef::from_array_view(([1, ids.len()], values)).map_err(self.model.tensor_error(name))
        };
        let mut inputs = ort::inputs![
            "input_ids" => tensor("input_ids", ids.as_slice())?,
            "attention_mask" => tensor("attention_mask", mask.as_slice())?,
        ];
        if self.kind == TextModel::BgeSmallEn {
            inputs.push(("token_type_ids".into(), tensor("token_type_ids", types.as_slice())?.into()));
        }
        let dims = i64::from(self.kind.dims());
        let outputs = self.model.run(inputs)?;
        let (_, values) = match self.kind {
            // The first token's state stands for the text.
            TextModel::BgeSmallEn => outputs.tensor_of::<f32>("last_hidden_state", &[1, ids.len() as i64, dims])?,
            // The graph averages over tokens.
            TextModel::MultilingualE5Small => outputs.tensor_of::<f32>("embedding", &[1, dims])?,
        };
        Ok(unit_length(values.iter().copied().take(dims as usize).collect()))
    }
}

/// The tokenizer of a model's files, which cuts at `max_tokens` and does not pad; of a pair it cuts the longer text.
pub(crate) fn tokenizer(files: &ModelFiles, max_tokens: usize) -> Result<Tokenizer, InferenceError> {
    let path = files.path("tokenizer")?;
    let failed = |source| InferenceError::LoadTokenizer { path: path.to_path_buf(), source };
    let mut tokenizer = Tokenizer::from_file(path).map_err(failed)?;
    let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(failed)?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

fn unit_length(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    vector
}
