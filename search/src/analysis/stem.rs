//! Word endings and words too common to tell texts apart.

use std::collections::HashMap;

use tantivy::tokenizer::{RawTokenizer, Stemmer, StopWordFilter, TextAnalyzer, TokenStream};

use super::fold::fold;
use super::language::Language;

/// Stemmers that were needed so far, by language.
#[derive(Default)]
pub(crate) struct Stemming {
    analyzers: HashMap<Language, TextAnalyzer>,
}

impl Stemming {
    /// The stem of a surface form, folded, with its language in front so that stems of two languages never meet.
    pub(crate) fn stem(&mut self, surface: &str, language: Language) -> String {
        let analyzer = self.analyzers.entry(language).or_insert_with(|| {
            TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(language.snowball())).build()
        });
        let mut stream = analyzer.token_stream(surface);
        let stem = if stream.advance() { fold(&stream.token().text) } else { fold(surface) };
        format!("{}:{stem}", language.code())
    }
}

/// Words too common to tell texts apart, of one language.
pub(crate) struct StopWords {
    filter: Option<TextAnalyzer>,
    language: Language,
}

/// English words that people put around what they look for. The engine's English list has only 33 words.
const ENGLISH_FILLERS: &[&str] = &[
    "about", "am", "any", "been", "being", "can", "could", "did", "do", "does", "from", "had", "has", "have", "he",
    "her", "hers", "him", "his", "how", "i", "im", "its", "me", "my", "our", "ours", "she", "should", "so", "some",
    "than", "them", "those", "us", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose",
    "why", "would", "you", "your",
];

impl StopWords {
    /// The list of a language; empty for those without one.
    pub(crate) fn of(language: Language) -> Self {
        let filter = StopWordFilter::new(language.snowball());
        let filter = filter.map(|filter| TextAnalyzer::builder(RawTokenizer::default()).filter(filter).build());
        Self { filter, language }
    }

    /// Whether a surface form is on the list.
    pub(crate) fn contains(&mut self, surface: &str) -> bool {
        if self.language == Language::English && ENGLISH_FILLERS.contains(&surface) {
            return true;
        }
        self.filter.as_mut().is_some_and(|filter| !filter.token_stream(surface).advance())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem_in_their_language() {
        let mut stemming = Stemming::default();
        for (language, forms) in [
            (Language::English, ["editions", "edition"]),
            (Language::German, ["häuser", "häusern"]),
            (Language::French, ["continuellement", "continuelle"]),
            (Language::Russian, ["книги", "книга"]),
            (Language::Spanish, ["canciones", "canción"]),
            (Language::Arabic, ["الكتاب", "كتاب"]),
        ] {
            let [left, right] = forms.map(|form| stemming.stem(form, language));
            assert_eq!(left, right);
        }
        assert_ne!(stemming.stem("die", Language::English), stemming.stem("die", Language::German));
    }

    #[test]
    fn stop_words_are_those_of_the_language() {
        assert!(StopWords::of(Language::German).contains("der"));
        assert!(!StopWords::of(Language::English).contains("der"));
        assert!(StopWords::of(Language::English).contains("where"));
        assert!(!StopWords::of(Language::Turkish).contains("ve"));
    }
}
