//! The two formats of plain lines: WebVTT (<https://www.w3.org/TR/webvtt1/>) and SubRip.

use super::CaptionError;
use super::clock::{clock, digits};
use super::text::plain_lines;
use crate::captions::cue::Cue;
use crate::time::Span;

const ARROW: &str = "-->";

/// Lines between blank lines, and the number of the first.
struct Block<'a> {
    line: usize,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_open = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            is_open = false;
            continue;
        }
        match blocks.last_mut().filter(|_| is_open) {
            Some(block) => block.lines.push(line),
            None => blocks.push(Block { line: index + 1, lines: vec![line] }),
        }
        is_open = true;
    }
    blocks
}

pub(super) fn web_vtt(text: &str, language: &str) -> Result<Vec<(usize, Cue)>, CaptionError> {
    let is_header = |line: &str| line == "WEBVTT" || line.starts_with("WEBVTT ") || line.starts_with("WEBVTT\t");
    if !text.lines().next().is_some_and(is_header) {
        return Err(CaptionError::new(1, "a WebVTT file begins with WEBVTT"));
    }
    let mut cues = Vec::new();
    for block in blocks(text).into_iter().skip(1) {
        let first = block.lines.first().copied().unwrap_or_default();
        let is_marked = ["NOTE", "STYLE", "REGION"]
            .iter()
            .any(|word| first.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])));
        // A comment has no timing; the name of a cue may be one of these words.
        if !is_marked || block.lines.iter().any(|line| line.contains(ARROW)) {
            cues.extend(cue(&block, language, |_| true)?);
        }
    }
    Ok(cues)
}

pub(super) fn sub_rip(text: &str, language: &str) -> Result<Vec<(usize, Cue)>, CaptionError> {
    let mut cues = Vec::new();
    for block in blocks(text) {
        cues.extend(cue(&block, language, |number| digits(number).is_some())?);
    }
    Ok(cues)
}

/// The cue of a block: an optional name, a timing, the text. `None` where the text is blank.
fn cue(
    block: &Block<'_>,
    language: &str,
    is_name: impl Fn(&str) -> bool,
) -> Result<Option<(usize, Cue)>, CaptionError> {
    let first = block.lines.first().copied().unwrap_or_default();
    let named = usize::from(!first.contains(ARROW));
    if named == 1 && !is_name(first.trim()) {
        return Err(CaptionError::new(block.line, "the number of a cue is expected here"));
    }
    let line = block.line + named;
    let timing = block.lines.get(named).copied().unwrap_or_default();
    let (start, rest) =
        timing.split_once(ARROW).ok_or_else(|| CaptionError::new(line, "a timing with --> is expected here"))?;
    // Settings of the cue may follow.
    let end = rest.split_whitespace().next().unwrap_or_default();
    let time = |text: &str| {
        clock(text.trim()).ok_or_else(|| {
            CaptionError::new(line, format!("{:?} is not a time", text.trim().chars().take(40).collect::<String>()))
        })
    };
    let span =
        Span::new(time(start)?, time(end)?).map_err(|_| CaptionError::new(line, "the cue ends before it has begun"))?;
    let lines = plain_lines(block.lines.get(named + 1..).unwrap_or_default());
    Ok((!lines.is_empty()).then(|| (line, Cue { span, lines, language: language.to_owned() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(cues: &[(usize, Cue)]) -> Vec<(usize, i64, i64, String)> {
        let short = |(line, cue): &(usize, Cue)| {
            (*line, cue.span.start().as_millis(), cue.span.end().as_millis(), cue.lines.join("|"))
        };
        cues.iter().map(short).collect()
    }

    #[test]
    fn web_vtt_with_names_notes_styles_and_settings_reads() -> Result<(), CaptionError> {
        let text = "WEBVTT - made by hand\nKind: captions\n\nNOTE\nnot said\n\nSTYLE\n::cue { color: red }\n\nintro\n\
                    00:01.000 --> 00:02.500 align:start line:0%\n<v Mary>Hello,\n<i>you</i>.\n\n\
                    01:00:00.000 --> 01:00:01.000\nThe end\r\n\n00:05.000 --> 00:06.000\n<i></i>\n";
        let cues = web_vtt(text, "en")?;
        let expected = [(11, 1_000, 2_500, "Hello,|you.".to_owned()), (15, 3_600_000, 3_601_000, "The end".to_owned())];
        assert_eq!(texts(&cues), expected);
        assert_eq!(web_vtt("WEBVTT", "en")?, []);
        Ok(())
    }

    #[test]
    fn sub_rip_as_programs_write_it_reads() -> Result<(), CaptionError> {
        let text = "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}One\r\n\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000 X1:40\r\nTwo\r\nlines\r\n";
        assert_eq!(
            texts(&sub_rip(text, "en")?),
            [(2, 1_000, 2_000, "One".to_owned()), (7, 3_000, 4_000, "Two|lines".to_owned())]
        );
        assert_eq!(sub_rip("", "en")?, []);
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let line = |result: Result<Vec<(usize, Cue)>, CaptionError>| result.err().map(|error| error.line);
        assert_eq!(line(web_vtt("1\n00:01.000 --> 00:02.000\nHello", "en")), Some(1));
        assert_eq!(line(web_vtt("WEBVTT\n\n00:02.000 --> 00:01.000\nHello", "en")), Some(3));
        assert_eq!(line(web_vtt("WEBVTT\n\nname\nno timing", "en")), Some(4));
        assert_eq!(line(sub_rip("1\n00:00:01,000 --> 00:00:99,000\nHello", "en")), Some(2));
        assert_eq!(line(sub_rip("first\n00:00:01,000 --> 00:00:02,000\nHello", "en")), Some(1));
    }
}
