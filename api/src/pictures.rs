//! Pictures as questions: what someone has at hand, to find moments that look like it.
//!
//! This server decodes nothing and runs no model on pictures. Whoever puts it together hands it a [`PictureReader`]; what that
//! made of a picture goes back to the client, who asks with it. So nothing has to be kept, and any process can answer.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_search::query::Example;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Pictures that are read at once; each keeps a core busy and may take half a gigabyte.
pub(crate) const PICTURES_AT_ONCE: usize = 2;
/// Bytes of the largest picture that is read.
pub const MAX_PICTURE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of all pictures that are being received or wait to be read.
pub(crate) const MAX_RECEIVED_BYTES: usize = 8 * MAX_PICTURE_BYTES;
/// Characters of the longest question that a client may send back; ours have some thousand.
const MAX_TOKEN_CHARS: usize = 64 * 1024;
/// Spaces in one question.
const MAX_SPACES: usize = 4;

/// Makes vectors of pictures.
pub trait PictureReader: fmt::Debug + Send + Sync {
    /// The vectors of the picture in a file's bytes, by the spaces of frames that are searched. Blocks.
    ///
    /// # Errors
    /// [`PictureError`].
    fn read(&self, file: &[u8]) -> Result<Vec<(EmbeddingSpace, Vec<f32>)>, PictureError>;
}

/// Why a picture cannot be asked with.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is no picture in the file; says why.
    #[error("{0}")]
    NoPicture(String),
    /// The models that make vectors of pictures are not here.
    #[error(
        "pictures cannot be searched with, since the models for them are not installed: run `reelgraph models pull`"
    )]
    NoModels(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A model failed.
    #[error("the picture could not be looked at")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a picture looks like, as a client keeps it: opaque, and good for as long as the same models are searched with.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureQuestion(Example);

#[derive(Serialize, Deserialize)]
struct Head {
    /// Hash of the picture, so that two questions are told apart.
    name: String,
    spaces: Vec<EmbeddingSpace>,
}

impl PictureQuestion {
    /// Of a picture's bytes and its vectors.
    pub fn new(file: &[u8], vectors: Vec<(EmbeddingSpace, Vec<f32>)>) -> Self {
        let name = Sha256::digest(file).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(Example { name, vectors })
    }

    /// As text: the head and each space's vector, little-endian f32, in base64 with points between them.
    pub fn token(&self) -> String {
        let Example { name, vectors } = &self.0;
        let head = Head { name: name.clone(), spaces: vectors.iter().map(|(space, _)| space.clone()).collect() };
        let head = serde_json::to_vec(&head).unwrap_or_default();
        let bytes = |values: &Vec<f32>| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let parts = [head].into_iter().chain(vectors.iter().map(|(_, values)| bytes(values)));
        parts.map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join(".")
    }

    /// Reads what [`PictureQuestion::token`] wrote; `None` where it did not, or something was changed.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let Head { name, spaces } = serde_json::from_slice(&parts.next()??).ok()?;
        let is_name = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name || spaces.is_empty() || spaces.len() > MAX_SPACES {
            return None;
        }
        let mut vectors = Vec::with_capacity(spaces.len());
        for space in spaces {
            let bytes = parts.next()??;
            let (values, rest) = bytes.as_chunks::<4>();
            let values: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
            let is_whole = rest.is_empty() && values.len() == space.dims as usize;
            if !is_whole || !values.iter().all(|value| value.is_finite()) {
                return None;
            }
            vectors.push((space, values));
        }
        parts.next().is_none().then_some(Self(Example { name, vectors }))
    }

    /// What is asked.
    pub(crate) fn into_example(self) -> Example {
        self.0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn question() -> PictureQuestion {
        let space = |name: &str, dims| EmbeddingSpace { name: name.into(), version: "1".into(), dims };
        PictureQuestion::new(
            b"a picture",
            vec![(space("one", 3), vec![0.25, -1.0, 3e-7]), (space("two", 1), vec![1.0])],
        )
    }

    #[test]
    fn a_question_reads_back_as_it_was() {
        let token = question().token();
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
        assert_eq!(PictureQuestion::parse(&token), Some(question()));
    }

    #[test]
    fn what_is_no_question_is_told() {
        let token = question().token();
        let (head, vectors) = token.split_once('.').unwrap();
        let infinite = URL_SAFE_NO_PAD.encode(f32::INFINITY.to_le_bytes());
        for wrong in [
            String::new(),
            "picture".to_owned(),
            head.to_owned(),
            format!("{token}.AAAA"),
            format!("{head}.{head}"),
            format!("{head}.{}", vectors.replace('.', "")),
            format!("{head}.{}.{infinite}", vectors.split_once('.').unwrap().0),
            "A".repeat(MAX_TOKEN_CHARS + 4),
        ] {
            assert_eq!(PictureQuestion::parse(&wrong), None, "{wrong:.60}");
        }
    }
}
