//! Everything that can go wrong here, by the action that failed.

use std::error::Error;
use std::path::PathBuf;

use reelgraph_models::observation::Modality;

use crate::query::syntax::Problem;

/// A failure of publishing or searching.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query is longer than the limit.
    #[error("the query has more than {limit_chars} characters")]
    QueryTooLong {
        /// Most characters.
        limit_chars: usize,
    },
    /// A part of the query cannot be read.
    #[error("{problem} (at character {})", at_char + 1)]
    Syntax {
        /// First character of the part, from 0.
        at_char: usize,
        /// How many characters it has.
        length_chars: usize,
        /// What is wrong with it.
        problem: Problem,
    },
    /// More words and phrases that must or must not be there than the limit.
    #[error("a query has at most {limit} words and phrases that must or must not be there, this has {count}")]
    TooManyTerms {
        /// How many there are.
        count: usize,
        /// Most.
        limit: usize,
    },
    /// More parts joined in time than the limit.
    #[error("a query joins at most {limit} parts in time, this has {count}")]
    TooManyParts {
        /// How many there are.
        count: usize,
        /// Most.
        limit: usize,
    },
    /// More words, conditions, brackets and operators than the limit.
    #[error("a query has at most {limit} words, conditions and operators, this has {count}; ask for fewer at a time")]
    TooLarge {
        /// How many there are.
        count: usize,
        /// Most.
        limit: usize,
    },
    /// Nested deeper than the limit.
    #[error("the query is nested deeper than {limit} levels")]
    TooDeep {
        /// Most levels.
        limit: usize,
    },
    /// A factor for a channel's weight is out of range.
    #[error("the weight of {} must be 0 to {limit}", modality.as_str())]
    BadWeight {
        /// Whose.
        modality: Modality,
        /// Greatest.
        limit: f32,
    },
    /// A least probability is out of range.
    #[error("the least score of an answer must be 0 to 1")]
    BadProbability,
    /// More answers are to be ordered anew than the limit, or none.
    #[error("rerank orders the best 1 to {limit} hits")]
    BadRerank {
        /// Most.
        limit: usize,
    },
    /// The model that orders answers anew is not installed.
    #[error("rerank needs the model {model}, which is not installed: run `reelgraph models pull {model}`")]
    RerankUnavailable {
        /// Its name.
        model: String,
        /// What is missing.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Answers were to be ordered anew where no model can be had.
    #[error("this service cannot rerank hits")]
    NoReranking,
    /// The model that orders answers anew failed.
    #[error("the hits cannot be reranked")]
    Rerank {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The words of answers are not known.
    #[error("the texts of hits cannot be read")]
    ReadTexts {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The page asked for is empty or larger than the limit.
    #[error("a page has 1 to {limit} hits, not {first}")]
    PageSize {
        /// What was asked for.
        first: usize,
        /// Most hits of a page.
        limit: usize,
    },
    /// A list of a filter is longer than the limit.
    #[error("a filter takes at most {limit} {what}, not {count}")]
    FilterTooLarge {
        /// Of what.
        what: &'static str,
        /// How many were named.
        count: usize,
        /// Most.
        limit: usize,
    },
    /// The cursor was not given out by this service or was changed since.
    #[error("the cursor is not one that was given out")]
    BadCursor,
    /// The cursor belongs to another query or other filters.
    #[error("the cursor belongs to another query")]
    ForeignCursor,
    /// The search did not finish in time.
    #[error("the search took longer than {limit_ms} ms")]
    Timeout {
        /// Longest, in milliseconds.
        limit_ms: u64,
    },
    /// A name or a size that no embedding space can have.
    #[error("no index can hold embedding space {space:?} of {dimensions} dimensions")]
    InvalidSpace {
        /// Key of the space, cut to the longest allowed.
        space: String,
        /// Its dimensions.
        dimensions: u32,
    },
    /// A vector for a space that the index was not opened with.
    #[error("the index has no embedding space {space}")]
    UnknownSpace {
        /// The space named.
        space: String,
    },
    /// A vector of another length than its space, or with a value that is not finite.
    #[error("a vector of embedding space {space} must have {expected} finite values, not {actual}")]
    InvalidVector {
        /// The space.
        space: String,
        /// Length of its vectors.
        expected: usize,
        /// Length given, or how many of its values are finite.
        actual: usize,
    },
    /// The text index cannot be opened or made.
    #[error("the text index in {} cannot be opened", path.display())]
    OpenTextIndex {
        /// Its folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Changes could not be written to the text index.
    #[error("the text index cannot be written")]
    WriteTextIndex {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The text index could not be searched.
    #[error("the text index cannot be searched")]
    SearchTextIndex {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Which embedding spaces are to be asked is not known.
    #[error("the embedding spaces that answer searches cannot be read")]
    ReadSpaces {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Whoever knows names could not be asked.
    #[error("suggestions of {source_name} cannot be had")]
    Suggest {
        /// What they know.
        source_name: &'static str,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The vector index cannot be opened or made.
    #[error("the vector index at {place} cannot be opened")]
    OpenVectorIndex {
        /// Its folder or address.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Changes could not be written to the vector index.
    #[error("the vector index cannot be written")]
    WriteVectorIndex {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The vector index could not be searched.
    #[error("the vector index cannot be searched")]
    SearchVectorIndex {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A worker thread of an index has ended, because of an earlier failure or because the service stops.
    #[error("the {index} index has stopped")]
    Stopped {
        /// `text` or `vector`.
        index: &'static str,
    },
}

impl SearchError {
    /// The name that wires and logs use.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::QueryTooLong { .. } => "QUERY_TOO_LONG",
            Self::Syntax { .. } => "QUERY_SYNTAX",
            Self::TooManyTerms { .. } => "TOO_MANY_TERMS",
            Self::TooManyParts { .. } => "TOO_MANY_PARTS",
            Self::TooLarge { .. } => "QUERY_TOO_LARGE",
            Self::TooDeep { .. } => "QUERY_TOO_DEEP",
            Self::BadWeight { .. } => "BAD_WEIGHT",
            Self::BadProbability => "BAD_PROBABILITY",
            Self::BadRerank { .. } => "BAD_RERANK",
            Self::RerankUnavailable { .. } | Self::NoReranking => "RERANK_UNAVAILABLE",
            Self::Rerank { .. } => "RERANK",
            Self::ReadTexts { .. } => "READ_TEXTS",
            Self::PageSize { .. } => "PAGE_SIZE",
            Self::FilterTooLarge { .. } => "FILTER_TOO_LARGE",
            Self::BadCursor => "BAD_CURSOR",
            Self::ForeignCursor => "FOREIGN_CURSOR",
            Self::Timeout { .. } => "SEARCH_TIMEOUT",
            Self::InvalidSpace { .. } => "INVALID_SPACE",
            Self::UnknownSpace { .. } => "UNKNOWN_SPACE",
            Self::InvalidVector { .. } => "INVALID_VECTOR",
            Self::OpenTextIndex { .. } => "TEXT_INDEX_OPEN",
            Self::WriteTextIndex { .. } => "TEXT_INDEX_WRITE",
            Self::SearchTextIndex { .. } => "TEXT_INDEX_SEARCH",
            Self::ReadSpaces { .. } => "READ_SPACES",
            Self::Suggest { .. } => "SUGGEST",
            Self::OpenVectorIndex { .. } => "VECTOR_INDEX_OPEN",
            Self::WriteVectorIndex { .. } => "VECTOR_INDEX_WRITE",
            Self::SearchVectorIndex { .. } => "VECTOR_INDEX_SEARCH",
            Self::Stopped { .. } => "INDEX_STOPPED",
        }
    }

    /// Whether the same call may succeed later without anyone changing it.
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. }
                | Self::WriteTextIndex { .. }
                | Self::SearchTextIndex { .. }
                | Self::ReadSpaces { .. }
                | Self::ReadTexts { .. }
                | Self::Suggest { .. }
                | Self::OpenVectorIndex { .. }
                | Self::WriteVectorIndex { .. }
                | Self::SearchVectorIndex { .. }
        )
    }

    /// Whether the asker's input is at fault, so that the message may be shown to them.
    pub const fn is_input_error(&self) -> bool {
        matches!(
            self,
            Self::QueryTooLong { .. }
                | Self::Syntax { .. }
                | Self::TooManyTerms { .. }
                | Self::TooManyParts { .. }
                | Self::TooLarge { .. }
                | Self::TooDeep { .. }
                | Self::BadWeight { .. }
                | Self::BadProbability
                | Self::BadRerank { .. }
                | Self::PageSize { .. }
                | Self::FilterTooLarge { .. }
                | Self::BadCursor
                | Self::ForeignCursor
        )
    }
}

/// Boxes an engine's error for a `source` field.
pub(crate) fn boxed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Box<dyn Error + Send + Sync> {
    error.into()
}
