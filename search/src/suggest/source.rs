//! Where suggestions come from, and how those of several sources become one list.

use std::sync::Arc;

use async_trait::async_trait;
use reelgraph_models::id::TenantId;

use super::MAX_SUGGESTIONS;
use super::complete::complete;
use super::correct::{DidYouMean, correct};
use crate::error::{SearchError, boxed};
use crate::index::SearchIndex;

/// What a suggestion is; also the order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuggestionKind {
    /// The title of an asset.
    Title,
    /// The name of a person.
    Person,
    /// A concept of the taxonomy.
    Concept,
    /// Something that is seen.
    Label,
    /// Words that are said or written on screen.
    Phrase,
}

impl SuggestionKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Title, Self::Person, Self::Concept, Self::Label, Self::Phrase];
}

/// Something that begins like what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// To be searched for as it stands.
    pub text: String,
    /// About how many moments have it.
    pub moments: u64,
}

/// Someone who knows names: of people, of concepts.
#[async_trait]
pub trait SuggestionSource: Send + Sync + std::fmt::Debug {
    /// What it knows; each kind has one source.
    fn kind(&self) -> SuggestionKind;

    /// At most `most` names of the tenant that begin with `prefix`, or have a word that does, accents and case aside; best
    /// first. Answers within a few milliseconds, or with less.
    ///
    /// # Errors
    /// [`SearchError::Suggest`].
    async fn suggest(&self, tenant: TenantId, prefix: &str, most: usize) -> Result<Vec<Suggestion>, SearchError>;
}

/// Completes beginnings and corrects queries; cheap to clone.
#[derive(Debug, Clone)]
pub struct Suggester {
    index: SearchIndex,
    sources: Vec<Arc<dyn SuggestionSource>>,
}

impl Suggester {
    /// One that knows what the index has: titles, labels and phrases.
    pub fn new(index: SearchIndex) -> Self {
        Self { index, sources: Vec::new() }
    }

    /// Adds someone who knows names.
    #[must_use]
    pub fn with_source(mut self, source: Arc<dyn SuggestionSource>) -> Self {
        self.sources.push(source);
        self
    }

    /// What begins like `prefix`, at most `most`: by kind, within a kind the most frequent first. Each kind has its share of
    /// the room, and what one leaves the others get. Longer beginnings than [`super::MAX_PREFIX_CHARS`] have none.
    ///
    /// # Errors
    /// [`SearchError::Suggest`], [`SearchError::SearchTextIndex`].
    pub async fn suggest(
        &self,
        tenant: TenantId,
        prefix: &str,
        most: usize,
        kinds: Option<&[SuggestionKind]>,
    ) -> Result<Vec<Suggestion>, SearchError> {
        let most = most.min(MAX_SUGGESTIONS);
        let is_wanted = |kind: SuggestionKind| kinds.is_none_or(|kinds| kinds.contains(&kind));
        if most == 0 || prefix.chars().nth(super::MAX_PREFIX_CHARS).is_some() {
            return Ok(Vec::new());
        }
        let named = self.sources.iter().filter(|source| is_wanted(source.kind()));
        let named = futures::future::try_join_all(named.map(|source| source.suggest(tenant, prefix, most)));
        let wanted: Vec<SuggestionKind> = SuggestionKind::ALL.into_iter().filter(|kind| is_wanted(*kind)).collect();
        let (text, typed) = (Arc::clone(self.index.text()), prefix.to_owned());
        let walked = tokio::task::spawn_blocking(move || complete(&text.dictionary(tenant)?, &typed, most, &wanted));
        let (named, walked) = tokio::join!(named, walked);
        let walked = walked.map_err(|error| SearchError::SearchTextIndex { source: boxed(error) })?;
        let mut found = walked.map_err(|error| SearchError::SearchTextIndex { source: boxed(error) })?;
        found.extend(named?.into_iter().flatten());
        Ok(shared_out(found, most))
    }

    /// What a query may have meant, where words of it are hardly anywhere and others are near; see [`DidYouMean`].
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub async fn did_you_mean(&self, tenant: TenantId, query: &str) -> Result<Option<DidYouMean>, SearchError> {
        let (text, query) = (Arc::clone(self.index.text()), query.to_owned());
        let corrected = tokio::task::spawn_blocking(move || correct(&text.dictionary(tenant)?, &query)).await;
        let corrected = corrected.map_err(|error| SearchError::SearchTextIndex { source: boxed(error) })?;
        corrected.map_err(|error| SearchError::SearchTextIndex { source: boxed(error) })
    }
}

/// Gives each kind one place in turn until there is no room or nothing left, then puts them in the order of kinds.
fn shared_out(found: Vec<Suggestion>, most: usize) -> Vec<Suggestion> {
    let mut queues: Vec<std::vec::IntoIter<Suggestion>> = SuggestionKind::ALL
        .into_iter()
        .map(|kind| found.iter().filter(|it| it.kind == kind).cloned().collect::<Vec<_>>().into_iter())
        .collect();
    let mut shared = Vec::with_capacity(most);
    while shared.len() < most {
        let before = shared.len();
        for queue in &mut queues {
            shared.extend(queue.next().filter(|_| shared.len() < most));
        }
        if shared.len() == before {
            break;
        }
    }
    shared.sort_by_key(|suggestion| suggestion.kind);
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_share_and_what_one_leaves_the_others_get() {
        let of = |kind, number: u64| Suggestion { kind, text: number.to_string(), moments: number };
        let found: Vec<_> =
            (0..5).map(|n| of(SuggestionKind::Phrase, n)).chain([of(SuggestionKind::Title, 9)]).collect();
        let kinds: Vec<_> = shared_out(found.clone(), 4).into_iter().map(|it| (it.kind, it.moments)).collect();
        assert_eq!(
            kinds,
            [
                (SuggestionKind::Title, 9),
                (SuggestionKind::Phrase, 0),
                (SuggestionKind::Phrase, 1),
                (SuggestionKind::Phrase, 2)
            ]
        );
        assert_eq!(shared_out(found, 50).len(), 6);
        assert_eq!(shared_out(Vec::new(), 5), []);
    }
}
