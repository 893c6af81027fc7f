//! Words behind a disguise: `sh1t`, `f*ck`, `fuuuck`, `f.u.c.k`.

use super::fold::{Folded, Kind, Token, kind};
use std::ops::Range;

/// Shorter words are too easily hit by chance.
pub(super) const MIN_CHARS: usize = 4;

/// A stretch of text that may be a word in disguise: its place in the folded text and what it may read; `*` stands for any
/// letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Disguised {
    pub(super) place: Range<usize>,
    pub(super) readings: Vec<String>,
}

/// Everything that may be a word in disguise.
pub(super) fn disguised(text: &[Folded], tokens: &[Token]) -> Vec<Disguised> {
    let mut found = spelled_out(text, tokens);
    let mut start = None;
    for place in 0..=text.len() {
        let inside = text.get(place).is_some_and(|folded| is_part(folded.ch));
        match (inside, start) {
            (true, None) => start = Some(place),
            (false, Some(from)) => {
                found.extend(read_chunk(text, from..place));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Whether a character may be part of a word in disguise.
fn is_part(ch: char) -> bool {
    matches!(ch, '@' | '$' | '!' | '*' | '|' | '+') || kind(ch) == Kind::Word
}

fn read_chunk(text: &[Folded], mut place: Range<usize>) -> Option<Disguised> {
    let is_edge = |at: usize| text.get(at).is_some_and(|folded| matches!(folded.ch, '!' | '*' | '|' | '+'));
    while place.start < place.end && is_edge(place.start) {
        place.start += 1;
    }
    while place.start < place.end && is_edge(place.end - 1) {
        place.end -= 1;
    }
    let chars: Vec<char> = text.get(place.clone())?.iter().map(|folded| folded.ch).collect();
    let letters = chars.iter().filter(|ch| ch.is_alphabetic()).count();
    let stretched = chars.windows(3).any(|three| matches!(three, [a, b, c] if a == b && b == c && a.is_alphabetic()));
    let disguised = letters < chars.len() || stretched;
    // As many letters as signs, so that the numbers of models and years are none.
    if !disguised || chars.len() < MIN_CHARS || letters * 2 < chars.len() {
        return None;
    }
    let mut readings = Vec::new();
    for one in ['i', 'l'] {
        let plain: Vec<char> = chars.iter().map(|ch| letter(*ch, one)).collect();
        for kept in if stretched { 1..=2 } else { 3..=3 } {
            let reading = squeezed(&plain, kept);
            if reading.chars().count() >= MIN_CHARS && !readings.contains(&reading) {
                readings.push(reading);
            }
        }
    }
    Some(Disguised { place, readings })
}

/// The letter that a sign stands for; `1` is i or l.
fn letter(ch: char, one: char) -> char {
    match ch {
        '0' => 'o',
        '1' | '|' => one,
        '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        ch => ch,
    }
}

/// Runs of three and more of one letter, shortened to `kept`.
fn squeezed(chars: &[char], kept: usize) -> String {
    let mut squeezed = String::new();
    for run in chars.chunk_by(|a, b| a == b) {
        let count = if run.len() >= 3 && kept < 3 { kept } else { run.len() };
        squeezed.extend(run.iter().take(count));
    }
    squeezed
}

/// Single letters with the same sign, or a blank, between each two.
fn spelled_out(text: &[Folded], tokens: &[Token]) -> Vec<Disguised> {
    let gap = |pair: (&Token, &Token)| match text.get(pair.0.place.end..pair.1.place.start) {
        Some([sign]) if matches!(sign.ch, '.' | '-' | '_' | '*' | ' ') => Some(sign.ch),
        _ => None,
    };
    let is_letter = |token: &Token| {
        let mut chars = token.form.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    };
    let mut found = Vec::new();
    for run in tokens.chunk_by(|a, b| is_letter(a) && is_letter(b) && gap((a, b)).is_some()) {
        let gaps: Vec<Option<char>> = run.iter().zip(run.iter().skip(1)).map(gap).collect();
        let same = gaps.windows(2).all(|two| matches!(two, [a, b] if a == b));
        if let (Some(first), Some(last), true) = (run.first(), run.last(), same && run.len() >= MIN_CHARS) {
            let reading = run.iter().map(|token| token.form.as_str()).collect();
            found.push(Disguised { place: first.place.start..last.place.end, readings: vec![reading] });
        }
    }
    found
}

/// Whether a reading is a term, `*` standing for any letter but the first and the last.
pub(super) fn reads_as(reading: &str, term: &str) -> bool {
    reading.chars().count() == term.chars().count()
        && reading.chars().zip(term.chars()).all(|(read, meant)| read == meant || read == '*')
}

#[cfg(test)]
mod tests {
    use super::super::fold::{fold, tokens};
    use super::*;

    fn readings(text: &str) -> Vec<String> {
        let folded = fold(text);
        let found = disguised(&folded, &tokens(&folded));
        found.into_iter().flat_map(|disguised| disguised.readings).collect()
    }

    #[test]
    fn signs_are_read_as_letters() {
        assert!(readings("such d@rn luck").contains(&"darn".to_owned()));
        assert!(readings("d4rn!").contains(&"darn".to_owned()));
        assert!(readings("1azy he11o").contains(&"hello".to_owned()));
        assert!(readings("d*rn").iter().any(|reading| reads_as(reading, "darn")));
        assert!(readings("darrrrn").contains(&"darn".to_owned()));
        assert!(readings("d.a.r.n it").contains(&"darn".to_owned()));
        assert!(readings("d a r n").contains(&"darn".to_owned()));
    }

    #[test]
    fn ordinary_words_years_models_and_lists_are_none() {
        for text in ["darn it!", "in 1984", "the A55 and a 4K TV", "a, b, c, d", "size S, M, L, XL", "$100", "**bold**"]
        {
            assert_eq!(readings(text), Vec::<String>::new(), "{text}");
        }
    }
}
