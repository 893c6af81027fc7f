//! The formats read back by plain readers.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

/// Records of a table by RFC 4180, every byte accounted for.
pub(crate) fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if field.is_empty() => loop {
                match letters.next().expect("a quoted field ends") {
                    '"' if letters.peek() == Some(&'"') => field.extend(letters.next()),
                    '"' => {
                        assert!(matches!(letters.peek(), Some(',' | '\r')), "text behind a quotation mark in {text:?}");
                        break;
                    }
                    letter => field.push(letter),
                }
            },
            ',' => record.push(std::mem::take(&mut field)),
            '\r' => {
                assert_eq!(letters.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            letter => field.push(letter),
        }
    }
    assert!(record.is_empty() && field.is_empty(), "the last line has an end");
    records
}

/// A field as it was before an apostrophe kept a spreadsheet from calculating it.
pub(crate) fn unguarded(field: &str) -> &str {
    let bare = field.trim_start_matches('\'');
    let is_guarded = bare.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_guarded { field.strip_prefix('\'').expect("what a spreadsheet would calculate is guarded") } else { field }
}

/// Every attribute's and text's value in a document, in order, as `element@attribute` and `element`.
pub(crate) fn xml(text: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut values, mut open) = (Vec::new(), Vec::<(String, String)>::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                attributes(&element, &name, &mut values);
                open.push((name, String::new()));
            }
            Event::Empty(element) => {
                let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                attributes(&element, &name, &mut values);
            }
            Event::Text(piece) => {
                if let Some((_, inside)) = open.last_mut() {
                    inside.push_str(&piece.decode().unwrap());
                }
            }
            Event::GeneralRef(reference) => {
                let (_, inside) = open.last_mut().unwrap();
                match reference.resolve_char_ref().unwrap() {
                    Some(letter) => inside.push(letter),
                    None => {
                        let name = reference.decode().unwrap();
                        inside.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap());
                    }
                }
            }
            Event::End(_) => values.extend(open.pop().filter(|(_, inside)| !inside.trim().is_empty())),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "every element ends");
    values
}

fn attributes(element: &quick_xml::events::BytesStart<'_>, name: &str, values: &mut Vec<(String, String)>) {
    for attribute in element.attributes() {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned();
        values.push((format!("{name}@{key}"), value));
    }
}

/// A cue of WebVTT: identifier, times, lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cue {
    pub(crate) id: String,
    pub(crate) times: String,
    pub(crate) lines: Vec<String>,
}

/// Cues of a file; every block is the header, a note or a cue.
pub(crate) fn web_vtt(text: &str) -> Vec<Cue> {
    assert!(text.starts_with("WEBVTT\n") && !text.contains(['\r', '\0']));
    let mut cues: Vec<Cue> = Vec::new();
    for block in text.trim_end_matches('\n').split("\n\n").skip(1) {
        if block.starts_with("NOTE ") {
            assert!(!block.contains("-->"), "an arrow would end the note {block:?}");
            continue;
        }
        let lines: Vec<&str> = block.split('\n').collect();
        let [id, times, payload @ ..] = lines.as_slice() else { panic!("{block:?} is no cue") };
        assert!(
            !id.contains("-->") && !payload.is_empty() && payload.iter().all(|line| !line.contains("-->")),
            "{block:?}"
        );
        let (start, end) = times.split_once(" --> ").unwrap();
        assert!(start < end || start.len() < end.len(), "{times}");
        let unescaped = |line: &&str| line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let lines = payload.iter().map(unescaped).collect();
        cues.push(Cue { id: (*id).to_owned(), times: (*times).to_owned(), lines });
    }
    let starts: Vec<&str> = cues.iter().filter_map(|cue| cue.times.split(' ').next()).collect();
    assert!(starts.is_sorted_by(|one, two| one.len() < two.len() || one <= two), "{starts:?}");
    cues
}

/// Events of an edit list: reel, source in and out, record in and out; every other line is a heading or a comment.
pub(crate) fn edl(text: &str) -> Vec<[String; 5]> {
    assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n')), "only printable ASCII");
    let mut events = Vec::new();
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 80 && !line.contains(['\r', '\n']), "{line:?}");
        if line.starts_with(|letter: char| letter.is_ascii_digit()) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [number, reel, _, "C", times @ ..] = fields.as_slice() else { panic!("{line:?} is no event") };
            let [source_in, source_out, record_in, record_out] = times else { panic!("{line:?} is no event") };
            assert_eq!(number.parse(), Ok(events.len() + 1));
            assert!((1..=8).contains(&reel.len()) && reel.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            events.push([*reel, *source_in, *source_out, *record_in, *record_out].map(str::to_owned));
        } else {
            let is_known =
                line.is_empty() || line.starts_with("* ") || line.starts_with("TITLE: ") || line.starts_with("FCM: ");
            assert!(is_known || line == "TITLE:", "{line:?}");
        }
    }
    events
}
