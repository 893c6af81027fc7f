//! One thing that is looked up, and every way in which it may be written.

use std::sync::Arc;

use super::expr::{Field, Term};
use super::vocabulary::LabelPath;
use crate::analysis::{Script, Token, pairs, tokenize};

/// One thing that is looked up; at most [`super::limits::MAX_TERMS`] in one look at the indexes.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Ways in which it may be written; any of them is a match. As typed first, then what the vocabulary adds.
    pub forms: Vec<Form>,
    /// Only by this channel; any where `None`.
    pub field: Option<Field>,
}

/// One way to write something.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// How it is looked up.
    pub shape: Shape,
    /// The concept and the label that led to it; `None` where it was typed.
    pub via: Option<Arc<LabelPath>>,
}

/// How something is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A word in any of its forms; two adjacent characters in scripts without blanks.
    Word {
        /// Folded: lower case, without accents.
        exact: String,
        /// Lower case with accents, as stemmers want it.
        surface: String,
    },
    /// Words in a row, in these forms.
    Phrase {
        /// Folded words, at least one; single characters in scripts without blanks.
        words: Vec<String>,
    },
    /// Words that begin so.
    Prefix {
        /// Folded beginning.
        start: String,
    },
    /// Words that are written nearly so.
    Fuzzy {
        /// Folded word.
        word: String,
        /// Most letters that differ: 1 or 2.
        distance: u8,
    },
}

impl Clause {
    /// Something as typed.
    pub(crate) fn new(shape: Shape, field: Option<Field>) -> Self {
        Self { forms: vec![Form { shape, via: None }], field }
    }

    /// The name of a concept that is asked for by name.
    pub(crate) fn concept(&self) -> Option<String> {
        let shape = &self.forms.first().filter(|_| self.field == Some(Field::Concept))?.shape;
        matches!(shape, Shape::Phrase { .. }).then(|| shape.to_string())
    }

    /// What must be there for a term; `None` where it has no letter and no digit.
    pub(crate) fn of_term(term: &Term, field: Option<Field>) -> Option<Self> {
        let shape = match term {
            // The name of a concept is that name and no other form of it.
            Term::Word(text) if field == Some(Field::Concept) => Shape::phrase(text)?,
            Term::Word(text) => match words(&tokenize(text)).as_slice() {
                [] => return None,
                [token] => Shape::Word { exact: token.exact.clone(), surface: token.surface.clone() },
                _ => Shape::phrase(text)?,
            },
            Term::Phrase(text) => Shape::phrase(text)?,
            Term::Prefix(text) => Shape::Prefix { start: folded(text)? },
            Term::Fuzzy { word, distance } => Shape::Fuzzy { word: folded(word)?, distance: *distance },
        };
        Some(Self::new(shape, field))
    }

    /// What was typed, folded.
    pub fn typed(&self) -> String {
        self.forms.first().map(|form| form.shape.to_string()).unwrap_or_default()
    }
}

impl Shape {
    /// A phrase of at most [`super::limits::MAX_TERMS`] words; `None` of nothing.
    pub(crate) fn phrase(text: &str) -> Option<Self> {
        let limit = super::limits::MAX_TERMS;
        let words: Vec<String> = tokenize(text).into_iter().take(limit).map(|token| token.exact).collect();
        (!words.is_empty()).then_some(Self::Phrase { words })
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word { exact, .. } => f.write_str(exact),
            Self::Phrase { words } => f.write_str(&words.join(" ")),
            Self::Prefix { start } => write!(f, "{start}*"),
            Self::Fuzzy { word, distance } => write!(f, "{word}~{distance}"),
        }
    }
}

/// One folded word of letters that belong together.
fn folded(text: &str) -> Option<String> {
    let joined: String = tokenize(text).into_iter().map(|token| token.exact).collect();
    (!joined.is_empty()).then_some(joined)
}

/// Words as they are; runs of characters in scripts without blanks two by two, a lone one by itself.
pub(crate) fn words(tokens: &[Token]) -> Vec<Token> {
    let mut words = Vec::new();
    for run in tokens.chunk_by(|left, right| {
        left.script == Script::Unspaced && right.script == Script::Unspaced && left.end == right.start
    }) {
        match run {
            [token] => words.push(token.clone()),
            run => words.extend(pairs(run).map(|(_, pair)| pair)),
        }
    }
    words
}
