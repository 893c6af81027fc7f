//! What is known of languages.

use isolang::Language;

/// Languages that are written without blanks between words (ISO 639; Cantonese has no two-letter code).
const WITHOUT_BLANKS: [&str; 8] = ["zh", "yue", "ja", "th", "lo", "my", "km", "bo"];

/// ISO 639-1 codes with their ISO 639-2 ones, terminological and bibliographic where those differ: the languages that films
/// are subtitled in.
const CODES: &[(&str, &[&str])] = &[
    ("af", &["afr"]),
    ("am", &["amh"]),
    ("ar", &["ara"]),
    ("az", &["aze"]),
    ("be", &["bel"]),
    ("bg", &["bul"]),
    ("bn", &["ben"]),
    ("bo", &["bod", "tib"]),
    ("bs", &["bos"]),
    ("ca", &["cat"]),
    ("cs", &["ces", "cze"]),
    ("cy", &["cym", "wel"]),
    ("da", &["dan"]),
    ("de", &["deu", "ger"]),
    ("el", &["ell", "gre"]),
    ("en", &["eng"]),
    ("es", &["spa"]),
    ("et", &["est"]),
    ("eu", &["eus", "baq"]),
    ("fa", &["fas", "per"]),
    ("fi", &["fin"]),
    ("fr", &["fra", "fre"]),
    ("ga", &["gle"]),
    ("gl", &["glg"]),
    ("gu", &["guj"]),
    ("he", &["heb"]),
    ("hi", &["hin"]),
    ("hr", &["hrv"]),
    ("hu", &["hun"]),
    ("hy", &["hye", "arm"]),
    ("id", &["ind"]),
    ("is", &["isl", "ice"]),
    ("it", &["ita"]),
    ("ja", &["jpn"]),
    ("ka", &["kat", "geo"]),
    ("kk", &["kaz"]),
    ("km", &["khm"]),
    ("kn", &["kan"]),
    ("ko", &["kor"]),
    ("lo", &["lao"]),
    ("lt", &["lit"]),
    ("lv", &["lav"]),
    ("mk", &["mkd", "mac"]),
    ("ml", &["mal"]),
    ("mn", &["mon"]),
    ("mr", &["mar"]),
    ("ms", &["msa", "may"]),
    ("my", &["mya", "bur"]),
    ("ne", &["nep"]),
    ("nl", &["nld", "dut"]),
    ("no", &["nor", "nob", "nno", "nb", "nn"]),
    ("pa", &["pan"]),
    ("pl", &["pol"]),
    ("pt", &["por"]),
    ("ro", &["ron", "rum"]),
    ("ru", &["rus"]),
    ("sk", &["slk", "slo"]),
    ("sl", &["slv"]),
    ("sq", &["sqi", "alb"]),
    ("sr", &["srp"]),
    ("sv", &["swe"]),
    ("sw", &["swa"]),
    ("ta", &["tam"]),
    ("te", &["tel"]),
    ("th", &["tha"]),
    ("tr", &["tur"]),
    ("uk", &["ukr"]),
    ("ur", &["urd"]),
    ("uz", &["uzb"]),
    ("vi", &["vie"]),
    ("zh", &["zho", "chi", "cmn"]),
];

/// Whether words of that language (ISO 639-1 code) stand apart; languages that are not known count as if they did.
pub fn has_blanks_between_words(language: &str) -> bool {
    !WITHOUT_BLANKS.contains(&language)
}

/// Whether that is the code of a language: of ISO 639-1 or 639-3 (`und` where nobody knows), with whatever else BCP 47 puts
/// behind it (`pt-br`), all in lower case; or `jw`, by which speech models mean Javanese.
pub fn is_code(code: &str) -> bool {
    let (primary, rest) = code.split_once('-').unwrap_or((code, "x"));
    let is_known = Language::from_639_1(primary).or_else(|| Language::from_639_3(primary)).is_some() || primary == "jw";
    is_known && rest.split('-').all(is_subtag)
}

fn is_subtag(subtag: &str) -> bool {
    (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The code that findings carry (ISO 639-1, else one of three letters) of a language tag as a file states it, of BCP 47 or ISO
/// 639; `None` where that names no language.
pub fn code_of_tag(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let is_code = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_lowercase());
    // No linguistic content, several, undetermined, uncoded.
    if !is_code || ["zxx", "mul", "und", "mis"].contains(&primary.as_str()) {
        return None;
    }
    let known = CODES.iter().find(|(_, long)| long.contains(&primary.as_str()));
    Some(known.map_or(primary, |(short, _)| (*short).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_kind_name_their_language() {
        let code = |tag| code_of_tag(tag).unwrap_or_default();
        assert_eq!(
            [code("eng"), code("ger"), code("deu"), code("pt-BR"), code("zh_Hans")],
            ["en", "de", "de", "pt", "zh"]
        );
        assert_eq!([code("fil"), code("nob"), code("DE")], ["fil", "no", "de"]);
        assert_eq!([code("und"), code(""), code("english"), code("e1")], ["", "", "", ""]);
    }

    #[test]
    fn codes_of_languages_are_told_from_other_words() {
        for code in ["en", "yue", "zh", "pt-br", "zh-hant", "es-419", "und", "no", "jw"] {
            assert!(is_code(code), "{code}");
        }
        for code in ["", "xx", "qqq", "english", "EN", "en-", "en--us", "en-US", "e1", "klingon"] {
            assert!(!is_code(code), "{code}");
        }
    }

    #[test]
    fn only_scripts_without_blanks_have_none() {
        assert!(has_blanks_between_words("en") && has_blanks_between_words("ko") && has_blanks_between_words("xx"));
        assert!(!has_blanks_between_words("ja") && !has_blanks_between_words("yue"));
    }
}
