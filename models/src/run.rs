//! One execution of one analyzer over one asset, and all that one stage of a job leaves behind.

use crate::asset::AssetState;
use crate::blob::BlobKey;
use crate::coverage::Coverage;
use crate::embedding::{Embedding, EmbeddingSpace};
use crate::moment::Moment;
use crate::observation::{Modality, Observation, Provenance};
use crate::probe::Probe;
use crate::reason::Reason;
use crate::signature::SignatureTrack;

/// What one execution of one analyzer saw. Storing it replaces whatever the analyzer of that name saw in that asset before.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzerRun {
    /// Who and how; every observation carries the same.
    pub provenance: Provenance,
    /// What; in any order.
    pub observations: Vec<Observation>,
}

/// All vectors of one asset, by one channel, in one space. Storing it replaces whatever that channel had of any version of
/// the space of that name.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingSet {
    /// The space of every vector in the set.
    pub space: EmbeddingSpace,
    /// The channel of every vector in the set.
    pub modality: Modality,
    /// The vectors.
    pub embeddings: Vec<Embedding>,
}

/// Everything one stage of a job leaves behind; stored together with the stage's checkpoint or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StageCommit {
    /// The stage's name, as in the pipeline's list.
    pub stage: String,
    /// What the file is.
    pub probe: Option<Probe>,
    /// Where the small still picture was put.
    pub thumbnail: Option<BlobKey>,
    /// Added to the asset's warnings; those already there are not doubled.
    pub warnings: Vec<Reason>,
    /// What was seen.
    pub runs: Vec<AnalyzerRun>,
    /// Vectors.
    pub embeddings: Vec<EmbeddingSet>,
    /// The signatures of its pictures; `None` leaves those there are.
    pub signatures: Option<SignatureTrack>,
    /// All moments of the asset; `None` leaves those there are.
    pub moments: Option<Vec<Moment>>,
    /// What was covered.
    pub coverage: Vec<Coverage>,
    /// The asset's new state, with its reason.
    pub asset_state: Option<(AssetState, Option<Reason>)>,
}

impl StageCommit {
    /// An empty result of that stage.
    pub fn new(stage: impl Into<String>) -> Self {
        Self { stage: stage.into(), ..Self::default() }
    }
}
