//! The file formats that captions are written in.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::cue::Cue;
use super::read::{MARKS, WORD_JOINER, plain_lines};

/// A file format for captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaptionFormat {
    /// WebVTT, which browsers play (<https://www.w3.org/TR/webvtt1/>).
    WebVtt,
    /// SubRip, which nearly every program reads.
    SubRip,
    /// TTML, in the IMSC 1.1 text profile that broadcasters exchange (<https://www.w3.org/TR/ttml-imsc1.1/>).
    Ttml,
}

impl CaptionFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WebVtt, Self::SubRip, Self::Ttml];

    /// The ending of file names.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::WebVtt => "vtt",
            Self::SubRip => "srt",
            Self::Ttml => "ttml",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::WebVtt => "text/vtt; charset=utf-8",
            Self::SubRip => "application/x-subrip; charset=utf-8",
            Self::Ttml => "application/ttml+xml; charset=utf-8",
        }
    }

    /// The format with that ending.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

/// The whole file. `language` is that of the document (ISO 639-1).
pub fn write(cues: &[Cue], format: CaptionFormat, language: &str) -> String {
    let mut out = String::new();
    // Writing into a string does not fail.
    let _ = match format {
        CaptionFormat::WebVtt => web_vtt(&mut out, cues),
        CaptionFormat::SubRip => sub_rip(&mut out, cues),
        CaptionFormat::Ttml => ttml(&mut out, cues, language),
    };
    out
}

fn web_vtt(out: &mut String, cues: &[Cue]) -> std::fmt::Result {
    out.push_str("WEBVTT\n");
    for cue in cues {
        let (start, end) = (cue.span.start().clock(), cue.span.end().clock());
        // An arrow or an ampersand in the text would be syntax.
        let text = escaped(&cue.lines.join("\n"));
        write!(out, "\n{start} --> {end}\n{text}\n")?;
    }
    Ok(())
}

fn sub_rip(out: &mut String, cues: &[Cue]) -> std::fmt::Result {
    for (index, cue) in cues.iter().enumerate() {
        let [start, end] = [cue.span.start(), cue.span.end()].map(|at| at.clock().replace('.', ","));
        let text = marked(&cue.lines).join("\r\n");
        write!(out, "{}\r\n{start} --> {end}\r\n{text}\r\n\r\n", index + 1)?;
    }
    Ok(())
}

/// The lines with a word joiner behind what would be read as markup, if anything is.
fn marked(lines: &[String]) -> Cow<'_, [String]> {
    let bare: Vec<&str> = lines.iter().map(String::as_str).collect();
    if plain_lines(&bare) == lines {
        return Cow::Borrowed(lines);
    }
    let joined = |mark: char| format!("{mark}{WORD_JOINER}");
    let marked = |line: &String| MARKS.into_iter().fold(line.clone(), |line, mark| line.replace(mark, &joined(mark)));
    Cow::Owned(lines.iter().map(marked).collect())
}

fn ttml(out: &mut String, cues: &[Cue], language: &str) -> std::fmt::Result {
    write!(
        out,
        r#"<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling" ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" ttp:timeBase="media" xml:lang="{}">
  <head>
    <layout>
      <region xml:id="bottom" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after" tts:textAlign="center"/>
    </layout>
  </head>
  <body region="bottom">
    <div>
"#,
        escaped(language)
    )?;
    for cue in cues {
        let (start, end) = (cue.span.start().clock(), cue.span.end().clock());
        let lines: Vec<String> = cue.lines.iter().map(|line| escaped(line)).collect();
        let language =
            if cue.language == language { String::new() } else { format!(" xml:lang=\"{}\"", escaped(&cue.language)) };
        writeln!(out, r#"      <p begin="{start}" end="{end}"{language}>{}</p>"#, lines.join("<br/>"))?;
    }
    out.push_str("    </div>\n  </body>\n</tt>\n");
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MediaTime, Span};

    fn cue(start_ms: i64, end_ms: i64, lines: &[&str]) -> Cue {
        let span = Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms));
        Cue { span, lines: lines.iter().map(|line| (*line).to_owned()).collect(), language: "en".to_owned() }
    }

    #[test]
    fn each_format_is_written_as_its_specification_says() {
        let cues = [cue(0, 1_500, &["Tom & Jerry --> run", "<b>away</b>"]), cue(3_601_042, 3_602_000, &["\"Late.\""])];
        assert_eq!(
            write(&cues, CaptionFormat::WebVtt, "en"),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nTom &amp; Jerry --&gt; run\n&lt;b&gt;away&lt;/b&gt;\n\n\
             01:00:01.042 --> 01:00:02.000\n&quot;Late.&quot;\n"
        );
        assert_eq!(
            write(&cues[1..], CaptionFormat::SubRip, "en"),
            "1\r\n01:00:01,042 --> 01:00:02,000\r\n\"Late.\"\r\n\r\n"
        );
        let tags = write(&cues[..1], CaptionFormat::SubRip, "en");
        assert!(tags.contains("Tom &\u{2060} Jerry --> run\r\n<\u{2060}b>away<\u{2060}/b>\r\n"), "{tags}");
        let ttml = write(&cues, CaptionFormat::Ttml, "en");
        assert!(ttml.contains(r#"<p begin="00:00:00.000" end="00:00:01.500">Tom &amp; Jerry --&gt; run<br/>&lt;b&gt;away&lt;/b&gt;</p>"#), "{ttml}");
    }

    #[test]
    fn without_speech_there_is_an_empty_file_that_is_still_valid() {
        assert_eq!(write(&[], CaptionFormat::WebVtt, "en"), "WEBVTT\n");
        assert_eq!(write(&[], CaptionFormat::SubRip, "en"), "");
        assert!(write(&[], CaptionFormat::Ttml, "en").ends_with("</tt>\n"));
    }
}
