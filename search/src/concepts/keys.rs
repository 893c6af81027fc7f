//! The forms in which a label is looked up: folded words joined by blanks, as queries bring them.

use std::collections::HashMap;

use super::concept::Label;
use crate::analysis::{Language, StopWords, fold_label, tokenize};
use crate::query::words;

/// Makes keys, and keeps what is needed to make more.
#[derive(Default)]
pub(super) struct Keys {
    stop_words: HashMap<Language, StopWords>,
}

impl Keys {
    /// The keys of a label, each once; none of a label without letters and digits. Scripts without blanks have two: character
    /// by character, as in a phrase, and two by two, as in words that were typed. So has what has fillers between its words, of
    /// which queries are rid.
    pub(super) fn of(&mut self, label: &Label) -> Vec<String> {
        let mut keys = Vec::new();
        let mut add = |key: String| {
            if !key.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        };
        add(fold_label(&label.text));
        let typed = words(&tokenize(&label.text));
        let joined = |words: Vec<&str>| words.join(" ");
        add(joined(typed.iter().map(|word| word.exact.as_str()).collect()));
        let language = label.language.as_deref().and_then(|tag| tag.split('-').next()).and_then(Language::from_code);
        let language = language.unwrap_or(Language::English);
        let stop_words = self.stop_words.entry(language).or_insert_with(|| StopWords::of(language));
        let mut is_filler = |word: &str| stop_words.contains(word);
        if let [first, inner @ .., last] = typed.as_slice()
            && !is_filler(&first.surface)
            && !is_filler(&last.surface)
        {
            let inner = inner.iter().filter(|word| !is_filler(&word.surface));
            add(joined(std::iter::once(first).chain(inner).chain([last]).map(|word| word.exact.as_str()).collect()));
        }
        keys
    }
}

/// The keys from each word of a label on, at most `most`, with whether it is the first.
pub(super) fn beginnings(label: &str, most: usize) -> Vec<(String, bool)> {
    let tokens: Vec<String> = tokenize(label).into_iter().map(|token| token.exact).collect();
    let from = |start: usize| tokens.get(start..).map(|rest| (rest.join(" "), start == 0));
    (0..tokens.len().min(most)).filter_map(from).collect()
}
