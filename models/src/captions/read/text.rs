//! The words of a cue without their markup.

/// Without tags (`<i>`, `<v Mary>`) and SubRip's positions (`{\an8}`), with WebVTT's entities as the letters they stand for,
/// trimmed; blank lines left out.
pub fn plain_lines(lines: &[&str]) -> Vec<String> {
    let all = lines.join("\n");
    let bare = without_tags(&all);
    bare.split('\n').map(|line| unescaped(line).trim().to_owned()).filter(|line| !line.is_empty()).collect()
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

fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&nbsp;", "\u{a0}"),
        ("&lrm;", "\u{200e}"),
        ("&rlm;", "\u{200f}"),
        // Last, so that what stood for an ampersand begins no other.
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return text.to_owned();
    }
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_words_stay() {
        let lines = ["<v Mary>Tom &amp; <i>Jerry</i>", "{\\an8}3 < 4 and {five}", "  ", "&amp;lt; <00:01.000>late"];
        assert_eq!(plain_lines(&lines), ["Tom & Jerry", "3 < 4 and {five}", "&lt; late"]);
    }

    #[test]
    fn a_tag_may_go_over_a_line() {
        assert_eq!(plain_lines(&["<font", "color=red>red</font>"]), ["red"]);
        assert_eq!(plain_lines(&["an open <i"]), ["an open <i"]);
    }
}
