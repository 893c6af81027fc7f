//! The entries of the dictionary that complete a beginning: a kind, a folded key to be found by, and the spelling to show
//! where that differs.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use crate::analysis::{Language, Script, StopWords, Token, language_of, tokenize};
use crate::document::{MomentDocument, Passage};

/// Between key and spelling; no text has it, and it comes before every letter.
const MARK: char = '\u{1f}';
/// Most entries of one moment.
const MAX_ENTRIES: usize = 400;
/// Words of a title or label from which it can be begun.
const MAX_STARTS: usize = 12;
/// Longest title that is shown, in characters.
const MAX_SHOWN_CHARS: usize = 120;
/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 200;
/// Longest run of characters without blanks that counts as one word.
const MAX_UNSPACED_CHARS: usize = 8;

/// What an entry is; its first character in the dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A title, from one of its words on.
    Title,
    /// A label of what is seen, from one of its words on.
    Label,
    /// The name of someone who is seen or heard, from one of its words on.
    Person,
    /// A word whose spelling is not its folded form, or one of a script without blanks.
    Word,
    /// Two words next to each other.
    Pair,
}

impl EntryKind {
    const fn letter(self) -> char {
        match self {
            Self::Title => 't',
            Self::Label => 'l',
            Self::Person => 'p',
            Self::Word => 'w',
            Self::Pair => 'b',
        }
    }

    /// What entries of the kind begin with whose key begins with `key`.
    pub(super) fn beginning(self, key: &str) -> String {
        format!("{}{key}", self.letter())
    }
}

/// The entry of a key and a spelling.
pub(super) fn encode(kind: EntryKind, key: &str, shown: &str) -> String {
    match key == shown {
        true => format!("{}{key}", kind.letter()),
        false => format!("{}{key}{MARK}{shown}", kind.letter()),
    }
}

/// Key and spelling of an entry.
pub(super) fn decode(entry: &str) -> Option<(&str, &str)> {
    let mut letters = entry.chars();
    letters.next()?;
    let rest = letters.as_str();
    Some(rest.split_once(MARK).unwrap_or((rest, rest)))
}

/// The folded words of a stretch of tokens as they are written: with blanks, but for scripts that have none.
pub(super) fn key_of(tokens: &[Token]) -> String {
    joined(tokens, |token| &token.exact)
}

fn shown_of(tokens: &[Token]) -> String {
    joined(tokens, |token| &token.surface)
}

fn joined(tokens: &[Token], form: impl Fn(&Token) -> &String) -> String {
    let mut text = String::new();
    let mut last: Option<&Token> = None;
    for token in tokens {
        let is_glued = |last: &Token| {
            last.end == token.start && last.script == Script::Unspaced && token.script == Script::Unspaced
        };
        if last.is_some_and(|last| !is_glued(last)) {
            text.push(' ');
        }
        text.push_str(form(token));
        last = Some(token);
    }
    text
}

/// Makes entries, and keeps what is needed to make more.
#[derive(Default)]
pub(crate) struct Completions {
    stop_words: HashMap<Language, StopWords>,
}

impl Completions {
    /// The entries of a moment, at most four hundred; `spoken` is the language of its asset.
    pub(crate) fn of(&mut self, moment: &MomentDocument, spoken: Option<&str>) -> BTreeSet<String> {
        let mut entries = BTreeSet::new();
        for title in &moment.titles {
            starts(&mut entries, EntryKind::Title, &title.text);
        }
        for name in moment.people.iter().filter_map(|person| person.name.as_deref()) {
            starts(&mut entries, EntryKind::Person, name);
        }
        for label in &moment.seen {
            starts(&mut entries, EntryKind::Label, &label.text);
        }
        for passage in &moment.said {
            self.phrases(&mut entries, passage, None);
        }
        for passage in &moment.written {
            self.phrases(&mut entries, passage, spoken);
        }
        entries
    }

    fn phrases(&mut self, entries: &mut BTreeSet<String>, passage: &Passage, spoken: Option<&str>) {
        let language = language_of(passage.language.as_deref().or(spoken), &passage.text);
        let stop_words = self.stop_words.entry(language).or_insert_with(|| StopWords::of(language));
        let tokens = tokenize(&passage.text);
        let mut last: Option<Range<usize>> = None;
        for word in words(&tokens) {
            if entries.len() >= MAX_ENTRIES {
                return;
            }
            let Some(run) = tokens.get(word.clone()) else { continue };
            let (key, shown) = (key_of(run), shown_of(run));
            if !is_telling(&key, &shown, stop_words) {
                last = None;
                continue;
            }
            let is_unspaced = run.iter().any(|token| token.script == Script::Unspaced);
            if is_unspaced || key != shown {
                entries.insert(encode(EntryKind::Word, &key, &shown));
            }
            let pair = last.filter(|last| last.end == word.start).and_then(|last| tokens.get(last.start..word.end));
            if let Some(pair) = pair.filter(|pair| are_neighbours(&passage.text, pair)) {
                entries.insert(encode(EntryKind::Pair, &key_of(pair), &shown_of(pair)));
            }
            last = Some(word);
        }
    }
}

/// A text from each of its words on, shown whole.
fn starts(entries: &mut BTreeSet<String>, kind: EntryKind, text: &str) {
    let shown: String = text.trim().chars().filter(|c| !c.is_control()).take(MAX_SHOWN_CHARS).collect();
    let tokens = tokenize(&shown);
    for start in 0..tokens.len().min(MAX_STARTS) {
        let key = tokens.get(start..).map(key_of).unwrap_or_default();
        if entries.len() < MAX_ENTRIES && key.len() <= MAX_KEY_BYTES {
            entries.insert(encode(kind, &key, &shown));
        }
    }
}

/// Whether someone would look for it: no filler, no single letter, no bare number.
fn is_telling(key: &str, shown: &str, stop_words: &mut StopWords) -> bool {
    key.chars().nth(1).is_some() && key.chars().any(char::is_alphabetic) && !stop_words.contains(shown)
}

/// Whether nothing but blanks and hyphens stands between the tokens.
fn are_neighbours(text: &str, tokens: &[Token]) -> bool {
    let is_gap = |c: char| c == '-' || (c.is_whitespace() && c != '\n');
    let gap = |left: &Token, right: &Token| text.get(left.end..right.start).is_some_and(|gap| gap.chars().all(is_gap));
    tokens.windows(2).all(|pair| matches!(pair, [left, right] if gap(left, right)))
}

/// Words as places of tokens: one of a script with blanks; a run of one script without, where it is short enough to be one.
fn words(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let mut end = start + 1;
        let family = |at: usize| tokens.get(at).map(Family::of);
        if family(start) != Some(Family::Spaced) {
            let is_glued = |at: usize| {
                matches!(tokens.get(at - 1..=at), Some([left, right]) if left.end == right.start)
                    && family(at) == family(start)
            };
            while end < tokens.len() && is_glued(end) {
                end += 1;
            }
            if end - start > MAX_UNSPACED_CHARS || family(start) == Some(Family::Hiragana) {
                start = end;
                continue;
            }
        }
        words.push(start..end);
        start = end;
    }
    words
}

/// Scripts between which a word ends, in languages that write no blanks. Hiragana is endings and particles for the most part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Spaced,
    Han,
    Hiragana,
    Katakana,
    Hangul,
    Other,
}

impl Family {
    fn of(token: &Token) -> Self {
        if token.script == Script::Spaced {
            return Self::Spaced;
        }
        match token.exact.chars().next().unwrap_or_default() {
            '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}' => {
                Self::Han
            }
            '\u{3040}'..='\u{309f}' => Self::Hiragana,
            '\u{30a0}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Self::Katakana,
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => Self::Hangul,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reelgraph_models::id::{AssetId, MomentId};
    use reelgraph_models::moment::MomentKind;
    use reelgraph_models::time::{MediaTime, Span};
    use uuid::Uuid;

    use super::*;
    use crate::document::Label;

    fn moment() -> MomentDocument {
        let span = Span::at_least_one_micro(MediaTime::ZERO, MediaTime::from_millis(1_000));
        let asset = AssetId::from_uuid(Uuid::from_u128(1));
        MomentDocument::new(MomentId::derive(asset, MomentKind::Shot, span), MomentKind::Shot, span)
    }

    fn said(text: &str, language: &str) -> Vec<String> {
        let said = vec![Passage::new(text, Some(language))];
        Completions::default().of(&MomentDocument { said, ..moment() }, None).into_iter().collect()
    }

    #[test]
    fn telling_words_next_to_each_other_are_pairs() {
        assert_eq!(
            said("This is the limited edition of a red-hot car. Buy it", "en"),
            ["bhot car", "blimited edition", "bred hot"]
        );
        assert_eq!(said("Die Brücke über den Fluß", "de"), ["wbrucke\u{1f}brücke", "wfluss\u{1f}fluß"]);
    }

    #[test]
    fn scripts_without_blanks_are_cut_where_the_script_changes() {
        assert_eq!(said("昨日は東京タワーに行きました", "ja"), ["b東京タワー", "wタワー", "w昨日", "w東京"]);
    }

    #[test]
    fn a_title_can_be_begun_at_each_of_its_words() {
        let titles = vec![Passage::new("The Élan Story", None)];
        let labels = vec![Label::new("snow mountain", 1.0)];
        let entries = Completions::default().of(&MomentDocument { titles, seen: labels, ..moment() }, None);
        let found: Vec<_> = entries.iter().filter_map(|entry| decode(entry)).collect();
        let title = "The Élan Story";
        assert_eq!(
            found,
            [
                ("mountain", "snow mountain"),
                ("snow mountain", "snow mountain"),
                ("elan story", title),
                ("story", title),
                ("the elan story", title)
            ]
        );
    }

    proptest! {
        #[test]
        fn entries_are_bounded_and_read_back(text in ".{0,300}") {
            let titles = vec![Passage::new(text.clone(), None)];
            let moment = MomentDocument { titles, said: vec![Passage::new(text, None)], ..moment() };
            let entries = Completions::default().of(&moment, None);
            prop_assert!(entries.len() <= MAX_ENTRIES);
            for entry in &entries {
                let read = decode(entry);
                prop_assert!(read.is_some_and(|(key, shown)| !key.is_empty() && !shown.is_empty()));
            }
        }
    }
}
