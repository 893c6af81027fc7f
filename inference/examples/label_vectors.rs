//! Writes the vectors of the class names anew: `label_vectors inference/src/image_text/label_vectors.bin`.

use std::error::Error;
use std::path::PathBuf;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::{encode_label_vectors, label_texts};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::text::{Role, TextEmbedder, TextModel};

fn main() -> Result<(), Box<dyn Error>> {
    let target = std::env::args().nth(1).ok_or("usage: label_vectors FILE")?;
    let models = std::env::var_os("REELGRAPH_MODELS").map(PathBuf::from);
    let cache = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/reelgraph/models"));
    let store = ModelStore::new(models.or(cache).ok_or("neither REELGRAPH_MODELS nor HOME is set")?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let mut embedder = TextEmbedder::load_model(&runtime, &store, TextModel::BgeSmallEn, Threads::shared(2))?;
    let texts = label_texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    std::fs::write(target, encode_label_vectors(&embedder.embed(&texts, Role::Passage)?))?;
    Ok(())
}
