//! What answers are ordered by.

use super::property::FileProperty;

/// What answers are ordered by. Where words or an example rank them, they are the best that were found, at most
/// [`super::limits::MAX_REACHABLE_HITS`]. Where only conditions are asked, every one is reached in any order but
/// [`Sort::Relevance`]. Answers of the same place are in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// How good they are.
    #[default]
    Relevance,
    /// The latest asset first.
    Newest,
    /// The earliest asset first.
    Oldest,
    /// The longest asset first.
    Longest,
    /// The shortest asset first.
    Shortest,
    /// Where they begin in their asset.
    Time,
    /// The asset's title, accents and case aside, by its first hundred bytes or so.
    Title(Direction),
    /// A field of that name that people gave the asset, by its first value: numbers, then dates, then other texts as titles.
    /// Assets without it come last in both directions.
    Metadata(String, Direction),
}

impl Sort {
    /// By a property of the file.
    pub fn by_file(property: FileProperty, direction: Direction) -> Self {
        Self::Metadata(property.name().to_owned(), direction)
    }
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The least, the earliest, A.
    Ascending,
    /// The greatest, the latest, Z.
    Descending,
}

impl Sort {
    /// Whether the index must be asked where each answer stands.
    pub(crate) fn needs_index(&self) -> bool {
        !matches!(self, Self::Relevance | Self::Time)
    }
}
