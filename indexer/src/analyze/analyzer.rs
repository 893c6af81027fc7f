//! What every analyzer is.

use std::sync::Arc;
use std::time::Duration;

use reelgraph_inference::InferenceError;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::{Finding, Modality, ModalitySet};
use reelgraph_models::picture::Frame;
use reelgraph_models::reason::Reason;
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::signature::Signature;
use reelgraph_models::space::SpaceRole;
use reelgraph_models::time::{MediaTime, Span};

use crate::decode::News;
use crate::timeline::Timeline;

/// Analyzers fail with what their models fail with.
pub type AnalyzeError = InferenceError;

/// Which parts of the decoded file an analyzer asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// Every frame, at 48×27.
    pub every_frame: bool,
    /// Sampled frames.
    pub sampled: bool,
    /// 16 kHz mono sound.
    pub audio: bool,
}

/// A part of the decoded file; cheap to clone, in presentation order within its kind.
#[derive(Debug, Clone)]
pub enum Input {
    /// Consecutive frames, `[count, 27, 48, 3]` u8 RGB, and the presentation time of each.
    Small(Arc<reelgraph_media::SmallBatch>),
    /// An upright frame of at most the sampled size.
    Sampled {
        /// The frame.
        frame: Frame,
        /// Whether it is worth a look.
        news: News,
    },
    /// 16 kHz mono f32 samples, `-1..=1`, without gaps.
    Audio(Arc<[f32]>),
}

/// The model or the algorithm behind a modality, for provenance and coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceModel {
    /// What it yields.
    pub modality: Modality,
    /// Name of the model card, or of an algorithm of our own that has none.
    pub model: String,
    /// Version of the model card, with `+` and a number where what is made of the model has changed since; of an algorithm,
    /// a number that rises whenever it would see something else.
    pub version: String,
}

/// Models of whose output something else is made now than at first, by card, and how often that has changed: what was analysed
/// before is then stale.
const REVISIONS: [(&str, u32); 1] = [("ge2e", 1)];

impl SourceModel {
    /// An algorithm without a model.
    pub fn algorithm(modality: Modality, name: &str, version: &str) -> Self {
        Self { modality, model: name.to_owned(), version: version.to_owned() }
    }

    /// The model of that card.
    pub fn of(modality: Modality, card: &reelgraph_inference::catalog::ModelCard) -> Self {
        let revision = REVISIONS.iter().find(|(name, _)| *name == card.name).map(|(_, revision)| revision);
        let version = match revision {
            Some(revision) => format!("{}+{revision}", card.version),
            None => card.version.clone(),
        };
        Self { modality, model: card.name.clone(), version }
    }
}

/// What cannot be seen here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// What is therefore missing.
    pub models: Vec<SourceModel>,
    /// Why, and what to do.
    pub reason: Reason,
}

/// One thing that an analyzer saw, before it has an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// When.
    pub span: Span,
    /// What.
    pub finding: Finding,
    /// Raw score, `0..=1`.
    pub confidence: f32,
}

/// All that an analyzer has to say in one modality.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Which.
    pub modality: Modality,
    /// Observations in time order.
    pub seen: Vec<Seen>,
    /// Vectors, where the modality has any: a set for each space.
    pub vectors: Vec<Vectors>,
    /// Spaces that were wanted and in which there are no vectors, with the reason.
    pub missed: Vec<(EmbeddingSpace, Reason)>,
    /// Signatures of what is on display at each multiple of [`INTERVAL`](super::signatures::INTERVAL), where the modality
    /// is of signatures.
    pub signatures: Option<Vec<Signature>>,
    /// How wide the eyes of the largest face are open, by picture in order, where the modality is of faces.
    pub eyes: Vec<(MediaTime, f32)>,
}

/// Vectors in one space.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// Which.
    pub space: EmbeddingSpace,
    /// Each with the span that it stands for.
    pub values: Vec<(Span, Vec<f32>)>,
    /// Time spent on this space alone, where it can be told from the rest.
    pub spent: Option<Duration>,
}

/// What of the asset under way is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The channels.
    pub channels: ModalitySet,
    /// The spaces of vectors that are searched.
    pub spaces: Vec<EmbeddingSpace>,
}

impl Wanted {
    /// Whether a model is: where its vectors are searched, only in a space that is.
    pub fn includes(&self, model: &SourceModel) -> bool {
        let is_of = |space: &EmbeddingSpace| (&space.name, &space.version) == (&model.model, &model.version);
        self.channels.contains(model.modality)
            && (SpaceRole::of(model.modality).is_none() || self.spaces.iter().any(is_of))
    }
}

impl Findings {
    /// Observations without vectors or signatures.
    pub fn of(modality: Modality, seen: Vec<Seen>) -> Self {
        Self { modality, seen, vectors: Vec::new(), missed: Vec::new(), signatures: None, eyes: Vec::new() }
    }
}

/// Looks at one asset at a time: `begin`, then `feed` for each input, then `flush`, then `finish`.
///
/// `feed` and `flush` run on the analyzer's own thread. `finish` runs when every analyzer is flushed, in the order of the
/// set, and finds the shots, passages and texts of the analyzers before it in the timeline; it should only group.
pub trait Analyzer: Send {
    /// Name of the analyzer and of its thread.
    fn name(&self) -> &'static str;

    /// What it yields and by which models.
    fn models(&self) -> Vec<SourceModel>;

    /// Spaces of searched vectors that it can make, the preferred one first.
    fn spaces(&self) -> Vec<(SpaceRole, EmbeddingSpace)> {
        Vec::new()
    }

    /// Hears what of the next asset is wanted, before [`Analyzer::begin`]; for those that have a choice.
    fn ask(&mut self, _wanted: &Wanted) {}

    /// What it could yield but for a model that is not here.
    fn missing(&self) -> Vec<Unavailable> {
        Vec::new()
    }

    /// Parameters that change the outcome of the asset under way, `key=value` joined by commas, sorted by key.
    fn parameters(&self) -> String;

    /// What it must be fed.
    fn wants(&self) -> Wants;

    /// Channels of other analyzers that it is made of: where one of them is run again, so is this one.
    fn depends_on(&self) -> &'static [Modality] {
        &[]
    }

    /// Why the tenant does not want it, if so; then it is not begun.
    fn unwanted(&self, _settings: &TenantSettings) -> Option<Reason> {
        None
    }

    /// Forgets the last asset; the next is of a tenant with these settings.
    ///
    /// # Errors
    /// Those of its model.
    fn begin(&mut self, settings: &TenantSettings) -> Result<(), AnalyzeError>;

    /// Looks at one input.
    ///
    /// # Errors
    /// Those of its model; the analyzer is then done with this asset.
    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError>;

    /// Looks at what it had put aside to fill a batch.
    ///
    /// # Errors
    /// Those of its model.
    fn flush(&mut self) -> Result<(), AnalyzeError>;

    /// Says what it saw; one entry for each of [`Analyzer::models`].
    ///
    /// # Errors
    /// Those of its model.
    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError>;
}

#[cfg(test)]
mod tests {
    use reelgraph_inference::InferenceError;
    use reelgraph_inference::catalog::Catalog;

    use super::*;

    #[test]
    fn what_is_made_anew_of_a_model_has_another_version() -> Result<(), InferenceError> {
        let catalog = Catalog::builtin();
        for (name, revision) in REVISIONS {
            let card = catalog.get(name)?;
            let model = SourceModel::of(Modality::Speakers, &card);
            assert_eq!(model.version, format!("{}+{revision}", card.version));
        }
        let card = catalog.get("silero-vad")?;
        assert_eq!(SourceModel::of(Modality::Speech, &card).version, card.version);
        Ok(())
    }
}
