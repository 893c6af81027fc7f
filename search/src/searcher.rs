//! One search from request to page.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::AssetId;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::align::{RankedEntry, RankedList, align};
use crate::cache::Recent;
use crate::cursor::{Cursor, Fingerprint};
use crate::encoder::{EncodeError, QueryEncoder};
use crate::error::SearchError;
use crate::fuse::channel_weight;
use crate::hit::{AssetGroup, Edge, Hit, Notice, Page, Source};
use crate::index::SearchIndex;
use crate::query::limits::{
    CONCURRENT_ENCODINGS, CONCURRENT_SEARCHES, ENCODER_CACHE_ENTRIES, MAX_HITS_PER_ASSET, MAX_REACHABLE_HITS,
    QUERY_TIMEOUT_MS, RANKING_CACHE_ENTRIES, TEXT_CANDIDATES, VECTOR_CANDIDATES,
};
use crate::query::{Grouping, SearchRequest};
use crate::space::VectorSpace;
use crate::text::{ChannelMatches, TextMatches};
use crate::vector::VectorQuery;

/// Searches both indexes; cheap to clone.
#[derive(Debug, Clone)]
pub struct Searcher {
    index: SearchIndex,
    encoder: Option<Arc<dyn QueryEncoder>>,
    vectors: Arc<Recent<(EmbeddingSpace, String), Vec<f32>>>,
    rankings: Arc<Recent<(Fingerprint, u64), Arc<Ranking>>>,
    searches: Arc<Semaphore>,
    encodings: Arc<Semaphore>,
}

/// All answers to a request, as far as paging reaches.
#[derive(Debug)]
struct Ranking {
    hits: Vec<Hit>,
    notices: Vec<Notice>,
    generation: u64,
}

impl Searcher {
    /// A searcher without query encoder: words alone.
    pub fn new(index: SearchIndex) -> Self {
        Self {
            index,
            encoder: None,
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

    /// Finds moments, best first.
    ///
    /// # Errors
    /// [`SearchError::ForeignCursor`] for a cursor of another search; [`SearchError::Timeout`];
    /// [`SearchError::SearchTextIndex`], [`SearchError::SearchVectorIndex`].
    pub async fn search(&self, request: &SearchRequest) -> Result<Page<Hit>, SearchError> {
        let request = request.clone().with_grouping(Grouping::Flat);
        let ranking = self.ranking(&request).await?;
        let answers = ranking.hits.iter().map(|hit| (hit.score, key_of(hit), hit));
        Ok(page(&request, &ranking, answers, Hit::clone))
    }

    /// Finds moments and groups them by asset, the asset with the best moment first.
    ///
    /// # Errors
    /// As [`Searcher::search`].
    pub async fn search_assets(&self, request: &SearchRequest) -> Result<Page<AssetGroup>, SearchError> {
        let request = request.clone().with_grouping(Grouping::ByAsset);
        let ranking = self.ranking(&request).await?;
        let mut groups = Vec::<AssetGroup>::new();
        let mut places = HashMap::<AssetId, usize>::new();
        for hit in &ranking.hits {
            let place = *places.entry(hit.asset).or_insert_with(|| {
                groups.push(AssetGroup { asset: hit.asset, score: hit.score, hits: Vec::new(), hits_total: 0 });
                groups.len() - 1
            });
            let Some(group) = groups.get_mut(place) else { continue };
            group.hits_total += 1;
            if group.hits.len() < MAX_HITS_PER_ASSET {
                group.hits.push(hit.clone());
            }
        }
        groups.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.asset.cmp(&b.asset)));
        let answers = groups.iter().map(|group| (group.score, group.asset.as_uuid(), group));
        Ok(page(&request, &ranking, answers, AssetGroup::clone))
    }

    /// The answers to page through: those that an earlier page came from where they are still kept.
    async fn ranking(&self, request: &SearchRequest) -> Result<Arc<Ranking>, SearchError> {
        let fingerprint = Fingerprint::of(request);
        if let Some(cursor) = request.after() {
            if cursor.request != fingerprint {
                return Err(SearchError::ForeignCursor);
            }
            if let Some(ranking) = self.rankings.find(&(fingerprint, cursor.generation)) {
                return Ok(ranking);
            }
        }
        let limit = Duration::from_millis(QUERY_TIMEOUT_MS);
        let timeout = SearchError::Timeout { limit_ms: QUERY_TIMEOUT_MS };
        let ranked = async {
            // Never closed, so it is always had in the end.
            let _turn = self.searches.acquire().await;
            self.rank(request).await
        };
        let ranking = Arc::new(tokio::time::timeout(limit, ranked).await.map_err(|_| timeout)??);
        self.rankings.insert((fingerprint, ranking.generation), Arc::clone(&ranking));
        Ok(ranking)
    }

    #[tracing::instrument(name = "search", skip_all)]
    async fn rank(&self, request: &SearchRequest) -> Result<Ranking, SearchError> {
        let generation = self.index.generation();
        let query = request.query();
        let mut notices = Vec::new();
        if query.is_empty() {
            return Ok(Ranking { hits: Vec::new(), notices: vec![Notice::NoSearchableWords], generation });
        }
        if query.ignored_terms() > 0 {
            notices.push(Notice::TermsIgnored { count: query.ignored_terms() });
        }
        let words = self.index.text().search(request.tenant(), query, request.filter(), TEXT_CANDIDATES);
        let spaces = self.spaces(request).into_iter().map(|space| self.nearest(request, space));
        let (words, spaces) = tokio::join!(words, futures::future::join_all(spaces));
        let TextMatches { channels, clause_weights, .. } = words?;
        let mut lists: Vec<RankedList> = channels.into_iter().map(list_of_channel).collect();
        for space in spaces {
            match space? {
                Nearest::Found(list) => lists.push(list),
                Nearest::Unavailable(space) => notices.push(Notice::SpaceUnavailable { space }),
            }
        }
        let mut hits = align(lists, query, &clause_weights);
        hits.truncate(MAX_REACHABLE_HITS);
        Ok(Ranking { hits, notices, generation })
    }

    /// Spaces that can answer the request.
    fn spaces(&self, request: &SearchRequest) -> Vec<&VectorSpace> {
        let kept = self.index.vectors().map(|vectors| vectors.spaces()).unwrap_or_default();
        let admits =
            |space: &&VectorSpace| self.encoder.is_some() && request.filter().admits_modality(space.modality());
        kept.iter().filter(admits).collect()
    }

    /// The nearest moments in one space.
    async fn nearest(&self, request: &SearchRequest, space: &VectorSpace) -> Result<Nearest, SearchError> {
        let Some(vectors) = self.index.vectors() else { return Ok(Nearest::Unavailable(space.space().clone())) };
        let Some(vector) = self.encode(space, request.query().text()).await else {
            return Ok(Nearest::Unavailable(space.space().clone()));
        };
        let query = VectorQuery {
            tenant: request.tenant(),
            space: space.space().clone(),
            vector,
            filter: request.filter().clone(),
            limit: VECTOR_CANDIDATES,
        };
        let mut candidates = vectors.search(&query).await?;
        // The engine leaves open which of two equally near ones comes first.
        candidates.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then_with(|| a.moment.cmp(&b.moment)));
        let best = candidates.first().map_or(0.0, |candidate| candidate.similarity);
        let near = candidates.into_iter().filter(|candidate| space.floor().accepts(candidate.similarity, best));
        let entries = near.map(|candidate| RankedEntry {
            asset: candidate.asset,
            moment: candidate.moment,
            kind: candidate.kind,
            moment_span: candidate.moment_span,
            span: candidate.span,
            source: Source::Vector { space: space.space().clone(), embedding: candidate.embedding },
            raw_score: candidate.similarity,
            matched: 0,
        });
        Ok(Nearest::Found(RankedList {
            modality: space.modality(),
            weight: space.weight(),
            entries: entries.collect(),
        }))
    }

    /// The vector of a text in a space; `None` where it cannot be had, which is logged unless it is to be expected.
    async fn encode(&self, space: &VectorSpace, text: &str) -> Option<Vec<f32>> {
        let encoder = Arc::clone(self.encoder.as_ref()?);
        let key = (space.space().clone(), text.to_owned());
        if let Some(vector) = self.vectors.find(&key) {
            return Some(vector);
        }
        let (asked, text) = key.clone();
        let turn = Arc::clone(&self.encodings).acquire_owned().await;
        let encoded = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a search that was given up must not make room for another before its work has ended.
            let _turn = turn;
            encoder.encode(&asked, &text)
        })
        .await;
        match encoded {
            Ok(Ok(vector)) => match space.check(&vector) {
                Ok(()) => {
                    self.vectors.insert(key, vector.clone());
                    return Some(vector);
                }
                Err(error) => tracing::warn!(%error, "a query was encoded wrongly"),
            },
            Ok(Err(EncodeError::Unavailable { .. })) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, cause = ?std::error::Error::source(&error), "a query was not encoded")
            }
            Err(error) => tracing::error!(%error, "a query encoder panicked"),
        }
        None
    }
}

/// What a space has to say.
enum Nearest {
    Found(RankedList),
    Unavailable(EmbeddingSpace),
}

fn list_of_channel(matches: ChannelMatches) -> RankedList {
    let entries = matches.candidates.into_iter().map(|candidate| RankedEntry {
        asset: candidate.asset,
        moment: candidate.moment,
        kind: candidate.kind,
        moment_span: candidate.span,
        span: candidate.span,
        source: Source::Text,
        raw_score: candidate.score,
        matched: candidate.matched,
    });
    RankedList {
        modality: matches.channel.modality(),
        weight: channel_weight(matches.channel),
        entries: entries.collect(),
    }
}

/// What tells a hit from others of the same score.
fn key_of(hit: &Hit) -> Uuid {
    hit.moments.first().map(|moment| moment.as_uuid()).unwrap_or_default()
}

/// Cuts the page out of answers in order.
fn page<'a, T: 'a>(
    request: &SearchRequest,
    ranking: &Ranking,
    answers: impl Iterator<Item = (f32, Uuid, &'a T)>,
    copy: impl Fn(&T) -> T,
) -> Page<T> {
    let fingerprint = Fingerprint::of(request);
    let follows = |score: f32, key: Uuid| request.after().is_none_or(|cursor| cursor.is_before(score, key));
    let mut answers = answers.filter(|(score, key, _)| follows(*score, *key));
    let mut edges = Vec::new();
    for (score, key, answer) in answers.by_ref().take(request.first()) {
        let cursor = Cursor { request: fingerprint, generation: ranking.generation, score, key };
        edges.push(Edge { cursor: cursor.encode(), node: copy(answer) });
    }
    let mut notices = ranking.notices.clone();
    if request.after().is_some_and(|cursor| cursor.generation != ranking.generation) {
        notices.push(Notice::IndexChanged);
    }
    Page { edges, has_next_page: answers.next().is_some(), notices }
}
