//! Queries widened by a controlled vocabulary.

use std::sync::Arc;

use reelgraph_models::id::TenantId;
use reelgraph_search::hit::Notice;
use reelgraph_search::query::SearchRequest;
use reelgraph_search::query::vocabulary::{Expansion, LabelPath, Redirect, Vocabulary};

use crate::query_language::{ask, open, starts};
use crate::support::{Outcome, TENANT};

/// Knows that a flagship is a boat, and that a drake is now called a dragon.
#[derive(Debug)]
struct Ships;

impl Vocabulary for Ships {
    fn expand(&self, _: TenantId, label: &str, depth: u8) -> Option<Expansion> {
        let path = |label: &str, path: &[&str]| {
            Arc::new(LabelPath {
                label: label.into(),
                concept: "c1".into(),
                path: path.iter().map(|step| (*step).to_owned()).collect(),
            })
        };
        match label {
            "sea vessel" if depth > 0 => {
                let labels = vec![path("Schiff", &["sea vessel"]), path("boat", &["sea vessel", "boat"])];
                Some(Expansion { labels, redirect: None })
            }
            "drake" => {
                let redirect = Some(Redirect { from: "drake".into(), to: "dragon".into() });
                Some(Expansion { labels: vec![path("dragon", &["dragon"])], redirect })
            }
            _ => None,
        }
    }
}

#[tokio::test]
async fn a_vocabulary_widens_the_query_says_how_and_can_be_turned_off() -> Outcome {
    use reelgraph_search::highlight::Matcher;
    use reelgraph_search::query::Expansion as Widening;

    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?.with_vocabulary(Arc::new(Ships));
    let page = ask(&searcher, "sea vessel").await?;
    assert_eq!(starts(&page), [40]);
    let request = searcher.expanded(SearchRequest::parse(TENANT, "sea vessel")?);
    let marked = Matcher::new(request.query()).find("drag the boat ashore", Some("en"), None);
    let via: Vec<_> = marked.iter().flat_map(|highlight| &highlight.via).map(|path| path.path.join(" > ")).collect();
    assert_eq!(via, ["sea vessel > boat"]);
    let narrow = SearchRequest::parse(TENANT, "sea vessel")?.with_expansion(Widening::Off);
    assert_eq!(starts(&searcher.search(&narrow).await?), Vec::<i64>::new());
    let page = ask(&searcher, "drake").await?;
    assert_eq!(starts(&page), [-101, 0]);
    assert!(page.notices.contains(&Notice::ConceptRedirected { from: "drake".into(), to: "dragon".into() }));
    Ok(())
}
