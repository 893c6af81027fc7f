//! What is set for the whole library.

use async_graphql::{Enum, SimpleObject};

/// Whether faces are looked for and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::settings::FaceAnalysis")]
pub enum FaceAnalysis {
    /// They are.
    On,
    /// They are not; nothing of faces is stored.
    Off,
}

/// What is set for the whole library.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Settings {
    /// Whether faces are looked for and kept.
    pub faces: FaceAnalysis,
    /// Names and terms that are said in this library, as they are to be written; what is transcribed from now on is put right by them.
    pub vocabulary: Vec<String>,
}

impl From<reelgraph_models::settings::TenantSettings> for Settings {
    fn from(settings: reelgraph_models::settings::TenantSettings) -> Self {
        Self { faces: settings.faces.into(), vocabulary: settings.vocabulary.into() }
    }
}
