//! Words and vectors together: merging, fusing, paging, and repair after a crash.

use std::collections::HashSet;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use crate::support::{
    Outcome, TENANT, WordEncoder, asset_id, document, embedding_space, moments, other_tenant, said, seconds, seen,
    space, titled, with_vectors,
};
use reelgraph_models::asset::Revision;
use reelgraph_models::id::TenantId;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_search::document::{AssetDocument, AssetKey};
use reelgraph_search::error::SearchError;
use reelgraph_search::hit::{Hit, Notice, Page, Source};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::SearchRequest;
use reelgraph_search::query::filter::Filter;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::space::RelevanceFloor;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, VectorIndex};

struct Library {
    text: Arc<TextIndex>,
    vectors: Arc<EdgeIndex>,
    index: SearchIndex,
    searcher: Searcher,
}

fn open(folder: &Path) -> Result<Library, Box<dyn Error>> {
    let floor = RelevanceFloor { at_least: 0.4, below_best: 2.0 };
    let spaces = vec![space("passages", Modality::Passages)?.with_floor(floor)];
    let text = Arc::new(TextIndex::open(&folder.join("text"), TextSettings::default())?);
    let vectors = Arc::new(EdgeIndex::open(&folder.join("vectors"), spaces, EdgeSettings::default())?);
    let index = SearchIndex::new(Arc::clone(&text), Arc::clone(&vectors) as Arc<dyn VectorIndex>);
    let searcher = Searcher::new(index.clone()).with_encoder(Arc::new(WordEncoder));
    Ok(Library { text, vectors, index, searcher })
}

impl Library {
    async fn publish(&self, documents: Vec<AssetDocument>, revision: i64) -> Result<(), SearchError> {
        let space = embedding_space("passages");
        let documents = documents.into_iter().map(|document| with_vectors(document, &space)).collect();
        self.index.apply(Batch { documents, removed: Vec::new() }).await?;
        self.index.commit(Revision(revision)).await
    }

    async fn search(&self, query: &str) -> Result<Page<Hit>, SearchError> {
        self.searcher.search(&SearchRequest::parse(TENANT, query)?).await
    }
}

/// Many moments of many assets, all with the word `harbour`.
fn harbours(assets: u128, moments: i64) -> Vec<AssetDocument> {
    let document_of = |number: u128| {
        let asset = asset_id(number);
        let text = |n: i64| format!("harbour {} {}", "wave ".repeat(usize::try_from(n % 5).unwrap_or(0)), number);
        let said = (0..moments).map(|n| said(asset, seconds(n * 10, n * 10 + 4), &text(n), "en")).collect();
        document(TENANT, asset, said)
    };
    (1..=assets).map(document_of).collect()
}

#[tokio::test]
async fn a_shot_and_the_words_over_it_are_one_hit_with_both_reasons() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    let asset = asset_id(1);
    let shot = seen(asset, seconds(10, 16), &["sports car"]);
    let speech = said(asset, seconds(11, 18), "this car is a limited edition", "en");
    let elsewhere = seen(asset, seconds(100, 104), &["car wheel"]);
    library.publish(vec![document(TENANT, asset, vec![shot.clone(), speech.clone(), elsewhere.clone()])], 1).await?;
    let page = library.search("limited edition car").await?;
    let best = &page.edges.first().ok_or("nothing was found")?.node;
    assert_eq!(best.span, seconds(10, 18));
    assert_eq!(best.moments.iter().collect::<HashSet<_>>(), [shot.id, speech.id].iter().collect());
    let modalities: HashSet<_> =
        best.contributions.iter().map(|one| (one.modality, one.source == Source::Text)).collect();
    assert!(modalities.contains(&(Modality::Speech, true)));
    assert!(modalities.contains(&(Modality::Tags, true)));
    assert!(modalities.contains(&(Modality::Passages, false)));
    assert!((best.coverage - 1.0).abs() < 1e-6 && best.score > 0.9 && best.score <= 1.0);
    assert_eq!(page.edges.get(1).map(|edge| edge.node.moments.clone()), Some(vec![elsewhere.id]));
    Ok(())
}

#[tokio::test]
async fn a_chain_of_overlaps_does_not_become_one_long_hit() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    let asset = asset_id(1);
    let mut chain: Vec<_> = (0..60).map(|n| said(asset, seconds(n * 6, n * 6 + 8), "harbour", "en")).collect();
    chain.push(seen(asset, seconds(0, 600), &["harbour"]));
    library.publish(vec![document(TENANT, asset, chain)], 1).await?;
    let page = library.searcher.search(&SearchRequest::parse(TENANT, "harbour")?.with_page(100, None)?).await?;
    assert!(page.edges.len() >= 10, "{} hits", page.edges.len());
    for edge in &page.edges {
        assert!(edge.node.span.duration().as_micros() <= 30_000_000);
        let has_shot = edge.node.contributions.iter().any(|one| one.modality == Modality::Tags);
        assert!(has_shot, "the long take lends its evidence to every hit inside it");
    }
    Ok(())
}

#[tokio::test]
async fn meaning_finds_what_words_do_not_and_nonsense_finds_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    let asset = asset_id(1);
    // The encoder of the tests takes words whole, so that only vectors can bridge `sea-side` here.
    let near = said(asset, seconds(0, 5), "a walk by the sea", "en");
    library.publish(vec![document(TENANT, asset, vec![near.clone(), titled(asset, "Holiday")])], 1).await?;
    let only = Filter { modalities: Some(vec![Modality::Passages]), ..Filter::default() };
    let request = SearchRequest::parse(TENANT, "walk sea")?.with_filter(only)?;
    let page = library.searcher.search(&request).await?;
    assert_eq!(moments(&page), [near.id]);
    let sources: Vec<_> = page.edges.iter().flat_map(|edge| &edge.node.contributions).map(|one| &one.source).collect();
    assert!(sources.iter().all(|source| matches!(source, Source::Vector { .. })));
    assert_eq!(page.edges.first().map(|edge| edge.node.coverage), Some(0.0));

    for nonsense in ["zxqv", "🎬", "", "\u{0}"] {
        let page = library.search(nonsense).await?;
        assert!(page.edges.is_empty(), "{nonsense:?} found {:?}", page.edges);
    }
    assert_eq!(library.search("!!!").await?.notices, [Notice::NoSearchableWords]);
    Ok(())
}

#[tokio::test]
async fn a_required_phrase_keeps_hits_without_it_out() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    let asset = asset_id(1);
    let with = said(asset, seconds(0, 5), "a limited edition of ten", "en");
    let without = said(asset, seconds(10, 15), "an edition limited to ten", "en");
    library.publish(vec![document(TENANT, asset, vec![with.clone(), without])], 1).await?;
    assert_eq!(moments(&library.search("\"limited edition\" ten").await?), [with.id]);
    Ok(())
}

#[tokio::test]
async fn paging_returns_every_hit_once_and_in_order() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    library.publish(harbours(7, 23), 1).await?;
    let whole = SearchRequest::parse(TENANT, "harbour")?.with_page(100, None)?;
    let expected = library.searcher.search(&whole).await?;
    assert!(expected.has_next_page);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let request = SearchRequest::parse(TENANT, "harbour")?.with_page(7, after.as_deref())?;
        let page = library.searcher.search(&request).await?;
        seen.extend(moments(&page));
        after = page.edges.last().map(|edge| edge.cursor.clone());
        if !page.has_next_page {
            break;
        }
    }
    assert_eq!(seen.len(), 7 * 23);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    assert_eq!(seen[..100], moments(&expected));
    Ok(())
}

#[tokio::test]
async fn a_cursor_of_another_search_is_refused_and_a_changed_index_is_mentioned() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    library.publish(harbours(3, 10), 1).await?;
    let first = library.searcher.search(&SearchRequest::parse(TENANT, "harbour")?.with_page(5, None)?).await?;
    let cursor = first.edges.last().map(|edge| edge.cursor.clone()).ok_or("no cursor")?;

    let other = [
        SearchRequest::parse(TENANT, "harbour wave")?,
        SearchRequest::parse(other_tenant(), "harbour")?,
        SearchRequest::parse(TENANT, "harbour")?.with_filter(Filter { has_audio: Some(true), ..Filter::default() })?,
    ];
    for request in other {
        let refused = library.searcher.search(&request.with_page(5, Some(&cursor))?).await;
        assert!(matches!(refused, Err(SearchError::ForeignCursor)));
    }
    let next = SearchRequest::parse(TENANT, "harbour")?.with_page(5, Some(&cursor))?;
    assert!(matches!(library.searcher.search_groups(&next).await, Err(SearchError::ForeignCursor)));
    let forged = SearchRequest::parse(TENANT, "harbour")?.with_page(5, Some("Zm9yZ2Vk"));
    assert!(matches!(forged, Err(SearchError::BadCursor)));
    for first in [0, 101] {
        let refused = SearchRequest::parse(TENANT, "harbour")?.with_page(first, None);
        assert!(matches!(refused, Err(SearchError::PageSize { limit: 100, .. })));
    }

    // A page sequence goes on over the answers it began with; where they are gone, the asker is told.
    let mut grown = harbours(3, 10);
    grown.extend(harbours(5, 3).split_off(3));
    library.publish(grown, 2).await?;
    assert_eq!(library.searcher.search(&next).await?.notices, []);
    let fresh = Searcher::new(library.index.clone()).with_encoder(Arc::new(WordEncoder));
    assert_eq!(fresh.search(&next).await?.notices, [Notice::IndexChanged]);
    Ok(())
}

#[tokio::test]
async fn hits_of_one_asset_can_be_grouped() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    library.publish(harbours(4, 15), 1).await?;
    let mut assets = Vec::new();
    let mut after = None;
    loop {
        let request = SearchRequest::parse(TENANT, "harbour")?.with_page(3, after.as_deref())?;
        let page = library.searcher.search_groups(&request).await?;
        for edge in &page.edges {
            assert_eq!((edge.node.hits.len(), edge.node.hits_total), (10, 15));
            assert!(edge.node.hits.iter().all(|hit| hit.asset == edge.node.asset));
            assets.push(edge.node.asset);
        }
        after = page.edges.last().map(|edge| edge.cursor.clone());
        if !page.has_next_page {
            break;
        }
    }
    assets.sort_unstable();
    assert_eq!(assets, [asset_id(1), asset_id(2), asset_id(3), asset_id(4)]);
    Ok(())
}

#[tokio::test]
async fn another_tenants_moments_never_come_back() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    let mine = document(TENANT, asset_id(1), vec![said(asset_id(1), seconds(0, 5), "harbour", "en")]);
    let theirs = document(other_tenant(), asset_id(2), vec![said(asset_id(2), seconds(0, 5), "harbour", "en")]);
    library.publish(vec![mine, theirs], 1).await?;
    for (tenant, asset) in [(TENANT, Some(asset_id(1))), (other_tenant(), Some(asset_id(2))), (stranger(), None)] {
        let page = library.searcher.search(&SearchRequest::parse(tenant, "harbour")?).await?;
        assert_eq!(page.edges.iter().map(|edge| edge.node.asset).collect::<Vec<_>>(), Vec::from_iter(asset));
        let named = Filter { assets: Some(vec![asset_id(1), asset_id(2)]), ..Filter::default() };
        let page = library.searcher.search(&SearchRequest::parse(tenant, "harbour")?.with_filter(named)?).await?;
        assert_eq!(page.edges.iter().map(|edge| edge.node.asset).collect::<Vec<_>>(), Vec::from_iter(asset));
    }
    Ok(())
}

fn stranger() -> TenantId {
    TenantId::from_uuid(uuid::Uuid::from_u128(77))
}

#[tokio::test]
async fn an_index_rebuilt_from_nothing_gives_the_same_answers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    // In two steps, so that the first index has more segments than the rebuilt one.
    let mut documents = harbours(5, 12);
    let later = documents.split_off(3);
    library.publish(documents, 1).await?;
    library.publish(later, 2).await?;
    let queries = ["harbour", "wave harbour", "harbour 3"];
    let mut before = Vec::new();
    for query in queries {
        before.push(moments(&library.search(query).await?));
    }
    drop(library);
    for lost in ["text", "vectors"] {
        std::fs::remove_dir_all(folder.path().join(lost))?;
        let library = open(folder.path())?;
        assert_eq!(library.index.watermark().await?, Revision(0), "a lost {lost} index asks for everything again");
        library.publish(harbours(5, 12), 2).await?;
        assert_eq!(library.index.watermark().await?, Revision(2));
        for (query, before) in queries.iter().zip(&before) {
            assert_eq!(moments(&library.search(query).await?), *before, "{query} without the {lost} index");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_crash_between_the_two_commits_is_repaired_from_the_watermark() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    library.publish(harbours(1, 3), 1).await?;
    let space = embedding_space("passages");
    let second: Arc<[AssetDocument]> =
        harbours(2, 3).split_off(1).into_iter().map(|one| with_vectors(one, &space)).collect();
    // Text is committed, vectors are not; then everything stops.
    library.text.apply(Arc::clone(&second), &[]).await?;
    library.text.commit(Revision(2)).await?;
    drop(library);
    let library = open(folder.path())?;
    assert_eq!(library.text.watermark().await?, Revision(2));
    assert_eq!(library.vectors.watermark().await?, Revision(1));
    assert_eq!(library.index.watermark().await?, Revision(1));
    library.publish(harbours(2, 3).split_off(1), 2).await?;
    assert_eq!(library.index.watermark().await?, Revision(2));
    assert_eq!(library.text.count(), 6);
    assert_eq!(library.vectors.count(&space, TENANT).await?, 6);
    let removed = vec![AssetKey { tenant: TENANT, asset: asset_id(2) }];
    library.index.apply(Batch { documents: Vec::new(), removed }).await?;
    library.index.commit(Revision(3)).await?;
    let page = library.search("harbour").await?;
    assert!(page.edges.iter().all(|edge| edge.node.asset == asset_id(1)) && page.edges.len() == 3);
    Ok(())
}

#[tokio::test]
async fn a_space_whose_model_is_absent_is_named_and_the_rest_still_answers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let text = Arc::new(TextIndex::open(&folder.path().join("text"), TextSettings::default())?);
    let spaces = vec![space("absent", Modality::Passages)?];
    let vectors = Arc::new(EdgeIndex::open(&folder.path().join("vectors"), spaces, EdgeSettings::default())?);
    let index = SearchIndex::new(text, vectors);
    let asset = asset_id(1);
    let documents = vec![document(TENANT, asset, vec![said(asset, seconds(0, 5), "harbour", "en")])];
    index.apply(Batch { documents, removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    let searcher = Searcher::new(index).with_encoder(Arc::new(WordEncoder));
    let page = searcher.search(&SearchRequest::parse(TENANT, "harbour")?).await?;
    assert_eq!(page.edges.len(), 1);
    assert_eq!(page.notices, [Notice::SpaceUnavailable { space: embedding_space("absent") }]);
    Ok(())
}

#[tokio::test]
async fn kinds_and_stretches_can_be_asked_for() -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = open(folder.path())?;
    let asset = asset_id(1);
    let speech = said(asset, seconds(50, 55), "harbour", "en");
    let moments_of =
        vec![said(asset, seconds(0, 5), "harbour", "en"), speech.clone(), seen(asset, seconds(50, 55), &["harbour"])];
    library.publish(vec![document(TENANT, asset, moments_of)], 1).await?;
    let filter = Filter { kinds: Some(vec![MomentKind::Speech]), within: Some(seconds(40, 60)), ..Filter::default() };
    let page = library.searcher.search(&SearchRequest::parse(TENANT, "harbour")?.with_filter(filter)?).await?;
    assert_eq!(moments(&page), [speech.id]);
    Ok(())
}
