//! Answers a plan: each part by a look at the indexes, then joined in time.

use futures::FutureExt;
use futures::future::BoxFuture;
use reelgraph_models::embedding::EmbeddingSpace;

use super::Searcher;
use super::join::{any, assets, both, except, join, nothing_between};
use super::scope::SearchScope;
use crate::error::SearchError;
use crate::hit::Hit;
use crate::query::limits::{MAX_FILTER_ASSETS, MAX_JOINED_HITS, TEXT_CANDIDATES};
use crate::query::plan::{Plan, Relation};

/// What a part of a query has found.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Best first.
    pub(super) hits: Vec<Hit>,
    /// Spaces that took no part, each once.
    pub(super) unavailable: Vec<EmbeddingSpace>,
}

impl Answer {
    /// Keeps in mind which spaces took no part in another part of the query, and gives back what that has found.
    fn heard(&mut self, other: Self) -> Vec<Hit> {
        for space in other.unavailable {
            if !self.unavailable.contains(&space) {
                self.unavailable.push(space);
            }
        }
        other.hits
    }
}

impl Searcher {
    /// The answers of a plan, best first.
    pub(super) fn evaluate<'a>(
        &'a self,
        plan: &'a Plan,
        scope: &'a SearchScope,
    ) -> BoxFuture<'a, Result<Answer, SearchError>> {
        async move {
            match plan {
                Plan::Find(retrieval) => self.look(retrieval, scope).await,
                Plan::Any(parts) => {
                    let mut all = Answer::default();
                    let mut lists = Vec::new();
                    for part in parts {
                        lists.push(all.heard(self.evaluate(part, scope).await?));
                    }
                    Ok(Answer { hits: any(lists), ..all })
                }
                Plan::All(parts) => self.all(parts, scope).await,
                Plan::Except(wanted, unwanted) => {
                    let mut answer = self.evaluate(wanted, scope).await?;
                    let hits = std::mem::take(&mut answer.hits);
                    let among = scope.among(assets(&hits, MAX_FILTER_ASSETS));
                    let unwanted = answer.heard(self.evaluate(unwanted, &among).await?);
                    Ok(Answer { hits: except(hits, &unwanted), ..answer })
                }
                Plan::Join(relation, parts) => self.join(*relation, parts, scope).await,
            }
        }
        .boxed()
    }

    /// Answers of all parts at one time.
    async fn all(&self, parts: &[Plan], scope: &SearchScope) -> Result<Answer, SearchError> {
        let Some((first, rest)) = parts.split_first() else { return Ok(Answer::default()) };
        let mut answer = self.evaluate(first, scope).await?;
        for part in rest {
            let hits = std::mem::take(&mut answer.hits);
            let among = scope.among(assets(&hits, MAX_FILTER_ASSETS));
            let others = answer.heard(self.evaluate(part, &among).await?);
            answer.hits = both(hits, &others);
        }
        Ok(answer)
    }

    /// Answers of two parts as they lie in time. Each side is looked for in the assets of the other, so that a rare answer is
    /// found beside a frequent one.
    async fn join(&self, relation: Relation, parts: &[Plan], scope: &SearchScope) -> Result<Answer, SearchError> {
        let [first, second, rest @ ..] = parts else { return Ok(Answer::default()) };
        let mut answer = self.evaluate(first, scope).await?;
        let firsts = std::mem::take(&mut answer.hits);
        let is_cut = firsts.len() >= TEXT_CANDIDATES;
        let among = scope.among(assets(&firsts, MAX_FILTER_ASSETS));
        let seconds = answer.heard(self.evaluate(second, &among).await?);
        let mut hits = self.joined(relation, firsts, &seconds, scope).await?;
        if is_cut {
            let seconds = answer.heard(self.evaluate(second, scope).await?);
            let among = scope.among(assets(&seconds, MAX_FILTER_ASSETS));
            let firsts = answer.heard(self.evaluate(first, &among).await?);
            hits = any(vec![hits, self.joined(relation, firsts, &seconds, scope).await?]);
        }
        if let [unwanted] = rest {
            let among = scope.among(assets(&hits, MAX_FILTER_ASSETS));
            let unwanted = answer.heard(self.evaluate(unwanted, &among).await?);
            hits = nothing_between(hits, &unwanted);
        }
        Ok(Answer { hits, ..answer })
    }

    async fn joined(
        &self,
        relation: Relation,
        mut firsts: Vec<Hit>,
        seconds: &[Hit],
        scope: &SearchScope,
    ) -> Result<Vec<Hit>, SearchError> {
        firsts.truncate(MAX_JOINED_HITS);
        let seconds = seconds.get(..MAX_JOINED_HITS).unwrap_or(seconds);
        let facts = match relation {
            Relation::SameShot | Relation::SameScene => self.facts(scope.tenant, firsts.iter().chain(seconds)).await?,
            _ => Default::default(),
        };
        Ok(join(relation, firsts, seconds, &facts))
    }
}
