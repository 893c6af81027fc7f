//! The algebra of queries as structured input.

use async_graphql::{Enum, InputObject, OneofObject};
use futures::FutureExt;
use futures::future::BoxFuture;
use reelgraph_models::time::MediaTime;
use reelgraph_search::query::condition::Condition;
use reelgraph_search::query::filter::Between;
use reelgraph_search::query::limits::DEFAULT_GAP;
use reelgraph_search::query::{Expr, Field, Temporal, Term, syntax};

use super::filter::{SearchFilterInput, as_query, in_order};
use super::like::LikeInput;
use crate::graphql::error::{Code, PublicError};
use crate::graphql::session::Session;
use crate::graphql::types::scalar::Microseconds;

/// A channel of evidence to which words are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum QueryField {
    /// What is said.
    Said,
    /// What is seen: labels, objects, and frames near in meaning.
    Seen,
    /// What is written on screen.
    Text,
    /// Title and file name of the asset.
    Title,
    /// People, by face or voice.
    Person,
    /// People by voice.
    Speaker,
    /// What is to be heard beside speech.
    Sound,
    /// Concepts of the vocabulary, by any of their labels and of those of narrower concepts.
    Concept,
}

impl From<QueryField> for Field {
    fn from(field: QueryField) -> Self {
        match field {
            QueryField::Said => Self::Said,
            QueryField::Seen => Self::Seen,
            QueryField::Text => Self::Text,
            QueryField::Title => Self::Title,
            QueryField::Person => Self::Person,
            QueryField::Speaker => Self::Speaker,
            QueryField::Sound => Self::Sound,
            QueryField::Concept => Self::Concept,
        }
    }
}

/// Words of which none must be there; the more, and the nearer in meaning, the better.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct WordsInput {
    /// As people type them.
    pub text: String,
    /// Only by this channel.
    pub field: Option<QueryField>,
}

/// How exactly a term must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum TermMatch {
    /// A word in any of its forms; several words in a row.
    #[default]
    Word,
    /// These words in a row, as they stand.
    Phrase,
    /// Any word that begins so.
    Prefix,
    /// Any word with one letter more, less, changed or swapped.
    Fuzzy,
    /// Any word with two letters more, less, changed or swapped.
    Fuzzier,
}

/// Something that must be there.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct TermInput {
    /// What.
    pub text: String,
    /// How exactly.
    #[graphql(default)]
    pub matches: TermMatch,
    /// Only by this channel.
    pub field: Option<QueryField>,
}

/// So many of a class of objects in one picture.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ObjectCountInput {
    /// Name of the class, or another word for it.
    pub label: String,
    /// Fewest; numbers above 32 are not told apart.
    #[graphql(default = 1)]
    pub min: u32,
    /// Most.
    pub max: Option<u32>,
}

/// One moment and another that follows it.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ThenInput {
    /// What comes first.
    pub first: Box<QueryInput>,
    /// What follows: begins and ends later.
    pub then: Box<QueryInput>,
    /// Longest time between them; 30 seconds where it is left out.
    pub gap_micros: Option<Microseconds>,
    /// What must not come between them.
    pub not_between: Option<Box<QueryInput>>,
}

/// Two moments near each other, in any order.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct WithinInput {
    /// One.
    pub one: Box<QueryInput>,
    /// The other.
    pub other: Box<QueryInput>,
    /// Longest time between them; 30 seconds where it is left out.
    pub gap_micros: Option<Microseconds>,
}

/// A moment while another lasts.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DuringInput {
    /// What is looked for.
    pub inner: Box<QueryInput>,
    /// What goes on meanwhile.
    pub outer: Box<QueryInput>,
}

/// A moment before or after another.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct OrderInput {
    /// What is looked for.
    pub what: Box<QueryInput>,
    /// What comes later or earlier.
    pub other: Box<QueryInput>,
    /// Longest time between them; any where it is left out.
    pub gap_micros: Option<Microseconds>,
}

/// Two moments in one shot or scene.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct TogetherInput {
    /// One.
    pub one: Box<QueryInput>,
    /// The other.
    pub other: Box<QueryInput>,
}

/// A part of a query; exactly one of the fields. Nested at most 24 deep.
#[derive(Debug, Clone, OneofObject)]
pub(crate) enum QueryInput {
    /// A query string.
    Query(String),
    /// Words of which none must be there.
    Words(WordsInput),
    /// Something that must be there.
    Term(TermInput),
    /// So many of a class of objects in one picture.
    Objects(ObjectCountInput),
    /// Properties.
    Filter(Box<SearchFilterInput>),
    /// What is alike to a moment or a stretch of an asset.
    Like(LikeInput),
    /// All of these at one moment.
    And(Vec<QueryInput>),
    /// Any of these.
    Or(Vec<QueryInput>),
    /// Moments of which this does not hold.
    Not(Box<QueryInput>),
    /// One moment and another that follows it.
    Then(ThenInput),
    /// Two moments near each other.
    Within(WithinInput),
    /// A moment while another lasts.
    During(DuringInput),
    /// A moment that ends before another begins.
    Before(OrderInput),
    /// A moment that begins after another has ended.
    After(OrderInput),
    /// Two moments in one shot.
    SameShot(TogetherInput),
    /// Two moments in one scene.
    SameScene(TogetherInput),
}

impl QueryInput {
    /// The part as the search takes it.
    ///
    /// # Errors
    /// Where a query string or a value in it cannot be read, or an example is not there.
    pub(super) fn expr<'a>(self, session: &'a Session) -> BoxFuture<'a, Result<Expr, PublicError>> {
        self.read(session).boxed()
    }

    async fn read(self, session: &Session) -> Result<Expr, PublicError> {
        let boxed = async |part: Box<Self>| part.expr(session).await.map(Box::new);
        Ok(match self {
            Self::Like(example) => example.expr(session).await?,
            Self::Query(text) => syntax::parse(&text)?,
            Self::Words(WordsInput { text, field }) => {
                Expr::Words { text: bounded(text)?, field: field.map(Into::into) }
            }
            Self::Term(input) => term(input)?,
            Self::Objects(ObjectCountInput { label, min, max }) => {
                let count = Between { min: Some(min), max };
                in_order("objects.min", &count)?;
                Expr::Is(Condition::objects(&bounded(label)?, count))
            }
            Self::Filter(filter) => as_query(&(*filter).check(session.today())?),
            Self::And(parts) => Expr::And(all(session, parts).await?),
            Self::Or(parts) => Expr::Or(all(session, parts).await?),
            Self::Not(part) => Expr::Not(boxed(part).await?),
            Self::Then(ThenInput { first, then, gap_micros, not_between }) => {
                let (first, then, gap) = (boxed(first).await?, boxed(then).await?, gap(gap_micros)?);
                Expr::Temporal(match not_between {
                    Some(not) => Temporal::NotBetween { first, then, not: boxed(not).await?, gap },
                    None => Temporal::Then { first, then, gap },
                })
            }
            Self::Within(WithinInput { one, other, gap_micros }) => {
                let (one, other, gap) = (boxed(one).await?, boxed(other).await?, gap(gap_micros)?);
                Expr::Temporal(Temporal::Within { one, other, gap })
            }
            Self::During(DuringInput { inner, outer }) => {
                Expr::Temporal(Temporal::During { inner: boxed(inner).await?, outer: boxed(outer).await? })
            }
            Self::Before(OrderInput { what, other, gap_micros }) => {
                let (what, other, gap) = (boxed(what).await?, boxed(other).await?, limit(gap_micros)?);
                Expr::Temporal(Temporal::Before { what, other, gap })
            }
            Self::After(OrderInput { what, other, gap_micros }) => {
                let (what, other, gap) = (boxed(what).await?, boxed(other).await?, limit(gap_micros)?);
                Expr::Temporal(Temporal::After { what, other, gap })
            }
            Self::SameShot(TogetherInput { one, other }) => {
                Expr::Temporal(Temporal::SameShot { one: boxed(one).await?, other: boxed(other).await? })
            }
            Self::SameScene(TogetherInput { one, other }) => {
                Expr::Temporal(Temporal::SameScene { one: boxed(one).await?, other: boxed(other).await? })
            }
        })
    }
}

async fn all(session: &Session, parts: Vec<QueryInput>) -> Result<Vec<Expr>, PublicError> {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        all.push(part.expr(session).await?);
    }
    Ok(all)
}

fn term(TermInput { text, matches, field }: TermInput) -> Result<Expr, PublicError> {
    let text = bounded(text)?;
    let term = match matches {
        TermMatch::Word => Term::Word(text),
        TermMatch::Phrase => Term::Phrase(text),
        TermMatch::Prefix => Term::prefix(text)?,
        TermMatch::Fuzzy => Term::fuzzy(text, 1)?,
        TermMatch::Fuzzier => Term::fuzzy(text, 2)?,
    };
    Ok(Expr::Term { term, field: field.map(Into::into) })
}

/// The bound that a query string has.
fn bounded(text: String) -> Result<String, PublicError> {
    let limit_chars = reelgraph_search::query::limits::MAX_QUERY_CHARS;
    match text.chars().nth(limit_chars) {
        Some(_) => Err(reelgraph_search::SearchError::QueryTooLong { limit_chars }.into()),
        None => Ok(text),
    }
}

fn gap(micros: Option<Microseconds>) -> Result<MediaTime, PublicError> {
    Ok(limit(micros)?.unwrap_or(DEFAULT_GAP))
}

fn limit(micros: Option<Microseconds>) -> Result<Option<MediaTime>, PublicError> {
    match micros.map(|micros| micros.0) {
        Some(gap) if gap < MediaTime::ZERO => {
            Err(PublicError::new(Code::BadUserInput, "gapMicros must not be negative"))
        }
        gap => Ok(gap),
    }
}
