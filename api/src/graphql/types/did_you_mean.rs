//! What may have been meant.

use async_graphql::SimpleObject;

/// What may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct DidYouMean {
    /// The query with the words replaced and everything else as it was, to be searched for as it stands.
    pub query: String,
    /// The words, in the order of the query.
    pub corrections: Vec<WordCorrection>,
}

/// A word that is hardly anywhere, and the nearest one that is.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct WordCorrection {
    /// As it stands in the query.
    pub from: String,
    /// As it stands in the library.
    pub to: String,
}

impl From<reelgraph_search::suggest::DidYouMean> for DidYouMean {
    fn from(meant: reelgraph_search::suggest::DidYouMean) -> Self {
        let corrections = meant.corrections.into_iter();
        Self {
            query: meant.query,
            corrections: corrections.map(|it| WordCorrection { from: it.from, to: it.to }).collect(),
        }
    }
}
