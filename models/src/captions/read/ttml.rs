//! TTML (<https://www.w3.org/TR/ttml2/>): the text and the timing of its paragraphs; what it says about looks is left out.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::CaptionError;
use super::clock::digits;
use crate::captions::cue::Cue;
use crate::time::{MediaTime, Span};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// What `ttp:` attributes of the root say about times.
struct Rates {
    frames_per_s: f64,
    ticks_per_s: f64,
}

/// An element that is open.
struct Open {
    name: Vec<u8>,
    /// Where times inside count from.
    from: MediaTime,
    language: String,
    is_text: bool,
}

/// A paragraph that is being read.
struct Paragraph {
    line: usize,
    span: Span,
    text: String,
}

pub(super) fn ttml(text: &str, language: &str) -> Result<Vec<(usize, Cue)>, CaptionError> {
    let mut reader = Reader::from_str(text);
    let mut state = State {
        text,
        rates: Rates { frames_per_s: 30.0, ticks_per_s: 1.0 },
        open: Vec::new(),
        paragraph: None,
        has_root: false,
        language: language.to_owned(),
        cues: Vec::new(),
    };
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| state.error(before, error.to_string()))?;
        match event {
            Event::Start(start) => state.start(before, &start)?,
            Event::Empty(start) => {
                state.start(before, &start)?;
                state.end();
            }
            Event::End(_) => state.end(),
            Event::Text(piece) => {
                let piece = piece.decode().map_err(|error| state.error(before, error.to_string()))?;
                state.push(&piece);
            }
            Event::CData(piece) => {
                let piece = piece.decode().map_err(|error| state.error(before, error.to_string()))?;
                state.push(&piece);
            }
            Event::GeneralRef(name) => {
                let piece = letter(&name).ok_or_else(|| state.error(before, "an entity that is not known"))?;
                state.push(&piece);
            }
            // Entities of its own could blow a file up.
            Event::DocType(_) => return Err(state.error(before, "a document type is not allowed here")),
            Event::Eof => break,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
    if !state.has_root || !state.open.is_empty() {
        return Err(state.error(text.len(), "a TTML document is one tt element"));
    }
    Ok(state.cues)
}

struct State<'a> {
    text: &'a str,
    rates: Rates,
    open: Vec<Open>,
    paragraph: Option<Paragraph>,
    has_root: bool,
    language: String,
    cues: Vec<(usize, Cue)>,
}

impl State<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at.min(self.text.len())).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn error(&self, at: usize, why: impl Into<String>) -> CaptionError {
        CaptionError::new(self.line(at), why)
    }

    fn start(&mut self, at: usize, element: &BytesStart<'_>) -> Result<(), CaptionError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.error(at, format!("elements are nested more than {MAX_DEPTH} deep")));
        }
        let name = element.local_name().as_ref().to_vec();
        let attribute = |wanted: &str| -> Result<Option<String>, CaptionError> {
            let mut value = None;
            for attribute in element.attributes() {
                let attribute = attribute.map_err(|error| self.error(at, error.to_string()))?;
                if attribute.key.local_name().as_ref() == wanted.as_bytes() {
                    value = Some(String::from_utf8_lossy(&attribute.value).into_owned());
                }
            }
            Ok(value)
        };
        let parent = self.open.last();
        let (outer, outer_language) =
            parent.map_or((MediaTime::ZERO, self.language.as_str()), |open| (open.from, &open.language));
        let language = attribute("lang")?.filter(|lang| !lang.is_empty()).map(|lang| primary(&lang));
        let language = language.unwrap_or_else(|| outer_language.to_owned());
        let rates = match (attribute("frameRate")?, attribute("tickRate")?) {
            (None, None) => None,
            (frames, ticks) if self.open.is_empty() => {
                let multiplier = attribute("frameRateMultiplier")?;
                Some(self.rates(at, frames.as_deref(), multiplier.as_deref(), ticks.as_deref())?)
            }
            _ => None,
        };
        let time = |name: &str| -> Result<Option<MediaTime>, CaptionError> {
            let Some(text) = attribute(name)? else { return Ok(None) };
            let time = moment(&text, rates.as_ref().unwrap_or(&self.rates));
            time.map(Some).ok_or_else(|| self.error(at, format!("{name} is not a time")))
        };
        let is_timed = matches!(name.as_slice(), b"body" | b"div" | b"p");
        let begin = if is_timed { time("begin")? } else { None };
        let from = outer + begin.unwrap_or(MediaTime::ZERO);
        let paragraph = match name.as_slice() {
            b"p" => {
                let end = match (time("end")?, time("dur")?) {
                    (Some(end), _) => outer + end,
                    (None, Some(length)) => from + length,
                    (None, None) => return Err(self.error(at, "a paragraph has an end or a dur")),
                };
                let span =
                    Span::new(from, end).map_err(|_| self.error(at, "the paragraph ends before it has begun"))?;
                Some(Paragraph { line: self.line(at), span, text: String::new() })
            }
            _ => None,
        };
        if self.open.is_empty() {
            if name != b"tt" || self.has_root {
                return Err(self.error(at, "a TTML document is one tt element"));
            }
            self.has_root = true;
        }
        if name == b"br" {
            self.push("\n");
        }
        let is_text = paragraph.is_some() || (name == b"span" && self.is_in_text());
        if let Some(rates) = rates {
            self.rates = rates;
        }
        if paragraph.is_some() {
            self.paragraph = paragraph;
        }
        self.open.push(Open { name, from, language, is_text });
        Ok(())
    }

    fn is_in_text(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_text)
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.name != b"p" {
            return;
        }
        let Some(paragraph) = self.paragraph.take() else { return };
        let lines = paragraph.text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            self.cues.push((paragraph.line, Cue { span: paragraph.span, lines, language: open.language }));
        }
    }

    /// Text of the open paragraph; a line break in the file is a blank, only `br` breaks a line.
    fn push(&mut self, piece: &str) {
        let is_break = piece == "\n" && self.paragraph.is_some();
        if !self.is_in_text() {
            return;
        }
        if let Some(paragraph) = &mut self.paragraph {
            if is_break {
                paragraph.text.push('\n');
            } else {
                paragraph.text.push_str(&piece.replace(['\n', '\r', '\t'], " "));
            }
        }
    }

    fn rates(
        &self,
        at: usize,
        frames: Option<&str>,
        multiplier: Option<&str>,
        ticks: Option<&str>,
    ) -> Result<Rates, CaptionError> {
        let number = |text: &str| digits(text).filter(|number| *number > 0).map(|number| number as f64);
        let wrong = || self.error(at, "a rate is not a positive whole number");
        let frames_per_s = frames.map_or(Some(30.0), number).ok_or_else(wrong)?;
        let multiplier = match multiplier {
            None => 1.0,
            Some(text) => {
                let (above, below) = text.split_once(' ').ok_or_else(wrong)?;
                number(above).ok_or_else(wrong)? / number(below).ok_or_else(wrong)?
            }
        };
        let ticks_per_s = ticks.map_or(Some(1.0), number).ok_or_else(wrong)?;
        Ok(Rates { frames_per_s: frames_per_s * multiplier, ticks_per_s })
    }
}

/// `en` of `en-GB`.
fn primary(language: &str) -> String {
    language.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

/// A clock time (`hh:mm:ss`, with a fraction or frames) or an offset (`12.5s`, `300f`).
fn moment(text: &str, rates: &Rates) -> Option<MediaTime> {
    let parts: Vec<&str> = text.split(':').collect();
    let seconds = match parts.as_slice() {
        [offset] => return self::offset(offset, rates),
        [hours, minutes, seconds] => whole(hours, minutes)? + decimal(seconds)?,
        [hours, minutes, seconds, frames] => {
            whole(hours, minutes)? + digits(seconds)? as f64 + digits(frames)? as f64 / rates.frames_per_s
        }
        _ => return None,
    };
    Some(MediaTime::from_seconds_f64(seconds))
}

fn whole(hours: &str, minutes: &str) -> Option<f64> {
    Some((digits(hours)? * 3_600 + digits(minutes)? * 60) as f64)
}

fn offset(text: &str, rates: &Rates) -> Option<MediaTime> {
    let at = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let seconds_each = match unit {
        "h" => 3_600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 0.001,
        "f" => 1.0 / rates.frames_per_s,
        "t" => 1.0 / rates.ticks_per_s,
        _ => return None,
    };
    Some(MediaTime::from_seconds_f64(decimal(number)? * seconds_each))
}

/// Digits, and at most nine more behind a point.
fn decimal(text: &str) -> Option<f64> {
    match text.split_once('.') {
        None if text.len() <= 15 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()
        }
        None => None,
        Some((before, after)) => {
            digits(before)?;
            digits(after)?;
            text.parse().ok()
        }
    }
}

/// The letter that a reference stands for.
fn letter(name: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(letter)) = name.resolve_char_ref() {
        return Some(letter.to_string());
    }
    let name = name.decode().ok()?;
    resolve_predefined_entity(&name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<(i64, i64, String, String)>, CaptionError> {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" \
             ttp:frameRate=\"25\" ttp:tickRate=\"10000000\" xml:lang=\"en-GB\"><body>{body}</body></tt>"
        );
        let short = |(_, cue): (usize, Cue)| {
            (cue.span.start().as_millis(), cue.span.end().as_millis(), cue.lines.join("|"), cue.language)
        };
        Ok(ttml(&text, "de")?.into_iter().map(short).collect())
    }

    #[test]
    fn clocks_frames_ticks_and_offsets_are_times() -> Result<(), CaptionError> {
        let body = r#"<div>
          <p begin="00:00:01.500" end="00:00:02:05">One<br/>two</p>
          <p begin="3s" dur="500ms"> A <span>&amp;
             B</span> </p>
          <p begin="40000000t" end="125f" xml:lang="de">Drei &#228;</p></div>"#;
        let en = |start, end, text: &str| (start, end, text.to_owned(), "en".to_owned());
        let de = (4_000, 5_000, "Drei ä".to_owned(), "de".to_owned());
        assert_eq!(read(body)?, [en(1_500, 2_200, "One|two"), en(3_000, 3_500, "A & B"), de]);
        Ok(())
    }

    #[test]
    fn times_count_from_those_around_them() -> Result<(), CaptionError> {
        let found = read(r#"<div begin="10s"><p begin="1s" end="2s">late</p></div>"#)?;
        assert_eq!(found.first().map(|cue| (cue.0, cue.1)), Some((11_000, 12_000)));
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let line = |text: &str| ttml(text, "en").err().map(|error| error.line);
        assert_eq!(line("<tt>\n<body>\n<p begin=\"x\" end=\"2s\">a</p></body></tt>"), Some(3));
        assert_eq!(line("<tt><body><p begin=\"2s\" end=\"1s\">a</p></body></tt>"), Some(1));
        assert_eq!(line("<tt><body><p begin=\"2s\">a</p></body></tt>"), Some(1));
        assert_eq!(line("<html></html>"), Some(1));
        assert_eq!(line("<tt><body>"), Some(1));
        assert_eq!(line("<!DOCTYPE tt [<!ENTITY a \"b\">]><tt/>"), Some(1));
        assert!(line(&"<tt>".repeat(100_000)).is_some(), "nothing recurses");
    }
}
