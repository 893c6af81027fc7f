//! A new order of the best answers, by a model that reads the query and their words together.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use reelgraph_models::id::MomentId;
use reelgraph_models::moment::MomentTexts;
use reelgraph_models::observation::Modality;
use tokio::sync::Semaphore;

use super::Searcher;
use super::arrange::{Repeats, key_of};
use crate::error::{SearchError, boxed};
use crate::hit::{Contribution, Hit, Notice, Source};
use crate::order::{Order, Place};
use crate::query::limits::{CONCURRENT_RERANKINGS, MAX_PASSAGE_CHARS, PASSAGES_AT_ONCE};
use crate::query::{Grouping, SearchRequest, Sort, Spread};
use crate::rerank::{NotReranked, PassageScorer, Reranked, ScoreError, ScoringModel, TextSource};

/// Above the order of every answer that goes by its score, which has 32 bits.
const ABOVE_SCORES: i64 = 1 << 32;

/// The words of moments that are read, by moment.
type Texts = HashMap<MomentId, MomentTexts>;

/// What a new order needs.
#[derive(Debug, Clone)]
pub(super) struct Reranking {
    scorer: Arc<dyn PassageScorer>,
    texts: Arc<dyn TextSource>,
    turns: Arc<Semaphore>,
}

impl Searcher {
    /// Orders the best answers by a model where that is asked for; says so where it was not to be done.
    pub(super) async fn reranked(
        &self,
        hits: &mut [(Place, Hit)],
        request: &SearchRequest,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Reranked>, SearchError> {
        let Some(count) = request.rerank().filter(|_| !hits.is_empty()) else { return Ok(None) };
        let reranking = self.reranking.as_ref().ok_or(SearchError::NoReranking)?;
        let reranked = reranking.rerank(hits, count, request).await?;
        Ok(reranked.map_err(|why| notices.push(Notice::NotReranked { why })).ok())
    }
}

impl Reranking {
    pub(super) fn new(scorer: Arc<dyn PassageScorer>, texts: Arc<dyn TextSource>) -> Self {
        Self { scorer, texts, turns: Arc::new(Semaphore::new(CONCURRENT_RERANKINGS)) }
    }

    /// Puts the best answers, as many as were asked for, into the model's order; says why where it does not.
    async fn rerank(
        &self,
        hits: &mut [(Place, Hit)],
        count: usize,
        request: &SearchRequest,
    ) -> Result<Result<Reranked, NotReranked>, SearchError> {
        let query = match question(request) {
            Ok(query) => query,
            Err(why) => return Ok(Err(why)),
        };
        let started = Instant::now();
        let model = self.scorer.model();
        let top = hits.get_mut(..count.min(hits.len())).unwrap_or_default();
        let read = top.iter().flat_map(|(_, hit)| hit.contributions.iter().filter(|one| is_text(one)));
        let mut moments: Vec<MomentId> = read.map(|one| one.moment).collect();
        moments.sort_unstable();
        moments.dedup();
        let texts = self.texts.texts(request.tenant(), &moments).await;
        let texts = texts.map_err(|source| SearchError::ReadTexts { source })?;
        let (judged, passages): (Vec<usize>, Vec<String>) =
            top.iter().enumerate().filter_map(|(at, (_, hit))| Some((at, passage(hit, &texts, model)?))).unzip();
        if judged.len() < 2 {
            return Ok(Err(NotReranked::NoTexts));
        }
        let scores = self.scores(&query, passages).await?;
        for (at, score) in judged.iter().zip(&scores) {
            top.get_mut(*at).into_iter().for_each(|(_, hit)| hit.rerank_score = Some(*score));
        }
        let is_spread = request.spread() == Spread::OverAssets && request.grouping() == Grouping::Flat;
        reorder(top, is_spread);
        Ok(Ok(Reranked { model: model.clone(), hits_scored: scores.len(), took: started.elapsed() }))
    }

    /// A few passages at a time, so that a search that was given up stops soon.
    async fn scores(&self, query: &str, passages: Vec<String>) -> Result<Vec<f32>, SearchError> {
        let mut scores = Vec::with_capacity(passages.len());
        for some in passages.chunks(PASSAGES_AT_ONCE) {
            let (scorer, query, some) = (Arc::clone(&self.scorer), query.to_owned(), some.to_vec());
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let scored = tokio::task::spawn_blocking(move || {
                // Held by the work itself, as long as it lasts.
                let _turn = turn;
                scorer.score(&query, &some.iter().map(String::as_str).collect::<Vec<_>>())
            });
            let failed = |source| SearchError::Rerank { source };
            scores.extend(match scored.await.map_err(|error| failed(boxed(error)))? {
                Ok(scores) => scores,
                Err(ScoreError::Unavailable { source }) => {
                    return Err(SearchError::RerankUnavailable { model: self.scorer.model().name.clone(), source });
                }
                Err(error @ ScoreError::Failed { .. }) => return Err(failed(boxed(error))),
            });
        }
        match scores.len() == passages.len() && scores.iter().all(|score| score.is_finite()) {
            true => Ok(scores),
            false => Err(SearchError::Rerank { source: "the model did not give one number a passage".into() }),
        }
    }
}

/// What the model is asked: the words that were typed, without the query language.
fn question(request: &SearchRequest) -> Result<String, NotReranked> {
    if *request.sort() != Sort::Relevance {
        return Err(NotReranked::OtherOrder);
    }
    let look = request.query().retrieval().ok_or(NotReranked::AboutTime)?;
    let question = look.question();
    match question.chars().any(char::is_alphanumeric) {
        true => Ok(question),
        false => Err(NotReranked::NoWords),
    }
}

/// Whether something was found by words that a passage can be made of.
fn is_text(contribution: &Contribution) -> bool {
    match contribution.source {
        Source::Text => matches!(contribution.modality, Modality::Speech | Modality::ScreenText | Modality::Title),
        Source::Vector { .. } => contribution.modality == Modality::Passages,
    }
}

/// The words that an answer was found by, the strongest first, each text once; `None` where there are none in a language that the
/// model knows, or where something else is the strongest evidence: what is seen should not be judged by what is said over it.
fn passage(hit: &Hit, texts: &Texts, model: &ScoringModel) -> Option<String> {
    if !hit.contributions.first().is_some_and(is_text) {
        return None;
    }
    let mut passage = String::new();
    for contribution in hit.contributions.iter().filter(|one| is_text(one)) {
        let Some(texts) = texts.get(&contribution.moment) else { continue };
        let text = match contribution.modality {
            Modality::ScreenText => texts.written.trim(),
            Modality::Title => texts.title.trim(),
            _ if model.knows(texts.language.as_deref()) => texts.said.trim(),
            _ => "",
        };
        if text.is_empty() || passage.contains(text) {
            continue;
        }
        if !passage.is_empty() {
            passage.push('\n');
        }
        passage.push_str(text);
        if let Some((end, _)) = passage.char_indices().nth(MAX_PASSAGE_CHARS) {
            passage.truncate(end);
            break;
        }
    }
    (!passage.is_empty()).then_some(passage)
}

/// Lets answers that have a score change places among themselves; the others stay where they are. Places then say only the order,
/// so that a page goes on behind each of them.
fn reorder(top: &mut [(Place, Hit)], is_spread: bool) {
    let free: Vec<usize> =
        top.iter().enumerate().filter(|(_, (_, hit))| hit.rerank_score.is_some()).map(|(at, _)| at).collect();
    let mut scored: Vec<(f32, usize)> =
        free.iter().filter_map(|at| Some((top.get(*at)?.1.rerank_score?, *at))).collect();
    // Equal ones stay in their order.
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    if is_spread {
        let mut repeats = Repeats::default();
        for (score, at) in &mut scored {
            *score *= top.get(*at).map_or(1.0, |(_, hit)| repeats.next(hit.asset));
        }
        scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    }
    let hits: Vec<Option<Hit>> = scored.iter().map(|(_, from)| top.get(*from).map(|(_, hit)| hit.clone())).collect();
    for (to, hit) in free.iter().zip(hits) {
        if let (Some((_, old)), Some(hit)) = (top.get_mut(*to), hit) {
            *old = hit;
        }
    }
    for ((place, hit), left) in top.iter_mut().rev().zip(1_i64..) {
        *place = Place { order: Order::Number(Reverse(ABOVE_SCORES + left)), key: key_of(hit) };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reelgraph_models::id::AssetId;
    use reelgraph_models::moment::MomentKind;
    use reelgraph_models::time::{MediaTime, Span};
    use uuid::Uuid;

    use super::*;

    fn hit(number: usize, asset: u128, rerank_score: Option<f32>) -> (Place, Hit) {
        let moment = MomentId::from_uuid(Uuid::from_u128(number as u128));
        let hit = Hit {
            asset: AssetId::from_uuid(Uuid::from_u128(asset)),
            span: Span::at_least_one_micro(MediaTime::ZERO, MediaTime::ZERO),
            kind: MomentKind::Speech,
            moments: vec![moment],
            score: 1.0,
            probability: None,
            rerank_score,
            coverage: 0.0,
            contributions: Vec::new(),
            parts: Vec::new(),
        };
        (Place { order: Order::Number(Reverse(i64::from(1.0_f32.to_bits()))), key: moment.as_uuid() }, hit)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_what_has_no_score_does_not_move(
            answers in proptest::collection::vec((0_u128..4, proptest::option::of(0.0_f32..=1.0)), 0..50),
            is_spread: bool,
        ) {
            let before: Vec<(Place, Hit)> =
                answers.iter().enumerate().map(|(number, (asset, score))| hit(number, *asset, *score)).collect();
            let mut after = before.clone();
            reorder(&mut after, is_spread);
            for ((_, before), (_, after)) in before.iter().zip(&after) {
                if before.rerank_score.is_none() || after.rerank_score.is_none() {
                    prop_assert_eq!(before, after);
                }
            }
            let ids = |hits: &[(Place, Hit)]| {
                let mut ids: Vec<MomentId> = hits.iter().flat_map(|(_, hit)| hit.moments.clone()).collect();
                ids.sort();
                ids
            };
            prop_assert_eq!(ids(&before), ids(&after));
            let scores: Vec<f32> = after.iter().filter_map(|(_, hit)| hit.rerank_score).collect();
            prop_assert!(is_spread || scores.windows(2).all(|two| two[0] >= two[1]));
            // A page goes on behind each of them, and before all that go by their score.
            prop_assert!(after.windows(2).all(|two| two[0].0 < two[1].0));
            prop_assert!(after.iter().all(|(place, _)| before.iter().all(|(by_score, _)| place < by_score)));
        }
    }
}
