//! The algebra of queries: what a query string is read into and what structured input is made of.

use chrono::NaiveDate;
use reelgraph_models::time::MediaTime;

use super::condition::Condition;
use super::example::Example;
use super::limits::{MIN_FUZZY_LETTERS, MIN_PREFIX_LETTERS};
use super::syntax::Problem;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Words as people type them. None of them must be there; the more of them, and the nearer their meaning, the better.
    Words {
        /// As typed.
        text: String,
        /// Only by this channel; any where `None`.
        field: Option<Field>,
    },
    /// Something that must be there.
    Term {
        /// What.
        term: Term,
        /// Only by this channel; any where `None`.
        field: Option<Field>,
    },
    /// A property that a moment or its asset must have.
    Is(Condition),
    /// Something that looks or sounds like this.
    Like(Example),
    /// All of these at one moment.
    And(Vec<Expr>),
    /// Any of these.
    Or(Vec<Expr>),
    /// Moments of which this does not hold.
    Not(Box<Expr>),
    /// Several moments of one asset, as they lie in time.
    Temporal(Temporal),
}

/// A channel of evidence, by the name it has in queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What is said.
    Said,
    /// What is seen: labels, objects, and frames near in meaning.
    Seen,
    /// What is written on screen.
    Text,
    /// Title and file name of the asset.
    Title,
    /// People, by face or voice.
    Person,
    /// People by voice.
    Speaker,
    /// What is to be heard beside speech.
    Sound,
    /// Concepts of the vocabulary, by any of their labels and of those of narrower concepts.
    Concept,
}

impl Field {
    /// Every field, in the order of documentation.
    pub const ALL: [Self; 8] =
        [Self::Said, Self::Seen, Self::Text, Self::Title, Self::Person, Self::Speaker, Self::Sound, Self::Concept];

    /// Its name in a query string.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Seen => "seen",
            Self::Text => "text",
            Self::Title => "title",
            Self::Person => "person",
            Self::Speaker => "speaker",
            Self::Sound => "sound",
            Self::Concept => "concept",
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Something that is there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A word in any of its forms.
    Word(String),
    /// These words in a row, as they stand.
    Phrase(String),
    /// Any word that begins so.
    Prefix(String),
    /// Any word that is written nearly so.
    Fuzzy {
        /// The word.
        word: String,
        /// Most letters that may be added, left out, changed or swapped: 1 or 2.
        distance: u8,
    },
}

impl Term {
    /// Any word that begins with these letters.
    ///
    /// # Errors
    /// [`Problem::PrefixTooShort`] below [`MIN_PREFIX_LETTERS`].
    pub fn prefix(start: String) -> Result<Self, Problem> {
        match start.chars().filter(|c| c.is_alphanumeric()).count() {
            letters if letters < MIN_PREFIX_LETTERS => Err(Problem::PrefixTooShort { least: MIN_PREFIX_LETTERS }),
            _ => Ok(Self::Prefix(start)),
        }
    }

    /// Any word at most `distance` letters away, 1 or 2.
    ///
    /// # Errors
    /// [`Problem::BadFuzzy`] for another distance, or a word shorter than [`MIN_FUZZY_LETTERS`].
    pub fn fuzzy(word: String, distance: u8) -> Result<Self, Problem> {
        let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
        match (1..=2).contains(&distance) && letters >= MIN_FUZZY_LETTERS {
            true => Ok(Self::Fuzzy { word, distance }),
            false => Err(Problem::BadFuzzy { least: MIN_FUZZY_LETTERS }),
        }
    }
}

/// Moments as they lie in time; both of one asset.
#[derive(Debug, Clone, PartialEq)]
pub enum Temporal {
    /// `first`, and `then` within `gap` of its end: `then` begins and ends later.
    Then {
        /// What comes first.
        first: Box<Expr>,
        /// What follows.
        then: Box<Expr>,
        /// Longest time between them.
        gap: MediaTime,
    },
    /// Both, in any order, with at most `gap` between them.
    Within {
        /// One.
        one: Box<Expr>,
        /// The other.
        other: Box<Expr>,
        /// Longest time between them.
        gap: MediaTime,
    },
    /// `inner` while `outer` lasts; the answer is `inner`.
    During {
        /// What is looked for.
        inner: Box<Expr>,
        /// What goes on meanwhile.
        outer: Box<Expr>,
    },
    /// `what`, which ends before some `other` begins; the answer is `what`.
    Before {
        /// What is looked for.
        what: Box<Expr>,
        /// What comes later.
        other: Box<Expr>,
        /// Longest time between them; any where `None`.
        gap: Option<MediaTime>,
    },
    /// `what`, which begins after some `other` has ended; the answer is `what`.
    After {
        /// What is looked for.
        what: Box<Expr>,
        /// What came earlier.
        other: Box<Expr>,
        /// Longest time between them; any where `None`.
        gap: Option<MediaTime>,
    },
    /// `first`, `then` within `gap`, and nothing of `not` between the two.
    NotBetween {
        /// What comes first.
        first: Box<Expr>,
        /// What follows.
        then: Box<Expr>,
        /// What must not come between them.
        not: Box<Expr>,
        /// Longest time between them.
        gap: MediaTime,
    },
    /// Both in one shot.
    SameShot {
        /// One.
        one: Box<Expr>,
        /// The other.
        other: Box<Expr>,
    },
    /// Both in one scene.
    SameScene {
        /// One.
        one: Box<Expr>,
        /// The other.
        other: Box<Expr>,
    },
}

impl Temporal {
    /// The sub-queries, in the order in which their alignment is reported.
    pub fn operands(&self) -> Vec<&Expr> {
        match self {
            Self::Then { first, then, .. } => vec![first, then],
            Self::Within { one, other, .. } | Self::SameShot { one, other } | Self::SameScene { one, other } => {
                vec![one, other]
            }
            Self::During { inner, outer } => vec![inner, outer],
            Self::Before { what, other, .. } | Self::After { what, other, .. } => vec![what, other],
            Self::NotBetween { first, then, not, .. } => vec![first, then, not],
        }
    }
}

impl Temporal {
    fn operands_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::Then { first, then, .. } => vec![first, then],
            Self::Within { one, other, .. } | Self::SameShot { one, other } | Self::SameScene { one, other } => {
                vec![one, other]
            }
            Self::During { inner, outer } => vec![inner, outer],
            Self::Before { what, other, .. } | Self::After { what, other, .. } => vec![what, other],
            Self::NotBetween { first, then, not, .. } => vec![first, then, not],
        }
    }
}

impl Expr {
    /// Lets conditions on licences that name no day mean this one. Returns whether there was any.
    pub fn set_day(&mut self, day: NaiveDate) -> bool {
        let parts: Vec<&mut Self> = match self {
            Self::Is(Condition::Licensed { on: on @ None, .. }) => {
                *on = Some(day);
                return true;
            }
            Self::And(parts) | Self::Or(parts) => parts.iter_mut().collect(),
            Self::Not(part) => vec![part],
            Self::Temporal(temporal) => temporal.operands_mut(),
            Self::Words { .. } | Self::Term { .. } | Self::Is(_) | Self::Like(_) => Vec::new(),
        };
        // Each of them, whatever the others had.
        parts.into_iter().map(|part| part.set_day(day)).filter(|had_any| *had_any).count() > 0
    }

    /// What it is put together of.
    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().collect(),
            Self::Not(part) => vec![part],
            Self::Temporal(temporal) => temporal.operands(),
            Self::Words { .. } | Self::Term { .. } | Self::Is(_) | Self::Like(_) => Vec::new(),
        }
    }

    /// Whether time matters anywhere in it.
    pub fn is_temporal(&self) -> bool {
        matches!(self, Self::Temporal(_)) || self.parts().into_iter().any(Self::is_temporal)
    }

    /// How many words, conditions, brackets and operators it has.
    pub fn size(&self) -> usize {
        1 + self.parts().into_iter().map(Self::size).sum::<usize>()
    }

    /// How deep it is nested; 1 for a single word.
    pub fn depth(&self) -> usize {
        1 + self.parts().into_iter().map(Self::depth).max().unwrap_or(0)
    }
}
