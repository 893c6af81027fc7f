//! Pages in the order of a property, far beyond what a ranking keeps; and what is done before the first search.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta};
use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::observation::Modality;
use reelgraph_models::time::MediaTime;
use reelgraph_search::document::{AssetDocument, AssetFields};
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::error::SearchError;
use reelgraph_search::hit::{Hit, Notice, Page};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::limits::MAX_REACHABLE_HITS;
use reelgraph_search::query::{Direction, SearchRequest, Sort};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, VectorIndex};

use crate::support::{Outcome, TENANT, WordEncoder, asset_id, noted, said, seconds, space, with_vectors};

const ASSETS: u128 = 15;
const MOMENTS: i64 = 100;

/// Two assets of each date and length, all with moments that say `harbour`. Titles are in the order of letters, some with accents
/// or in capitals; every third asset has none, every fourth no `take`.
fn library() -> Vec<AssetDocument> {
    let of = |number: u128| {
        let asset = asset_id(number);
        let step = i32::try_from(number / 2).unwrap_or_default();
        let fields = AssetFields {
            duration: MediaTime::from_millis(60_000 * i64::from(step % 5)),
            created_at: DateTime::UNIX_EPOCH + TimeDelta::days(i64::from(step)),
            title: title(number).unwrap_or_default(),
            metadata: take(number)
                .map(|take| noted(&[("take", &take)]))
                .transpose()
                .unwrap_or_default()
                .unwrap_or_default(),
            ..AssetFields::default()
        };
        let moments = (0..MOMENTS).map(|n| said(asset, seconds(n * 10, n * 10 + 4), "harbour", "en")).collect();
        AssetDocument { moments, ..AssetDocument::new(TENANT, asset, fields) }
    };
    (1..=ASSETS).map(of).collect()
}

/// Pairs of assets share one.
fn title(number: u128) -> Option<String> {
    let letters = ["Äpfel", "BIRNEN", "citrus", "Dattel", "élan", "Feigen", "grapefruit", "Heidelbeere"];
    letters
        .get(usize::try_from(number / 2).ok()?)
        .filter(|_| !number.is_multiple_of(3))
        .map(|title| (*title).to_owned())
}

/// Numbers of one to three digits, below zero as well, in the order of the assets; then texts.
fn take(number: u128) -> Option<String> {
    let takes = [
        "-120",
        "-12",
        "-1.5",
        "0",
        "7",
        "7.25",
        "30",
        "111",
        "2024-01-31",
        "2024-02",
        "Äther",
        "b side",
        "C",
        "d",
        "e",
        "f",
    ];
    takes.get(usize::try_from(number).ok()?).filter(|_| !number.is_multiple_of(4)).map(|take| (*take).to_owned())
}

async fn open(folder: &Path, batch: usize) -> Result<(SearchIndex, Searcher), Box<dyn std::error::Error>> {
    let index = SearchIndex::text_only(Arc::new(TextIndex::open(folder, TextSettings::default())?));
    for (revision, documents) in (1..).zip(library().chunks(batch)) {
        index.apply(Batch { documents: documents.to_vec(), removed: Vec::new() }).await?;
        index.commit(Revision(revision)).await?;
    }
    Ok((index.clone(), Searcher::new(index)))
}

/// Every page of a query, one after the other.
async fn walk(searcher: &Searcher, query: &str, sort: Sort) -> Result<Vec<Hit>, Box<dyn std::error::Error>> {
    let base = SearchRequest::parse(TENANT, query)?.with_sort(sort);
    let (mut hits, mut after) = (Vec::new(), None::<String>);
    loop {
        let page: Page<Hit> = searcher.search(&base.clone().with_page(70, after.as_deref())?).await?;
        after = page.edges.last().map(|edge| edge.cursor.clone());
        hits.extend(page.edges.into_iter().map(|edge| edge.node));
        if !page.has_next_page {
            return Ok(hits);
        }
    }
}

#[tokio::test]
async fn every_answer_of_conditions_is_reached_once_in_any_order_of_a_property() -> Outcome {
    let folder = tempfile::tempdir()?;
    // Several parts, so that the order has to be put together.
    let (_index, searcher) = open(folder.path(), 4).await?;
    let all = usize::try_from(ASSETS)? * usize::try_from(MOMENTS)?;
    assert!(all > MAX_REACHABLE_HITS);
    let step_of = |asset: AssetId| (1..=ASSETS).find(|number| asset_id(*number) == asset).unwrap_or_default() / 2;
    for sort in [Sort::Newest, Sort::Oldest, Sort::Longest, Sort::Shortest, Sort::Time] {
        let hits = walk(&searcher, "kind:speech", sort.clone()).await?;
        let reached: HashSet<MomentId> = hits.iter().flat_map(|hit| hit.moments.clone()).collect();
        assert_eq!((hits.len(), reached.len()), (all, all), "{sort:?}");
        let numbers: Vec<i64> = hits
            .iter()
            .map(|hit| match &sort {
                Sort::Newest => -(step_of(hit.asset) as i64),
                Sort::Oldest => step_of(hit.asset) as i64,
                Sort::Longest => -(step_of(hit.asset) as i64 % 5),
                Sort::Shortest => step_of(hit.asset) as i64 % 5,
                _ => hit.span.start().as_micros(),
            })
            .collect();
        assert!(numbers.is_sorted(), "{sort:?}: {numbers:?}");
    }
    let ranked = walk(&searcher, "harbour", Sort::Newest).await?;
    assert!(ranked.len() <= MAX_REACHABLE_HITS, "what words rank is ordered among the best only");
    assert!(walk(&searcher, "kind:shot", Sort::Newest).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn every_answer_is_reached_once_in_the_order_of_a_text_and_those_without_come_last() -> Outcome {
    use Direction::{Ascending, Descending};

    type Rank = fn(u128) -> Option<u128>;

    let folder = tempfile::tempdir()?;
    let (_index, searcher) = open(folder.path(), 4).await?;
    let all = usize::try_from(ASSETS)? * usize::try_from(MOMENTS)?;
    let by_title: Rank = |number| title(number).map(|_| number / 2);
    let by_take: Rank = |number| take(number).map(|_| number);
    let number_of = |asset: AssetId| (1..=ASSETS).find(|number| asset_id(*number) == asset).unwrap_or_default();
    for (direction, rank, sort) in [
        (Ascending, by_title, Sort::Title(Ascending)),
        (Descending, by_title, Sort::Title(Descending)),
        (Ascending, by_take, Sort::Metadata("take".into(), Ascending)),
        (Descending, by_take, Sort::Metadata("take".into(), Descending)),
        // What nobody has orders nothing, and leaves nothing out.
        (Ascending, |_| None, Sort::Metadata("reel".into(), Ascending)),
    ] {
        for (query, least) in [("kind:speech", all), ("harbour", 400)] {
            let hits = walk(&searcher, query, sort.clone()).await?;
            let reached: HashSet<MomentId> = hits.iter().flat_map(|hit| hit.moments.clone()).collect();
            assert!(hits.len() >= least && reached.len() == hits.len(), "{sort:?}: {} of {least}", hits.len());
            let ranks: Vec<Option<u128>> = hits.iter().map(|hit| rank(number_of(hit.asset))).collect();
            let known: Vec<u128> = ranks.iter().copied().map_while(|rank| rank).collect();
            assert!(ranks.iter().skip(known.len()).all(Option::is_none), "{sort:?}: {ranks:?}");
            let is_in_order = match direction {
                Ascending => known.is_sorted(),
                Descending => known.iter().rev().is_sorted(),
            };
            assert!(is_in_order, "{sort:?} of {query}: {known:?}");
            let in_order_of_ids = hits.windows(2).zip(ranks.windows(2)).all(|(hits, ranks)| match (hits, ranks) {
                ([one, other], [rank, next]) => rank != next || one.moments < other.moments,
                _ => true,
            });
            assert!(in_order_of_ids, "{sort:?} of {query}");
        }
    }
    Ok(())
}

/// Moments of hits, with their asset.
type Placed = Vec<(AssetId, Vec<MomentId>)>;

#[tokio::test]
async fn a_page_by_title_goes_on_after_the_last_one_although_that_is_gone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (index, searcher) = open(folder.path(), 4).await?;
    for direction in [Direction::Ascending, Direction::Descending] {
        let sort = Sort::Title(direction);
        let base = SearchRequest::parse(TENANT, "kind:speech")?.with_sort(sort.clone());
        let page = searcher.search(&base.clone().with_page(100, None)?).await?;
        let last = page.edges.last().ok_or("nothing was found")?;
        let rest = async |after: &str| -> Result<Placed, Box<dyn std::error::Error>> {
            let next = searcher.search(&base.clone().with_page(100, Some(after))?).await?;
            Ok(next.edges.into_iter().map(|edge| (edge.node.asset, edge.node.moments)).collect())
        };
        let before = rest(&last.cursor).await?;
        let gone = last.node.asset;
        let removed = vec![reelgraph_search::document::AssetKey { tenant: TENANT, asset: gone }];
        index.apply(Batch { documents: Vec::new(), removed }).await?;
        index.commit(Revision(100)).await?;
        let stayed: Vec<_> = before.into_iter().filter(|(asset, _)| *asset != gone).collect();
        assert!(!stayed.is_empty() && rest(&last.cursor).await?.starts_with(&stayed), "{direction:?}");
        let other = SearchRequest::parse(TENANT, "kind:speech")?.with_sort(Sort::Newest);
        let refused = searcher.search(&other.with_page(100, Some(&last.cursor))?).await;
        assert!(matches!(refused, Err(SearchError::ForeignCursor)));
    }
    Ok(())
}

#[tokio::test]
async fn a_deep_page_goes_on_where_it_was_after_the_index_has_changed() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (index, searcher) = open(folder.path(), 15).await?;
    let base = SearchRequest::parse(TENANT, "kind:speech")?.with_sort(Sort::Oldest).with_page(100, None)?;
    let page = searcher.search(&base).await?;
    let last = page.edges.last().ok_or("nothing was found")?;
    let gone = library().into_iter().take(1).map(|document| document.asset);
    let removed = gone.map(|asset| reelgraph_search::document::AssetKey { tenant: TENANT, asset }).collect();
    index.apply(Batch { documents: Vec::new(), removed }).await?;
    index.commit(Revision(100)).await?;
    let next = searcher.search(&base.clone().with_page(100, Some(&last.cursor))?).await?;
    assert!(next.notices.contains(&Notice::IndexChanged));
    assert!(!next.has_no_good_match);
    let seen: HashSet<MomentId> = page.edges.iter().flat_map(|edge| edge.node.moments.clone()).collect();
    assert!(next.edges.iter().all(|edge| !edge.node.moments.iter().any(|moment| seen.contains(moment))));
    let other = SearchRequest::parse(TENANT, "kind:speech lang:en")?.with_sort(Sort::Oldest);
    let refused = searcher.search(&other.with_page(100, Some(&last.cursor))?).await;
    assert!(matches!(refused, Err(SearchError::ForeignCursor)));
    Ok(())
}

/// Counts what it encodes.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl QueryEncoder for Counting {
    fn encode(&self, space: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        WordEncoder.encode(space, text)
    }
}

#[tokio::test]
async fn warming_up_runs_the_models_and_does_nothing_where_nothing_is() -> Outcome {
    let folder = tempfile::tempdir()?;
    let passages = space("passages", Modality::Passages)?;
    let embedding = passages.space().clone();
    let text = Arc::new(TextIndex::open(&folder.path().join("text"), TextSettings::default())?);
    let vectors = EdgeIndex::open(&folder.path().join("vectors"), vec![passages], EdgeSettings::default())?;
    let index = SearchIndex::new(text, Arc::new(vectors) as Arc<dyn VectorIndex>);
    let encoder = Arc::new(Counting::default());
    let searcher = Searcher::new(index.clone()).with_encoder(Arc::clone(&encoder) as Arc<dyn QueryEncoder>);
    searcher.warm_up().await;
    assert_eq!(encoder.0.load(Ordering::Relaxed), 0);
    let documents = library().into_iter().take(1).map(|document| with_vectors(document, &embedding)).collect();
    index.apply(Batch { documents, removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    searcher.warm_up().await;
    assert_eq!(encoder.0.load(Ordering::Relaxed), 1, "one word is all that is said");
    Ok(())
}
