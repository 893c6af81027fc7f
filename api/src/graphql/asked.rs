//! What was asked, as JSON that can be asked again, and its way into the search log.

use async_graphql::{InputType, Value};
use reelgraph_models::id::SearchId;
use reelgraph_models::saved_search::StoredSearch;
use reelgraph_models::search_log::{LoggedSearch, SearchOutcome, normalised};

use super::error::{Code, PublicError};
use super::query::SearchInput;
use super::session::Session;

/// Writes a search down so that [`input_of`] reads the same.
pub(crate) fn stored(input: &SearchInput) -> StoredSearch {
    // With its nulls, since absent is something else where there is a default.
    let json = InputType::to_value(input).into_json().unwrap_or_default();
    StoredSearch { query: input.query.trim().to_owned(), input: json.to_string() }
}

/// Reads a search that was written down.
///
/// # Errors
/// [`Code::BadUserInput`] where it was written by another version and cannot be asked any more.
pub(crate) fn input_of(stored: &StoredSearch) -> Result<SearchInput, PublicError> {
    let bad = || PublicError::new(Code::BadUserInput, "the saved search cannot be asked any more; save it again");
    let json: serde_json::Value = serde_json::from_str(&stored.input).map_err(|_| bad())?;
    let value = Value::from_json(json).map_err(|_| bad())?;
    SearchInput::parse(Some(value)).map_err(|_| bad())
}

/// How a search was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) hits: usize,
    pub(crate) has_more: bool,
    /// Whether something came near where nothing was good enough.
    pub(crate) has_near_misses: bool,
    pub(crate) best_score: Option<f32>,
    pub(crate) took_us: i64,
}

/// Puts the first page of a search into the log, unless it has no words; a further page belongs to the search that is there
/// already. Returns the id of the search, where it is known.
pub(crate) fn log(
    session: &Session,
    search: StoredSearch,
    is_first_page: bool,
    answered: Answered,
) -> Option<SearchId> {
    let state = session.state();
    let owner = session.principal().owner();
    if search.query.is_empty() {
        return None;
    }
    if !is_first_page {
        return state.search_log.of_page(session.tenant(), &owner, &search.input);
    }
    let outcome = match answered {
        Answered { hits: 0, has_near_misses: false, .. } => SearchOutcome::ZeroResults,
        Answered { hits: 0, .. } => SearchOutcome::LowScore,
        _ => SearchOutcome::Answered,
    };
    let id = SearchId::generate(state.clock.as_ref());
    let logged = LoggedSearch {
        id,
        owner,
        query: normalised(&search.query),
        search,
        outcome,
        hits: u32::try_from(answered.hits).unwrap_or(u32::MAX),
        has_more: answered.has_more,
        best_score: answered.best_score,
        took_us: u64::try_from(answered.took_us).unwrap_or_default(),
        searched_at: state.clock.now(),
    };
    state.search_log.record(session.tenant(), logged);
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_was_written_down_is_asked_again_as_it_was() -> Result<(), Box<dyn std::error::Error>> {
        let json = serde_json::json!({
            "query": "the \"red car\"", "grouping": "BY_ASSET", "narrowerLevels": null, "diverse": false,
            "where": { "words": { "text": "blue" } },
            "filter": { "kinds": ["SHOT"], "minDurationMicros": 5, "createdFrom": "2026-11-22T12:00:00Z", "languages": [] },
        });
        let asked = |json: serde_json::Value| -> Result<SearchInput, Box<dyn std::error::Error>> {
            let value = Value::from_json(json)?;
            Ok(SearchInput::parse(Some(value)).map_err(|error| error.into_server_error(Default::default()).message)?)
        };
        let written = stored(&asked(json)?);
        assert_eq!(written.query, "the \"red car\"");
        let again = input_of(&written).map_err(|error| error.message().to_owned())?;
        assert_eq!(stored(&again), written);
        assert!(written.input.contains("BY_ASSET") && written.input.contains("2026-11-22"), "{}", written.input);
        assert!(written.input.contains("\"narrowerLevels\":null"), "null is not the default: {}", written.input);
        assert!(input_of(&StoredSearch { input: "{".to_owned(), ..written }).is_err());
        Ok(())
    }
}
