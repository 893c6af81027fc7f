//! Search: from a sentence to moments with the reason for each.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::connection::{Connection, CursorType, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use reelgraph_models::id::AssetId;
use reelgraph_models::time::MediaTime;
use reelgraph_search::highlight::Matcher;
use reelgraph_search::hit::{Hit, Notice};
use reelgraph_search::query::SearchRequest;
use reelgraph_search::query::filter::{Between, Filter};

use crate::graphql::error::PublicError;
use crate::graphql::node_id::{not_an_id, parse_typed};
use crate::graphql::page::{Cursor, cost, edge, page_size};
use crate::graphql::session::Session;
use crate::graphql::types::asset::Asset;
use crate::graphql::types::moment::MomentKind;
use crate::graphql::types::observation::Modality;
use crate::graphql::types::scalar::Microseconds;
use crate::graphql::types::search::{SearchHit, SearchInfo, SearchNotice};
use crate::graphql::types::span::TimeRangeInput;

/// How answers are arranged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum SearchGrouping {
    /// One by one, best first.
    #[default]
    Flat,
    /// One for each asset, that with the best hit first; its further hits are in `moreInAsset`.
    ByAsset,
}

/// Which moments may be answers at all; conditions that all must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct SearchFilterInput {
    /// Only these assets, at most 1000.
    pub asset_ids: Option<Vec<ID>>,
    /// Only moments bounded like this.
    pub kinds: Option<Vec<MomentKind>>,
    /// Only matches by these channels. `OBJECTS` and `TAGS` are one channel here.
    pub modalities: Option<Vec<Modality>>,
    /// Only moments that share an instant with this stretch of their asset.
    pub range: Option<TimeRangeInput>,
    /// Only assets whose title or file name has all of these words, accents and case aside.
    pub title_contains: Option<String>,
    /// Only assets registered at this instant or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Only assets registered at this instant or earlier.
    pub created_to: Option<DateTime<Utc>>,
    /// Only assets of this length or longer.
    pub min_duration_micros: Option<Microseconds>,
    /// Only assets of this length or shorter.
    pub max_duration_micros: Option<Microseconds>,
    /// Only assets with sound, or only those without.
    pub has_audio: Option<bool>,
    /// Only assets with moving pictures, or only those without.
    pub has_video: Option<bool>,
    /// Only assets in which one of these languages is spoken (ISO 639-1), at most 64.
    pub languages: Option<Vec<String>>,
}

/// What is looked for.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SearchInput {
    /// Words, or a sentence; text in quotation marks must be there as it stands. At most 2000 characters.
    pub query: String,
    /// How answers are arranged.
    #[graphql(default)]
    pub grouping: SearchGrouping,
    /// Which moments may be answers at all.
    pub filter: Option<SearchFilterInput>,
}

impl SearchFilterInput {
    fn check(self) -> Result<Filter, PublicError> {
        let assets = self
            .asset_ids
            .map(|ids| ids.iter().map(|id| parse_typed(id).ok_or_else(|| not_an_id("assetIds", "an asset"))).collect())
            .transpose()?;
        Ok(Filter {
            assets,
            kinds: self.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            modalities: self.modalities.map(|modalities| modalities.into_iter().map(Into::into).collect()),
            within: self.range.map(TimeRangeInput::span).transpose()?,
            title: self.title_contains,
            created_at: Between { min: self.created_from, max: self.created_to },
            duration: Between {
                min: self.min_duration_micros.map(|it| it.0),
                max: self.max_duration_micros.map(|it| it.0),
            },
            has_audio: self.has_audio,
            has_video: self.has_video,
            languages: self.languages,
            ..Filter::default()
        })
    }
}

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
        Ok(search(Session::of(ctx)?, input, first, after.as_deref()).await?)
    }
}

/// Runs a search for whoever shows its hits.
pub(crate) async fn search(
    session: &Session,
    input: SearchInput,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<SearchConnection, PublicError> {
    let limits = &session.state().settings.limits;
    let first = page_size(first, limits)?;
    let request = SearchRequest::parse(session.tenant(), &input.query)?
        .with_filter(input.filter.unwrap_or_default().check()?)?
        .with_page(first as usize, after)?;
    let matcher = Arc::new(Matcher::new(request.query()));
    let started = Instant::now();
    let answer = match input.grouping {
        SearchGrouping::Flat => Answer::flat(session.state().searcher.search(&request).await?),
        SearchGrouping::ByAsset => Answer::by_asset(session.state().searcher.search_assets(&request).await?),
    };
    let took_micros =
        Microseconds(MediaTime::from_micros(i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX)));

    let ids: Vec<AssetId> = answer.places.iter().map(|place| place.best.asset).collect();
    let assets = session.store().assets_by_ids(&ids).await?;
    let info = SearchInfo { took_micros, notices: answer.notices.iter().map(SearchNotice::from).collect() };
    let mut connection = Connection::with_additional_fields(after.is_some(), answer.has_next, info);
    connection.edges = answer
        .places
        .into_iter()
        .filter_map(|place| {
            // Deleted since it was indexed: no answer any more.
            let asset = assets.get(&place.best.asset).cloned().map(Asset)?;
            let Place { cursor, best, more, asset_hit_count } = place;
            Some(edge(cursor, SearchHit { hit: best, asset, more, asset_hit_count, matcher: Arc::clone(&matcher) }))
        })
        .collect();
    Ok(connection)
}

/// The searcher's answer, whichever way it is grouped.
struct Answer {
    places: Vec<Place>,
    has_next: bool,
    notices: Vec<Notice>,
}

/// One edge: the best hit, and in groups the next best of the same asset.
struct Place {
    cursor: Cursor,
    best: Hit,
    more: Vec<Hit>,
    asset_hit_count: usize,
}

impl Answer {
    fn flat(page: reelgraph_search::hit::Page<Hit>) -> Self {
        let places = page.edges.into_iter().map(|edge| Place {
            cursor: cursor(&edge.cursor),
            best: edge.node,
            more: Vec::new(),
            asset_hit_count: 0,
        });
        Self { places: places.collect(), has_next: page.has_next_page, notices: page.notices }
    }

    fn by_asset(page: reelgraph_search::hit::Page<reelgraph_search::hit::AssetGroup>) -> Self {
        let places = page.edges.into_iter().filter_map(|edge| {
            let mut hits = edge.node.hits.into_iter();
            let best = hits.next()?;
            Some(Place {
                cursor: cursor(&edge.cursor),
                best,
                more: hits.collect(),
                asset_hit_count: edge.node.hits_total,
            })
        });
        Self { places: places.collect(), has_next: page.has_next_page, notices: page.notices }
    }
}

fn cursor(text: &str) -> Cursor {
    match Cursor::decode_cursor(text) {
        Ok(cursor) => cursor,
        Err(never) => match never {},
    }
}
