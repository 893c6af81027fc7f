//! What a query may have meant: words that are hardly anywhere, and the nearest ones that are.

use std::collections::BTreeMap;

use super::entry::{EntryKind, decode};
use crate::analysis::{Script, Token, tokenize};
use crate::text::dictionary::{Dictionary, Shelf, most_frequent};

/// Words of a query that are looked at; a longer one is a text, not a typing mistake.
const MAX_WORDS: usize = 16;
/// Words with fewer letters have too many neighbours.
const SHORTEST_LETTERS: usize = 4;
/// From this many letters on, two may be wrong.
const TWO_WRONG_LETTERS: usize = 8;
/// Terms looked at for one word.
const MOST_TERMS: usize = 4_000;
/// A word that as many moments have is no mistake.
const MOST_MISTAKEN_MOMENTS: u64 = 2;
/// A word that someone has is a mistake only beside one that is this many times as frequent.
const MISTAKE_RATIO: u64 = 20;
/// How much less a word counts for each letter that differs.
const DISTANCE_RATIO: u64 = 50;
/// Fields of a query whose values are words of the index.
const WORD_FIELDS: [&str; 8] = ["said", "seen", "text", "title", "object", "sound", "person", "speaker"];

/// What a query may have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DidYouMean {
    /// The query with the words replaced, and everything else as it was.
    pub query: String,
    /// The words, in their order.
    pub corrections: Vec<Correction>,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// As it stands in the query.
    pub from: String,
    /// As it stands in the library.
    pub to: String,
}

/// Looks at each plain word of a query. Words that are told to be part of a word, to be alike or to be absent are left alone,
/// as are operators, names and values of fields that hold no words.
pub(super) fn correct(dictionary: &Dictionary, query: &str) -> tantivy::Result<Option<DidYouMean>> {
    let mut corrected = String::with_capacity(query.len());
    let mut corrections = Vec::new();
    let mut copied = 0;
    for token in tokenize(query).iter().filter(|token| is_plain_word(query, token)).take(MAX_WORDS) {
        let range = token.start..token.end;
        let Some(from) = query.get(range.clone()) else { continue };
        let Some(to) = nearest(dictionary, token)? else { continue };
        corrected.push_str(query.get(copied..range.start).unwrap_or_default());
        corrected.push_str(&to);
        copied = range.end;
        corrections.push(Correction { from: from.to_owned(), to });
    }
    if corrections.is_empty() {
        return Ok(None);
    }
    corrected.push_str(query.get(copied..).unwrap_or_default());
    Ok(Some(DidYouMean { query: corrected, corrections }))
}

/// Whether a token is a word that is looked up as it stands.
fn is_plain_word(query: &str, token: &Token) -> bool {
    let letters = token.exact.chars().count();
    if token.script == Script::Unspaced || letters < SHORTEST_LETTERS || token.exact.chars().any(char::is_numeric) {
        return false;
    }
    let Some(before) = query.get(..token.start) else { return false };
    let Some(after) = query.get(token.end..) else { return false };
    // The name of a field may have points and lines in it; that of a relation has a bracket behind it. Operators are too short.
    let behind_name = after.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_'));
    if after.starts_with(['*', '~', '(']) || behind_name.starts_with(':') {
        return false;
    }
    let chunk = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let whole = query.get(before.len() - chunk.len()..).and_then(|rest| rest.split(char::is_whitespace).next());
    // A minus sign before a word, or before the quotation mark that the word stands behind.
    let opening = opening_of(before);
    if chunk.starts_with('-') || opening.is_some_and(|at| before.get(..at).is_some_and(|it| it.ends_with('-'))) {
        return false;
    }
    let field = match opening {
        Some(at) => before.get(..at).and_then(field_before),
        None => field_before(chunk),
    };
    // What compares something, a field that there is or one that there is not; objects are compared behind their name.
    if field != Some("object") && whole.is_some_and(|whole| whole.contains(['<', '>', '='])) {
        return false;
    }
    field.is_none_or(|field| WORD_FIELDS.contains(&field))
}

/// Where the quotation mark stands that is still open.
fn opening_of(before: &str) -> Option<usize> {
    let marks: Vec<usize> = before.char_indices().filter(|(_, c)| *c == '"').map(|(at, _)| at).collect();
    if marks.len() % 2 == 1 { marks.last().copied() } else { None }
}

/// The name of the field whose value begins where the text ends, as in `said:` or `asset.title:`.
fn field_before(text: &str) -> Option<&str> {
    let name = text.rsplit(|c: char| c.is_whitespace() || c == '(' || c == '"').next()?;
    let (name, _) = name.split_once(':')?;
    Some(name.trim_start_matches('-'))
}

/// The word that was meant; `None` where the word itself is good or nothing is near.
fn nearest(dictionary: &Dictionary, token: &Token) -> tantivy::Result<Option<String>> {
    let moments = dictionary.frequency(&token.exact, &token.surface)?;
    if moments > MOST_MISTAKEN_MOMENTS {
        return Ok(None);
    }
    let letters = token.exact.chars().count();
    let distance = if letters >= TWO_WRONG_LETTERS { 2 } else { 1 };
    let mut near: BTreeMap<String, u64> = BTreeMap::new();
    dictionary.near(&token.exact, distance, MOST_TERMS, &mut |word, moments| {
        if word != token.exact && word.chars().all(char::is_alphabetic) {
            *near.entry(word.to_owned()).or_default() += moments;
        }
    })?;
    let least = if moments == 0 { 1 } else { moments.saturating_mul(MISTAKE_RATIO) };
    near.retain(|_, frequency| *frequency >= least);
    let weight = |word: &str, frequency: u64| {
        let is_one_letter = distance == 1 || is_near_by_one(&token.exact, word);
        let begins_alike = token.exact.chars().next() == word.chars().next();
        let factor = if is_one_letter { DISTANCE_RATIO } else { 1 } * if begins_alike { DISTANCE_RATIO } else { 1 };
        frequency.saturating_mul(factor)
    };
    let weighed: Vec<(String, u64)> = near
        .into_iter()
        .map(|(word, frequency)| {
            let weight = weight(&word, frequency);
            (word, weight)
        })
        .collect();
    for (word, _) in most_frequent(weighed, MOST_TERMS) {
        if is_there(dictionary, &word)? {
            return spelled(dictionary, word).map(Some);
        }
    }
    Ok(None)
}

/// Whether a moment that is not deleted has the word.
fn is_there(dictionary: &Dictionary, word: &str) -> tantivy::Result<bool> {
    for channel in crate::text::Channel::ALL {
        if dictionary.is_alive(Shelf::Words(channel), word)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A folded word as it is usually written.
fn spelled(dictionary: &Dictionary, word: String) -> tantivy::Result<String> {
    let mut best: Option<(String, u64)> = None;
    dictionary.walk(Shelf::Completions, &EntryKind::Word.beginning(&word), MOST_TERMS, &mut |entry, moments| {
        if let Some((key, shown)) = decode(entry)
            && key == word
            && best.as_ref().is_none_or(|(_, most)| moments > *most)
        {
            best = Some((shown.to_owned(), moments));
        }
    })?;
    let frequency = dictionary.frequency(&word, &word)?;
    Ok(best.filter(|(_, with)| with.saturating_mul(2) >= frequency).map_or(word, |(shown, _)| shown))
}

/// Whether one letter added, left out or changed, or two neighbours swapped, makes one word of the other.
fn is_near_by_one(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let front = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let rest = |word: &[char]| word.get(front..).unwrap_or_default().to_vec();
    let (left, right) = (rest(&left), rest(&right));
    let back = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = |word: &[char]| word.get(..word.len().saturating_sub(back)).unwrap_or_default().to_vec();
    let (left, right) = (middle(&left), middle(&right));
    let is_swap = matches!((left.as_slice(), right.as_slice()), ([a, b], [c, d]) if a == d && b == c);
    is_swap || left.len().max(right.len()) <= 1
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;

    fn plain_words(query: &str) -> Vec<Range<usize>> {
        let tokens = tokenize(query);
        tokens.iter().filter(|token| is_plain_word(query, token)).map(|token| token.start..token.end).collect()
    }

    fn plain(query: &str) -> Vec<&str> {
        plain_words(query).into_iter().filter_map(|range| query.get(range)).collect()
    }

    #[test]
    fn operators_fields_and_marked_words_are_left_alone() {
        for (query, words) in [
            ("gatekeepers \"limited edition\"", vec!["gatekeepers", "limited", "edition"]),
            ("pref* fuzzy~ plain", vec!["plain"]),
            ("-absent plain -\"not this\" there", vec!["plain", "there"]),
            ("said:hello seen:mountain lang:german", vec!["hello", "mountain"]),
            ("asset.title:something said:\"green gates\"", vec!["green", "gates"]),
            ("cats OR (dogs AND birds)", vec!["cats", "dogs", "birds"]),
            ("then(dogs, birds, 10s)", vec!["dogs", "birds"]),
            ("object:person>=3 duration:2h30 2026-11-22", vec!["person"]),
            ("object:persn>=3 object:\"trafic light\">=2 -object:dogg>1", vec!["persn", "trafic", "light"]),
            ("asset.meta.year>=2000 plain (asset.duration>60s there)", vec!["plain", "there"]),
            ("-asset.meta.shot_day<2020-05 asset.meta.shot_day:monday", vec![]),
            ("昨日は東京", vec![]),
            ("the red car", vec![]),
        ] {
            assert_eq!(plain(query), words, "{query}");
        }
    }

    #[test]
    fn a_letter_more_less_or_other_and_a_swap_are_near() {
        for (left, right, is_near) in [
            ("gatekeeper", "gatekeepers", true),
            ("dargon", "dragon", true),
            ("dragon", "drag0n", true),
            ("same", "same", true),
            ("dragon", "dargno", false),
            ("abcd", "dcba", false),
        ] {
            assert_eq!(is_near_by_one(left, right), is_near, "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn plain_words_lie_in_the_query_in_their_order(query in "[a-zA-Z:\"*~()<=. -]{0,80}|.{0,80}") {
            let places = plain_words(&query);
            prop_assert!(places.iter().all(|place| query.get(place.clone()).is_some()));
            prop_assert!(places.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
