//! Search: from a sentence to moments with the reason for each.

use std::sync::Arc;
use std::time::Instant;

mod expression;
mod facets;
mod filter;
mod input;
mod like;

use async_graphql::connection::{Connection, CursorType, EmptyFields};
use async_graphql::{Context, Object, Result};
use reelgraph_models::id::AssetId;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::highlight::Matcher;
use reelgraph_search::hit::{Hit, Notice};
use reelgraph_search::query::{Grouping, Query, SearchRequest};
use reelgraph_search::rerank::Reranked;

use crate::graphql::asked::{self, Answered};
use crate::graphql::error::PublicError;
use crate::graphql::node_id::GlobalId;
use crate::graphql::page::{Cursor, cost, edge, page_size};
use crate::graphql::session::Session;
use crate::graphql::types::asset::Asset;
use crate::graphql::types::did_you_mean::DidYouMean;
use crate::graphql::types::scalar::Microseconds;
use crate::graphql::types::search::{SearchHit, SearchInfo, SearchNotice};
pub(crate) use facets::FacetQuery;
pub(crate) use input::SearchInput;
use like::alike;

/// Search.
#[derive(Default)]
pub(crate) struct SearchQuery;

/// A page of answers.
pub(crate) type SearchConnection = Connection<Cursor, SearchHit, SearchInfo, EmptyFields>;

#[Object]
impl SearchQuery {
    /// Moments that match, best first, each with the reason why.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is looked for.")] input: SearchInput,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen, of the same search.")] after: Option<String>,
    ) -> Result<SearchConnection> {
        Ok(run_search(Session::of(ctx)?, input, first, after.as_deref()).await?)
    }
}

/// A page of answers for whoever shows them; the first page of a search goes into the search log.
pub(crate) async fn run_search(
    session: &Session,
    input: SearchInput,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<SearchConnection, PublicError> {
    let first = page_size(first, &session.state().settings.limits)?;
    let asked = asked::stored(&input);
    let request = input.request(session).await?.with_page(first as usize, after)?;
    let mut page = answer(session, request, after.is_some()).await?;
    let near_misses = &page.additional_fields.near_misses;
    let scores = page.edges.iter().map(|edge| &edge.node).chain(near_misses).map(|shown| shown.hit.score);
    let answered = Answered {
        hits: page.edges.len(),
        has_more: page.has_next_page,
        has_near_misses: !near_misses.is_empty(),
        best_score: scores.max_by(f32::total_cmp),
        took_us: page.additional_fields.took_micros.0.as_micros(),
    };
    let suggester = &session.state().suggester;
    page.additional_fields.did_you_mean = match after {
        None => {
            let meant = suggester.did_you_mean(session.tenant(), &asked.query).await?;
            // What is the name of a concept was meant, though nothing says it in these words.
            let searcher = &session.state().searcher;
            let is_name = |word: &str| searcher.names_concept(session.tenant(), &asked.query, word);
            meant.filter(|meant| !meant.corrections.iter().any(|word| is_name(&word.from))).map(DidYouMean::from)
        }
        Some(_) => None,
    };
    let search = asked::log(session, asked, after.is_none(), answered);
    page.additional_fields.search_id = search.map(|id| GlobalId::from(id).into());
    Ok(page)
}

/// Moments alike to a stretch of an asset, without that stretch.
///
/// # Errors
/// As [`alike`].
pub(crate) async fn similar(
    session: &Session,
    asset: AssetId,
    span: Span,
    first: Option<i32>,
) -> Result<SearchConnection, PublicError> {
    let first = page_size(first, &session.state().settings.limits)?;
    let expr = alike(session, asset, span).await?;
    let query = Query::of(&expr, format!("{expr:?}"))?;
    let request = SearchRequest::new(session.tenant(), query).with_page(first as usize, None)?;
    answer(session, request, false).await
}

/// The page that was asked for.
async fn answer(
    session: &Session,
    request: SearchRequest,
    has_previous: bool,
) -> Result<SearchConnection, PublicError> {
    let searcher = &session.state().searcher;
    let matcher = Arc::new(Matcher::new(searcher.expanded(request.clone()).query()));
    let started = Instant::now();
    let answer = match request.grouping() {
        Grouping::Flat => Answer::flat(searcher.search(&request).await?),
        Grouping::ByAsset | Grouping::ByScene => Answer::grouped(searcher.search_groups(&request).await?),
    };
    let took_micros =
        Microseconds(MediaTime::from_micros(i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX)));

    let shown = answer.places.iter().map(|place| place.best.asset);
    let ids: Vec<AssetId> = shown.chain(answer.near_misses.iter().map(|hit| hit.asset)).collect();
    let assets = session.store().assets_by_ids(&ids).await?;
    let notices = answer.notices.iter().map(SearchNotice::from).collect();
    let near_miss = |hit: Hit| {
        let asset = assets.get(&hit.asset).cloned().map(Asset)?;
        let matcher = Arc::clone(&matcher);
        Some(SearchHit { hit, asset, more: Vec::new(), asset_hit_count: 0, scene: None, matcher })
    };
    let info = SearchInfo {
        took_micros,
        notices,
        no_good_match: answer.has_no_good_match,
        near_misses: answer.near_misses.into_iter().filter_map(near_miss).collect(),
        reranked: answer.reranked.map(Into::into),
        search_id: None,
        did_you_mean: None,
    };
    let mut connection = Connection::with_additional_fields(has_previous, answer.has_next, info);
    connection.edges = answer
        .places
        .into_iter()
        .filter_map(|place| {
            // Deleted since it was indexed: no answer any more.
            let asset = assets.get(&place.best.asset).cloned().map(Asset)?;
            let Place { cursor, best, more, asset_hit_count, scene } = place;
            let matcher = Arc::clone(&matcher);
            Some(edge(cursor, SearchHit { hit: best, asset, more, asset_hit_count, scene, matcher }))
        })
        .collect();
    Ok(connection)
}

/// The searcher's answer, whichever way it is grouped.
struct Answer {
    places: Vec<Place>,
    has_next: bool,
    has_no_good_match: bool,
    near_misses: Vec<Hit>,
    notices: Vec<Notice>,
    reranked: Option<Reranked>,
}

/// One edge: the best hit, and in groups the next best of the same asset or scene.
struct Place {
    cursor: Cursor,
    best: Hit,
    more: Vec<Hit>,
    asset_hit_count: usize,
    scene: Option<u32>,
}

impl Answer {
    fn flat(page: reelgraph_search::hit::Page<Hit>) -> Self {
        let places = page.edges.into_iter().map(|edge| Place {
            cursor: cursor(&edge.cursor),
            best: edge.node,
            more: Vec::new(),
            asset_hit_count: 0,
            scene: None,
        });
        Self {
            places: places.collect(),
            has_next: page.has_next_page,
            has_no_good_match: page.has_no_good_match,
            near_misses: page.near_misses,
            notices: page.notices,
            reranked: page.reranked,
        }
    }

    fn grouped(page: reelgraph_search::hit::Page<reelgraph_search::hit::HitGroup>) -> Self {
        let places = page.edges.into_iter().filter_map(|edge| {
            let mut hits = edge.node.hits.into_iter();
            let best = hits.next()?;
            Some(Place {
                cursor: cursor(&edge.cursor),
                best,
                more: hits.collect(),
                asset_hit_count: edge.node.hits_total,
                scene: edge.node.scene,
            })
        });
        Self {
            places: places.collect(),
            has_next: page.has_next_page,
            has_no_good_match: page.has_no_good_match,
            near_misses: page.near_misses,
            notices: page.notices,
            reranked: page.reranked,
        }
    }
}

fn cursor(text: &str) -> Cursor {
    match Cursor::decode_cursor(text) {
        Ok(cursor) => cursor,
        Err(never) => match never {},
    }
}
