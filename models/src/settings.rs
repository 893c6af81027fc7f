//! What a tenant has set for its whole library.

use serde::{Deserialize, Serialize};

/// Most entries of a vocabulary: what a recogniser's prompt has room for, several times over.
pub const MAX_VOCABULARY_ENTRIES: usize = 500;
/// Longest entry, in characters.
pub const MAX_VOCABULARY_CHARS: usize = 60;

/// What a tenant has set for its whole library.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantSettings {
    /// Whether faces are looked for.
    pub faces: FaceAnalysis,
    /// Words that are said in this library and that a recogniser may not know.
    pub vocabulary: Vocabulary,
}

/// Whether faces are looked for and kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceAnalysis {
    /// They are.
    #[default]
    On,
    /// They are not; nothing of faces is stored.
    Off,
}

/// Words and phrases as they are to be written, each once, in the order of their importance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary(Vec<String>);

/// Why something is no vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVocabulary {
    /// Too many entries.
    #[error("a vocabulary has at most {MAX_VOCABULARY_ENTRIES} entries, this has {entries}")]
    TooMany {
        /// How many there are.
        entries: usize,
    },
    /// An entry that cannot be one.
    #[error("entry {index} is no word or phrase of 1 to {MAX_VOCABULARY_CHARS} characters on one line")]
    Entry {
        /// Which, from 0.
        index: usize,
    },
}

impl Vocabulary {
    /// Takes entries as people type them: trimmed, doubles left out.
    ///
    /// # Errors
    /// [`BadVocabulary`].
    pub fn new(entries: impl IntoIterator<Item = String>) -> Result<Self, BadVocabulary> {
        let mut kept: Vec<String> = Vec::new();
        let mut given = 0;
        for (index, entry) in entries.into_iter().enumerate() {
            given = index + 1;
            let entry = entry.trim();
            let is_entry = !entry.is_empty()
                && entry.chars().nth(MAX_VOCABULARY_CHARS).is_none()
                && !entry.chars().any(char::is_control);
            if !is_entry {
                return Err(BadVocabulary::Entry { index });
            }
            if given > MAX_VOCABULARY_ENTRIES {
                continue;
            }
            if !kept.iter().any(|known| known == entry) {
                kept.push(entry.to_owned());
            }
        }
        if given > MAX_VOCABULARY_ENTRIES {
            return Err(BadVocabulary::TooMany { entries: given });
        }
        Ok(Self(kept))
    }

    /// The entries, the most important first.
    pub fn entries(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for Vocabulary {
    type Error = BadVocabulary;

    fn try_from(entries: Vec<String>) -> Result<Self, Self::Error> {
        Self::new(entries)
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(entries: &[&str]) -> Result<Vocabulary, BadVocabulary> {
        Vocabulary::new(entries.iter().map(|entry| (*entry).to_owned()))
    }

    #[test]
    fn entries_are_trimmed_and_kept_once_in_their_order() -> Result<(), BadVocabulary> {
        assert_eq!(vocabulary(&[" Durian ", "Sintel", "Durian"])?.entries(), ["Durian", "Sintel"]);
        Ok(())
    }

    #[test]
    fn what_is_no_word_is_named_by_its_place() {
        assert_eq!(vocabulary(&["Sintel", " "]), Err(BadVocabulary::Entry { index: 1 }));
        assert_eq!(vocabulary(&["two\nlines"]), Err(BadVocabulary::Entry { index: 0 }));
        assert_eq!(vocabulary(&["x".repeat(61).as_str()]), Err(BadVocabulary::Entry { index: 0 }));
        let many = (0..501).map(|number| number.to_string());
        assert_eq!(Vocabulary::new(many), Err(BadVocabulary::TooMany { entries: 501 }));
    }

    #[test]
    fn settings_that_were_stored_before_a_field_existed_have_its_default() -> Result<(), serde_json::Error> {
        assert_eq!(serde_json::from_str::<TenantSettings>("{}")?, TenantSettings::default());
        Ok(())
    }
}
