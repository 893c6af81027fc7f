//! Reads caption files: WebVTT, SubRip and TTML, strictly, so that what is wrong is told and not guessed.

mod clock;
mod lines;
mod text;
mod ttml;

pub use text::plain_lines;
pub(super) use text::{MARKS, WORD_JOINER};

use super::cue::Cue;
use super::format::CaptionFormat;

/// Largest file, bytes: a day of talk has a few millions.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most cues of one file.
const MAX_CUES: usize = 100_000;

/// Why captions do not read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct CaptionError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What was expected there.
    pub why: String,
}

impl CaptionError {
    fn new(line: usize, why: impl Into<String>) -> Self {
        Self { line, why: why.into() }
    }
}

/// The cues of a file with the line on which each begins, by start. `language` (ISO 639-1) is that of cues that name none.
///
/// # Errors
/// [`CaptionError`] at the first line that does not read.
pub fn parse(bytes: &[u8], format: CaptionFormat, language: &str) -> Result<Vec<(usize, Cue)>, CaptionError> {
    if bytes.len() > MAX_BYTES {
        return Err(CaptionError::new(1, format!("the file has more than {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        CaptionError::new(line, "the file is not UTF-8")
    })?;
    // A byte order mark is part of no line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut cues = match format {
        CaptionFormat::WebVtt => lines::web_vtt(text, language)?,
        CaptionFormat::SubRip => lines::sub_rip(text, language)?,
        CaptionFormat::Ttml => ttml::ttml(text, language)?,
    };
    if let Some((line, _)) = cues.get(MAX_CUES) {
        return Err(CaptionError::new(*line, format!("there are more than {MAX_CUES} cues")));
    }
    cues.sort_by_key(|(_, cue)| cue.span);
    Ok(cues)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captions::write;
    use crate::time::{MediaTime, Span};

    fn cue(start_ms: i64, end_ms: i64, lines: &[&str]) -> Cue {
        let span = Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms));
        Cue { span, lines: lines.iter().map(|line| (*line).to_owned()).collect(), language: "en".to_owned() }
    }

    #[test]
    fn what_is_written_reads_back_in_every_format() -> Result<(), CaptionError> {
        let cues = vec![
            cue(0, 1_500, &["Tom & Jerry", "run <away> \"now\""]),
            cue(61_042, 62_000, &["One line."]),
            cue(62_042, 63_000, &["<b>3 < 4</b> {five}", "&amp; &lt; x&y <", "b>"]),
            cue(3_601_042, 3_602_000, &["Ünï – 今日"]),
        ];
        for format in CaptionFormat::ALL {
            let read = parse(write(&cues, format, "en").as_bytes(), format, "en")?;
            assert_eq!(read.into_iter().map(|(_, cue)| cue).collect::<Vec<_>>(), cues, "{format:?}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_text_is_refused_at_its_line() {
        let error = parse(b"WEBVTT\n\n\xff", CaptionFormat::WebVtt, "en").err();
        assert_eq!(error.map(|error| error.line), Some(3));
        let large = vec![b' '; MAX_BYTES + 1];
        assert!(parse(&large, CaptionFormat::SubRip, "en").is_err());
    }
}
