//! Subtitle tracks and closed captions inside a file, as speech that was supplied with it.

use super::captions::spoken;
use super::import::ImportRun;
use crate::captions::{CaptionChannel, Cue};
use crate::language::code_of_tag;
use crate::observation::{Finding, Modality, Origin};
use crate::probe::{CLOSED_CAPTIONS, StreamDetails, StreamInfo};
use crate::time::{MediaTime, Span};

/// Cues of the same words with no more than this between them are one that was cut for the sake of an effect.
const SEAM: MediaTime = MediaTime::from_millis(100);

/// Language of words that nobody states and nobody can tell (ISO 639-2, undetermined).
const UNKNOWN: &str = "und";

/// The words of a track, or of a channel of closed captions in `stream`, as they stand beside captions that a person supplied:
/// spans inside an asset of that length, without what only describes a sound; `cues` have no markup any more. `guess` is asked for the
/// language of the words where the file states none.
pub fn embedded_captions(
    stream: &StreamInfo,
    channel: Option<CaptionChannel>,
    cues: Vec<(Span, Vec<String>)>,
    length: MediaTime,
    guess: impl FnOnce(&str) -> Option<String>,
) -> ImportRun {
    let (is_forced, describes_sounds) = match &stream.details {
        // Closed captions are made for those who do not hear.
        _ if channel.is_some() => (false, true),
        StreamDetails::Subtitle { is_forced, is_for_hard_of_hearing } => (*is_forced, *is_for_hard_of_hearing),
        _ => (false, false),
    };
    let said = said(cues, length, describes_sounds);
    // Further channels of captions are there for further languages, and what pictures state is of no words.
    let is_its_own =
        matches!(stream.details, StreamDetails::Subtitle { .. }) && matches!(channel, None | Some(CaptionChannel::Cc1));
    let stated = stream.language.as_deref().filter(|_| is_its_own).and_then(code_of_tag);
    let language = stated.or_else(|| guess(&all(&said))).unwrap_or_else(|| UNKNOWN.to_owned());
    let kind = match (channel, is_forced, describes_sounds) {
        (Some(channel), ..) => format!("-{}", channel.as_str()),
        (None, true, _) => Origin::FORCED.to_owned(),
        (None, false, true) => "-sdh".to_owned(),
        (None, false, false) => String::new(),
    };
    let channel = channel.map(|channel| format!("channel={},", channel.as_str())).unwrap_or_default();
    // The same for the same file, whatever language is guessed: a re-run takes the place of the last.
    let source = format!("{}{}{kind}", Origin::EMBEDDED, stream.index);
    let finding =
        |text: String| Finding::Speech { text, language: language.clone(), words: Vec::new(), suspect: Vec::new() };
    ImportRun {
        origin: Origin::Supplied,
        modality: Modality::Speech,
        model: if channel.is_empty() { stream.codec.clone() } else { CLOSED_CAPTIONS.to_owned() },
        version: "1".to_owned(),
        parameters: format!(
            "{channel}forced={is_forced},hard_of_hearing={describes_sounds},language={language},stream={}",
            stream.index
        ),
        observations: said.into_iter().map(|(span, text)| (span, 1.0, finding(text))).collect(),
        source,
    }
}

/// What is said when, in order.
fn said(mut cues: Vec<(Span, Vec<String>)>, length: MediaTime, describes_sounds: bool) -> Vec<(Span, String)> {
    cues.sort_by_key(|(span, _)| *span);
    let mut said: Vec<(Span, String)> = Vec::with_capacity(cues.len());
    for (span, lines) in cues {
        let Ok(span) = Span::new(span.start(), span.end().min(length)) else { continue };
        let lines = match describes_sounds {
            true => vec![without_descriptions(&lines.join(" "))],
            false => lines,
        };
        let Some((text, _)) = spoken(Cue { span, lines, language: String::new() }) else { continue };
        match said.last_mut() {
            Some((last, before)) if *before == text && span.start() <= last.end() + SEAM => *last = last.hull(span),
            _ => said.push((span, text)),
        }
    }
    said
}

/// Without what stands in brackets, which is sounds and who speaks, and without the marks of another who speaks, `>>`.
fn without_descriptions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '[' => depth += 1,
            ']' if depth > 0 => depth -= 1,
            letter if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    let words = out.split_whitespace().map(|word| match word.strip_prefix(">>") {
        Some(rest) => rest.trim_start_matches('>'),
        None => word,
    });
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn all(said: &[(Span, String)]) -> String {
    said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(language: Option<&str>, is_forced: bool, is_for_hard_of_hearing: bool) -> StreamInfo {
        StreamInfo {
            index: 2,
            codec: "mov_text".to_owned(),
            profile: None,
            language: language.map(str::to_owned),
            title: None,
            bit_rate_bps: None,
            is_default: false,
            is_decodable: true,
            details: StreamDetails::Subtitle { is_forced, is_for_hard_of_hearing },
        }
    }

    fn cue(start_ms: i64, end_ms: i64, line: &str) -> (Span, Vec<String>) {
        let at = MediaTime::from_millis;
        (Span::at_least_one_micro(at(start_ms), at(end_ms)), vec![line.to_owned()])
    }

    fn read(stream: &StreamInfo, cues: Vec<(Span, Vec<String>)>) -> (ImportRun, Vec<(i64, i64, String)>) {
        read_channel(stream, None, cues)
    }

    fn read_channel(
        stream: &StreamInfo,
        channel: Option<CaptionChannel>,
        cues: Vec<(Span, Vec<String>)>,
    ) -> (ImportRun, Vec<(i64, i64, String)>) {
        let run = embedded_captions(stream, channel, cues, MediaTime::from_millis(10_000), |_| None);
        let said = run.observations.iter();
        let said = said.map(|(span, _, finding)| {
            (span.start().as_millis(), span.end().as_millis(), finding.text().unwrap_or_default().to_owned())
        });
        let said = said.collect();
        (run, said)
    }

    #[test]
    fn words_stay_and_sounds_and_what_lies_outside_go() {
        let cues = vec![
            cue(5_000, 6_000, "Who goes <b> &amp; who?"),
            cue(1_000, 2_000, "[wind howls]"),
            cue(2_000, 3_000, "\u{266a} \u{266a}"),
            cue(9_500, 12_000, "The end."),
            cue(11_000, 12_000, "of another film"),
        ];
        let (run, said) = read(&stream(Some("ger"), false, false), cues);
        assert_eq!(
            said,
            [(5_000, 6_000, "Who goes <b> &amp; who?".to_owned()), (9_500, 10_000, "The end.".to_owned())]
        );
        assert_eq!(run.analyzer(), "supplied/embedded:2/speech");
        assert!(run.parameters.contains("language=de"), "{}", run.parameters);
    }

    #[test]
    fn a_line_that_was_cut_for_an_effect_is_one() {
        let cues = vec![cue(0, 40, "Run!"), cue(40, 80, "Run!"), cue(80, 900, "Run!"), cue(2_000, 3_000, "Run!")];
        let (_, said) = read(&stream(None, true, false), cues);
        assert_eq!(said, [(0, 900, "Run!".to_owned()), (2_000, 3_000, "Run!".to_owned())]);
    }

    #[test]
    fn captions_for_those_who_do_not_hear_lose_their_sounds() {
        let (run, said) = read(&stream(Some("en"), false, true), vec![cue(0, 900, "[sighs] Go [door slams] now.")]);
        assert_eq!(said, [(0, 900, "Go now.".to_owned())]);
        assert_eq!(run.source, "embedded:2-sdh");
        assert_eq!(read(&stream(None, true, false), vec![cue(0, 900, "Go.")]).0.source, "embedded:2-forced");
    }

    #[test]
    fn closed_captions_tell_their_channel_and_lose_their_marks() {
        let cues = || vec![cue(0, 900, ">>> GOOD EVENING. >>BILL: 3 > 2"), cue(900, 1_000, "[APPLAUSE]")];
        let track = stream(Some("eng"), false, false);
        let (run, said) = read_channel(&track, Some(CaptionChannel::Cc1), cues());
        assert_eq!(said, [(0, 900, "GOOD EVENING. BILL: 3 > 2".to_owned())]);
        assert_eq!((run.source.as_str(), run.model.as_str()), ("embedded:2-cc1", "eia_608"));
        assert!(run.parameters.starts_with("channel=cc1,") && run.parameters.contains("language=en"));
        // The language that a track states is that of its first channel.
        let (run, _) = read_channel(&track, Some(CaptionChannel::Cc3), cues());
        assert!(run.parameters.contains("language=und"), "{}", run.parameters);
        // Brackets of a track that does not say so are words.
        assert_eq!(read(&track, vec![cue(0, 900, "[X] >> Y")]).1, [(0, 900, "[X] >> Y".to_owned())]);
    }
}
