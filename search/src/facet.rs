//! Facets: what answers have in common, counted.

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FacetField {
    /// Kinds of moments.
    Kind,
    /// Languages spoken in the asset.
    Language,
    /// Formats of the asset's file.
    Container,
    /// Classes of objects that are seen.
    Object,
    /// Classes of lengths of the asset.
    Duration,
    /// Classes of rows of the asset's pictures.
    Resolution,
    /// Years and months in which the asset was registered.
    Created,
    /// Fields that people gave assets, and their values.
    Metadata,
    /// Names of people who are seen or heard; those who have the same name are counted together.
    Person,
    /// What was decided about the asset.
    Review,
    /// Concepts of the vocabulary that objects which are seen are called by, and all that are broader.
    Concept,
}

impl FacetField {
    /// The wider value that a value is part of, where its name tells.
    pub(crate) fn parent(self, value: &str) -> Option<String> {
        match self {
            Self::Created => value.split_once('-').map(|(year, _)| year.to_owned()),
            Self::Metadata => value.split_once(':').map(|(name, _)| name.to_owned()),
            Self::Kind
            | Self::Language
            | Self::Container
            | Self::Object
            | Self::Duration
            | Self::Resolution
            | Self::Person
            | Self::Review
            | Self::Concept => None,
        }
    }
}

/// The values of one field among what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Which field.
    pub field: FacetField,
    /// The most frequent values first; equal ones by name.
    pub values: Vec<FacetValue>,
    /// How many values there are, shown or not.
    pub values_total: usize,
}

/// How often a value is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value; a word that a filter understands, or the name of a class.
    pub value: String,
    /// The wider value that it is part of, where values have levels.
    pub parent: Option<String>,
    /// Moments that have it; exact.
    pub moments: u64,
    /// Assets with such moments; exact.
    pub assets: u64,
}
