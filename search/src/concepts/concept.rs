//! A concept as a vocabulary states it.

/// A unit of thought with its names, as in SKOS (<https://www.w3.org/TR/skos-reference/>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concept {
    /// What identifies it, most often an IRI.
    pub id: String,
    /// Its names, in any order.
    pub labels: Vec<Label>,
    /// Identifiers of the concepts that it is narrower than; those that are not in the vocabulary are left aside.
    pub broader: Vec<String>,
    /// Whether it is no longer to be used.
    pub is_deprecated: bool,
    /// Identifier of the concept that took its place; a concept that has one counts as deprecated.
    pub replaced_by: Option<String>,
}

impl Concept {
    /// One without names.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

/// A name of a concept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// What kind of name.
    pub kind: LabelKind,
    /// Tag of its language (BCP 47, lower case); `None` where it is of none or of any.
    pub language: Option<String>,
    /// As it is written.
    pub text: String,
}

impl Label {
    /// A name in a language.
    pub fn new(kind: LabelKind, text: impl Into<String>, language: Option<&str>) -> Self {
        Self { kind, language: language.map(str::to_lowercase), text: text.into() }
    }
}

/// What a name is for; also the order in which names are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelKind {
    /// The one name to show in its language.
    Preferred,
    /// Another name.
    Alternative,
    /// A name to be found by and not to be shown, such as a common misspelling.
    Hidden,
}
