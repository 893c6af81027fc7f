//! What an entry of a word list means.

use reelgraph_models::observation::Severity;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::hierarchy::{ModerationLabel, find_label};

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermClass {
    /// An ordinary word or phrase as well: never a finding.
    Ordinary,
    /// Drugs and medicines.
    Drug,
    /// Violence.
    Violence,
    /// Mild profanity.
    Mild,
    /// Sexual or bodily, as clinics and schools say it too.
    SexualReference,
    /// An insult or strong profanity.
    Strong,
    /// Explicit or vulgar.
    SexualVulgar,
    /// A sexual crime, as news say it too.
    SexualCrime,
    /// A word or symbol of hatred, as history says it too.
    HateSymbol,
    /// Sexual, of children.
    SexualMinors,
    /// A slur against a group.
    Slur,
}

/// One letter an entry, in the order of the list of each language.
static CLASSES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(include_str!("classes.toml")).unwrap_or_default());

impl TermClass {
    /// The classes of a language's list, in its order; empty for an unknown language.
    pub(super) fn of_list(language: &str) -> impl Iterator<Item = Option<Self>> {
        CLASSES.get(language).map_or("", String::as_str).chars().map(Self::from_letter)
    }

    fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'o' => Self::Ordinary,
            'd' => Self::Drug,
            'v' => Self::Violence,
            'p' => Self::Mild,
            's' => Self::SexualReference,
            'P' => Self::Strong,
            'S' => Self::SexualVulgar,
            'x' => Self::SexualCrime,
            'h' => Self::HateSymbol,
            'X' => Self::SexualMinors,
            'H' => Self::Slur,
            _ => return None,
        })
    }

    /// The label that it stands for; `None` for [`TermClass::Ordinary`].
    pub fn label(self) -> Option<&'static ModerationLabel> {
        find_label(match self {
            Self::Ordinary => return None,
            Self::Drug => "substances/drugs/word",
            Self::Violence => "violence/language/act",
            Self::Mild => "language/profanity/mild",
            Self::SexualReference => "language/sexual/reference",
            Self::Strong => "language/profanity/strong",
            Self::SexualVulgar => "language/sexual/vulgar",
            Self::SexualCrime => "language/sexual/crime",
            Self::HateSymbol => "hate/symbol/word",
            Self::SexualMinors => "language/sexual/minors",
            Self::Slur => "hate/slur/group",
        })
    }

    /// How much it weighs where nothing speaks for it.
    pub fn severity(self) -> Severity {
        self.label().map_or(Severity::None, |label| label.severity)
    }

    /// Whether medicine, teaching, news and history say it in earnest.
    pub(super) fn is_said_in_earnest(self) -> bool {
        matches!(
            self,
            Self::Drug | Self::Violence | Self::SexualReference | Self::SexualCrime | Self::HateSymbol | Self::Ordinary
        )
    }

    /// Whether it is worth looking for behind a disguise, and with endings that the list lacks.
    pub(super) fn is_vulgar(self) -> bool {
        matches!(self, Self::Mild | Self::Strong | Self::SexualVulgar | Self::SexualMinors | Self::Slur)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_table_is_a_class_and_every_class_but_one_has_a_label() {
        assert_eq!(CLASSES.len(), 28);
        for language in CLASSES.keys() {
            for class in TermClass::of_list(language) {
                assert!(
                    class.is_some_and(|class| class == TermClass::Ordinary || class.label().is_some()),
                    "{language}"
                );
            }
        }
        assert_eq!(TermClass::of_list("en").count(), 403);
        assert_eq!(TermClass::of_list("xx").count(), 0);
    }

    #[test]
    fn a_slur_weighs_more_than_an_insult_and_that_more_than_a_body_part() {
        assert!(TermClass::Slur.severity() > TermClass::Strong.severity());
        assert!(TermClass::Strong.severity() > TermClass::SexualReference.severity());
        assert_eq!(TermClass::Ordinary.severity(), Severity::None);
    }
}
