//! Whisper's tokens: text, languages, times and commands.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::InferenceError;

/// Length of one timestamp tick in samples: 20 ms.
pub(crate) const TICK_SAMPLES: usize = 320;

/// Tokens of text that stand for no speech: brackets, notes, dashes of a dialogue and the like. OpenAI's
/// `Tokenizer.non_speech_tokens` (`whisper/tokenizer.py`) for the multilingual vocabulary, as listed in the model's
/// `config.json` (`suppress_ids`).
const NON_SPEECH: [u32; 82] = [
    1, 2, 7, 8, 9, 10, 14, 25, 26, 27, 28, 29, 31, 58, 59, 60, 61, 62, 63, 90, 91, 92, 93, 359, 503, 522, 542, 873,
    893, 902, 918, 922, 931, 1350, 1853, 1982, 2460, 2627, 3246, 3253, 3268, 3536, 3846, 3961, 4183, 4667, 6585, 6647,
    7273, 9061, 9383, 10428, 10929, 11938, 12033, 12331, 12562, 13793, 14157, 14635, 15265, 15618, 16553, 16604, 18362,
    18956, 20075, 21675, 22520, 26130, 26161, 26435, 28279, 29464, 31650, 32302, 32470, 36865, 42863, 47425, 49870,
    50254,
];

#[derive(Deserialize)]
struct TokenizerFile {
    added_tokens: Vec<AddedToken>,
    model: BytePairs,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
}

#[derive(Deserialize)]
struct BytePairs {
    vocab: HashMap<String, u32>,
}

/// The vocabulary of a multilingual Whisper.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// Bytes of each text token; empty for the others.
    bytes: Vec<Vec<u8>>,
    /// Language tokens and their codes, by token.
    languages: Vec<(u32, String)>,
    pub(crate) end_of_text: u32,
    pub(crate) start_of_transcript: u32,
    pub(crate) transcribe: u32,
    pub(crate) no_speech: u32,
    /// The timestamp of 0 s; those after it go up to 30 s in ticks of 20 ms.
    pub(crate) first_timestamp: u32,
    /// The blank, which no transcript begins with.
    pub(crate) blank: u32,
}

impl Vocabulary {
    /// Reads a `tokenizer.json`.
    pub(crate) fn load(path: &Path) -> Result<Self, InferenceError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| InferenceError::Read { path: path.to_path_buf(), source })?;
        let wrong = |reason: String| InferenceError::ModelData { path: path.to_path_buf(), reason };
        let file: TokenizerFile =
            serde_json::from_str(&text).map_err(|error| wrong(format!("it is no tokenizer file ({error})")))?;
        Self::of(&file).map_err(|name| wrong(format!("it has no token {name:?}")))
    }

    fn of(file: &TokenizerFile) -> Result<Self, String> {
        let special = |name: &str| {
            file.added_tokens.iter().find(|token| token.content == name).map(|token| token.id).ok_or(name.to_owned())
        };
        let transcribe = special("<|transcribe|>")?;
        let start_of_transcript = special("<|startoftranscript|>")?;
        let no_timestamps = special("<|notimestamps|>")?;
        let byte_of = byte_alphabet();
        let mut bytes = vec![Vec::new(); start_of_transcript as usize];
        for (token, id) in &file.model.vocab {
            if let Some(slot) = bytes.get_mut(*id as usize) {
                *slot = token.chars().filter_map(|c| byte_of.get(&c).copied()).collect();
            }
        }
        let end_of_text = special("<|endoftext|>")?;
        if let Some(slot) = bytes.get_mut(end_of_text as usize) {
            slot.clear();
        }
        // Language tokens lie between the start and the tasks: `<|en|>`, `<|zh|>` …
        let translate = special("<|translate|>")?;
        let mut languages: Vec<(u32, String)> = file
            .added_tokens
            .iter()
            .filter(|token| token.id > start_of_transcript && token.id < translate.min(transcribe))
            .map(|token| (token.id, token.content.trim_matches(['<', '|', '>']).to_owned()))
            .collect();
        languages.sort_unstable();
        if languages.is_empty() {
            return Err("<|en|>".to_owned());
        }
        Ok(Self {
            blank: file.model.vocab.get("\u{120}").copied().ok_or("\u{120}".to_owned())?,
            bytes,
            languages,
            end_of_text,
            start_of_transcript,
            transcribe,
            // Its name differs between conversions; its place, right before `<|notimestamps|>`, does not.
            no_speech: no_timestamps.saturating_sub(1),
            first_timestamp: no_timestamps + 1,
        })
    }

    /// Whether the token is a piece of text.
    pub(crate) fn is_text(&self, token: u32) -> bool {
        token < self.end_of_text
    }

    /// The time that a token stands for, in ticks of 20 ms.
    pub(crate) fn ticks(&self, token: u32) -> Option<u32> {
        token.checked_sub(self.first_timestamp)
    }

    /// Bytes of a text token; empty for others. May be a part of a character.
    pub(crate) fn bytes(&self, token: u32) -> &[u8] {
        self.bytes.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// The text of some tokens; times and commands have none.
    pub(crate) fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|token| self.bytes(*token)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Language tokens with their ISO 639-1 codes (ISO 639-3 where there is none: `haw`, `yue`).
    pub(crate) fn languages(&self) -> &[(u32, String)] {
        &self.languages
    }

    /// Tokens that never appear in a transcript: non-speech symbols and commands.
    pub(crate) fn suppressed(&self) -> Vec<u32> {
        NON_SPEECH.into_iter().chain(self.end_of_text + 1..self.first_timestamp).collect()
    }
}

/// The letters that stand for bytes in a byte-level vocabulary: printable bytes for themselves, the others from U+0100 on
/// (`bytes_to_unicode` of GPT-2's `encoder.py`).
fn byte_alphabet() -> HashMap<char, u8> {
    let mut spare = 0x100_u32;
    (0..=255_u8)
        .filter_map(|byte| {
            let letter = if matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF) {
                u32::from(byte)
            } else {
                spare += 1;
                spare - 1
            };
            char::from_u32(letter).map(|letter| (letter, byte))
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small vocabulary with the layout of the real one: each text is one token, ids from 0 on, then the commands.
    pub(crate) fn toy(texts: &[&str]) -> Vocabulary {
        let letters: HashMap<u8, char> = byte_alphabet().into_iter().map(|(letter, byte)| (byte, letter)).collect();
        let spelled = |text: &str| text.bytes().filter_map(|byte| letters.get(&byte)).collect::<String>();
        let mut vocab: HashMap<String, u32> = texts.iter().zip(0..).map(|(text, id)| (spelled(text), id)).collect();
        let mut next = vocab.len() as u32;
        vocab.entry(spelled(" ")).or_insert_with(|| {
            next += 1;
            next - 1
        });
        let names =
            ["endoftext", "startoftranscript", "en", "de", "translate", "transcribe", "nospeech", "notimestamps"];
        let added_tokens = names.iter().zip(next..).map(|(name, id)| AddedToken { id, content: format!("<|{name}|>") });
        let file = TokenizerFile { added_tokens: added_tokens.collect(), model: BytePairs { vocab } };
        Vocabulary::of(&file).unwrap_or_else(|name| panic!("no token {name}"))
    }

    #[test]
    fn text_survives_being_cut_into_bytes() {
        let vocabulary = toy(&[" caf", "\u{e9}", " \u{65e5}"]);
        assert_eq!(vocabulary.text(&[0, 1, vocabulary.first_timestamp, 2]), " caf\u{e9} \u{65e5}");
    }

    #[test]
    fn commands_are_found_by_name_and_times_follow_them() {
        let vocabulary = toy(&["a"]);
        assert_eq!(vocabulary.languages().iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), ["en", "de"]);
        assert_eq!(vocabulary.ticks(vocabulary.first_timestamp + 50), Some(50));
        assert_eq!(vocabulary.ticks(vocabulary.first_timestamp - 1), None);
        assert!(vocabulary.is_text(0) && !vocabulary.is_text(vocabulary.end_of_text));
    }

    #[test]
    fn a_file_without_commands_is_refused() {
        let file = TokenizerFile { added_tokens: Vec::new(), model: BytePairs { vocab: HashMap::new() } };
        assert_eq!(Vocabulary::of(&file).err().as_deref(), Some("<|transcribe|>"));
    }
}
