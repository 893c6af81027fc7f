//! Completing what someone begins to type.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use reelgraph_search::suggest::{MAX_PREFIX_CHARS, MAX_SUGGESTIONS, Suggestion as Found};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::session::Session;
use crate::graphql::types::scalar::Long;

/// What a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_search::suggest::SuggestionKind")]
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

/// Something that begins like what was typed.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// To be searched for as it stands.
    pub text: String,
    /// About how many moments have it.
    pub moment_count: Long,
}

/// Completion.
#[derive(Default)]
pub(crate) struct SuggestQuery;

#[Object]
impl SuggestQuery {
    /// What begins like what was typed, accents and case aside, the most frequent of each kind first. A word that is not the
    /// last counts as finished; a phrase is completed from its last two words. Behind `person:` and `speaker:` there are only names
    /// of people, behind `title:` titles, behind `object:` and `seen:` what is seen, behind `concept:` concepts. Names come from the index: a new name, a merge or a person who is nowhere any more shows within a second or so.
    #[graphql(complexity = "20 * child_complexity + 100")]
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far, at most 100 characters.")] prefix: String,
        #[graphql(desc = "How many, 1 to 50.", default = 10)] first: i32,
        #[graphql(desc = "Only these kinds; all where it is left out.")] kinds: Option<Vec<SuggestionKind>>,
    ) -> Result<Vec<Suggestion>> {
        let session = Session::of(ctx)?;
        let first = usize::try_from(first).ok().filter(|first| (1..=MAX_SUGGESTIONS).contains(first));
        let Some(first) = first else {
            let message = format!("first is 1 to {MAX_SUGGESTIONS}");
            return Err(PublicError::new(Code::BadUserInput, message).into());
        };
        if prefix.chars().nth(MAX_PREFIX_CHARS).is_some() {
            let message = format!("prefix has at most {MAX_PREFIX_CHARS} characters");
            return Err(PublicError::new(Code::BadUserInput, message).into());
        }
        let kinds: Option<Vec<_>> = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
        let found = session.state().suggester.suggest(session.tenant(), &prefix, first, kinds.as_deref()).await;
        Ok(found.map_err(PublicError::from)?.into_iter().map(Suggestion::from).collect())
    }
}

impl From<Found> for Suggestion {
    fn from(found: Found) -> Self {
        Self { kind: found.kind.into(), text: found.text, moment_count: found.moments.into() }
    }
}
