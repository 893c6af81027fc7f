//! Captions that someone supplied, as speech.

use super::check::Check;
use super::error::ImportError;
use super::import::{Import, ImportRun};
use super::read::check_source;
use crate::captions::{CaptionFormat, Cue, parse};
use crate::observation::{Finding, Modality, Origin};
use crate::time::{MediaTime, Span};

/// How far captions may reach beyond the end of the asset; the last one often stays a little.
const OVERHANG: MediaTime = MediaTime::from_millis(2_000);

/// Reads captions in `language` (ISO 639-1) as the track `name` of an asset of that length. What only describes a sound, in
/// brackets or between notes, is left out: nobody says it.
///
/// # Errors
/// [`ImportError`]: captions that do not read, that begin after the asset has ended, a language or name that is none.
pub fn read_captions(
    text: &[u8],
    format: CaptionFormat,
    name: &str,
    language: &str,
    length: Option<MediaTime>,
) -> Result<Import, ImportError> {
    let check = Check { limit: None, path: String::new() };
    check_source(&check.at("name"), name)?;
    check.at("language").language(language)?;
    let cues = parse(text, format, language)?;
    let mut observations = Vec::with_capacity(cues.len());
    for (line, cue) in cues {
        let span = within(cue.span, length).ok_or_else(|| ImportError::Captions {
            line,
            why: "these captions lie beyond the end of the asset; are they of another film?".to_owned(),
        })?;
        let Some((text, language)) = spoken(cue) else { continue };
        let at = |why: ImportError| ImportError::Captions { line, why: why.to_string() };
        check.at("text").text(&text).map_err(at)?;
        check.at("language").language(&language).map_err(at)?;
        observations.push((span, 1.0, Finding::Speech { text, language, words: Vec::new(), suspect: Vec::new() }));
    }
    let run = ImportRun {
        origin: Origin::Supplied,
        source: format!("{name}-{language}"),
        modality: Modality::Speech,
        model: format!("{name}-{language}"),
        version: format.extension().to_owned(),
        parameters: format!("language={language}"),
        observations,
    };
    Ok(Import { runs: vec![run] })
}

fn within(span: Span, length: Option<MediaTime>) -> Option<Span> {
    match length {
        Some(length) if span.end() > length + OVERHANG => None,
        Some(length) if span.end() > length => Span::new(span.start(), length).ok(),
        _ => Some(span),
    }
}

/// What is said in a cue; `None` where nothing is.
pub(super) fn spoken(cue: Cue) -> Option<(String, String)> {
    // A file may have whatever its writer left in it.
    let text = cue.lines.join(" ").replace(char::is_control, " ");
    let text = text.trim();
    let is_described = [('[', ']'), ('(', ')'), ('♪', '♪')]
        .into_iter()
        .any(|(open, close)| text.starts_with(open) && text.ends_with(close));
    let is_bare = !text.chars().any(char::is_alphanumeric);
    (!is_described && !is_bare).then(|| (text.to_owned(), cue.language))
}
