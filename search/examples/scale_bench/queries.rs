//! What is asked, the same on every run.

use reelgraph_models::id::TenantId;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::generated::Random;
use reelgraph_search::query::filter::{Between, Filter};
use reelgraph_search::query::{SearchRequest, Sort};

use crate::Outcome;
use crate::library::{asset, asset_id, created};

/// Hits of a page.
pub(crate) const PAGE_HITS: usize = 10;

/// Queries of one to four words; another for each call.
pub(crate) struct Queries(Random);

impl Queries {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    pub(crate) fn next(&mut self) -> String {
        let count = 1 + self.0.below(4);
        self.0.words(count)
    }
}

pub(crate) fn request(query: &str, filter: &Filter) -> Outcome<SearchRequest> {
    let request = SearchRequest::parse(TenantId::DEFAULT, query)?.with_filter(filter.clone())?;
    Ok(request.with_page(PAGE_HITS, None)?)
}

/// The first page of what only conditions are asked of.
pub(crate) fn browse(sort: Sort, first: usize, after: Option<&str>) -> Outcome<SearchRequest> {
    let request = SearchRequest::parse(TenantId::DEFAULT, "kind:speech")?.with_sort(sort);
    Ok(request.with_page(first, after)?)
}

/// A filter of every kind, by name.
pub(crate) fn filters(assets: u64) -> Vec<(&'static str, Filter)> {
    let any = Filter::default();
    let title = asset(7).fields.title;
    let some_assets = (0..20).map(|n| asset_id(n * assets / 20)).collect();
    let span = Span::at_least_one_micro(MediaTime::from_millis(60_000), MediaTime::from_millis(180_000));
    vec![
        ("20 assets", Filter { assets: Some(some_assets), ..any.clone() }),
        ("kind", Filter { kinds: Some(vec![MomentKind::Shot]), ..any.clone() }),
        ("stretch", Filter { within: Some(span), ..any.clone() }),
        (
            "length",
            Filter { duration: Between { min: None, max: Some(MediaTime::from_millis(1_800_000)) }, ..any.clone() },
        ),
        ("date", Filter { created_at: Between { min: Some(created(365 * 24)), max: None }, ..any.clone() }),
        ("width", Filter { width_px: Between { min: Some(1_280), max: None }, ..any.clone() }),
        ("height", Filter { height_px: Between { min: Some(1_080), max: None }, ..any.clone() }),
        ("sound", Filter { has_audio: Some(true), ..any.clone() }),
        ("pictures", Filter { has_video: Some(true), ..any.clone() }),
        ("language", Filter { languages: Some(vec!["de".into()]), ..any.clone() }),
        ("container", Filter { containers: Some(vec!["matroska,webm".into()]), ..any.clone() }),
        ("title", Filter { title: title.split(' ').next().map(str::to_owned), ..any }),
    ]
}
