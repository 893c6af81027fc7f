//! What is fitted on: the hits of judged queries, each right or not.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use reelgraph_api::graphql::GlobalId;
use reelgraph_models::id::TenantId;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_search::calibration::{Features, features};
use reelgraph_search::hit::{Contribution, Hit};
use reelgraph_search::query::SearchRequest;

use crate::app::App;
use crate::command::eval::judged::ask::Question;
use crate::command::eval::judged::matching::{Found, is_right};

/// Hits of each query that are looked at: a page.
const HITS: usize = 20;

/// A query with its hits.
#[derive(Debug)]
pub struct Asked {
    /// Whether the right answer is that there is nothing.
    pub is_nothing: bool,
    /// Queries about the same place belong together, so that none is fitted on and another reported on.
    pub about: String,
    /// Best first, each with whether it is right.
    pub hits: Vec<(Hit, bool)>,
}

impl Asked {
    /// Each hit as the fit sees it. It weighs as much as nDCG counts its place: most hits lie deep in the lists, and whether
    /// there is anything is told by the first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.hits.iter().enumerate().map(|(place, (hit, is_right))| Row {
            features: features(hit.contributions.iter().map(Contribution::evidence)),
            modalities: hit.contributions.iter().map(|one| one.modality).collect(),
            score: hit.score,
            is_right: *is_right,
            weight: 1.0 / (place as f64 + 2.0).log2(),
        })
    }
}

/// A hit as the fit sees it.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    pub features: Features<'a>,
    /// Channels of evidence that found it.
    pub modalities: BTreeSet<Modality>,
    /// The fused score, which is what there was before.
    pub score: f32,
    pub is_right: bool,
    /// How much it counts beside others, above 0.
    pub weight: f64,
}

/// Asks every question that has no filter of its own.
pub async fn ask_all(app: &App, questions: &[Question<'_>]) -> anyhow::Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for question in questions.iter().filter(|question| question.judgement.filter.is_empty()) {
        let query = &question.judgement.query;
        let request = SearchRequest::parse(TenantId::DEFAULT, query)?.with_page(HITS, None)?;
        let page = app.searcher().search(&request).await.with_context(|| format!("the query {query:?}"))?;
        let judge = |hit: Hit| {
            let found = Found {
                asset: GlobalId::Asset(hit.asset).to_string(),
                span: hit.span,
                is_whole_asset: hit.kind == MomentKind::Asset,
            };
            let is_right = is_right(&found, &question.places);
            (hit, is_right)
        };
        let about = question.places.first().map_or(query.clone(), |place| format!("{} {:?}", place.asset, place.span));
        asked.push(Asked {
            is_nothing: question.places.iter().all(|place| place.grade == 0),
            about,
            hits: page.edges.into_iter().map(|edge| judge(edge.node)).collect(),
        });
    }
    ensure!(!asked.is_empty(), "every query has a filter of its own; those without are fitted on");
    Ok(asked)
}

/// Two halves with about as many places each; what is about the same place is in the same half.
pub fn halves(asked: &[Asked]) -> (Vec<&Asked>, Vec<&Asked>) {
    let mut places = BTreeMap::<(bool, &str), Vec<&Asked>>::new();
    for one in asked {
        places.entry((one.is_nothing, &one.about)).or_default().push(one);
    }
    let (even, odd): (Vec<_>, Vec<_>) = places.into_values().zip(0..).partition(|(_, number)| number % 2 == 0);
    (flat(even), flat(odd))
}

fn flat(half: Vec<(Vec<&Asked>, i32)>) -> Vec<&Asked> {
    half.into_iter().flat_map(|(of_place, _)| of_place).collect()
}
