//! What must hold of a moment for it to be an answer, apart from how good an answer it is.

use reelgraph_models::observation::Modality;

use super::condition::Condition;
use super::expr::Field;

/// A statement about one moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Logic {
    /// Always holds.
    Anything,
    /// Never holds.
    Nothing,
    /// The clause of that number matches.
    Has(usize),
    /// One of these clauses matches, or one of the moment's vectors is near.
    Some {
        /// Numbers of the clauses.
        clauses: Vec<usize>,
        /// The channel in which it must be so.
        field: Option<Field>,
    },
    /// The property is there.
    Is(Condition),
    /// All hold.
    All(Vec<Logic>),
    /// One holds at least.
    Any(Vec<Logic>),
    /// Does not hold.
    Not(Box<Logic>),
}

/// Whether a vector of that kind can stand for words of a field.
pub(crate) fn is_near(field: Option<Field>, modality: Modality) -> bool {
    match field {
        None => true,
        Some(Field::Seen) => modality == Modality::Frames,
        Some(Field::Said) => modality == Modality::Passages,
        Some(_) => false,
    }
}

impl Logic {
    /// All of these, simplified.
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        let mut kept: Vec<Self> = parts.into_iter().filter(|part| *part != Self::Anything).collect();
        match kept.len() {
            0 => Self::Anything,
            1 => kept.remove(0),
            _ => Self::All(kept),
        }
    }

    /// Any of these, simplified; what cannot be looked up is left out.
    pub(crate) fn any(parts: Vec<Self>) -> Self {
        let mut kept: Vec<Self> = parts.into_iter().filter(|part| *part != Self::Anything).collect();
        match kept.len() {
            0 => Self::Anything,
            1 => kept.remove(0),
            _ => Self::Any(kept),
        }
    }

    /// The clauses that it names, bit `i` for clause `i`, apart from those that must not match.
    pub(crate) fn clauses(&self) -> u64 {
        let bit = |clause: &usize| u32::try_from(*clause).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0);
        match self {
            Self::Has(clause) => bit(clause),
            Self::Some { clauses, .. } => clauses.iter().map(bit).fold(0, |all, one| all | one),
            Self::All(parts) | Self::Any(parts) => parts.iter().fold(0, |all, part| all | part.clauses()),
            Self::Anything | Self::Nothing | Self::Is(_) | Self::Not(_) => 0,
        }
    }

    /// The clauses that every answer has, bit `i` for clause `i`; of an `OR` all sides, since one is as good as another.
    pub(crate) fn demanded(&self) -> u64 {
        match self {
            Self::Has(_) | Self::Any(_) => self.clauses(),
            Self::All(parts) => parts.iter().fold(0, |all, part| all | part.demanded()),
            Self::Anything | Self::Nothing | Self::Some { .. } | Self::Is(_) | Self::Not(_) => 0,
        }
    }

    /// Conditions that hold of every answer, which an engine can check by itself.
    pub(crate) fn conditions(&self) -> Vec<&Condition> {
        match self {
            Self::Is(condition) => vec![condition],
            Self::All(parts) => parts.iter().flat_map(Self::conditions).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether conditions say all that must hold of a moment with a near vector of that kind, so that its words need no look.
    pub(crate) fn needs_no_words(&self, modality: Modality) -> bool {
        match self {
            Self::Is(_) => true,
            Self::All(parts) => parts.iter().all(|part| part.needs_no_words(modality)),
            other => other.is_met_by(modality),
        }
    }

    /// Whether moments without any of its words are answers beside those that have them: a side of an `OR` is a property.
    pub(crate) fn has_wordless_side(&self) -> bool {
        self.may_hold_without_words() && self.offers_words_or_none()
    }

    /// Whether it can hold of a moment that has none of its words and no near vector.
    fn may_hold_without_words(&self) -> bool {
        match self {
            Self::Anything | Self::Is(_) | Self::Not(_) => true,
            Self::Nothing | Self::Has(_) | Self::Some { .. } => false,
            Self::All(parts) => parts.iter().all(Self::may_hold_without_words),
            Self::Any(parts) => parts.iter().any(Self::may_hold_without_words),
        }
    }

    /// Whether an `OR` that must hold has sides of both kinds.
    fn offers_words_or_none(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::offers_words_or_none),
            Self::Any(parts) => !parts.iter().all(Self::may_hold_without_words),
            Self::Anything | Self::Nothing | Self::Has(_) | Self::Some { .. } | Self::Is(_) | Self::Not(_) => false,
        }
    }

    /// Whether a near vector of that kind is enough for it to hold.
    fn is_met_by(&self, modality: Modality) -> bool {
        match self {
            Self::Anything => true,
            Self::Some { field, .. } => is_near(*field, modality),
            Self::All(parts) => parts.iter().all(|part| part.is_met_by(modality)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met_by(modality)),
            Self::Nothing | Self::Has(_) | Self::Is(_) | Self::Not(_) => false,
        }
    }
}
