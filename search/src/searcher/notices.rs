//! What limits or explains an answer as soon as the query is known.

use super::Searcher;
use crate::error::SearchError;
use crate::hit::Notice;
use crate::query::limits::MAX_CONCEPT_LABELS;
use crate::query::{Missed, Query, SearchRequest};

impl Searcher {
    /// What had to be seen and nothing in the library is called, which is why there is no answer.
    pub(super) async fn unknown_objects(&self, request: &SearchRequest) -> Result<Vec<Notice>, SearchError> {
        let labels = request.query().demanded_objects();
        if labels.is_empty() {
            return Ok(Vec::new());
        }
        let absent = self.index.text().absent_objects(request.tenant(), labels).await?;
        Ok(absent.into_iter().map(|label| Notice::ObjectUnknown { label }).collect())
    }
}

/// The notices of a query with what the vocabulary knows.
pub(super) fn notices(query: &Query) -> Vec<Notice> {
    if query.is_empty() {
        return vec![Notice::NoSearchableWords];
    }
    let ignored = Some(query.ignored_terms()).filter(|count| *count > 0);
    let ignored = ignored.map(|count| Notice::TermsIgnored { count });
    let redirects = query.redirects().into_iter();
    let redirects =
        redirects.map(|redirect| Notice::ConceptRedirected { from: redirect.from.clone(), to: redirect.to.clone() });
    let missed = query.missed().into_iter().map(|missed| match missed {
        Missed::Unknown(name) => Notice::ConceptUnknown { name: name.clone() },
        Missed::Cut(name) => Notice::ConceptCut { name: name.clone(), limit: MAX_CONCEPT_LABELS },
    });
    let mut notices: Vec<Notice> = Vec::new();
    for notice in ignored.into_iter().chain(redirects).chain(missed) {
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
    notices
}
