//! File names and titles from outside, made fit to be shown and stored.

use url::Url;

/// Longest file name kept, characters.
const FILE_NAME_CHARS: usize = 255;
/// Longest title kept, characters.
const TITLE_CHARS: usize = 500;

/// The last path segment without control characters; `untitled` where nothing is left.
pub(super) fn clean_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|letter| !is_invisible(*letter)).take(FILE_NAME_CHARS).collect();
    let kept = kept.trim();
    if kept.is_empty() || kept.chars().all(|letter| letter == '.') { "untitled".to_owned() } else { kept.to_owned() }
}

/// The stated title, else the file name without its extension, words parted by blanks.
pub(super) fn title(stated: Option<&str>, file_name: &str) -> String {
    let stated: String = stated.unwrap_or_default().chars().filter(|letter| !is_invisible(*letter)).collect();
    let stated = stated.trim();
    let title = if stated.is_empty() {
        let stem =
            file_name.rsplit_once('.').map_or(file_name, |(stem, _)| if stem.is_empty() { file_name } else { stem });
        stem.replace(['_', '.'], " ")
    } else {
        stated.to_owned()
    };
    title.chars().take(TITLE_CHARS).collect()
}

/// The last path segment of an address, decoded; the host where there is none.
pub(super) fn from_url(url: &Url) -> String {
    let segment = url.path_segments().and_then(|mut segments| segments.rfind(|segment| !segment.is_empty()));
    let decoded = segment.map(|segment| {
        let pairs = format!("x={}", segment.replace('+', "%2B"));
        url::form_urlencoded::parse(pairs.as_bytes()).map(|(_, value)| value.into_owned()).collect::<String>()
    });
    decoded.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Control characters, and the marks that turn the direction of text and so disguise an extension.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_file_name_is_cut_off() {
        assert_eq!(clean_file_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_file_name("C:\\films\\a.mp4"), "a.mp4");
        assert_eq!(clean_file_name("a\u{202E}4pm.exe\n"), "a4pm.exe");
        assert_eq!(clean_file_name(".."), "untitled");
    }

    #[test]
    fn a_title_comes_from_the_file_name_when_none_is_stated() {
        assert_eq!(title(None, "sintel_trailer-720p.mp4"), "sintel trailer-720p");
        assert_eq!(title(Some("  Sintel "), "x.mp4"), "Sintel");
        assert_eq!(title(Some(" "), ".mp4"), " mp4");
    }

    #[test]
    fn an_address_names_its_file() -> Result<(), url::ParseError> {
        assert_eq!(from_url(&Url::parse("https://a.example/x/Caf%C3%A9+1.mp4?sig=1")?), "Café+1.mp4");
        assert_eq!(from_url(&Url::parse("https://a.example/")?), "a.example");
        Ok(())
    }
}
