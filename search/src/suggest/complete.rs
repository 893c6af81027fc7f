//! What a beginning could become, from the dictionary alone.

use std::collections::BTreeMap;

use super::entry::{EntryKind, decode, encode, key_of};
use super::source::{Suggestion, SuggestionKind};
use crate::analysis::{Script, Token, tokenize};
use crate::text::Channel;
use crate::text::dictionary::{Counts, Dictionary, Shelf, most_frequent};

/// Terms looked at for one kind of entry, over all segments; some five million a second are read.
const MOST_TERMS: usize = 20_000;
/// Best words that are asked whether they are still there.
const MOST_CHECKED: usize = 100;
/// Fields behind which only names of one kind stand.
const NAMED_FIELDS: [(&str, SuggestionKind); 7] = [
    ("person:", SuggestionKind::Person),
    ("speaker:", SuggestionKind::Person),
    ("title:", SuggestionKind::Title),
    ("asset.title:", SuggestionKind::Title),
    ("object:", SuggestionKind::Label),
    ("seen:", SuggestionKind::Label),
    ("concept:", SuggestionKind::Concept),
];
/// A word is shown with accents where at least this share of its moments has them.
const USUAL_SHARE: f64 = 0.5;

/// What begins like `prefix`: of each kind at most `most`, the most frequent first.
pub(super) fn complete(
    dictionary: &Dictionary,
    prefix: &str,
    most: usize,
    kinds: &[SuggestionKind],
) -> tantivy::Result<Vec<Suggestion>> {
    let mut found = Vec::new();
    let (field, only, begun) = match begun_name(prefix) {
        Some((field, kind, name)) => (field, Some(kind), name),
        None => ("", None, prefix),
    };
    let typed = Typed::new(begun);
    if typed.tokens.is_empty() {
        return Ok(found);
    }
    let is_wanted = |kind: SuggestionKind| kinds.contains(&kind) && only.is_none_or(|only| only == kind);
    let written = |name: String| named_in(field, name);
    let named = [
        (SuggestionKind::Title, EntryKind::Title),
        (SuggestionKind::Person, EntryKind::Person),
        (SuggestionKind::Label, EntryKind::Label),
    ];
    for (kind, entry) in named {
        if is_wanted(kind) {
            let entries = entries(dictionary, entry, &typed.key(&typed.tokens), most)?;
            found.extend(entries.into_iter().map(|(name, moments)| Suggestion { kind, text: written(name), moments }));
        }
    }
    if is_wanted(SuggestionKind::Phrase) {
        found.extend(phrases(dictionary, &typed, most)?);
    }
    Ok(found)
}

/// Everything up to the colon of `person:ann` or `title:"of sin`, what there is behind that field, and the name that was begun;
/// `None` where the last that was typed is something else.
pub(crate) fn begun_name(prefix: &str) -> Option<(&str, SuggestionKind, &str)> {
    let begins = |start: usize| {
        let before = prefix.get(..start).unwrap_or_default().chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || "(,-".contains(c))
    };
    let ends = NAMED_FIELDS.into_iter().filter_map(|(field, kind)| {
        let start = prefix.rfind(field).filter(|start| begins(*start))?;
        Some((start + field.len(), kind))
    });
    let (end, kind) = ends.max()?;
    let (field, rest) = prefix.split_at_checked(end)?;
    let name = rest.strip_prefix('"');
    let is_begun = name.map_or(!rest.contains(char::is_whitespace), |name| !name.contains('"'));
    is_begun.then_some((field, kind, name.unwrap_or(rest)))
}

/// A name as it is searched for behind what was typed up to the colon of its field; the name alone where that is nothing.
pub(crate) fn named_in(field: &str, name: String) -> String {
    match field {
        "" => name,
        field => format!("{field}\"{}\"", name.replace('"', " ")),
    }
}

/// What was typed.
struct Typed<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// Whether the last word is finished: a blank stands behind it.
    is_finished: bool,
}

impl<'a> Typed<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.trim_start();
        let tokens = tokenize(text);
        let is_spaced = tokens.last().is_some_and(|token| token.script == Script::Spaced);
        Self { text, tokens, is_finished: is_spaced && text.ends_with(char::is_whitespace) }
    }

    /// The key of its last tokens, up to which that of a completion must be the same.
    fn key(&self, tokens: &[Token]) -> String {
        let key = key_of(tokens);
        if self.is_finished { format!("{key} ") } else { key }
    }

    /// What was typed before its last `count` tokens.
    fn before(&self, count: usize) -> &'a str {
        let first = self.tokens.len().saturating_sub(count);
        self.tokens.get(first).and_then(|token| self.text.get(..token.start)).unwrap_or_default()
    }

    /// Its last word: one token with blanks, or all that hang together without.
    fn last_word(&self) -> usize {
        let glued = self.tokens.windows(2).rev().take_while(|pair| {
            matches!(pair, [left, right]
                if left.end == right.start && left.script == Script::Unspaced && right.script == Script::Unspaced)
        });
        glued.count() + 1
    }
}

/// Completions of the last words: pairs first where two were begun, else single words first.
fn phrases(dictionary: &Dictionary, typed: &Typed<'_>, most: usize) -> tantivy::Result<Vec<Suggestion>> {
    let last = typed.last_word();
    let tail = |count: usize| {
        typed.tokens.get(typed.tokens.len().saturating_sub(count)..).map(|tail| typed.key(tail)).unwrap_or_default()
    };
    let mut found: Vec<(String, u64)> = Vec::new();
    let mut add = |count: usize, words: Vec<(String, u64)>| {
        for (word, moments) in words {
            let text = format!("{}{word}", typed.before(count));
            if !found.iter().any(|(known, _)| *known == text) {
                found.push((text, moments));
            }
        }
    };
    if typed.tokens.len() > last && !typed.is_finished {
        add(last + 1, entries(dictionary, EntryKind::Pair, &tail(last + 1), most)?);
    }
    if !typed.is_finished {
        add(last, words(dictionary, &tail(last), most)?);
    }
    add(last, entries(dictionary, EntryKind::Pair, &tail(last), most)?);
    found.truncate(most);
    let suggestion = |(text, moments)| Suggestion { kind: SuggestionKind::Phrase, text, moments };
    Ok(found.into_iter().map(suggestion).collect())
}

/// Entries of a kind whose key begins so, by how many moments have them, as they are shown.
fn entries(dictionary: &Dictionary, kind: EntryKind, key: &str, most: usize) -> tantivy::Result<Vec<(String, u64)>> {
    let mut counts = Counts::default();
    dictionary.walk(Shelf::Completions, &kind.beginning(key), MOST_TERMS, &mut |entry, moments| {
        counts.add(entry, moments);
    })?;
    let mut found: Vec<(String, u64)> = Vec::new();
    for (entry, moments) in most_frequent(counts.summed(), MOST_CHECKED) {
        if found.len() == most {
            break;
        }
        let Some((_, shown)) = decode(&entry) else { continue };
        if found.iter().any(|(known, _)| known == shown) || !dictionary.is_alive(Shelf::Completions, &entry)? {
            continue;
        }
        found.push((shown.to_owned(), moments));
    }
    Ok(found)
}

/// Words that were said or written and begin so, spelled as they usually are.
fn words(dictionary: &Dictionary, key: &str, most: usize) -> tantivy::Result<Vec<(String, u64)>> {
    let mut counts = Counts::default();
    for channel in [Channel::Said, Channel::Written] {
        dictionary.walk(Shelf::Words(channel), key, MOST_TERMS, &mut |word, moments| {
            // A letter alone completes nothing.
            if word.chars().nth(1).is_some() {
                counts.add(word, moments);
            }
        })?;
    }
    let mut spellings: BTreeMap<String, (String, u64)> = BTreeMap::new();
    dictionary.walk(Shelf::Completions, &EntryKind::Word.beginning(key), MOST_TERMS, &mut |entry, moments| {
        let Some((folded, shown)) = decode(entry) else { return };
        let best = spellings.entry(folded.to_owned()).or_default();
        if moments > best.1 {
            *best = (shown.to_owned(), moments);
        }
    })?;
    let mut counts = counts.summed();
    let known = counts.len();
    for (folded, (_, moments)) in &spellings {
        let place = counts.get(..known).unwrap_or_default().binary_search_by(|(word, _)| word.cmp(folded));
        match place.ok().and_then(|at| counts.get_mut(at)) {
            Some((_, count)) => *count = (*count).max(*moments),
            // Those of a script without blanks are no single terms elsewhere.
            None => counts.push((folded.clone(), *moments)),
        }
    }
    let mut found = Vec::new();
    for (word, moments) in most_frequent(counts, MOST_CHECKED) {
        if found.len() == most {
            break;
        }
        let usual = spellings.get(&word).filter(|(_, with)| *with as f64 >= USUAL_SHARE * moments as f64);
        let shown = usual.map_or(&word, |(shown, _)| shown);
        if is_alive(dictionary, &word, shown)? {
            found.push((shown.clone(), moments));
        }
    }
    Ok(found)
}

fn is_alive(dictionary: &Dictionary, word: &str, shown: &str) -> tantivy::Result<bool> {
    Ok(dictionary.is_alive(Shelf::Words(Channel::Said), word)?
        || dictionary.is_alive(Shelf::Words(Channel::Written), word)?
        || dictionary.is_alive(Shelf::Completions, &encode(EntryKind::Word, word, shown))?)
}
