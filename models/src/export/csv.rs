//! A table (RFC 4180): one line a moment, texts in quotation marks, lines ended by CR LF, UTF-8 without a byte order mark.

use super::clip::{Clip, Cut};
use super::moment::EvidenceLine;

const COLUMNS: [&str; 21] = [
    "rank",
    "asset_id",
    "asset_title",
    "file_name",
    "moment_id",
    "title",
    "start_micros",
    "end_micros",
    "start",
    "end",
    "frame_rate",
    "first_frame",
    "end_frame",
    "timecode_in",
    "timecode_out",
    "score",
    "language",
    "concepts",
    "evidence",
    "media_url",
    "note",
];

pub(super) fn write(cut: &Cut<'_>) -> String {
    let mut out = COLUMNS.join(",");
    out.push_str("\r\n");
    for (index, clip) in cut.clips.iter().enumerate() {
        out.push_str(&line(index + 1, clip).join(","));
        out.push_str("\r\n");
    }
    out
}

fn line(rank: usize, clip: &Clip<'_>) -> [String; COLUMNS.len()] {
    let moment = clip.moment;
    let (span, rate) = (moment.span, clip.timebase.rate());
    let evidence: Vec<String> = moment.evidence.iter().map(reason).collect();
    [
        rank.to_string(),
        text(&moment.asset.id),
        text(&moment.asset.title),
        text(&moment.asset.file_name),
        text(&moment.id),
        text(&moment.title),
        span.start().as_micros().to_string(),
        span.end().as_micros().to_string(),
        text(&span.start().clock()),
        text(&span.end().clock()),
        text(&format!("{}/{}", rate.numerator(), rate.denominator())),
        clip.first.to_string(),
        clip.end.to_string(),
        text(&clip.timecode_in()),
        text(&clip.timecode_out()),
        moment.score.to_string(),
        text(moment.language.as_deref().unwrap_or_default()),
        text(&moment.concepts.join("; ")),
        text(&evidence.join("\n")),
        text(&moment.asset.media_url),
        text(clip.note.as_deref().unwrap_or_default()),
    ]
}

fn reason(line: &EvidenceLine) -> String {
    match &line.text {
        Some(text) => format!("{}: {text}", line.channel),
        None => line.channel.clone(),
    }
}

/// A text as one field. Spreadsheets take what begins with `=`, `+`, `-`, `@` or a control character for a formula; an
/// apostrophe before it makes it text (OWASP, "CSV Injection"). A text that looks as if it had one already gets another, so
/// that taking one away always gives the text back.
fn text(text: &str) -> String {
    let bare = text.trim_start_matches('\'');
    let is_formula = bare.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    format!("\"{}{}\"", if is_formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_made_text() {
        assert_eq!(text("=HYPERLINK(\"http://evil\")"), "\"'=HYPERLINK(\"\"http://evil\"\")\"");
        assert_eq!(text("'=1"), "\"''=1\"");
        assert_eq!(text("'tis"), "\"'tis\"");
        assert_eq!(text("a=b, c"), "\"a=b, c\"");
        for start in ["+1", "-1", "@x", "\t=1", "\r=1", "＝1"] {
            assert!(text(start).starts_with("\"'"), "{start:?}");
        }
    }
}
