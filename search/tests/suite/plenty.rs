//! Words that more moments have than are looked at: what has all of a query is found among them all the same.

use std::path::Path;
use std::sync::Arc;

use reelgraph_models::asset::Revision;
use reelgraph_models::id::MomentId;
use reelgraph_models::observation::Modality;
use reelgraph_search::document::MomentDocument;
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::SearchRequest;
use reelgraph_search::query::limits::TEXT_CANDIDATES;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings};

use crate::support::{Outcome, TENANT, asset_id, document, moments, said, seconds, space};

/// Texts that have a word twice, in so many letters, and one that has it once and in another form beside a rare word.
const TEXTS: [(&str, &str, &str); 3] = [
    (
        "en",
        "this river is wide here and slow and brown all year round and a river without an end",
        "we walked on for hours that day until two bridges came in sight where the rivers meet",
    ),
    (
        "de",
        "dieser fluss ist hier breit und langsam und braun das ganze jahr ein fluss ohne ende",
        "wir liefen an diesem tag noch viele stunden bis zwei brücken über die flüsse kamen",
    ),
    (
        "ja",
        "この川はここで広くて遅く一年中茶色い終わりのない川です",
        "その日は何時間も歩き続けてやっと橋と川が見えてきました",
    ),
];

/// More moments with the frequent word of each language than are looked at, and the one that has both words of it, by language.
async fn open(folder: &Path) -> Result<(Searcher, Vec<MomentId>), Box<dyn std::error::Error>> {
    let text = Arc::new(TextIndex::open(&folder.join("text"), TextSettings::default())?);
    let spaces = vec![space("passages", Modality::Passages)?];
    let vectors = Arc::new(EdgeIndex::open(&folder.join("vectors"), spaces, EdgeSettings::default())?);
    let index = SearchIndex::new(text, vectors);
    let (mut documents, mut with_both) = (Vec::new(), Vec::new());
    for (number, (language, often, both)) in (0..).zip(TEXTS) {
        let asset = asset_id(number);
        let many = i64::try_from(TEXT_CANDIDATES + 100)?;
        let mut told: Vec<MomentDocument> =
            (0..many).map(|n| said(asset, seconds(n * 10, n * 10 + 9), often, language)).collect();
        let one = said(asset, seconds(many * 10, many * 10 + 9), both, language);
        with_both.push(one.id);
        told.push(one);
        documents.push(document(TENANT, asset, told));
    }
    index.apply(Batch { documents, removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    Ok((Searcher::new(index), with_both))
}

#[tokio::test]
async fn what_has_every_word_comes_first_however_many_have_one() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (searcher, with_both) = open(folder.path()).await?;
    for (query, expected) in ["river bridge", "Fluss Brücke", "川 橋"].into_iter().zip(with_both) {
        let page = searcher.search(&SearchRequest::parse(TENANT, query)?.with_page(10, None)?).await?;
        assert_eq!(moments(&page).first(), Some(&expected), "{query}");
        assert_eq!(page.edges.len(), 10, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_word_that_many_have_in_so_many_letters_brings_those_first() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (searcher, with_both) = open(folder.path()).await?;
    let page = searcher.search(&SearchRequest::parse(TENANT, "rivers")?.with_page(10, None)?).await?;
    assert_eq!(moments(&page).first(), with_both.first());
    assert_eq!(page.edges.len(), 10, "other forms are found where few have the word as it was typed");
    let page = searcher.search(&SearchRequest::parse(TENANT, "river")?.with_page(10, None)?).await?;
    assert!(!moments(&page).contains(with_both.first().ok_or("no moment")?));
    Ok(())
}
