//! One look at both indexes: what is looked up, what must hold, and what the vectors are asked.

use reelgraph_models::observation::Modality;

use super::clause::{Clause, Shape, words};
use super::example::Example;
use super::expr::{Expr, Field, Term};
use super::limits::{MAX_MEANING_CHARS, MAX_TERMS};
use super::logic::{Logic, is_near};
use super::vocabulary::Redirect;
use crate::analysis::{Language, StopWords, guess_language, tokenize};

/// One look at both indexes. Nothing in it depends on time; the plan of a query has what does.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieval {
    /// What is looked up, at most [`MAX_TERMS`].
    pub clauses: Vec<Clause>,
    /// Numbers of the clauses that count towards the score; the others only say what must not be there.
    pub scored: Vec<usize>,
    /// What must hold of an answer.
    pub logic: Logic,
    /// Sets of clauses (bit `i` for clause `i`) of which any one is as good as all: the sides of each `OR`.
    pub alternatives: Vec<u64>,
    /// What vectors are asked, by the field it was typed for; in order of typing.
    pub meanings: Vec<(Option<Field>, String)>,
    /// What answers must be like.
    pub examples: Vec<Example>,
    /// Soft words that were left out because there were too many.
    pub ignored_terms: usize,
    /// Deprecated concepts whose replacement is looked up.
    pub redirects: Vec<Redirect>,
    /// Concepts that were asked for by name and cannot be looked for as a whole.
    pub missed: Vec<Missed>,
}

/// What a look lacks of a concept that was asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// No concept has that folded name; it is looked up as it stands.
    Unknown(String),
    /// The concept of that folded name has, with all that is narrower, more than
    /// [`MAX_CONCEPT_LABELS`](super::limits::MAX_CONCEPT_LABELS) labels; the rest is not looked up.
    Cut(String),
}

impl Retrieval {
    /// The look for an expression without time.
    ///
    /// # Errors
    /// How many clauses there would be, where more than [`MAX_TERMS`] must or must not be there.
    pub(crate) fn of(expr: &Expr) -> Result<Self, usize> {
        let mut found = Self::of_everything();
        let keeps_fillers = !found.has_telling_words(expr);
        found.logic = found.read(expr, Polarity::Wanted, keeps_fillers);
        if found.clauses.len() > MAX_TERMS {
            return Err(found.clauses.len());
        }
        Ok(found)
    }

    /// The look that finds every moment.
    pub(crate) fn of_everything() -> Self {
        Self {
            clauses: Vec::new(),
            scored: Vec::new(),
            logic: Logic::Anything,
            alternatives: Vec::new(),
            meanings: Vec::new(),
            examples: Vec::new(),
            ignored_terms: 0,
            redirects: Vec::new(),
            missed: Vec::new(),
        }
    }

    /// The text that a space of that kind is asked for, as far as models are asked; empty where it is not asked.
    pub(crate) fn meaning(&self, modality: Modality) -> String {
        self.typed(|field| is_near(field, modality)).chars().take(MAX_MEANING_CHARS).collect()
    }

    /// The words that a text could answer, as typed: without those that are about what is seen, who is there and what is to be heard.
    pub(crate) fn question(&self) -> String {
        self.typed(|field| matches!(field, None | Some(Field::Said | Field::Text | Field::Title | Field::Concept)))
    }

    /// What was typed for those fields.
    fn typed(&self, is_meant: impl Fn(Option<Field>) -> bool) -> String {
        let asked = self.meanings.iter().filter(|(field, _)| is_meant(*field));
        asked.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Matched clauses of an answer with those that it has for certain, wherever they stand, and with those that are no better:
    /// whoever has one side of an `OR` lacks nothing.
    pub(crate) fn credited(&self, matched: u64) -> u64 {
        let met = self.alternatives.iter().filter(|sides| *sides & matched != 0);
        met.fold(matched | self.logic.demanded(), |matched, sides| matched | sides)
    }

    /// Whether there is nothing to look up at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.scored.is_empty() && self.examples.is_empty() && self.logic == Logic::Anything
    }

    /// Whether anything makes one answer better than another.
    pub(crate) fn is_ranked(&self) -> bool {
        !self.scored.is_empty() || !self.examples.is_empty()
    }

    /// Whether any wanted word is more than a filler.
    fn has_telling_words(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Words { text, .. } => {
                let mut stop_words = StopWords::of(guess_language(text).unwrap_or(Language::English));
                words(&tokenize(text)).iter().any(|token| !stop_words.contains(&token.surface))
            }
            Expr::Term { .. } | Expr::Is(_) | Expr::Like(_) => true,
            Expr::And(parts) | Expr::Or(parts) => parts.iter().any(|part| self.has_telling_words(part)),
            Expr::Not(_) | Expr::Temporal(_) => false,
        }
    }

    fn read(&mut self, expr: &Expr, polarity: Polarity, keeps_fillers: bool) -> Logic {
        match expr {
            Expr::Words { text, field } => self.soft(text, *field, polarity, keeps_fillers),
            Expr::Term { term, field } => {
                let Some(clause) = Clause::of_term(term, *field) else { return Logic::Anything };
                if let (Polarity::Wanted, Term::Word(text) | Term::Phrase(text)) = (polarity, term) {
                    self.meanings.push((*field, text.clone()));
                }
                Logic::Has(self.clause(clause, polarity))
            }
            Expr::Is(condition) => Logic::Is(condition.clone()),
            Expr::Like(example) => {
                if polarity == Polarity::Wanted {
                    self.examples.push(example.clone());
                }
                Logic::Some { clauses: Vec::new(), field: None }
            }
            Expr::And(parts) => self.all_of(parts, polarity, keeps_fillers, Beside::WhatRanks),
            Expr::Or(parts) => {
                let logic = parts.iter().map(|part| self.side(part, polarity, keeps_fillers));
                let logic = Logic::any(logic.collect());
                self.alternatives.push(logic.clauses());
                logic
            }
            Expr::Not(part) => match self.side(part, polarity.other(), keeps_fillers) {
                // Nothing that could be looked up was taken away.
                Logic::Anything => Logic::Anything,
                logic => Logic::Not(Box::new(logic)),
            },
            // The planner takes time apart before anything is looked up.
            Expr::Temporal(_) => Logic::Nothing,
        }
    }

    /// What is one of several, or kept out, as a whole.
    fn side(&mut self, part: &Expr, polarity: Polarity, keeps_fillers: bool) -> Logic {
        match part {
            Expr::And(parts) => self.all_of(parts, polarity, keeps_fillers, Beside::Others),
            part => self.read(part, polarity, keeps_fillers),
        }
    }

    /// Words and examples beside something that must be there only say which of the answers are better; alone, one of them
    /// must hold, and on one side of several beside properties as well, since the whole query ranks by the words of all sides.
    fn all_of(&mut self, parts: &[Expr], polarity: Polarity, keeps_fillers: bool, beside: Beside) -> Logic {
        let is_soft = |part: &Expr| matches!(part, Expr::Words { field: None, .. } | Expr::Like(_));
        let is_firm = |part: &Expr| match part {
            Expr::Not(_) => false,
            Expr::Is(_) => beside == Beside::WhatRanks,
            part => !is_soft(part),
        };
        let has_firm = parts.iter().any(is_firm);
        let (mut firm, mut soft) = (Vec::new(), Vec::new());
        for part in parts {
            let logic = self.read(part, polarity, keeps_fillers);
            if is_soft(part) { soft.push(logic) } else { firm.push(logic) }
        }
        if !has_firm {
            firm.push(Logic::any(soft));
        }
        Logic::all(firm)
    }

    fn soft(&mut self, text: &str, field: Option<Field>, polarity: Polarity, keeps_fillers: bool) -> Logic {
        if field == Some(Field::Concept) {
            // Words behind `concept:` are one name.
            return self.read(&Expr::Term { term: Term::Phrase(text.to_owned()), field }, polarity, keeps_fillers);
        }
        let mut stop_words = StopWords::of(guess_language(text).unwrap_or(Language::English));
        let mut clauses = Vec::new();
        let tokens = words(&tokenize(text));
        let only_fillers = tokens.iter().all(|token| stop_words.contains(&token.surface));
        for token in tokens {
            let is_filler = stop_words.contains(&token.surface);
            // In a field of its own a filler is all that there is to look for.
            if is_filler && !keeps_fillers && !(field.is_some() && only_fillers) {
                continue;
            }
            let clause = Clause::new(Shape::Word { exact: token.exact, surface: token.surface }, field);
            if !self.clauses.contains(&clause) && self.clauses.len() >= MAX_TERMS {
                self.ignored_terms += 1;
            } else {
                clauses.push(self.clause(clause, polarity));
            }
        }
        clauses.dedup();
        if polarity == Polarity::Wanted && !text.trim().is_empty() {
            self.meanings.push((field, text.trim().to_owned()));
        }
        if clauses.is_empty() { Logic::Anything } else { Logic::Some { clauses, field } }
    }

    /// The number of a clause, which is looked up once however often it is asked for.
    fn clause(&mut self, clause: Clause, polarity: Polarity) -> usize {
        let at = self.clauses.iter().position(|known| *known == clause).unwrap_or_else(|| {
            self.clauses.push(clause);
            self.clauses.len() - 1
        });
        if polarity == Polarity::Wanted && !self.scored.contains(&at) {
            self.scored.push(at);
        }
        at
    }
}

/// What stands around parts that must all hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Nothing but what its words rank.
    WhatRanks,
    /// Other parts, of which any may hold, or what is kept out.
    Others,
}

/// Whether something is looked for or to be kept out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Polarity {
    Wanted,
    Unwanted,
}

impl Polarity {
    fn other(self) -> Self {
        match self {
            Self::Wanted => Self::Unwanted,
            Self::Unwanted => Self::Wanted,
        }
    }
}
