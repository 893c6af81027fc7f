//! The words of a cue out of what FFmpeg's decoders make of every format: lines of an ASS script
//! (<http://www.tcax.org/docs/ass-specs.htm>), "ReadOrder, Layer, Style, Name, three margins, Effect, Text".

/// Fields before the text.
const FIELDS_BEFORE: usize = 8;

/// The lines that are read, trimmed, without blank ones and at most `max_chars` characters in all. Override blocks and
/// drawings are left out; in a track that is a script so is every other block, which is a comment there and text elsewhere.
pub(super) fn script_lines(events: &[String], is_script: bool, max_chars: usize) -> Vec<String> {
    let mut left = max_chars;
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        let text = event.splitn(FIELDS_BEFORE + 1, ',').nth(FIELDS_BEFORE).unwrap_or_default();
        for line in words(text, is_script).split('\n') {
            let line: String = line.trim().chars().take(left).collect();
            // Layers of one line, as for a shadow, say it once.
            if line.is_empty() || lines.contains(&line) {
                continue;
            }
            left -= line.chars().count();
            lines.push(line);
        }
    }
    lines
}

/// The text of an event with line feeds for its line breaks.
fn words(text: &str, is_script: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_drawing = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        let block = if first == '{' { after.split_once('}') } else { None };
        if let Some((inside, behind)) = block.filter(|(inside, _)| is_script || inside.starts_with('\\')) {
            is_drawing = draws(inside).unwrap_or(is_drawing);
            rest = behind;
            continue;
        }
        let (letter, behind) = match first {
            '\\' => escaped(after),
            other => (Some(other), after),
        };
        out.extend(letter.filter(|_| !is_drawing));
        rest = behind;
    }
    out
}

/// What a backslash makes of what follows it, and the rest.
fn escaped(after: &str) -> (Option<char>, &str) {
    let Some(next) = after.chars().next() else { return (Some('\\'), after) };
    let behind = after.get(next.len_utf8()..).unwrap_or_default();
    match next {
        'N' | 'n' => (Some('\n'), behind),
        'h' => (Some(' '), behind),
        '{' | '}' | '\\' => (Some(next), behind),
        // Newer decoders write a backslash as one with a word joiner behind it.
        '\u{2060}' => (Some('\\'), behind),
        _ => (Some('\\'), after),
    }
}

/// Whether the text behind a block is a drawing: `\p` with a number says so, and 0 ends it.
fn draws(block: &str) -> Option<bool> {
    let scales = block.split('\\').skip(1).filter_map(|tag| tag.strip_prefix('p'));
    scales.filter_map(|scale| scale.trim().parse::<u32>().ok()).last().map(|scale| scale > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        let events: Vec<String> = texts.iter().map(|text| format!("0,0,Default,,0,0,0,,{text}")).collect();
        script_lines(&events, true, 100)
    }

    #[test]
    fn override_blocks_and_drawings_go_and_words_stay() {
        assert_eq!(lines(&[r"{\an8\i1}Hello,{\i0}\Nyou, {comment}there"]), ["Hello,", "you, there"]);
        assert_eq!(lines(&[r"{\p1}m 0 0 l 100 0 100 100{\p0}Sign"]), ["Sign"]);
        assert_eq!(lines(&[r"{\pos(1,2)\p4}m 0 0 l 1 1"]), Vec::<String>::new());
        assert_eq!(lines(&[r"\{\\an8\} a\hb \q"]), [r"{\an8} a b \q"]);
        assert_eq!(lines(&["an open {block"]), ["an open {block"]);
        let plain = script_lines(&[r"0,0,Default,,0,0,0,,{\an8}Three & {four}".to_owned()], false, 100);
        assert_eq!(plain, ["Three & {four}"]);
    }

    #[test]
    fn the_same_line_in_two_layers_is_said_once() {
        assert_eq!(lines(&["Run!", r"{\blur3}Run!", "Now!"]), ["Run!", "Now!"]);
    }

    #[test]
    fn no_cue_is_longer_than_it_may_be() {
        let all = lines(&[&"x".repeat(90), &"y".repeat(90), "z"]);
        assert_eq!(all.iter().map(String::len).collect::<Vec<_>>(), [90, 10]);
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down(text in r"[\\{}pNnh0-9a-z\n,é]{0,60}", is_script in any::<bool>()) {
            let found = script_lines(std::slice::from_ref(&text), is_script, 20);
            prop_assert!(found.iter().map(|line| line.chars().count()).sum::<usize>() <= 20);
            prop_assert!(found.iter().all(|line| !line.is_empty() && !line.contains('\n')));
        }
    }
}
