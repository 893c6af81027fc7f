//! Which spaces answer: those that serve, those beside them when asked for, and none that are kept for nothing.

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use reelgraph_models::asset::Revision;
use reelgraph_models::id::TenantId;
use reelgraph_models::observation::Modality;
use reelgraph_models::space::{KeptSpaces, SpaceRole};
use reelgraph_search::hit::{Notice, Source};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::SearchRequest;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::served::SpaceDirectory;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, VectorIndex};

use crate::support::{
    Outcome, TENANT, WordEncoder, asset_id, document, embedding_space, other_tenant, said, seconds, space, with_vectors,
};

/// What one tenant keeps; another keeps nothing.
#[derive(Debug, Default)]
struct Kept(Mutex<Option<KeptSpaces>>);

impl Kept {
    fn set(&self, kept: KeptSpaces) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }
}

#[async_trait]
impl SpaceDirectory for Kept {
    async fn kept_spaces(&self, tenant: TenantId) -> Result<Vec<KeptSpaces>, Box<dyn Error + Send + Sync>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(kept.into_iter().filter(|_| tenant == TENANT).collect())
    }
}

/// A moment with a vector in `old` and one in `new`, of each of two tenants.
async fn library(folder: &Path, kept: &Arc<Kept>) -> Result<Searcher, Box<dyn Error>> {
    let spaces = vec![space("old", Modality::Passages)?, space("new", Modality::Passages)?];
    let text = Arc::new(TextIndex::open(&folder.join("text"), TextSettings::default())?);
    let vectors = Arc::new(EdgeIndex::open(&folder.join("vectors"), spaces, EdgeSettings::default())?);
    let index = SearchIndex::new(text, vectors as Arc<dyn VectorIndex>);
    let document_of = |tenant, number| {
        let asset = asset_id(number);
        let document = document(tenant, asset, vec![said(asset, seconds(0, 5), "harbour at dawn", "en")]);
        let mut both = with_vectors(document.clone(), &embedding_space("old"));
        both.embeddings.extend(with_vectors(document, &embedding_space("new")).embeddings);
        both
    };
    let documents = vec![document_of(TENANT, 1), document_of(other_tenant(), 2)];
    index.apply(Batch { documents, removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    let kept = Arc::clone(kept);
    Ok(Searcher::new(index).with_encoder(Arc::new(WordEncoder)).with_spaces(kept as Arc<dyn SpaceDirectory>))
}

/// The names of the spaces that answered, and the notices.
async fn ask(searcher: &Searcher, request: &SearchRequest) -> Result<(Vec<String>, Vec<Notice>), Box<dyn Error>> {
    let page = searcher.search(request).await?;
    let contributions = page.edges.iter().flat_map(|edge| &edge.node.contributions);
    let mut names: Vec<String> = contributions
        .filter_map(|one| match &one.source {
            Source::Vector { space, .. } => Some(space.name.clone()),
            Source::Text => None,
        })
        .collect();
    names.sort();
    Ok((names, page.notices))
}

fn serving(name: &str) -> KeptSpaces {
    KeptSpaces::new(SpaceRole::Passages, embedding_space(name))
}

#[tokio::test]
async fn one_space_of_a_role_answers_and_the_other_only_where_it_is_asked_for() -> Outcome {
    let folder = tempfile::tempdir()?;
    let kept = Arc::new(Kept::default());
    let searcher = library(folder.path(), &kept).await?;
    let request = SearchRequest::parse(TENANT, "harbour dawn")?;
    let beside = request.clone().with_spaces_beside(vec![SpaceRole::Passages]);
    let both = vec!["new".to_owned(), "old".to_owned()];
    assert_eq!(ask(&searcher, &request).await?, (both.clone(), vec![]), "nothing was decided yet");
    let states: [(KeptSpaces, &str, &str); 4] = [
        (serving("old"), "old", "old"),
        (serving("old").begin(&embedding_space("new"))?, "old", "new"),
        (serving("old").begin(&embedding_space("new"))?.switch()?, "new", "old"),
        (serving("new"), "new", "new"),
    ];
    for (state, answers, answers_beside) in states {
        kept.set(state.clone());
        assert_eq!(ask(&searcher, &request).await?, (vec![answers.to_owned()], vec![]), "{state:?}");
        assert_eq!(ask(&searcher, &beside).await?, (vec![answers_beside.to_owned()], vec![]), "{state:?}");
    }
    assert_eq!(ask(&searcher, &SearchRequest::parse(other_tenant(), "harbour dawn")?).await?.0, both);
    Ok(())
}

#[tokio::test]
async fn a_serving_space_whose_model_is_gone_is_named_and_no_other_takes_its_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let kept = Arc::new(Kept::default());
    let searcher = library(folder.path(), &kept).await?;
    kept.set(serving("gone"));
    let (names, notices) = ask(&searcher, &SearchRequest::parse(TENANT, "harbour dawn")?).await?;
    assert_eq!(names, Vec::<String>::new());
    assert_eq!(notices, [Notice::SpaceUnavailable { space: embedding_space("gone") }]);
    Ok(())
}

#[tokio::test]
async fn a_cursor_of_one_space_does_not_page_through_the_other() -> Outcome {
    let folder = tempfile::tempdir()?;
    let kept = Arc::new(Kept::default());
    let searcher = library(folder.path(), &kept).await?;
    kept.set(serving("old").begin(&embedding_space("new"))?);
    let page = searcher.search(&SearchRequest::parse(TENANT, "harbour")?.with_page(1, None)?).await?;
    let cursor = page.edges.first().map(|edge| edge.cursor.clone()).ok_or("nothing was found")?;
    let next = SearchRequest::parse(TENANT, "harbour")?.with_page(1, Some(&cursor))?;
    assert!(searcher.search(&next).await.is_ok());
    let beside = next.with_spaces_beside(vec![SpaceRole::Passages]);
    assert!(searcher.search(&beside).await.is_err());
    Ok(())
}
