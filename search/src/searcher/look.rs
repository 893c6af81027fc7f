//! One look at both indexes: words and vectors to ranked lists, ranked lists to hits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{MomentId, TenantId};

use super::Searcher;
use super::evaluate::Answer;
use super::join::KnownFacts;
use super::scope::SearchScope;
use crate::align::{RankedEntry, RankedList, align};
use crate::encoder::EncodeError;
use crate::error::SearchError;
use crate::fuse::channel_weight;
use crate::hit::{Contribution, Hit, Source};
use crate::order::Order;
use crate::query::limits::{DEEP_VECTOR_CANDIDATES, MAX_EXAMPLE_VECTORS, TEXT_CANDIDATES, VECTOR_CANDIDATES};
use crate::query::{Retrieval, SearchRequest};
use crate::space::VectorSpace;
use crate::text::{ChannelMatches, TextCandidate, TextMatches};
use crate::vector::{VectorCandidate, VectorQuery};

/// What an answer that nothing ranks has of the score of the weakest that is ranked; less than spreading takes from that.
const BELOW_RANKED: f32 = 0.5;

/// What a space has to say.
enum Nearest {
    Found(RankedList),
    /// Nothing was asked of it.
    Unasked,
    Unavailable(EmbeddingSpace),
}

impl Searcher {
    /// The answers of one look.
    pub(super) async fn look(&self, retrieval: &Retrieval, scope: &SearchScope) -> Result<Answer, SearchError> {
        let words = self.index.text().search(scope.tenant, retrieval, &scope.filter, TEXT_CANDIDATES);
        let spaces = self.spaces(scope).into_iter().map(|space| self.nearest(retrieval, scope, space));
        let (words, spaces) = tokio::join!(words, futures::future::join_all(spaces));
        let TextMatches { channels, plain, clause_weights, .. } = words?;
        let mut unavailable = self.absent(retrieval, scope);
        let mut lists: Vec<RankedList> =
            channels.into_iter().map(|matches| list_of_channel(matches, retrieval, scope)).collect();
        for space in spaces {
            match space? {
                Nearest::Found(list) => lists.push(list),
                Nearest::Unasked => {}
                Nearest::Unavailable(space) => unavailable.push(space),
            }
        }
        let mut hits = align(lists, &clause_weights);
        hits.extend(plain_hits(plain, &hits));
        for hit in &mut hits {
            hit.probability = self.calibration.probability(hit.contributions.iter().map(Contribution::evidence));
        }
        Ok(Answer { hits, unavailable })
    }

    /// What the text index knows of the strongest moments of hits.
    pub(super) async fn facts(
        &self,
        tenant: TenantId,
        hits: impl Iterator<Item = &Hit>,
    ) -> Result<KnownFacts, SearchError> {
        let moments: HashSet<MomentId> = hits.filter_map(|hit| hit.moments.first().copied()).collect();
        self.index.text().facts(tenant, moments.into_iter().collect()).await
    }

    /// Where the text index has the strongest moments of hits in the order of a request.
    pub(super) async fn orders(
        &self,
        request: &SearchRequest,
        hits: impl Iterator<Item = &Hit>,
    ) -> Result<HashMap<MomentId, Order>, SearchError> {
        let moments: HashSet<MomentId> = hits.filter_map(|hit| hit.moments.first().copied()).collect();
        let sort = request.sort().clone();
        self.index.text().orders(request.tenant(), sort, moments.into_iter().collect()).await
    }

    /// Spaces that can answer.
    fn spaces(&self, scope: &SearchScope) -> Vec<&VectorSpace> {
        let is_asked =
            |space: &&VectorSpace| scope.filter.admits_modality(space.modality()) && scope.spaces.include(space);
        self.index.spaces().iter().filter(is_asked).collect()
    }

    /// Spaces that something was asked of and that the index does not have, since their models are not here.
    fn absent(&self, retrieval: &Retrieval, scope: &SearchScope) -> Vec<EmbeddingSpace> {
        let Some(vectors) = self.index.vectors() else { return Vec::new() };
        let is_asked = |channel| scope.filter.admits_modality(channel) && !retrieval.meaning(channel).is_empty();
        let absent = scope.spaces.without(vectors.spaces()).filter(|(channel, _)| is_asked(*channel));
        absent.map(|(_, space)| space.clone()).collect()
    }

    /// The nearest moments in one space: to the words that were typed for it, and to every example.
    async fn nearest(
        &self,
        retrieval: &Retrieval,
        scope: &SearchScope,
        space: &VectorSpace,
    ) -> Result<Nearest, SearchError> {
        let Some(vectors) = self.index.vectors() else { return Ok(Nearest::Unasked) };
        let meaning = retrieval.meaning(space.modality());
        let of_space = retrieval.examples.iter().flat_map(|example| &example.vectors);
        let of_space = of_space.filter(|(of, _)| of == space.space()).map(|(_, vector)| vector.clone());
        let mut asked: Vec<Vec<f32>> = of_space.take(MAX_EXAMPLE_VECTORS).collect();
        if !meaning.is_empty() && self.encoder.is_some() {
            match self.encode(space, &meaning).await {
                Some(vector) => asked.push(vector),
                None if asked.is_empty() => return Ok(Nearest::Unavailable(space.space().clone())),
                None => {}
            }
        }
        if asked.is_empty() {
            return Ok(Nearest::Unasked);
        }
        let mut conditions = scope.filter.conditions();
        conditions.extend(retrieval.logic.conditions().into_iter().cloned());
        let is_sifted = !retrieval.logic.needs_no_words(space.modality());
        let query = |vector| VectorQuery {
            tenant: scope.tenant,
            space: space.space().clone(),
            vector,
            conditions: conditions.clone(),
            limit: if is_sifted || !retrieval.examples.is_empty() { DEEP_VECTOR_CANDIDATES } else { VECTOR_CANDIDATES },
        };
        let queries: Vec<VectorQuery> = asked.into_iter().map(query).collect();
        let found = futures::future::try_join_all(queries.iter().map(|query| vectors.search(query))).await?;
        let mut candidates: Vec<VectorCandidate> = found.into_iter().flatten().collect();
        // The engine leaves open which of two equally near ones comes first; of several examples the nearest counts.
        candidates.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then_with(|| a.moment.cmp(&b.moment)));
        if is_sifted {
            let moments: HashSet<MomentId> = candidates.iter().map(|candidate| candidate.moment).collect();
            let moments = moments.into_iter().collect();
            let holding = self.index.text().holding(scope.tenant, retrieval, space.modality(), moments).await?;
            candidates.retain(|candidate| holding.contains(&candidate.moment));
        }
        let of_space = Arc::new(space.space().clone());
        let entries = candidates.into_iter().map(|candidate| RankedEntry {
            asset: candidate.asset,
            moment: candidate.moment,
            kind: candidate.kind,
            moment_span: candidate.moment_span,
            span: candidate.span,
            source: Source::Vector { space: Arc::clone(&of_space), embedding: candidate.embedding },
            raw_score: candidate.similarity,
            matched: 0,
        });
        Ok(Nearest::Found(RankedList {
            modality: space.modality(),
            weight: scope.weight(space.modality(), space.weight()),
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

fn list_of_channel(matches: ChannelMatches, retrieval: &Retrieval, scope: &SearchScope) -> RankedList {
    let entries = matches.candidates.into_iter().map(|candidate| RankedEntry {
        asset: candidate.asset,
        moment: candidate.moment,
        kind: candidate.kind,
        moment_span: candidate.span,
        span: candidate.span,
        source: Source::Text,
        raw_score: candidate.score,
        matched: retrieval.credited(candidate.matched),
    });
    let modality = matches.channel.modality();
    RankedList { modality, weight: scope.weight(modality, channel_weight(matches.channel)), entries: entries.collect() }
}

/// Answers that no word and no vector ranks are as good as each other, and come after those that are ranked.
fn plain_hits(plain: Vec<TextCandidate>, ranked: &[Hit]) -> Vec<Hit> {
    if plain.is_empty() {
        return Vec::new();
    }
    let score = ranked.last().map_or(1.0, |weakest| weakest.score * BELOW_RANKED);
    let found: HashSet<MomentId> = ranked.iter().flat_map(|hit| hit.moments.iter().copied()).collect();
    let new = plain.into_iter().filter(|candidate| !found.contains(&candidate.moment));
    new.map(|candidate| plain_hit(candidate, score)).collect()
}

/// An answer that nothing ranks.
pub(super) fn plain_hit(candidate: TextCandidate, score: f32) -> Hit {
    Hit {
        asset: candidate.asset,
        span: candidate.span,
        kind: candidate.kind,
        moments: vec![candidate.moment],
        score,
        probability: None,
        rerank_score: None,
        coverage: 0.0,
        contributions: Vec::new(),
        parts: Vec::new(),
    }
}
