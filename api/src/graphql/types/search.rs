//! What a search gives back: hits, and for each the reason why.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::highlight::Matcher;
use reelgraph_search::hit::{Hit, Notice, Part};
use reelgraph_search::rerank::{NotReranked, Reranked};

use super::asset::Asset;
use super::did_you_mean::DidYouMean;
use super::moment::{Moment, MomentKind};
use super::observation::{BoundingBox, Modality, Observation, Word};
use super::scalar::Microseconds;
use super::span::TimeSpan;
use crate::graphql::evidence;
use crate::graphql::links::{Links, playable};
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// One answer: a stretch of one asset, and why.
pub(crate) struct SearchHit {
    pub(crate) hit: Hit,
    pub(crate) asset: Asset,
    /// Further hits of the same asset or scene, where answers are grouped.
    pub(crate) more: Vec<Hit>,
    pub(crate) asset_hit_count: usize,
    /// Which scene, where answers are grouped by it.
    pub(crate) scene: Option<u32>,
    pub(crate) matcher: Arc<Matcher>,
}

/// One answer: a stretch of one asset, and why.
#[Object]
impl SearchHit {
    /// Where.
    async fn asset(&self) -> &Asset {
        &self.asset
    }

    /// When: the strongest moment, widened by those merged into it.
    async fn span(&self) -> TimeSpan {
        self.hit.span.into()
    }

    /// What bounds the strongest moment.
    async fn kind(&self) -> MomentKind {
        self.hit.kind.into()
    }

    /// The strongest moment; null when the asset was analysed again since it was indexed.
    async fn moment(&self, ctx: &Context<'_>) -> Result<Option<Moment>> {
        let Some(first) = self.hit.moments.first() else { return Ok(None) };
        Ok(Session::of(ctx)?.loaders().moment(*first).await?.map(Moment))
    }

    /// Plays the original from the first to the last instant of `span`: a media fragment (`#t=start,end`), which browsers follow.
    async fn play_url(&self, ctx: &Context<'_>) -> Result<String> {
        let session = Session::of(ctx)?;
        Ok(Links::new(&session.state().settings.public_url).play(self.hit.asset, self.hit.span))
    }

    /// A little more than `span`, inside the asset, so that a player does not cut into the first or the last word.
    async fn playable_span(&self) -> TimeSpan {
        playable(self.hit.span, self.asset.duration()).into()
    }

    /// A still picture of the strongest moment, JPEG; null where the asset has no pictures.
    async fn still_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (Some(first), true) = (self.hit.moments.first(), self.asset.has_pictures()) else { return Ok(None) };
        let session = Session::of(ctx)?;
        let moment = session.loaders().moment(*first).await?;
        Ok(moment.map(|moment| Links::new(&session.state().settings.public_url).still(moment.asset, moment.still_at)))
    }

    /// How good, 0 to 1. Comparable between the hits of one search only.
    async fn score(&self) -> f32 {
        self.hit.score
    }

    /// How likely it is what was asked for, 0 to 1, calibrated on judged queries and comparable between searches; null where nothing
    /// but properties was asked for, or the evidence is of a kind that was never judged.
    async fn probability(&self) -> Option<f32> {
        self.hit.probability
    }

    /// What the model thinks that `rerank` asked for, 0 to 1: not calibrated, and comparable within one search only. Answers that have
    /// one are in its order, further ones of an asset a little later where the search is diverse; `score` and `probability` stay
    /// as they are without. Null for the others.
    async fn rerank_score(&self) -> Option<f32> {
        self.hit.rerank_score
    }

    /// Share of the query, by weight, whose words matched, 0 to 1; 0 for a match by meaning alone.
    async fn query_coverage(&self) -> f32 {
        self.hit.coverage
    }

    /// Why it matched, strongest first, at most 32; empty where nothing but properties was asked for.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>> {
        Ok(evidence::gather(Session::of(ctx)?, &self.hit, &self.asset, &self.matcher).await?)
    }

    /// Which sub-query matched where; empty unless the query is about time.
    async fn alignment(&self) -> Vec<Alignment> {
        self.hit.parts.iter().map(Alignment::from).collect()
    }

    /// The next best hits of the same asset or scene, at most 9; empty unless answers are grouped.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn more_in_group(&self) -> Vec<SearchHit> {
        self.more.iter().map(|hit| self.alone(hit)).collect()
    }

    /// The next best hits of the same asset, at most 9; empty unless answers are grouped.
    #[graphql(complexity = "10 * child_complexity + 1", deprecation = "moreInGroup is the same for groups of any kind")]
    async fn more_in_asset(&self) -> Vec<SearchHit> {
        self.more.iter().map(|hit| self.alone(hit)).collect()
    }

    /// All hits of the group in order of time, this one among them, as for a timeline; at most 10.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn timeline(&self) -> Vec<SearchHit> {
        let mut hits: Vec<&Hit> = std::iter::once(&self.hit).chain(&self.more).collect();
        hits.sort_by_key(|hit| (hit.span.start(), hit.span.end()));
        hits.into_iter().map(|hit| self.alone(hit)).collect()
    }

    /// Position of the scene in its asset, from 0; null unless answers are grouped by scene.
    async fn scene_index(&self) -> Option<u32> {
        self.scene
    }

    /// How many hits the group has, among the candidates looked at; null unless answers are grouped.
    async fn asset_hit_count(&self) -> Option<usize> {
        Some(self.asset_hit_count).filter(|count| *count > 0)
    }
}

impl SearchHit {
    /// Another hit of the same group, by itself.
    pub(crate) fn alone(&self, hit: &Hit) -> Self {
        Self {
            hit: hit.clone(),
            asset: self.asset.clone(),
            more: Vec::new(),
            asset_hit_count: self.asset_hit_count,
            scene: self.scene,
            matcher: Arc::clone(&self.matcher),
        }
    }
}

impl From<&reelgraph_search::query::vocabulary::LabelPath> for LabelPath {
    fn from(path: &reelgraph_search::query::vocabulary::LabelPath) -> Self {
        Self { label: path.label.clone(), concept: path.concept.clone(), path: path.path.clone() }
    }
}

/// Where a sub-query of a query about time matched.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Alignment {
    /// Which sub-query: its position among the operands, then in that part, and so on; from 0.
    pub path: Vec<u32>,
    /// When it matched.
    pub span: TimeSpan,
    /// Its strongest moment.
    pub moment_id: ID,
}

impl From<&Part> for Alignment {
    fn from(part: &Part) -> Self {
        Self { path: part.path.clone(), span: part.span.into(), moment_id: GlobalId::from(part.moment).into() }
    }
}

/// Which index found a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum EvidenceSource {
    /// Words.
    Text,
    /// A vector near the query's.
    Vector,
}

/// A stretch of a text, in characters (Unicode code points, not bytes or UTF-16 units).
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct TextRange {
    /// First character, from 0.
    pub start: usize,
    /// Character after the last.
    pub end: usize,
    /// Words and phrases of the query that matched here.
    pub terms: Vec<String>,
    /// The labels of the vocabulary by which they did, where it was another word than the one typed.
    pub via: Vec<LabelPath>,
}

/// How a label of the vocabulary is linked to what was typed.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct LabelPath {
    /// The label that matched.
    pub label: String,
    /// Identifier of the concept that has it.
    pub concept: String,
    /// Preferred labels from the concept that was typed down to the one that has the label.
    pub path: Vec<String>,
}

/// A piece of a text that is marked, or not, as a whole: put together they are the text.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct TextFragment {
    /// The piece.
    pub text: String,
    /// Whether it matched.
    pub is_match: bool,
}

/// Something that made a moment match.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Evidence {
    #[graphql(skip)]
    pub(crate) parts: EvidenceParts,
    /// The whole text that matched; null for matches without words.
    pub text: Option<String>,
    /// Where in `text`, in order, never overlapping.
    pub highlights: Vec<TextRange>,
    /// `text` cut at the highlights, for display without counting characters.
    pub fragments: Vec<TextFragment>,
    /// The words of `text` that matched, with their times, where the analyzer gave any.
    pub words: Vec<Word>,
    /// Where in the picture.
    #[graphql(name = "box")]
    pub bounds: Option<BoundingBox>,
    /// BM25 with proximity for words, cosine similarity for vectors. Comparable within one channel of one search only.
    pub raw_score: f32,
    /// Position in the ranking of its channel, from 1.
    pub rank: u32,
    /// The embedding space (`name@version`) for a vector.
    pub space: Option<String>,
    /// Name of the analyzer; null for the asset's own words and for vectors.
    pub analyzer: Option<String>,
    /// Name of the model; null for the asset's own words.
    pub model: Option<String>,
    /// Version of the model; null for the asset's own words.
    pub version: Option<String>,
}

/// The parts of [`Evidence`] that are shown by way of other types.
#[derive(Debug, Clone)]
pub(crate) struct EvidenceParts {
    pub(crate) span: Span,
    pub(crate) modality: reelgraph_models::observation::Modality,
    pub(crate) source: EvidenceSource,
    pub(crate) observation: Option<reelgraph_models::observation::Observation>,
}

#[ComplexObject]
impl Evidence {
    /// When.
    async fn span(&self) -> TimeSpan {
        self.parts.span.into()
    }

    /// By which channel.
    async fn modality(&self) -> Modality {
        self.parts.modality.into()
    }

    /// Which index found it.
    async fn source(&self) -> EvidenceSource {
        self.parts.source
    }

    /// What was seen; null for the asset's own words and for vectors.
    async fn observation(&self) -> Option<Observation> {
        self.parts.observation.clone().map(Observation::from)
    }
}

/// What limits or explains an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum SearchNoticeCode {
    /// The query has no letter and no digit, so nothing was searched for.
    NoSearchableWords,
    /// Only the first 64 distinct words count; the rest were left out.
    TermsIgnored,
    /// An embedding space took no part, because its encoder is not installed or failed.
    SpaceUnavailable,
    /// A deprecated concept was replaced by the one that took its place.
    ConceptRedirected,
    /// No concept of the vocabulary has a name that was asked for with `concept:`; the name was looked for as it stands.
    ConceptUnknown,
    /// A concept that was asked for with `concept:` has, with all that is narrower, too many labels; only the nearest were looked for.
    ConceptCut,
    /// Nothing in the library is labelled as an object that was asked for with `object:`.
    ObjectUnknown,
    /// The order of the best answers was left as it was, although `rerank` asked for another.
    NotReranked,
    /// The index has changed since the cursor was given out, so answers may have moved.
    IndexChanged,
}

/// Something that limits or explains an answer.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct SearchNotice {
    /// What kind.
    pub code: SearchNoticeCode,
    /// A sentence for a person.
    pub message: String,
}

impl From<&Notice> for SearchNotice {
    fn from(notice: &Notice) -> Self {
        let (code, message) = match notice {
            Notice::NoSearchableWords => (
                SearchNoticeCode::NoSearchableWords,
                "the query has no letter and no digit, so nothing was searched for".to_owned(),
            ),
            Notice::TermsIgnored { count } => {
                (SearchNoticeCode::TermsIgnored, format!("{count} words beyond the first 64 were left out"))
            }
            Notice::SpaceUnavailable { space } => {
                let space = space.key();
                (
                    SearchNoticeCode::SpaceUnavailable,
                    format!("matches by meaning in {space} are missing: its encoder is not available"),
                )
            }
            Notice::ConceptRedirected { from, to } => (
                SearchNoticeCode::ConceptRedirected,
                format!("“{from}” is deprecated; what is known as “{to}” was looked for as well"),
            ),
            Notice::ConceptUnknown { name } => (
                SearchNoticeCode::ConceptUnknown,
                format!(
                    "no concept of the vocabulary is called “{name}”, so only these words themselves were looked for"
                ),
            ),
            Notice::ConceptCut { name, limit } => (
                SearchNoticeCode::ConceptCut,
                format!(
                    "“{name}” has more labels with all that is narrower than the {limit} that were looked for; ask for a narrower concept"
                ),
            ),
            Notice::ObjectUnknown { label } => (
                SearchNoticeCode::ObjectUnknown,
                format!(
                    "no object in the library is labelled “{label}”; `suggest` completes object: by the labels that there are"
                ),
            ),
            Notice::NotReranked { why } => {
                (SearchNoticeCode::NotReranked, format!("the hits were not reranked: {}", reason(*why)))
            }
            Notice::IndexChanged => (
                SearchNoticeCode::IndexChanged,
                "the index has changed since the last page, so hits may have moved".to_owned(),
            ),
        };
        Self { code, message }
    }
}

fn reason(why: NotReranked) -> &'static str {
    match why {
        NotReranked::OtherOrder => "they are ordered by a property",
        NotReranked::AboutTime => "the query is about several moments",
        NotReranked::NoWords => "the query has no words that something said, written or titled could answer",
        NotReranked::NoTexts => "fewer than two of them were found first of all by words that the model can read",
    }
}

/// What it cost to let a model order the best answers.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Reranking {
    /// Name of the model.
    pub model: String,
    /// Its version.
    pub version: String,
    /// Hits that it has read.
    pub scored_hit_count: usize,
    /// How much longer the search took for it, microseconds; the first time with loading the model. Further pages go on in the ranking of the first and take none of it again.
    pub took_micros: Microseconds,
}

impl From<Reranked> for Reranking {
    fn from(reranked: Reranked) -> Self {
        let Reranked { model, hits_scored, took } = reranked;
        let took = MediaTime::from_micros(i64::try_from(took.as_micros()).unwrap_or(i64::MAX));
        Self {
            model: model.name,
            version: model.version,
            scored_hit_count: hits_scored,
            took_micros: Microseconds(took),
        }
    }
}

/// What a search says about its answer as a whole.
#[derive(SimpleObject)]
pub(crate) struct SearchInfo {
    /// Time spent in the indexes, microseconds.
    pub took_micros: Microseconds,
    /// What limits or explains the answer.
    pub notices: Vec<SearchNotice>,
    /// Whether nothing is good enough to be an answer.
    pub no_good_match: bool,
    /// Where nothing is good enough, what comes nearest, best first, at most 10; else empty.
    #[graphql(complexity = "10 * child_complexity + 1")]
    pub near_misses: Vec<SearchHit>,
    /// What `rerank` has cost when the ranking was made; null where it is off, or there was nothing to rerank, which a notice says.
    pub reranked: Option<Reranking>,
    /// The search, to name when something is made of its answers (`recordSearchClick`); further pages have that of the first,
    /// as long as it is remembered. Null for a search without words.
    pub search_id: Option<ID>,
    /// What may have been meant, where words of the query are hardly anywhere; null on further pages.
    pub did_you_mean: Option<DidYouMean>,
}
