//! Languages with rules of their own, and guessing them.

use tantivy::tokenizer::Language as Snowball;
use whatlang::{Detector, Lang};

/// A language whose word endings can be cut by a Snowball stemmer (<https://snowballstem.org>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// ar
    Arabic,
    /// da
    Danish,
    /// de
    German,
    /// el
    Greek,
    /// en
    English,
    /// es
    Spanish,
    /// fi
    Finnish,
    /// fr
    French,
    /// hu
    Hungarian,
    /// it
    Italian,
    /// nl
    Dutch,
    /// no, nb, nn
    Norwegian,
    /// pt
    Portuguese,
    /// ro
    Romanian,
    /// ru
    Russian,
    /// sv
    Swedish,
    /// ta
    Tamil,
    /// tr
    Turkish,
}

/// Language, ISO 639-1 code, ISO 639-2 and 639-3 codes, stemmer, what the guesser calls it.
type Row = (Language, &'static str, &'static [&'static str], Snowball, Lang);

const ROWS: [Row; 18] = [
    (Language::Arabic, "ar", &["ara", "arb"], Snowball::Arabic, Lang::Ara),
    (Language::Danish, "da", &["dan"], Snowball::Danish, Lang::Dan),
    (Language::German, "de", &["deu", "ger"], Snowball::German, Lang::Deu),
    (Language::Greek, "el", &["ell", "gre"], Snowball::Greek, Lang::Ell),
    (Language::English, "en", &["eng"], Snowball::English, Lang::Eng),
    (Language::Spanish, "es", &["spa"], Snowball::Spanish, Lang::Spa),
    (Language::Finnish, "fi", &["fin"], Snowball::Finnish, Lang::Fin),
    (Language::French, "fr", &["fra", "fre"], Snowball::French, Lang::Fra),
    (Language::Hungarian, "hu", &["hun"], Snowball::Hungarian, Lang::Hun),
    (Language::Italian, "it", &["ita"], Snowball::Italian, Lang::Ita),
    (Language::Dutch, "nl", &["nld", "dut"], Snowball::Dutch, Lang::Nld),
    (Language::Norwegian, "no", &["nor", "nb", "nob", "nn", "nno"], Snowball::Norwegian, Lang::Nob),
    (Language::Portuguese, "pt", &["por"], Snowball::Portuguese, Lang::Por),
    (Language::Romanian, "ro", &["ron", "rum"], Snowball::Romanian, Lang::Ron),
    (Language::Russian, "ru", &["rus"], Snowball::Russian, Lang::Rus),
    (Language::Swedish, "sv", &["swe"], Snowball::Swedish, Lang::Swe),
    (Language::Tamil, "ta", &["tam"], Snowball::Tamil, Lang::Tam),
    (Language::Turkish, "tr", &["tur"], Snowball::Turkish, Lang::Tur),
];

impl Language {
    /// Every language, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0)
    }

    /// The language of an ISO 639 code or BCP 47 tag, in any case; `None` for those without a stemmer.
    pub fn from_code(code: &str) -> Option<Self> {
        let code = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let is_it = |row: &&Row| row.1 == code || row.2.contains(&code.as_str());
        ROWS.iter().find(is_it).map(|row| row.0)
    }

    /// ISO 639-1 code.
    pub fn code(self) -> &'static str {
        self.row().map_or("en", |row| row.1)
    }

    /// The stemmer's name for it.
    pub(super) fn snowball(self) -> Snowball {
        self.row().map_or(Snowball::English, |row| row.3)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.0 == self)
    }
}

/// Guesses the language of a text; `None` where the text is too short to tell or has no stemmer.
pub(crate) fn guess_language(text: &str) -> Option<Language> {
    let info = Detector::new().detect(text)?;
    let by_name = ROWS.iter().find(|row| row.4 == info.lang()).map(|row| row.0);
    let is_only_one_of_its_script = matches!(info.script(), whatlang::Script::Greek | whatlang::Script::Tamil);
    if info.is_reliable() || is_only_one_of_its_script {
        return by_name;
    }
    match info.script() {
        whatlang::Script::Cyrillic => Some(Language::Russian),
        whatlang::Script::Arabic => Some(Language::Arabic),
        _ => None,
    }
}

/// The language by whose rules a text is stemmed: the stated one, else the guessed one, else English.
pub(crate) fn language_of(code: Option<&str>, text: &str) -> Language {
    code.and_then(Language::from_code).or_else(|| guess_language(text)).unwrap_or(Language::English)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_any_length_and_case_name_a_language() {
        for code in ["de", "DEU", "ger", "de-AT", "de_CH"] {
            assert_eq!(Language::from_code(code), Some(Language::German));
        }
        assert_eq!(Language::from_code("nb"), Some(Language::Norwegian));
        assert_eq!(Language::from_code("ja"), None);
        assert_eq!(Language::from_code(""), None);
    }

    #[test]
    fn every_language_is_found_by_its_own_code() {
        assert!(Language::all().all(|language| Language::from_code(language.code()) == Some(language)));
    }

    #[test]
    fn a_sentence_gives_its_language_away_and_one_word_does_not() {
        let german = "Der Hund läuft über die Straße und bellt die Katze auf dem Dach an";
        assert_eq!(guess_language(german), Some(Language::German));
        assert_eq!(guess_language("привет"), Some(Language::Russian));
        assert_eq!(guess_language("die"), None);
        assert_eq!(guess_language(""), None);
    }
}
