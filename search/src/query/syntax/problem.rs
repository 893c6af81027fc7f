//! What can be wrong with a query string.

use crate::query::expr::Field;

/// What is wrong with a part of a query, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No such field.
    #[error(
        "there is no field {name:?}; {} To search for the characters themselves, put them in quotation marks",
        instead(name)
    )]
    UnknownField {
        /// As typed.
        name: String,
    },
    /// A field without a value.
    #[error("{field} needs a value right after it, such as {example}")]
    NoValue {
        /// As typed.
        field: String,
        /// What could stand here.
        example: &'static str,
    },
    /// A value that the field cannot have.
    #[error("{value:?} is no value of {field}; write it such as {example}")]
    BadValue {
        /// As typed.
        field: String,
        /// As typed.
        value: String,
        /// What could stand here.
        example: &'static str,
    },
    /// A field of names compared as if it were a number.
    #[error("{field} cannot be compared; write {field}:value")]
    NotComparable {
        /// As typed.
        field: String,
    },
    /// Too few letters before `*`.
    #[error("a beginning such as drag* needs at least {least} letters")]
    PrefixTooShort {
        /// Fewest letters.
        least: usize,
    },
    /// A star in front of letters.
    #[error(
        "a * stands only behind the beginning of a word, as in drag*; to search for the characters themselves, put them in \
         quotation marks"
    )]
    StarInFront,
    /// A spelling distance that is not offered, or of too short a word.
    #[error(
        "write dragon~ or dragon~2 for words spelled nearly so: a word of at least {least} letters, and 1 or 2 differences"
    )]
    BadFuzzy {
        /// Fewest letters.
        least: usize,
    },
    /// An operand that is missing.
    #[error("{function} has an empty place here; write it as {usage}")]
    EmptyOperand {
        /// Which function.
        function: &'static str,
        /// How it is written.
        usage: &'static str,
    },
    /// Too few or too many operands, or a gap that is no time.
    #[error("write {function} as {usage}")]
    BadCall {
        /// Which function.
        function: &'static str,
        /// How it is written.
        usage: &'static str,
    },
    /// Nested too deep.
    #[error("the query is nested deeper than {limit} levels")]
    TooDeep {
        /// Most levels.
        limit: usize,
    },
}

/// Letters that may differ in the name of a field that was meant.
const MISTYPED_LETTERS: usize = 2;

/// The field that was meant, or all there are, for the person who wrote another.
fn instead(name: &str) -> String {
    let channels = Field::ALL.into_iter().map(Field::name);
    let fields: Vec<&str> = channels.chain(super::field::PROPERTIES).chain(["asset.meta.NAME"]).collect();
    let distance = |field: &&str| strsim::damerau_levenshtein(field, &name.to_lowercase());
    let near = fields.iter().copied().map(|field| (distance(&field), field)).min();
    match near.filter(|(distance, field)| *distance <= MISTYPED_LETTERS && distance * 2 < field.len()) {
        Some((_, field)) => format!("did you mean {field}?"),
        None => format!("fields are {}.", fields.join(", ")),
    }
}
