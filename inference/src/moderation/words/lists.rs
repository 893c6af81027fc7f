//! The lists as their package has them.

use super::class::TermClass;
use crate::catalog::ModelFiles;
use crate::error::InferenceError;

/// The lists of the package, each with the language that it counts for.
pub(super) const LISTS: [(&str, &str); 28] = [
    ("ar", "ar"),
    ("cs", "cs"),
    ("da", "da"),
    ("de", "de"),
    ("en", "en"),
    ("eo", "eo"),
    ("es", "es"),
    ("fa", "fa"),
    ("fi", "fi"),
    ("fil", "fil"),
    ("fr", "fr"),
    ("fr-CA-u-sd-caqc", "fr"),
    ("hi", "hi"),
    ("hu", "hu"),
    ("it", "it"),
    ("ja", "ja"),
    ("kab", "kab"),
    ("ko", "ko"),
    ("nl", "nl"),
    ("no", "no"),
    ("pl", "pl"),
    ("pt", "pt"),
    ("ru", "ru"),
    ("sv", "sv"),
    ("th", "th"),
    ("tlh", "tlh"),
    ("tr", "tr"),
    ("zh", "zh"),
];

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// As the list writes it.
    pub(super) term: String,
    /// The language, as ISO 639 has it.
    pub(super) language: &'static str,
    pub(super) class: TermClass,
}

/// Reads every list.
pub(super) fn read_lists(files: &ModelFiles) -> Result<Vec<Entry>, InferenceError> {
    let mut entries = Vec::new();
    for (list, language) in LISTS {
        let path = files.path(list)?;
        let fault = |reason: String| InferenceError::ModelData { path: path.to_path_buf(), reason };
        let bytes = std::fs::read(path).map_err(|source| InferenceError::Read { path: path.to_path_buf(), source })?;
        let terms: Vec<String> = serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))?;
        let classes: Vec<Option<TermClass>> = TermClass::of_list(list).collect();
        if classes.len() != terms.len() {
            return Err(fault(format!("{} entries where {} have a class", terms.len(), classes.len())));
        }
        entries.extend(
            terms.into_iter().zip(classes).filter_map(|(term, class)| Some(Entry { term, language, class: class? })),
        );
    }
    Ok(entries)
}

/// The language of a list for a BCP 47 tag such as `pt-BR` or `nb`; `None` where there is no list.
pub(super) fn list_language(tag: &str) -> Option<&'static str> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let primary = match primary.as_str() {
        // Both written forms of Norwegian share a list, as do Tagalog and Filipino.
        "nb" | "nn" => "no",
        "tl" => "fil",
        "yue" | "cmn" => "zh",
        other => other,
    };
    LISTS.iter().find(|(_, language)| *language == primary).map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_find_their_list() {
        assert_eq!(list_language("pt-BR"), Some("pt"));
        assert_eq!(list_language("NB_no"), Some("no"));
        assert_eq!(list_language("tl"), Some("fil"));
        assert_eq!(list_language("fr-CA"), Some("fr"));
        assert_eq!(list_language("xx"), None);
        assert_eq!(list_language(""), None);
    }

    #[test]
    fn there_are_lists_for_27_languages() {
        let languages: std::collections::BTreeSet<&str> = LISTS.iter().map(|(_, language)| *language).collect();
        assert_eq!(languages.len(), 27);
    }
}
