//! Signs that a transcript was invented rather than heard.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use reelgraph_models::observation::SuspectReason;

/// Text that shrinks by more than this repeats itself (`compression_ratio_threshold` of `whisper/transcribe.py`).
pub(crate) const MAX_COMPRESSION_RATIO: f32 = 2.4;
/// Below this mean log-probability the model guesses (`logprob_threshold`).
pub(crate) const MIN_LOG_PROBABILITY: f32 = -1.0;
/// From this probability on, the model holds a window for silent (`no_speech_threshold`) …
pub(crate) const MAX_NO_SPEECH: f32 = 0.6;
/// … unless it is surer of its words than this. Stricter than the reference's -1, which decides whether to drop the words;
/// here they are only marked.
const SURE_DESPITE_NO_SPEECH: f32 = -0.6;
/// Fastest speech in letters a second, letters of an alphabet: auctioneers reach 30, a reader 15.
const MAX_LETTERS_PER_SECOND: f32 = 35.0;
/// Fastest speech in Chinese, Japanese and Korean characters a second; newsreaders reach 9.
const MAX_IDEOGRAPHS_PER_SECOND: f32 = 16.0;
/// Stretches shorter than this are not judged by speed: word times are good to about a tenth of a second.
const MIN_JUDGED_SECONDS: f32 = 0.5;

/// Phrases that Whisper learned from subtitles and says into silence and music. Normalised as by [`plain`]. From the public
/// lists of observed inventions (openai/whisper discussions 679 and 928; Barański et al., "Investigation of Whisper ASR
/// hallucinations induced by non-speech audio", arXiv 2501.11378).
const STOCK_ANYWHERE: [&str; 28] = [
    "thanks for watching",
    "thank you for watching",
    "thank you so much for watching",
    "please subscribe",
    "subscribe to my channel",
    "subscribe to the channel",
    "like and subscribe",
    "see you in the next video",
    "see you next time",
    "subtitles by",
    "subtitles made by",
    "captions by",
    "transcription by",
    "transcribed by",
    "amara org",
    "opensubtitles org",
    "untertitel von",
    "untertitel der amara org community",
    "untertitelung aufgrund der amara",
    "untertitelung des zdf",
    "copyright wdr",
    "sous titres réalisés par",
    "sous titrage société radio canada",
    "subtítulos realizados por",
    "sottotitoli creati dalla comunità",
    "legendas pela comunidade",
    "ご視聴ありがとうございました",
    "시청해주셔서 감사합니다",
];

/// Short phrases that people do say, and Whisper invents: suspect only as the whole segment, and only where the model is not
/// sure.
const STOCK_ALONE: [&str; 16] = [
    "you",
    "thank you",
    "thank you very much",
    "thanks",
    "bye",
    "bye bye",
    "okay",
    "ok",
    "so",
    "the",
    "oh",
    "uh",
    "gracias",
    "merci",
    "vielen dank",
    "字幕",
];
/// A short stock phrase is believed from this mean log-probability on …
const SURE_OF_STOCK: f32 = -0.4;
/// … and up to this probability of silence.
const SPEECH_FOR_STOCK: f32 = 0.3;

/// What is known of a segment when it is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// What was said.
    pub(crate) text: &'a str,
    /// For how long.
    pub(crate) seconds: f32,
    /// Mean log-probability of its tokens.
    pub(crate) mean_log_probability: f32,
    /// Probability that its window is silent.
    pub(crate) no_speech_probability: f32,
    /// Of its text.
    pub(crate) compression_ratio: f32,
    /// Whether its transcript ended in a loop or shrinks too much as a whole.
    pub(crate) window_repeats: bool,
}

/// Why the segment may be invented; sorted, empty when it is to be believed.
pub(crate) fn suspect(evidence: &Evidence<'_>) -> Vec<SuspectReason> {
    let Evidence { text, mean_log_probability, no_speech_probability, .. } = *evidence;
    let silent = no_speech_probability > MAX_NO_SPEECH && mean_log_probability < SURE_DESPITE_NO_SPEECH;
    let repeats = evidence.window_repeats || evidence.compression_ratio > MAX_COMPRESSION_RATIO || stutters(text);
    let unsure = mean_log_probability < SURE_OF_STOCK || no_speech_probability > SPEECH_FOR_STOCK;
    let judged = [
        (SuspectReason::NoSpeech, silent),
        (SuspectReason::Repetition, repeats),
        (SuspectReason::LowProbability, mean_log_probability < MIN_LOG_PROBABILITY),
        (SuspectReason::StockPhrase, is_stock_phrase(text, unsure)),
        (SuspectReason::TooFast, is_too_fast(text, evidence.seconds)),
    ];
    judged.into_iter().filter_map(|(reason, applies)| applies.then_some(reason)).collect()
}

/// Bytes of the text by bytes of its zlib form; 0 for no text. About 1 for a sentence, above 2.4 for a loop.
pub(crate) fn compression_ratio(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    match encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()) {
        Ok(packed) if !text.is_empty() => text.len() as f32 / packed.len().max(1) as f32,
        _ => 0.0,
    }
}

/// Lower-case letters and digits; everything between becomes one blank.
fn plain(text: &str) -> String {
    let spaced: String = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_stock_phrase(text: &str, unsure: bool) -> bool {
    let plain = plain(text);
    STOCK_ANYWHERE.iter().any(|phrase| plain.contains(phrase)) || unsure && STOCK_ALONE.contains(&plain.as_str())
}

/// Whether one short phrase is said at least five times in a row and makes up the whole text.
fn stutters(text: &str) -> bool {
    let plain = plain(text);
    let words: Vec<&str> = plain.split(' ').collect();
    (1..=4).any(|period| {
        words.len() >= period * 5 && words.iter().zip(words.iter().skip(period)).all(|(word, next)| word == next)
    })
}

fn is_too_fast(text: &str, seconds: f32) -> bool {
    let (ideographs, letters): (Vec<char>, Vec<char>) =
        text.chars().filter(|c| c.is_alphanumeric()).partition(|c| is_ideograph(*c));
    let needed = ideographs.len() as f32 / MAX_IDEOGRAPHS_PER_SECOND + letters.len() as f32 / MAX_LETTERS_PER_SECOND;
    needed > seconds.max(MIN_JUDGED_SECONDS)
}

/// Han, kana and Hangul: writing in which one character is a syllable or more.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, seconds: f32, mean_log_probability: f32, no_speech_probability: f32) -> Vec<SuspectReason> {
        let compression_ratio = compression_ratio(text);
        let window_repeats = false;
        suspect(&Evidence {
            text,
            seconds,
            mean_log_probability,
            no_speech_probability,
            compression_ratio,
            window_repeats,
        })
    }

    #[test]
    fn ordinary_speech_is_believed() {
        assert_eq!(
            judged("It is worth mention in passing that, as an example of fine typography,", 5.0, -0.2, 0.1),
            []
        );
        assert_eq!(judged("Thank you.", 0.6, -0.15, 0.05), []);
        assert_eq!(judged("No, no, no!", 1.2, -0.3, 0.1), []);
        assert_eq!(judged("客観的実在の判断的知識が成立するのである。", 4.0, -0.3, 0.1), []);
    }

    #[test]
    fn phrases_out_of_subtitles_are_suspect() {
        assert_eq!(judged("Thanks for watching!", 2.0, -0.2, 0.1), [SuspectReason::StockPhrase]);
        assert_eq!(judged("Untertitel der Amara.org-Community", 3.0, -0.2, 0.1), [SuspectReason::StockPhrase]);
        assert_eq!(judged(" you", 1.0, -0.8, 0.2), [SuspectReason::StockPhrase]);
    }

    #[test]
    fn loops_guesses_and_impossible_speed_are_suspect() {
        let chorus = "I'm going to the store. ".repeat(9);
        assert_eq!(judged(&chorus, 20.0, -0.2, 0.1), [SuspectReason::Repetition]);
        assert_eq!(judged("you you you you you", 4.0, -0.2, 0.1), [SuspectReason::Repetition]);
        assert_eq!(judged("Something about a boat", 2.0, -1.3, 0.1), [SuspectReason::LowProbability]);
        assert_eq!(judged("Something about a boat", 2.0, -0.7, 0.9), [SuspectReason::NoSpeech]);
        let rushed = judged("All of this long sentence cannot be said in half a second", 0.5, -0.2, 0.1);
        assert_eq!(rushed, [SuspectReason::TooFast]);
    }

    #[test]
    fn repeated_text_shrinks_more_than_prose() {
        assert_eq!(compression_ratio(""), 0.0);
        let prose = "Printing, in the only sense with which we are at present concerned, differs from most of the arts";
        assert!(compression_ratio(prose) < 1.6);
        assert!(compression_ratio(&"la la la ".repeat(20)) > MAX_COMPRESSION_RATIO);
    }
}
