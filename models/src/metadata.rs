//! What people note about an asset in fields of their own: a project, a reel, a rights holder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Fields of an asset with their values; every name and value is within bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, Vec<String>>);

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The name is no name.
    #[error(
        "a field's name is 1 to {} small letters a to z, digits, _ and ., begins with a letter and does not end with a point; {name:?} is not",
        Metadata::MAX_NAME_CHARS
    )]
    Name {
        /// As given, cut after some characters.
        name: String,
    },
    /// A value is blank, too long, or has control characters.
    #[error("a value of {name:?} is not one line of 1 to {} characters", Metadata::MAX_VALUE_CHARS)]
    Value {
        /// Of which field.
        name: String,
    },
    /// Too many values.
    #[error("{name:?} has more than {} values", Metadata::MAX_VALUES)]
    TooManyValues {
        /// Which field.
        name: String,
    },
    /// Too many fields.
    #[error("an asset has at most {} fields of its own", Metadata::MAX_FIELDS)]
    TooManyFields,
}

impl Metadata {
    /// Fields of one asset.
    pub const MAX_FIELDS: usize = 64;
    /// Values of one field.
    pub const MAX_VALUES: usize = 32;
    /// Characters of a name.
    pub const MAX_NAME_CHARS: usize = 64;
    /// Characters of a value.
    pub const MAX_VALUE_CHARS: usize = 500;

    /// Whether that can be the name of a field.
    pub fn is_name(name: &str) -> bool {
        let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
        name.len() <= Self::MAX_NAME_CHARS
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.ends_with('.')
            && name.as_bytes().iter().all(is_letter)
    }

    /// The fields by name, each with at least one value.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values of a field; empty where there is none of that name.
    pub fn values(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Gives a field other values, each once and without blanks around it; none takes the field away.
    ///
    /// # Errors
    /// [`MetadataError`]; nothing is changed then.
    pub fn set(&mut self, name: &str, values: &[String]) -> Result<(), MetadataError> {
        if !Self::is_name(name) {
            return Err(MetadataError::Name { name: name.chars().take(Self::MAX_NAME_CHARS).collect() });
        }
        let mut kept = Vec::<String>::new();
        for value in values.iter().map(|value| value.trim()) {
            let is_long = value.chars().nth(Self::MAX_VALUE_CHARS).is_some();
            if value.is_empty() || is_long || value.chars().any(char::is_control) {
                return Err(MetadataError::Value { name: name.to_owned() });
            }
            if !kept.iter().any(|known| known == value) {
                kept.push(value.to_owned());
            }
        }
        if kept.len() > Self::MAX_VALUES {
            return Err(MetadataError::TooManyValues { name: name.to_owned() });
        }
        if kept.is_empty() {
            self.0.remove(name);
        } else if self.0.len() >= Self::MAX_FIELDS && !self.0.contains_key(name) {
            return Err(MetadataError::TooManyFields);
        } else {
            self.0.insert(name.to_owned(), kept);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn a_field_keeps_each_value_once_and_goes_with_the_last() -> Result<(), MetadataError> {
        let mut metadata = Metadata::default();
        metadata.set("project", &values(&[" Sintel ", "Durian", "Sintel"]))?;
        assert_eq!(metadata.values("project"), values(&["Sintel", "Durian"]));
        metadata.set("dc.creator_2", &values(&["Ω Ltd."]))?;
        assert_eq!(metadata.fields().map(|(name, _)| name).collect::<Vec<_>>(), ["dc.creator_2", "project"]);
        metadata.set("project", &[])?;
        assert_eq!(metadata.values("project"), values(&[]));
        Ok(())
    }

    #[test]
    fn what_is_no_field_changes_nothing() {
        let mut metadata = Metadata::default();
        for name in ["", "Project", "1st", "a b", "a:b", "a.", ".a", "ä", &"a".repeat(65)] {
            assert!(matches!(metadata.set(name, &values(&["x"])), Err(MetadataError::Name { .. })), "{name:?}");
        }
        for value in ["", "  ", "a\nb", "a\0", &"a".repeat(501)] {
            assert!(matches!(metadata.set("a", &values(&[value])), Err(MetadataError::Value { .. })), "{value:?}");
        }
        let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
        assert!(matches!(metadata.set("a", &many), Err(MetadataError::TooManyValues { .. })));
        assert_eq!(metadata, Metadata::default());
        for number in 0..Metadata::MAX_FIELDS {
            assert_eq!(metadata.set(&format!("field{number}"), &values(&["x"])), Ok(()));
        }
        assert_eq!(metadata.set("one_more", &values(&["x"])), Err(MetadataError::TooManyFields));
        assert_eq!(metadata.set("field3", &values(&["y"])), Ok(()));
    }
}
