//! The words of a cue without their markup.

/// Behind what begins markup, it makes text of it: SubRip has no other way to write an angle bracket (FFmpeg writes ASS so).
pub(in crate::captions) const WORD_JOINER: char = '\u{2060}';
/// Letters by which markup begins.
pub(in crate::captions) const MARKS: [char; 3] = ['<', '{', '&'];

/// Without tags (`<i>`, `<v Mary>`) and SubRip's positions (`{\an8}`), with HTML's character references as the letters they
/// stand for, trimmed; blank lines left out.
pub fn plain_lines(lines: &[&str]) -> Vec<String> {
    let all = lines.join("\n");
    let bare = without_tags(&all);
    bare.split('\n').map(|line| unescaped(line).trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn unescaped(line: &str) -> String {
    let letters = htmlize::unescape(line);
    match letters.contains(WORD_JOINER) {
        true => MARKS
            .iter()
            .fold(letters.into_owned(), |text, mark| text.replace(&format!("{mark}{WORD_JOINER}"), &mark.to_string())),
        false => letters.into_owned(),
    }
}

/// A tag begins with a letter, a slash, a digit (WebVTT's time stamps) or a dot, and ends in the same cue; other brackets are
/// text.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inner = from.get(1..).unwrap_or_default();
        let (close, is_tag) = match from.starts_with('<') {
            true => ('>', inner.starts_with(|next: char| next.is_ascii_alphanumeric() || "/.".contains(next))),
            false => ('}', inner.starts_with('\\')),
        };
        match inner.find(close).filter(|_| is_tag) {
            Some(end) => rest = inner.get(end + 1..).unwrap_or_default(),
            None => {
                out.push_str(from.get(..1).unwrap_or_default());
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_words_stay() {
        let lines = ["<v Mary>Tom &amp; <i>Jerry</i>", "{\\an8}3 < 4 and {five}", "  ", "&amp;lt; <00:01.000>late"];
        assert_eq!(plain_lines(&lines), ["Tom & Jerry", "3 < 4 and {five}", "&lt; late"]);
        assert_eq!(plain_lines(&["Don&#39;t&nbsp;go &#x2013; R&D &hellip;"]), ["Don't\u{a0}go – R&D …"]);
        assert_eq!(
            plain_lines(&["a <\u{2060}b> is no tag, &\u{2060}lt; no bracket"]),
            ["a <b> is no tag, &lt; no bracket"]
        );
    }

    #[test]
    fn a_tag_may_go_over_a_line() {
        assert_eq!(plain_lines(&["<font", "color=red>red</font>"]), ["red"]);
        assert_eq!(plain_lines(&["an open <i"]), ["an open <i"]);
    }
}
