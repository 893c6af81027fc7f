//! ONNX models: sessions, tensors in, plain values out.
//!
//! Purpose: everything that a neural network says about a picture, a sound or a text. In: plain values (frames, samples,
//! strings) and a [`catalog::ModelStore`] that holds the model files. Out: plain values (probabilities, boxes, words,
//! vectors). Flow: [`catalog`] says what a model is, where it comes from and whether it is intact; [`runtime`] makes a
//! session of it; every other module is one kind of model with its own pre- and post-processing.
//!
//! Invariants:
//! - only this crate knows ONNX Runtime; no tensor leaves it;
//! - a model file is used only when it is the one that its card describes;
//! - a missing model is an error that names the command to run, never a panic;
//! - memory is bounded whatever the length of the input.
//!
//! ```no_run
//! use reelgraph_inference::catalog::ModelStore;
//! use reelgraph_inference::runtime::{Runtime, Threads};
//! use reelgraph_inference::text::{Role, TextEmbedder};
//!
//! let store = ModelStore::new("/var/lib/reelgraph/models");
//! let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
//! let mut embedder = TextEmbedder::load(&runtime, &store, Threads::shared(2))?;
//! let vectors = embedder.embed(&["a dog runs along the beach"], Role::Passage)?;
//! assert_eq!(vectors.len(), 1);
//! # Ok::<(), reelgraph_inference::InferenceError>(())
//! ```

mod acoustics;
pub mod catalog;
mod distance;
mod error;
pub mod faces;
pub mod image_text;
pub mod moderation;
pub mod objects;
pub mod ocr;
mod pixels;
pub mod rerank;
pub mod runtime;
pub mod score;
pub mod shots;
pub mod sound;
pub mod speakers;
pub mod speech;
pub mod tags;
pub mod text;
mod voice_activity;

pub use error::InferenceError;
