//! A model that orders the best answers: what moves and what stays, pages, what it is asked, and what it is not asked for.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reelgraph_models::asset::Revision;
use reelgraph_models::id::{MomentId, TenantId};
use reelgraph_models::moment::MomentTexts;
use reelgraph_search::document::{AssetDocument, MomentDocument};
use reelgraph_search::error::SearchError;
use reelgraph_search::hit::{Hit, Notice, Page};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::limits::MAX_RERANKED_HITS;
use reelgraph_search::query::{Grouping, SearchRequest, Sort, Spread};
use reelgraph_search::rerank::{NotReranked, PassageScorer, ScoreError, ScoringModel, TextSource};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::text::{TextIndex, TextSettings};

use crate::support::{Outcome, TENANT, asset_id, document, moments, said, seconds, seen, titled, written};

/// Finds a passage as good as the number in it says, and remembers what it was asked.
#[derive(Debug)]
struct ByNumber {
    model: ScoringModel,
    asked: Mutex<Vec<(String, Vec<String>)>>,
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Absent,
    Broken,
    NoNumber,
}

impl ByNumber {
    fn new(fault: Option<Fault>) -> Arc<Self> {
        let model = ScoringModel { name: "numbers".into(), version: "1".into(), language: Some("en".into()) };
        Arc::new(Self { model, asked: Mutex::default(), fault })
    }

    fn asked(&self) -> Vec<(String, Vec<String>)> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(|error| error.into_inner()))
    }
}

impl PassageScorer for ByNumber {
    fn model(&self) -> &ScoringModel {
        &self.model
    }

    fn score(&self, query: &str, passages: &[&str]) -> Result<Vec<f32>, ScoreError> {
        let owned = passages.iter().map(|passage| (*passage).to_owned()).collect();
        self.asked.lock().unwrap_or_else(|error| error.into_inner()).push((query.to_owned(), owned));
        let number = |text: &&str| text.split_whitespace().find_map(|word| word.parse::<f32>().ok()).unwrap_or(0.0);
        match self.fault {
            None => Ok(passages.iter().map(|passage| number(passage) / 100.0).collect()),
            Some(Fault::Absent) => Err(ScoreError::Unavailable { source: "there is no such file".into() }),
            Some(Fault::Broken) => Err(ScoreError::Failed { source: "out of order".into() }),
            Some(Fault::NoNumber) => Ok(vec![f32::NAN; passages.len()]),
        }
    }
}

/// The words of the moments of some documents.
#[derive(Debug)]
struct Texts(HashMap<MomentId, MomentTexts>);

impl Texts {
    fn of(documents: &[AssetDocument]) -> Arc<Self> {
        let text = |passages: &[reelgraph_search::document::Passage]| {
            passages.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join(" ")
        };
        let texts = |moment: &MomentDocument| MomentTexts {
            said: text(&moment.said),
            language: moment.said.first().and_then(|passage| passage.language.clone()),
            written: text(&moment.written),
            title: text(&moment.titles),
            ..MomentTexts::default()
        };
        let all = documents.iter().flat_map(|document| &document.moments);
        Arc::new(Self(all.map(|moment| (moment.id, texts(moment))).collect()))
    }
}

#[async_trait]
impl TextSource for Texts {
    async fn texts(
        &self,
        tenant: TenantId,
        moments: &[MomentId],
    ) -> Result<HashMap<MomentId, MomentTexts>, Box<dyn Error + Send + Sync>> {
        assert_eq!(tenant, TENANT);
        Ok(moments.iter().filter_map(|id| Some((*id, self.0.get(id)?.clone()))).collect())
    }
}

async fn open(folder: &Path, documents: Vec<AssetDocument>) -> Result<(SearchIndex, Arc<Texts>), Box<dyn Error>> {
    let index = SearchIndex::text_only(Arc::new(TextIndex::open(folder, TextSettings::default())?));
    let texts = Texts::of(&documents);
    index.apply(Batch { documents, removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    Ok((index, texts))
}

/// Twelve assets that speak of the harbour, each with a number, the later the better; every third only shows it.
fn harbours() -> Vec<AssetDocument> {
    let of = |number: u128| {
        let asset = asset_id(number);
        let text = format!("harbour {number} {}", "wave ".repeat(number as usize % 4));
        let moment = match number % 3 {
            0 => seen(asset, seconds(0, 5), &["harbour"]),
            1 => said(asset, seconds(0, 5), &text, "en"),
            _ => written(asset, seconds(0, 5), &text),
        };
        document(TENANT, asset, vec![moment])
    };
    (1..=12).map(of).collect()
}

fn harbour(count: usize) -> Result<SearchRequest, SearchError> {
    SearchRequest::parse(TENANT, "harbour")?.with_rerank(Some(count))
}

fn hits(page: &Page<Hit>) -> Vec<Hit> {
    page.edges.iter().map(|edge| edge.node.clone()).collect()
}

#[tokio::test]
async fn what_has_words_goes_by_the_model_and_what_is_only_seen_keeps_its_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (index, texts) = open(folder.path(), harbours()).await?;
    let scorer = ByNumber::new(None);
    let searcher = Searcher::new(index).with_reranking(scorer.clone(), texts);
    let plain = searcher.search(&SearchRequest::parse(TENANT, "harbour")?).await?;
    assert!(plain.reranked.is_none() && scorer.asked().is_empty(), "it is off until it is asked for");
    let ordered = searcher.search(&harbour(12)?).await?;
    let cost = ordered.reranked.as_ref().ok_or("nothing was reranked")?;
    assert_eq!((cost.model.name.as_str(), cost.hits_scored), ("numbers", 8));
    assert!(scorer.asked().iter().all(|(query, passages)| query == "harbour" && !passages.is_empty()));
    let (plain, ordered) = (hits(&plain), hits(&ordered));
    assert_eq!(plain.len(), 12);
    for (before, after) in plain.iter().zip(&ordered) {
        let is_seen = |hit: &Hit| (0..=12).step_by(3).any(|number| hit.asset == asset_id(number));
        assert_eq!(is_seen(before), is_seen(after));
        if is_seen(before) {
            assert_eq!(before, after);
        }
        let same = plain.iter().find(|hit| hit.asset == after.asset).ok_or("an answer that was not there")?;
        assert_eq!((same.score, same.probability), (after.score, after.probability), "what is known of it stays");
    }
    let scores: Vec<f32> = ordered.iter().filter_map(|hit| hit.rerank_score).collect();
    assert_eq!(scores, [0.11, 0.10, 0.08, 0.07, 0.05, 0.04, 0.02, 0.01]);
    Ok(())
}

#[tokio::test]
async fn pages_go_on_from_the_new_order_into_the_old_one_also_when_nothing_is_kept() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (index, texts) = open(folder.path(), harbours()).await?;
    let searcher = || Searcher::new(index.clone()).with_reranking(ByNumber::new(None), texts.clone());
    let whole = searcher().search(&harbour(7)?).await?;
    let plain = searcher().search(&SearchRequest::parse(TENANT, "harbour")?).await?;
    assert_ne!(moments(&whole)[..7], moments(&plain)[..7]);
    assert_eq!(moments(&whole)[7..], moments(&plain)[7..]);
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        // A searcher of its own for each page has to make the ranking anew.
        let page = searcher().search(&harbour(7)?.with_page(3, after.as_deref())?).await?;
        assert!(page.reranked.is_some());
        seen.extend(moments(&page));
        after = page.edges.last().map(|edge| edge.cursor.clone());
        if !page.has_next_page {
            break;
        }
    }
    assert_eq!(seen, moments(&whole));
    let other = searcher().search(&harbour(8)?.with_page(3, after.as_deref())?).await;
    assert!(matches!(other, Err(SearchError::ForeignCursor)));
    let off = SearchRequest::parse(TENANT, "harbour")?.with_page(3, after.as_deref())?;
    assert!(matches!(searcher().search(&off).await, Err(SearchError::ForeignCursor)));
    Ok(())
}

#[tokio::test]
async fn several_good_answers_of_one_asset_make_room_for_others_and_lead_their_group() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (one, other) = (asset_id(1), asset_id(2));
    let talkative = vec![said(one, seconds(0, 5), "harbour 90", "en"), said(one, seconds(50, 55), "harbour 89", "en")];
    let documents = vec![
        document(TENANT, other, vec![said(other, seconds(0, 5), "harbour 88", "en")]),
        document(TENANT, one, talkative),
    ];
    let (index, texts) = open(folder.path(), documents).await?;
    let searcher = Searcher::new(index).with_reranking(ByNumber::new(None), texts);
    let scores = |page: &Page<Hit>| hits(page).iter().filter_map(|hit| hit.rerank_score).collect::<Vec<_>>();
    assert_eq!(scores(&searcher.search(&harbour(10)?).await?), [0.90, 0.88, 0.89]);
    assert_eq!(scores(&searcher.search(&harbour(10)?.with_spread(Spread::None)).await?), [0.90, 0.89, 0.88]);
    let groups = searcher.search_groups(&harbour(10)?.with_grouping(Grouping::ByAsset)).await?;
    let of =
        |edge: &reelgraph_search::hit::Edge<reelgraph_search::hit::HitGroup>| (edge.node.asset, edge.node.hits_total);
    assert_eq!(groups.edges.iter().map(of).collect::<Vec<_>>(), [(one, 2), (other, 1)]);
    Ok(())
}

#[tokio::test]
async fn the_model_reads_the_words_that_were_found_without_the_query_language() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (one, other) = (asset_id(1), asset_id(2));
    let long = "harbour ".repeat(5_000);
    let documents = vec![
        document(TENANT, one, vec![said(one, seconds(0, 5), "the old harbour", "en"), titled(one, "A harbour film")]),
        document(TENANT, other, vec![said(other, seconds(0, 5), &long, "en")]),
    ];
    let (index, texts) = open(folder.path(), documents).await?;
    let scorer = ByNumber::new(None);
    let searcher = Searcher::new(index).with_reranking(scorer.clone(), texts);
    let request = SearchRequest::parse(TENANT, "(said:harbour seen:boat -blue) OR \"old harbour\"")?;
    searcher.search(&request.with_rerank(Some(5))?).await?;
    searcher.search(&SearchRequest::parse(TENANT, "old said:harbour -blue")?.with_rerank(Some(5))?).await?;
    let asked = scorer.asked();
    assert!(!asked.is_empty());
    for (query, passages) in asked {
        assert!(!query.contains(':') && !query.contains("blue") && !query.contains("boat"), "{query:?}");
        assert!(passages.iter().all(|passage| passage.chars().count() <= 4_000));
    }
    Ok(())
}

#[tokio::test]
async fn where_nothing_is_to_be_read_nothing_moves_and_that_is_said() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (index, texts) = open(folder.path(), harbours()).await?;
    let scorer = ByNumber::new(None);
    let searcher = Searcher::new(index).with_reranking(scorer.clone(), texts);
    let cases = [
        ("kind:shot", Sort::Relevance, NotReranked::NoWords),
        ("kind:shot", Sort::Newest, NotReranked::OtherOrder),
        ("seen:harbour", Sort::Relevance, NotReranked::NoWords),
        ("harb*", Sort::Relevance, NotReranked::NoWords),
        ("harbour", Sort::Oldest, NotReranked::OtherOrder),
        ("within(harbour, harbour OR wave, 1h) OR harbour", Sort::Relevance, NotReranked::AboutTime),
        ("harbour asset.meta.none:* OR harbour kind:shot -text:harbour", Sort::Relevance, NotReranked::NoTexts),
    ];
    for (query, sort, why) in cases {
        let request = SearchRequest::parse(TENANT, query)?.with_sort(sort);
        let plain = searcher.search(&request).await?;
        let asked = searcher.search(&request.with_rerank(Some(10))?).await?;
        assert_eq!(asked.notices, [Notice::NotReranked { why }], "{query}");
        assert_eq!((asked.reranked.is_none(), moments(&asked)), (true, moments(&plain)), "{query}");
    }
    for query in ["", "!!!", "zxqv"] {
        let page = searcher.search(&SearchRequest::parse(TENANT, query)?.with_rerank(Some(10))?).await?;
        assert!(page.edges.is_empty() && page.reranked.is_none(), "{query:?}");
    }
    assert!(scorer.asked().is_empty());
    Ok(())
}

#[tokio::test]
async fn speech_in_a_language_that_the_model_does_not_know_keeps_its_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let of = |number: u128, language: &str| {
        let asset = asset_id(number);
        document(TENANT, asset, vec![said(asset, seconds(0, 5), &format!("harbour {number}"), language)])
    };
    let (index, texts) = open(folder.path(), vec![of(1, "en"), of(2, "de"), of(3, "en"), of(4, "fr")]).await?;
    let searcher = Searcher::new(index).with_reranking(ByNumber::new(None), texts);
    let page = searcher.search(&harbour(10)?).await?;
    assert_eq!(page.reranked.map(|cost| cost.hits_scored), Some(2));
    assert_eq!(page.edges.iter().filter(|edge| edge.node.rerank_score.is_none()).count(), 2);
    Ok(())
}

#[tokio::test]
async fn counts_out_of_range_and_models_that_are_absent_or_fail_are_errors_of_their_own() -> Outcome {
    for count in [0, MAX_RERANKED_HITS + 1, usize::MAX] {
        assert!(matches!(harbour(count), Err(SearchError::BadRerank { limit: MAX_RERANKED_HITS })));
    }
    let folder = tempfile::tempdir()?;
    let (index, texts) = open(folder.path(), harbours()).await?;
    assert!(matches!(Searcher::new(index.clone()).search(&harbour(12)?).await, Err(SearchError::NoReranking)));
    for fault in [Fault::Absent, Fault::Broken, Fault::NoNumber] {
        let searcher = Searcher::new(index.clone()).with_reranking(ByNumber::new(Some(fault)), texts.clone());
        let error = searcher.search(&harbour(12)?).await.err().ok_or("it was answered")?;
        match fault {
            Fault::Absent => assert!(error.to_string().ends_with("run `reelgraph models pull numbers`"), "{error}"),
            Fault::Broken | Fault::NoNumber => assert!(matches!(error, SearchError::Rerank { .. }), "{error}"),
        }
        assert!(!error.is_retryable());
        let off = searcher.search(&SearchRequest::parse(TENANT, "harbour")?).await?;
        assert_eq!(off.edges.len(), 12, "without it the search goes on");
    }
    Ok(())
}
