//! Reads a document.

use std::collections::HashSet;

use super::check::{Check, MAX_NAME_CHARS};
use super::document::{Document, DocumentRun, FORMAT, VERSION};
use super::error::ImportError;
use super::import::{Import, ImportRun};
use crate::observation::{Modality, Origin};
use crate::time::{MediaTime, Span};

/// Largest document, bytes: ten hours with word times are some tens of millions.
pub const MAX_DOCUMENT_BYTES: usize = 128 * 1024 * 1024;
/// Most observations of one document.
pub const MAX_OBSERVATIONS: usize = 200_000;
/// Most runs of one document.
const MAX_RUNS: usize = 100;
/// Longest name of a source, characters.
const MAX_SOURCE_CHARS: usize = 64;
/// Longest list of parameters, characters.
const MAX_PARAMETERS_CHARS: usize = 2_000;

/// Reads a document about an asset of that length; spans are not held against a length that is not known yet.
///
/// # Errors
/// [`ImportError`], pointing at the first place that is wrong.
pub fn read(text: &[u8], length: Option<MediaTime>) -> Result<Import, ImportError> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(ImportError::TooLarge { limit_bytes: MAX_DOCUMENT_BYTES });
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    let document: Document = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.into_inner());
        ImportError::Shape { path, why: inner.to_string() }
    })?;
    json.end().map_err(|error| ImportError::Shape { path: ".".to_owned(), why: error.to_string() })?;
    checked(document, length)
}

fn checked(document: Document, length: Option<MediaTime>) -> Result<Import, ImportError> {
    let check = Check { limit: length, path: String::new() };
    if document.format != FORMAT {
        check.at("format").fail(format!("it is not {FORMAT}"))?;
    }
    if document.version != VERSION {
        check.at("version").fail(format!("only version {VERSION} is known here"))?;
    }
    check_source(&check.at("source"), &document.source)?;
    if document.runs.len() > MAX_RUNS {
        check.at("runs").fail(format!("it has more than {MAX_RUNS} entries"))?;
    }
    let all: usize = document.runs.iter().map(|run| run.observations.len()).sum();
    if all > MAX_OBSERVATIONS {
        check.at("runs").fail(format!("they have more than {MAX_OBSERVATIONS} observations altogether"))?;
    }
    let mut names = HashSet::new();
    let mut runs = Vec::with_capacity(document.runs.len());
    for (index, run) in document.runs.into_iter().enumerate() {
        let at = check.nth("runs", index);
        let run = checked_run(&at, &document.source, run)?;
        if !names.insert(run.analyzer()) {
            at.fail("another run has the same modality and model")?;
        }
        runs.push(run);
    }
    Ok(Import { runs })
}

/// Checks the name of a source.
pub(super) fn check_source(at: &Check, source: &str) -> Result<(), ImportError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if source.is_empty() || source.len() > MAX_SOURCE_CHARS || !source.bytes().all(is_plain) {
        at.fail(format!("it is not 1 to {MAX_SOURCE_CHARS} letters, digits, dots, hyphens and underscores"))?;
    }
    Ok(())
}

fn checked_run(at: &Check, source: &str, run: DocumentRun) -> Result<ImportRun, ImportError> {
    at.at("model").name(&run.model)?;
    at.at("version").name(&run.version)?;
    if run.parameters.chars().nth(MAX_PARAMETERS_CHARS).is_some() {
        at.at("parameters").fail(format!("it has more than {MAX_PARAMETERS_CHARS} characters"))?;
    }
    if matches!(run.modality, Modality::Frames | Modality::Passages | Modality::Signatures | Modality::Title) {
        at.at("modality").fail("this channel has no observations that could be imported")?;
    }
    if run.is_supplied && run.modality != Modality::Speech {
        at.at("is_supplied").fail("only speech can be supplied")?;
    }
    let mut observations = Vec::with_capacity(run.observations.len());
    for (index, seen) in run.observations.into_iter().enumerate() {
        let at = at.nth("observations", index);
        at.at("span").span(seen.span)?;
        at.at("confidence").share(seen.confidence)?;
        let fitting = seen.finding.modalities();
        if !fitting.contains(&run.modality) {
            let found = fitting.iter().map(|modality| modality.as_str()).collect::<Vec<_>>().join(" or ");
            at.at("finding.kind").fail(format!("a finding of {found} in a run of {}", run.modality.as_str()))?;
        }
        at.at("finding").finding(&seen.finding, seen.span)?;
        observations.push((seen.span, seen.confidence, seen.finding));
    }
    if run.modality == Modality::Shots {
        check_shots(at, &observations.iter().map(|(span, ..)| *span).collect::<Vec<_>>())?;
    }
    // A source names a track of supplied captions by itself; two of one name are one track.
    let origin = if run.is_supplied { Origin::Supplied } else { Origin::Imported };
    let source = if run.is_supplied { track(source, &run.model) } else { source.to_owned() };
    Ok(ImportRun {
        origin,
        source,
        modality: run.modality,
        model: run.model,
        version: run.version,
        parameters: run.parameters,
        observations,
    })
}

/// A supplied track keeps its own name, whoever hands it on.
fn track(source: &str, model: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let name: String = model.chars().filter(|letter| is_plain(*letter)).take(MAX_NAME_CHARS).collect();
    if name.is_empty() { source.to_owned() } else { name }
}

/// Shots cut an asset, so they come in order and share no instant.
fn check_shots(at: &Check, spans: &[Span]) -> Result<(), ImportError> {
    for (index, pair) in spans.windows(2).enumerate() {
        if matches!(pair, [a, b] if b.start() < a.end()) {
            at.nth("observations", index + 1).at("span").fail("it begins before the shot in front of it has ended")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const LENGTH: MediaTime = MediaTime::from_millis(60_000);

    /// The example of the description.
    fn example() -> &'static str {
        let text = include_str!("../../../docs/analysis-json.md");
        text.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default()
    }

    fn reading(document: &Value) -> Result<Import, ImportError> {
        read(document.to_string().as_bytes(), Some(LENGTH))
    }

    /// The example with one value changed.
    fn with(pointer: &str, value: Value) -> Value {
        let mut document: Value = serde_json::from_str(example()).unwrap_or_default();
        match document.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => panic!("the example has no {pointer}"),
        }
        document
    }

    #[test]
    fn the_example_of_the_description_reads() -> Result<(), ImportError> {
        let import = read(example().as_bytes(), Some(LENGTH))?;
        let names: Vec<_> = import.runs.iter().map(|run| (run.analyzer(), run.coverage_model())).collect();
        let expected = ("import/archive-2019/speech/transcribe", "import/archive-2019/transcribe");
        assert_eq!(names, [(expected.0.to_owned(), expected.1.to_owned())]);
        assert_eq!(import.runs.iter().map(|run| run.observations.len()).sum::<usize>(), 1);
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        let seen = "/runs/0/observations/0";
        let at = |rest: &str| format!("{seen}{rest}");
        let below = |rest: &str| format!("runs[0].observations[0]{rest}");
        for (pointer, value, path) in [
            ("/format".to_owned(), json!("other"), "format".to_owned()),
            ("/version".to_owned(), json!(2), "version".to_owned()),
            ("/source".to_owned(), json!("a/b"), "source".to_owned()),
            ("/runs/0/modality".to_owned(), json!("smell"), "runs[0].modality".to_owned()),
            ("/runs/0/modality".to_owned(), json!("tags"), below(".finding.kind")),
            ("/runs/0/modality".to_owned(), json!("frames"), "runs[0].modality".to_owned()),
            ("/runs/0/model".to_owned(), json!(" "), "runs[0].model".to_owned()),
            (at("/span"), json!({ "start": 5, "end": 5 }), below(".span")),
            (at("/span"), json!({ "start": -5, "end": 5 }), below(".span")),
            (at("/span"), json!({ "start": 0, "end": 62_000_000 }), below(".span")),
            (at("/confidence"), json!(1.5), below(".confidence")),
            (at("/confidence"), json!("high"), below(".confidence")),
            (at("/finding/kind"), json!("smell"), below(".finding")),
            (at("/finding/language"), json!("English"), below(".finding.language")),
            (at("/finding/language"), json!("xx"), below(".finding.language")),
            (at("/finding/text"), json!("x".repeat(10_001)), below(".finding.text")),
            (at("/finding/text"), json!("bell\u{7} and nothing\0"), below(".finding.text")),
            (at("/finding/words/0/probability"), json!(-1), below(".finding.words[0].probability")),
            (at("/finding/words/0/span"), json!({ "start": 0, "end": 90_000_000 }), below(".finding.words[0].span")),
            (
                at("/finding/words/0/span"),
                json!({ "start": 50_000_000, "end": 50_100_000 }),
                below(".finding.words[0].span"),
            ),
            (
                at("/finding/words/0"),
                json!({ "text": "a", "span": { "start": 0, "end": 9 }, "probability": 1, "more": 1 }),
                below(".finding"),
            ),
            (
                at(""),
                json!({ "span": { "start": 0, "end": 1 }, "finding": { "kind": "tag", "label": "dog" }, "more": 1 }),
                below(".more"),
            ),
        ] {
            let error = reading(&with(&pointer, value.clone())).err();
            let found = error.as_ref().and_then(ImportError::path).map(str::to_owned);
            assert_eq!(found.as_deref(), Some(path.as_str()), "{pointer} = {value}: {error:?}");
        }
    }

    #[test]
    fn what_is_no_json_or_too_much_is_refused() {
        let code = |text: &[u8]| read(text, None).err().map(|error| error.code());
        assert_eq!(code(b"{"), Some("import_malformed"));
        assert_eq!(code(format!("{} x", example()).as_bytes()), Some("import_malformed"));
        assert_eq!(code("[".repeat(100_000).as_bytes()), Some("import_malformed"));
        assert_eq!(code(&vec![b' '; MAX_DOCUMENT_BYTES + 1]), Some("import_too_large"));
    }

    #[test]
    fn shots_that_overlap_and_boxes_without_room_are_refused() {
        let shot = |start: i64, end: i64| json!({ "span": { "start": start, "end": end }, "finding": { "kind": "shot", "index": 0 } });
        let document = |modality: &str, seen: Value| {
            json!({ "format": FORMAT, "version": VERSION, "source": "s",
                    "runs": [{ "modality": modality, "model": "m", "version": "1", "observations": seen }] })
        };
        assert!(reading(&document("shots", json!([shot(0, 5), shot(5, 9)]))).is_ok());
        let error = reading(&document("shots", json!([shot(0, 5), shot(4, 9)]))).err();
        assert_eq!(error.as_ref().and_then(ImportError::path), Some("runs[0].observations[1].span"));
        let face = json!({ "span": { "start": 0, "end": 5 }, "finding": { "kind": "face", "at": 0, "quality": 1,
            "bounds": { "left": 0.5, "top": 0, "right": 0.5, "bottom": 1 }, "boxes": [] } });
        let error = reading(&document("faces", json!([face]))).err();
        assert_eq!(error.as_ref().and_then(ImportError::path), Some("runs[0].observations[0].finding.bounds"));
        let empty = reading(&document("tags", json!([])));
        assert!(empty.is_ok_and(|import| import.runs.len() == 1), "a run that saw nothing is covered");
    }
}
