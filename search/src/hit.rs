//! What a search gives back.

use std::sync::Arc;

use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::time::Span;

use crate::calibration::Evidence;
use crate::rerank::{NotReranked, Reranked};

/// One answer: a stretch of one asset, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Where.
    pub asset: AssetId,
    /// When: the strongest moment, widened by those merged into it.
    pub span: Span,
    /// Kind of the strongest moment.
    pub kind: MomentKind,
    /// The moments merged into it, strongest first; never empty.
    pub moments: Vec<MomentId>,
    /// Fused score, `0..=1`; comparable within one page sequence only.
    pub score: f32,
    /// How likely it is what was asked for, `0..=1`, by what was fitted on judged queries; comparable between queries. `None`
    /// where only conditions were asked, or a part of the evidence is of a kind that nothing was fitted for.
    pub probability: Option<f32>,
    /// What the model thinks that the best answers were ordered by, `0..=1`, comparable within one search only; `None` where it was
    /// not asked. It changes neither `score` nor `probability`.
    pub rerank_score: Option<f32>,
    /// Share of the query's weight whose words matched, `0..=1`; 0 for a purely semantic match.
    pub coverage: f32,
    /// What matched, strongest first; empty where only conditions were asked.
    pub contributions: Vec<Contribution>,
    /// Which sub-query matched where, in a query about time; empty in others.
    pub parts: Vec<Part>,
}

/// The answer of a sub-query inside an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which sub-query: its position in the query, then in that part, and so on.
    pub path: Vec<u32>,
    /// When it matched.
    pub span: Span,
    /// Its strongest moment.
    pub moment: MomentId,
}

/// One ranked list in which a moment of the hit stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The moment.
    pub moment: MomentId,
    /// Span of the moment, or of the frame or passage where `source` is a vector.
    pub span: Span,
    /// Channel of evidence.
    pub modality: Modality,
    /// Which index found it.
    pub source: Source,
    /// BM25 with proximity for text, cosine similarity for vectors; comparable within one list only.
    pub raw_score: f32,
    /// Position in its list, from 1.
    pub rank: u32,
    /// Share of the query's weight that the words of this match have, `0..=1`; 0 for a vector.
    pub coverage: f32,
    /// How many words and phrases of the query this match has; 0 for a vector.
    pub words: u32,
    /// How much better the first of its list is, in `raw_score`.
    pub below_best: f32,
}

impl Contribution {
    /// What it says about how good the hit is.
    pub fn evidence(&self) -> Evidence<'_> {
        match &self.source {
            Source::Text => Evidence::Words { channel: self.modality, coverage: self.coverage, words: self.words },
            Source::Vector { space, .. } => {
                Evidence::Vector { space: &space.name, similarity: self.raw_score, below_best: self.below_best }
            }
        }
    }
}

/// Which index found a moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// Words.
    Text,
    /// A vector near the query's.
    Vector {
        /// In which space.
        space: Arc<EmbeddingSpace>,
        /// Which vector.
        embedding: EmbeddingId,
    },
}

/// The hits of one asset, or of one scene of it.
#[derive(Debug, Clone, PartialEq)]
pub struct HitGroup {
    /// Which.
    pub asset: AssetId,
    /// Which scene, from 0; `None` where hits are grouped by asset, or where the asset has no scenes.
    pub scene: Option<u32>,
    /// Score of its best hit.
    pub score: f32,
    /// Its best hits, best first, at most [`crate::query::limits::MAX_HITS_PER_ASSET`].
    pub hits: Vec<Hit>,
    /// How many of its hits there are within the candidates looked at.
    pub hits_total: usize,
}

/// One page of answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// Answers in order, each with the cursor that continues after it.
    pub edges: Vec<Edge<T>>,
    /// Whether more follow.
    pub has_next_page: bool,
    /// Whether nothing is good enough to be an answer.
    pub has_no_good_match: bool,
    /// Where nothing is good enough, what comes nearest, best first, at most [`crate::query::limits::MAX_NEAR_MISSES`]; else empty.
    pub near_misses: Vec<Hit>,
    /// What the asker should know about the answer.
    pub notices: Vec<Notice>,
    /// What it cost to order the best answers by a model, when the ranking was made that this is a page of; `None` where none was.
    pub reranked: Option<Reranked>,
}

/// An answer and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge<T> {
    /// Opaque; hand it back to continue after this answer.
    pub cursor: String,
    /// The answer.
    pub node: T,
}

/// Something that limits or explains a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The query has no letter and no digit, so nothing was searched for.
    NoSearchableWords,
    /// Only the first [`crate::query::limits::MAX_TERMS`] distinct words count; the rest were left out.
    TermsIgnored {
        /// How many were left out.
        count: usize,
    },
    /// A deprecated concept was replaced by the one that took its place.
    ConceptRedirected {
        /// Preferred label of the deprecated concept.
        from: String,
        /// Preferred label of its replacement.
        to: String,
    },
    /// A concept was asked for by a name that no concept has; the name was looked for as it stands.
    ConceptUnknown {
        /// The name, folded.
        name: String,
    },
    /// A concept that was asked for by name has, with all that is narrower, too many labels; the rest was not looked for.
    ConceptCut {
        /// The name, folded.
        name: String,
        /// How many labels were looked for.
        limit: usize,
    },
    /// No object in the library is called so, which had to be seen.
    ObjectUnknown {
        /// The label, folded.
        label: String,
    },
    /// The space took no part, because its query encoder is not installed or failed.
    SpaceUnavailable {
        /// Which space.
        space: EmbeddingSpace,
    },
    /// The order of the best answers was left as it was, although a model was to be asked.
    NotReranked {
        /// Why.
        why: NotReranked,
    },
    /// The index has changed since the cursor was given out, so answers may have moved.
    IndexChanged,
}
