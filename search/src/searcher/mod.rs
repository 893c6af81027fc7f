//! One search from request to page.
//!
//! `evaluate` answers a query's plan, part by part; `look` asks both indexes once; `join` brings parts together in time;
//! `arrange` sorts, groups and spreads answers; `rerank` lets a model order the best of them
//! where that is asked for, `page` cuts out what was asked for. Where nothing ranks the answers, `ordered`
//! takes a page in the order of a property straight from the index. `warm_up` makes the first search as fast as the next.

mod arrange;
mod evaluate;
mod facets;
mod join;
mod look;
mod notices;
mod ordered;
mod page;
mod rerank;
mod scope;
mod warm_up;

use std::sync::Arc;
use std::time::Duration;

use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::TenantId;
use tokio::sync::Semaphore;

use crate::analysis::{fold_label, tokenize};
use crate::cache::Recent;
use crate::calibration::Calibration;
use crate::concepts::ConceptGraph;
use crate::cursor::Fingerprint;
use crate::encoder::QueryEncoder;
use crate::error::SearchError;
use crate::hit::{Hit, HitGroup, Notice, Page};
use crate::index::SearchIndex;
use crate::order::Place;
use crate::query::limits::{
    CONCURRENT_ENCODINGS, CONCURRENT_SEARCHES, ENCODER_CACHE_ENTRIES, MAX_LABEL_WORDS, MAX_NEAR_MISSES,
    MAX_REACHABLE_HITS, QUERY_TIMEOUT_MS, RANKING_CACHE_ENTRIES,
};
use crate::query::vocabulary::{Reach, Vocabulary};
use crate::query::{Expanding, Grouping, SearchRequest};
use crate::rerank::{PassageScorer, Reranked, TextSource};
use crate::served::{AskedSpaces, SpaceDirectory};
use arrange::{arrange, groups};
use notices::notices;
use ordered::is_unranked;
use page::page;
use rerank::Reranking;
use scope::SearchScope;

/// Searches both indexes; cheap to clone.
#[derive(Debug, Clone)]
pub struct Searcher {
    index: SearchIndex,
    encoder: Option<Arc<dyn QueryEncoder>>,
    vocabulary: Arc<dyn Vocabulary>,
    directory: Option<Arc<dyn SpaceDirectory>>,
    calibration: Arc<Calibration>,
    reranking: Option<Reranking>,
    vectors: Arc<Recent<(EmbeddingSpace, String), Vec<f32>>>,
    rankings: Arc<Recent<(Fingerprint, u64), Arc<Ranking>>>,
    searches: Arc<Semaphore>,
    encodings: Arc<Semaphore>,
}

/// All answers to a request, as far as paging reaches.
#[derive(Debug)]
struct Ranking {
    /// In order, each with what it is ordered by.
    hits: Vec<(Place, Hit)>,
    /// Where nothing is good enough, what comes nearest.
    near_misses: Vec<Hit>,
    has_no_good_match: bool,
    notices: Vec<Notice>,
    /// What it cost to order the best by a model.
    reranked: Option<Reranked>,
    generation: u64,
}

impl Searcher {
    /// A searcher without query encoder: words alone.
    pub fn new(index: SearchIndex) -> Self {
        Self {
            index,
            encoder: None,
            vocabulary: Arc::new(ConceptGraph::default()),
            directory: None,
            calibration: Arc::new(Calibration::fitted()),
            reranking: None,
            vectors: Arc::new(Recent::new(ENCODER_CACHE_ENTRIES)),
            rankings: Arc::new(Recent::new(RANKING_CACHE_ENTRIES)),
            searches: Arc::new(Semaphore::new(CONCURRENT_SEARCHES)),
            encodings: Arc::new(Semaphore::new(CONCURRENT_ENCODINGS)),
        }
    }

    /// Adds the encoder that turns queries into vectors.
    #[must_use]
    pub fn with_encoder(self, encoder: Arc<dyn QueryEncoder>) -> Self {
        Self { encoder: Some(encoder), ..self }
    }

    /// Adds the vocabulary whose labels widen queries; without it there are no concepts.
    #[must_use]
    pub fn with_vocabulary(self, vocabulary: Arc<dyn Vocabulary>) -> Self {
        Self { vocabulary, ..self }
    }

    /// Asks only the spaces that serve; without it, all that the index has.
    #[must_use]
    pub fn with_spaces(self, directory: Arc<dyn SpaceDirectory>) -> Self {
        Self { directory: Some(directory), ..self }
    }

    /// Judges hits by other numbers than those that ship.
    #[must_use]
    pub fn with_calibration(self, calibration: Calibration) -> Self {
        Self { calibration: Arc::new(calibration), ..self }
    }

    /// Adds what orders the best answers anew where a request asks for it: a model, and where it has the texts from.
    #[must_use]
    pub fn with_reranking(self, scorer: Arc<dyn PassageScorer>, texts: Arc<dyn TextSource>) -> Self {
        Self { reranking: Some(Reranking::new(scorer, texts)), ..self }
    }

    /// Whether a word of a query is the name of a concept or part of one, whatever its case and accents.
    pub fn names_concept(&self, tenant: TenantId, query: &str, word: &str) -> bool {
        let words: Vec<String> = tokenize(query).into_iter().map(|token| token.exact).collect();
        let word = fold_label(word);
        let is_name = |name: &str| self.vocabulary.expand(tenant, name, Reach { levels: 0, labels: 1 }).is_some();
        (1..=MAX_LABEL_WORDS)
            .any(|length| words.windows(length).any(|run| run.contains(&word) && is_name(&run.join(" "))))
    }

    /// The request with what the vocabulary knows about its words, as a search answers it; the same where that is turned off.
    /// Highlights want this one, so that they mark what was found by another label.
    #[must_use]
    pub fn expanded(&self, request: SearchRequest) -> SearchRequest {
        let Some(depth) = request.expansion().depth() else { return request };
        let expanding = Expanding { tenant: request.tenant(), vocabulary: &*self.vocabulary, depth };
        request.map_query(|query| query.expanded(expanding))
    }

    /// Finds moments, best first or in the order asked for.
    ///
    /// # Errors
    /// [`SearchError::ForeignCursor`] for a cursor of another search; [`SearchError::Timeout`];
    /// [`SearchError::SearchTextIndex`], [`SearchError::SearchVectorIndex`]; [`SearchError::RerankUnavailable`] and
    /// [`SearchError::Rerank`] where the best are to be ordered by a model.
    pub async fn search(&self, request: &SearchRequest) -> Result<Page<Hit>, SearchError> {
        let request = request.clone().with_grouping(Grouping::Flat);
        let ranking = if is_unranked(&request) {
            self.own_cursor(&request)?;
            Arc::new(self.in_turn(self.stretch(&self.expanded(request.clone()))).await?)
        } else {
            self.ranking(&request).await?
        };
        let answers = ranking.hits.iter().map(|(place, hit)| (place, hit));
        Ok(page(&request, &ranking, answers, Hit::clone))
    }

    /// Finds moments and groups them by asset, or by scene where the request says so; the group with the best moment first.
    ///
    /// # Errors
    /// As [`Searcher::search`].
    pub async fn search_groups(&self, request: &SearchRequest) -> Result<Page<HitGroup>, SearchError> {
        let grouping = match request.grouping() {
            Grouping::ByScene => Grouping::ByScene,
            Grouping::Flat | Grouping::ByAsset => Grouping::ByAsset,
        };
        let request = request.clone().with_grouping(grouping);
        let ranking = self.ranking(&request).await?;
        let scenes = match grouping {
            Grouping::ByScene => self.facts(request.tenant(), ranking.hits.iter().map(|(_, hit)| hit)).await?,
            Grouping::Flat | Grouping::ByAsset => Default::default(),
        };
        let groups = groups(&ranking.hits, &scenes);
        let answers = groups.iter().map(|(place, group)| (place, group));
        Ok(page(&request, &ranking, answers, HitGroup::clone))
    }

    /// The answers to page through: those that an earlier page came from where they are still kept.
    async fn ranking(&self, request: &SearchRequest) -> Result<Arc<Ranking>, SearchError> {
        let fingerprint = self.own_cursor(request)?;
        let kept = request.after().and_then(|cursor| self.rankings.find(&(fingerprint, cursor.generation)));
        if let Some(ranking) = kept {
            return Ok(ranking);
        }
        let ranking = Arc::new(self.in_turn(self.rank(request)).await?);
        self.rankings.insert((fingerprint, ranking.generation), Arc::clone(&ranking));
        Ok(ranking)
    }

    /// The fingerprint of a request whose cursor, if any, is of the same search.
    fn own_cursor(&self, request: &SearchRequest) -> Result<Fingerprint, SearchError> {
        let fingerprint = Fingerprint::of(request);
        match request.after() {
            Some(cursor) if cursor.request != fingerprint || !cursor.place.order.is_of(request.sort()) => {
                Err(SearchError::ForeignCursor)
            }
            _ => Ok(fingerprint),
        }
    }

    /// Waits for a turn and for the answer, both together no longer than a search may take.
    async fn in_turn(
        &self,
        ranking: impl Future<Output = Result<Ranking, SearchError>>,
    ) -> Result<Ranking, SearchError> {
        let limit = Duration::from_millis(QUERY_TIMEOUT_MS);
        let timeout = SearchError::Timeout { limit_ms: QUERY_TIMEOUT_MS };
        let ranked = async {
            // Never closed, so it is always had in the end.
            let _turn = self.searches.acquire().await;
            ranking.await
        };
        tokio::time::timeout(limit, ranked).await.map_err(|_| timeout)?
    }

    #[tracing::instrument(name = "search", skip_all)]
    async fn rank(&self, request: &SearchRequest) -> Result<Ranking, SearchError> {
        let generation = self.index.generation();
        let request = &self.expanded(request.clone());
        let query = request.query();
        let mut notices = notices(query);
        if query.is_empty() {
            let (hits, near_misses) = (Vec::new(), Vec::new());
            return Ok(Ranking { hits, near_misses, has_no_good_match: true, notices, reranked: None, generation });
        }
        let spaces = self.asked_spaces(request).await?;
        let answer = self.evaluate(query.plan(), &SearchScope::of(request, spaces)).await?;
        notices.extend(answer.unavailable.into_iter().map(|space| Notice::SpaceUnavailable { space }));
        let orders = match request.sort().needs_index() {
            true => self.orders(request, answer.hits.iter()).await?,
            false => Default::default(),
        };
        let (hits, near_misses) = self.judged(answer.hits, request.min_probability());
        let has_no_good_match = hits.is_empty();
        if has_no_good_match {
            notices.extend(self.unknown_objects(request).await?);
        }
        let mut hits = arrange(hits, request, &orders);
        hits.truncate(MAX_REACHABLE_HITS);
        let reranked = self.reranked(&mut hits, request, &mut notices).await?;
        Ok(Ranking { hits, near_misses, has_no_good_match, notices, reranked, generation })
    }

    /// Whether an answer is likely enough to be a good match; what nothing was fitted for cannot be judged and counts as one.
    pub fn is_good(&self, hit: &Hit) -> bool {
        hit.probability.is_none_or(|probability| self.calibration.is_good(probability))
    }

    /// The spaces that a request is to be answered by, as they are kept now.
    async fn asked_spaces(&self, request: &SearchRequest) -> Result<AskedSpaces, SearchError> {
        let Some(directory) = &self.directory else { return Ok(AskedSpaces::default()) };
        let kept = directory.kept_spaces(request.tenant()).await;
        let kept = kept.map_err(|source| SearchError::ReadSpaces { source })?;
        Ok(AskedSpaces::of(kept, request.spaces_beside()))
    }

    /// Answers that are likely enough and, where not even the best is, what comes nearest. What nothing was fitted for cannot be
    /// judged and stays.
    fn judged(&self, mut hits: Vec<Hit>, min_probability: Option<f32>) -> (Vec<Hit>, Vec<Hit>) {
        if !hits.iter().any(|hit| self.is_good(hit)) {
            hits.truncate(MAX_NEAR_MISSES);
            return (Vec::new(), hits);
        }
        if let Some(least) = min_probability {
            hits.retain(|hit| hit.probability.is_none_or(|probability| probability >= least));
        }
        (hits, Vec::new())
    }
}
