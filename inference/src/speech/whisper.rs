//! The two graphs of Whisper: sound to keys and values, tokens to scores.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor, TensorRef};

use super::mel::{MEL_BANDS, WINDOW_FRAMES};
use crate::InferenceError;
use crate::catalog::ModelFiles;
use crate::runtime::{Model, Outputs, Runtime, Threads};

/// Samples that one position of the encoder stands for: 20 ms, two mel frames.
pub(crate) const POSITION_SAMPLES: usize = 320;
/// Positions of one window.
pub(crate) const POSITIONS: usize = WINDOW_FRAMES / 2;
/// Alignment heads in the `align` output.
pub(crate) const ALIGN_HEADS: usize = 8;
/// Tokens that fit the decoder's position table (`n_text_ctx`).
pub(crate) const CONTEXT_TOKENS: usize = 448;

type Inputs<'v> = Vec<(Cow<'static, str>, SessionInputValue<'v>)>;

/// Names of one decoder layer's tensors.
#[derive(Debug)]
struct LayerNames {
    cross_k: String,
    cross_v: String,
    past_k: String,
    past_v: String,
    new_k: String,
    new_v: String,
}

/// Whisper's encoder and decoder.
///
/// Encoder: `mel` `[b, 80, 3000]` → per layer `cross_k_i` `[b, heads, 64, 1500]` (transposed), `cross_v_i`
/// `[b, heads, 1500, 64]`. Decoder: `tokens` `[b, n]`, `past_k_i`, `past_v_i` `[b, heads, p, 64]`, the cross tensors → `logits`
/// `[b, vocabulary]` of the last position, `new_k_i`, `new_v_i` `[b, heads, p + n, 64]`, `align` `[b, 8, n, t]`.
pub(crate) struct Whisper {
    encoder: Model,
    decoder: Model,
    layers: Vec<LayerNames>,
}

/// What the decoder looks at: keys and values of every layer for a batch of windows. With one row it serves any number of
/// rows of tokens.
#[derive(Debug)]
pub(crate) struct Sound {
    /// Keys and values of each layer.
    layers: Vec<(DynValue, DynValue)>,
    batch: usize,
}

/// What the decoder remembers of the tokens so far, for a batch.
#[derive(Debug)]
pub(crate) struct Memory {
    layers: Vec<(DynValue, DynValue)>,
    batch: usize,
}

/// What one run of the decoder gives.
#[derive(Debug)]
pub(crate) struct Step {
    /// `[batch, vocabulary]` logits of the token after the last.
    pub(crate) logits: Vec<f32>,
    /// `[batch, 8, n, positions]` attention of the alignment heads.
    pub(crate) align: Vec<f32>,
}

impl Step {
    /// The logits and the attention of each of `count` rows.
    pub(crate) fn rows(&mut self, count: usize) -> impl Iterator<Item = (&mut [f32], &[f32])> {
        let (vocabulary, attention) = (self.logits.len() / count.max(1), self.align.len() / count.max(1));
        self.logits.chunks_exact_mut(vocabulary.max(1)).zip(self.align.chunks_exact(attention.max(1)))
    }
}

impl Whisper {
    /// Loads both graphs.
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        let encoder = runtime.load(files.path("encoder")?, threads)?;
        let decoder = runtime.load(files.path("decoder")?, threads)?;
        let count = decoder.input_names().filter(|name| name.starts_with("cross_k_")).count();
        let layers = (0..count).map(LayerNames::new).collect();
        Ok(Self { encoder, decoder, layers })
    }

    /// Listens to a batch of spectrograms, `[batch, 80, 3000]`.
    pub(crate) fn encode(&mut self, mel: &[f32]) -> Result<Sound, InferenceError> {
        let batch = mel.len() / (MEL_BANDS * WINDOW_FRAMES);
        let tensor = TensorRef::from_array_view(([batch, MEL_BANDS, WINDOW_FRAMES], mel))
            .map_err(self.encoder.tensor_error("mel"))?;
        let mut outputs = self.encoder.run(ort::inputs!["mel" => tensor])?;
        let layers = self.layers.iter().map(|names| Ok((outputs.take(&names.cross_k)?, outputs.take(&names.cross_v)?)));
        Ok(Sound { layers: layers.collect::<Result<_, InferenceError>>()?, batch })
    }

    /// An empty memory for as many rows as `sound` has.
    pub(crate) fn start(&self, sound: &Sound) -> Result<Memory, InferenceError> {
        let layer = |names: &LayerNames, (keys, _): &(DynValue, DynValue)| {
            let shape = Block::of(keys, &self.decoder, &names.cross_k)?.shape;
            let empty = |name: &str| {
                Tensor::from_array(([shape[0], shape[1], 0, shape[2]], Vec::<f32>::new()))
                    .map(Tensor::into_dyn)
                    .map_err(self.decoder.tensor_error(name))
            };
            Ok((empty(&names.past_k)?, empty(&names.past_v)?))
        };
        let layers = self.layers.iter().zip(&sound.layers).map(|(names, cross)| layer(names, cross));
        Ok(Memory { layers: layers.collect::<Result<_, InferenceError>>()?, batch: sound.batch })
    }

    /// Reads the next tokens, `[batch, n]`, of every row of `memory`.
    pub(crate) fn step(&mut self, tokens: &[i64], memory: &mut Memory, sound: &Sound) -> Result<Step, InferenceError> {
        let Self { decoder, layers, .. } = self;
        let batch = memory.batch;
        let count = tokens.len() / batch.max(1);
        let mut inputs: Inputs<'_> = Vec::with_capacity(1 + 4 * layers.len());
        let tokens = TensorRef::from_array_view(([batch, count], tokens)).map_err(decoder.tensor_error("tokens"))?;
        inputs.push((Cow::Borrowed("tokens"), tokens.into()));
        for ((names, past), cross) in layers.iter().zip(&memory.layers).zip(&sound.layers) {
            let named = [
                (&names.past_k, &past.0),
                (&names.past_v, &past.1),
                (&names.cross_k, &cross.0),
                (&names.cross_v, &cross.1),
            ];
            inputs.extend(named.map(|(name, value)| (Cow::Owned(name.clone()), value.into())));
        }
        let mut outputs: Outputs<'_> = decoder.run(inputs)?;
        let logits = outputs.tensor_of::<f32>("logits", &[batch as i64, -1])?.1.to_vec();
        let shape = [batch as i64, ALIGN_HEADS as i64, count as i64, -1];
        let align = outputs.tensor_of::<f32>("align", &shape)?.1.to_vec();
        let grown = layers.iter().map(|names| Ok((outputs.take(&names.new_k)?, outputs.take(&names.new_v)?)));
        let grown = grown.collect::<Result<_, InferenceError>>()?;
        drop(outputs);
        memory.layers = grown;
        Ok(Step { logits, align })
    }

    /// A copy of some rows of a batch.
    pub(crate) fn rows_of_sound(&self, sound: &Sound, rows: &[usize]) -> Result<Sound, InferenceError> {
        let layer = |names: &LayerNames, (k, v): &(DynValue, DynValue)| {
            Ok((self.rows(k, &names.cross_k, rows)?, self.rows(v, &names.cross_v, rows)?))
        };
        let layers = self.layers.iter().zip(&sound.layers).map(|(names, pair)| layer(names, pair));
        Ok(Sound { layers: layers.collect::<Result<_, InferenceError>>()?, batch: rows.len() })
    }

    /// A copy of some rows of a memory.
    pub(crate) fn rows_of_memory(&self, memory: &Memory, rows: &[usize]) -> Result<Memory, InferenceError> {
        let layer = |names: &LayerNames, (k, v): &(DynValue, DynValue)| {
            Ok((self.rows(k, &names.past_k, rows)?, self.rows(v, &names.past_v, rows)?))
        };
        let layers = self.layers.iter().zip(&memory.layers).map(|(names, pair)| layer(names, pair));
        Ok(Memory { layers: layers.collect::<Result<_, InferenceError>>()?, batch: rows.len() })
    }

    /// A copy of the positions `range` (20 ms each) of one row: the sound of that stretch alone.
    pub(crate) fn stretch(&self, sound: &Sound, row: usize, range: Range<usize>) -> Result<Sound, InferenceError> {
        let layer = |names: &LayerNames, (k, v): &(DynValue, DynValue)| {
            let keys = Block::of(k, &self.decoder, &names.cross_k)?;
            let values = Block::of(v, &self.decoder, &names.cross_v)?;
            Ok((
                keys.columns(row, &range).map_err(self.decoder.tensor_error(&names.cross_k))?,
                values.lines(row, &range).map_err(self.decoder.tensor_error(&names.cross_v))?,
            ))
        };
        let layers = self.layers.iter().zip(&sound.layers).map(|(names, pair)| layer(names, pair));
        Ok(Sound { layers: layers.collect::<Result<_, InferenceError>>()?, batch: 1 })
    }

    fn rows(&self, value: &DynValue, name: &str, rows: &[usize]) -> Result<DynValue, InferenceError> {
        Block::of(value, &self.decoder, name)?.rows(rows).map_err(self.decoder.tensor_error(name))
    }
}

impl Sound {
    /// Number of rows.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }
}

impl LayerNames {
    fn new(layer: usize) -> Self {
        let name = |stem: &str| format!("{stem}_{layer}");
        Self {
            cross_k: name("cross_k"),
            cross_v: name("cross_v"),
            past_k: name("past_k"),
            past_v: name("past_v"),
            new_k: name("new_k"),
            new_v: name("new_v"),
        }
    }
}

/// A tensor of four axes, to copy parts of.
struct Block<'v> {
    shape: [usize; 4],
    elements: &'v [f32],
}

impl<'v> Block<'v> {
    fn of(value: &'v DynValue, model: &Model, name: &str) -> Result<Self, InferenceError> {
        let (shape, elements) = value.try_extract_tensor::<f32>().map_err(model.tensor_error(name))?;
        let sizes: Vec<usize> = shape.iter().filter_map(|size| usize::try_from(*size).ok()).collect();
        match <[usize; 4]>::try_from(sizes) {
            Ok(shape) => Ok(Self { shape, elements }),
            Err(_) => Err(InferenceError::Shape {
                graph: model.graph().to_path_buf(),
                tensor: name.to_owned(),
                expected: "[batch, heads, _, _]".to_owned(),
                actual: shape.to_vec(),
            }),
        }
    }

    fn row(&self, row: usize) -> &'v [f32] {
        let size = self.shape.iter().skip(1).product::<usize>();
        self.elements.get(row * size..(row + 1) * size).unwrap_or_default()
    }

    fn rows(&self, rows: &[usize]) -> ort::Result<DynValue> {
        let [_, a, b, c] = self.shape;
        let copied: Vec<f32> = rows.iter().flat_map(|row| self.row(*row)).copied().collect();
        Ok(Tensor::from_array(([rows.len(), a, b, c], copied))?.into_dyn())
    }

    /// Part of the last axis.
    fn columns(&self, row: usize, range: &Range<usize>) -> ort::Result<DynValue> {
        let [_, heads, width, length] = self.shape;
        let lines = self.row(row).chunks_exact(length.max(1));
        let copied: Vec<f32> = lines.flat_map(|line| line.get(range.clone()).unwrap_or_default()).copied().collect();
        Ok(Tensor::from_array(([1, heads, width, range.len()], copied))?.into_dyn())
    }

    /// Part of the last axis but one.
    fn lines(&self, row: usize, range: &Range<usize>) -> ort::Result<DynValue> {
        let [_, heads, length, width] = self.shape;
        let blocks = self.row(row).chunks_exact((length * width).max(1));
        let part = range.start * width..range.end * width;
        let copied: Vec<f32> = blocks.flat_map(|block| block.get(part.clone()).unwrap_or_default()).copied().collect();
        Ok(Tensor::from_array(([1, heads, range.len(), width], copied))?.into_dyn())
    }
}
