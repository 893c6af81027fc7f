//! Where an answer stands in an order, and what texts are ordered by.

use std::cmp::Reverse;

use uuid::Uuid;

use crate::analysis::fold_label;
use crate::query::{Direction, Sort, sortable};

/// Longest key of a text, in bytes; of longer texts the rest does not count, so that a cursor can carry it.
pub(crate) const MAX_KEY_BYTES: usize = 100;

/// What an answer is ordered by: a smaller one comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// The greatest number first.
    Number(Reverse<i64>),
    /// The least key first.
    Ascending(String),
    /// The greatest key first.
    Descending(Reverse<String>),
    /// Nothing to be ordered by: behind all that has.
    Missing,
}

impl Order {
    /// Of a key in one of the directions.
    pub(crate) fn of_key(key: String, direction: Direction) -> Self {
        match direction {
            Direction::Ascending => Self::Ascending(key),
            Direction::Descending => Self::Descending(Reverse(key)),
        }
    }

    /// Whether answers in that order have such a place.
    pub(crate) fn is_of(&self, sort: &Sort) -> bool {
        let direction = match sort {
            Sort::Title(direction) | Sort::Metadata(_, direction) => Some(*direction),
            _ => None,
        };
        match self {
            Self::Number(_) => direction.is_none(),
            Self::Ascending(_) => direction == Some(Direction::Ascending),
            Self::Descending(_) => direction == Some(Direction::Descending),
            Self::Missing => sort.needs_index(),
        }
    }
}

/// Where an answer stands among others: a smaller place comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// What the order is by.
    pub(crate) order: Order,
    /// What tells answers of the same order apart.
    pub(crate) key: Uuid,
}

/// What a title is ordered by; `None` where it is blank.
pub(crate) fn title_key(title: &str) -> Option<String> {
    Some(cut(&folded(title))).filter(|key| !key.is_empty())
}

/// What a value that people gave an asset is ordered by: numbers before dates before other texts.
pub(crate) fn value_key(value: &str) -> String {
    match sortable(value) {
        Some(key) => key,
        None => cut(&format!("2{}", folded(value))),
    }
}

/// Words without accents and in lower case, or the text itself where it has none.
fn folded(text: &str) -> String {
    Some(fold_label(text)).filter(|label| !label.is_empty()).unwrap_or_else(|| text.trim().to_lowercase())
}

fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_KEY_BYTES)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_ordered_as_what_they_are() {
        let ordered = [
            "-1000",
            "-12.5",
            "-12",
            "-2",
            "-0.5",
            "-0.05",
            "0",
            "0.05",
            "0.5",
            "2",
            "10",
            "10.5",
            "1999",
            "1999-12-31",
            "2024-05-31",
            "2024-05-31T12:00:00Z",
            "Ärger",
            "Bär",
            "5 kg",
            "zebra",
        ];
        let mut keys: Vec<(String, &str)> = ordered.iter().map(|value| (value_key(value), *value)).collect();
        keys.sort();
        let sorted: Vec<&str> = keys.iter().map(|(_, value)| *value).collect();
        let texts = sorted.iter().position(|value| *value == "5 kg");
        assert_eq!(texts, Some(16), "digits come before letters among texts: {sorted:?}");
        let without = |values: &[&'static str]| values.iter().copied().filter(|it| *it != "5 kg").collect::<Vec<_>>();
        assert_eq!(without(&sorted), without(&ordered));
    }

    #[test]
    fn titles_are_ordered_by_their_letters() {
        assert!(title_key("Äpfel") < title_key("banane"));
        assert_eq!(title_key("ÉLAN"), title_key("elan"));
        assert_eq!(title_key(" "), None);
        assert_eq!(title_key("???"), Some("???".to_owned()));
        let long = "é日".repeat(200);
        assert!(title_key(&long).is_some_and(|key| key.len() <= MAX_KEY_BYTES));
    }

    #[test]
    fn what_has_nothing_to_be_ordered_by_comes_last_either_way() {
        for direction in [Direction::Ascending, Direction::Descending] {
            assert!(Order::of_key("z".into(), direction) < Order::Missing);
            assert!(Order::of_key(String::new(), direction) < Order::Missing);
        }
        assert!(Order::of_key("b".into(), Direction::Descending) < Order::of_key("a".into(), Direction::Descending));
    }
}
