//! Licences as words, so that both indexes find where and when an asset may be used by one indexed field.
//!
//! The days of a licence are cut into stretches of 1, 2, 4 … days that begin at multiples of their length, the fewest that
//! make them up (as in a segment tree), and each stretch is a word beside the territory. A day lies in one stretch of each length, so
//! that a day and a territory are a few words, of which an asset has one exactly when a licence covers them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use reelgraph_models::rights::{Rights, Territory};

/// Lengths of stretches: 2^0 to 2^16 days.
const LEVELS: u32 = 16;
/// The days that are told apart, for errors.
pub const LICENCE_DAYS: &str = "1970-01-01 to 2149-06-06";
/// What stands for the whole world in place of a territory.
const WORLD: &str = "*";

/// The words under which both indexes keep licences; each territory by itself as well, for licences of any day.
pub(crate) fn licence_words(rights: &Rights) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for licence in rights.licences() {
        let first = licence.first_day.map_or(0, number);
        let after = licence.last_day.map_or(1 << LEVELS, |day| number(day) + 1);
        let stretches = stretches(first, after);
        let mut add = |territory: &str| {
            words.insert(territory.to_owned());
            words.extend(stretches.iter().map(|(level, place)| word(territory, *level, *place)));
        };
        match &licence.territories {
            None => add(WORLD),
            Some(territories) => territories.iter().for_each(|territory| add(territory.code())),
        }
    }
    words
}

/// The words of which an asset has one that may be used there on that day, or on any day where `None`.
pub(crate) fn licence_asked(territory: &Territory, on: Option<NaiveDate>) -> Vec<String> {
    let of = |territory: &str| match on.map(number) {
        None => vec![territory.to_owned()],
        Some(day) => (0..=LEVELS).map(|level| word(territory, level, day >> level)).collect(),
    };
    [territory.code(), WORLD].into_iter().flat_map(of).collect()
}

/// Whether a day is one of [`LICENCE_DAYS`], the only ones that licences and questions about them may name.
pub fn is_licence_day(day: NaiveDate) -> bool {
    (0..1 << LEVELS).contains(&day.signed_duration_since(NaiveDate::default()).num_days())
}

/// Days since 1970; others are the first or the last.
fn number(day: NaiveDate) -> u32 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    u32::try_from(days).unwrap_or(0).min((1 << LEVELS) - 1)
}

fn word(territory: &str, level: u32, place: u32) -> String {
    format!("{territory}\u{1f}{level:x}\u{1f}{place:x}")
}

/// The fewest stretches of days from `first` to before `after`: their levels and places among those of their length.
fn stretches(first: u32, after: u32) -> Vec<(u32, u32)> {
    let (mut first, mut after) = (first, after);
    let mut stretches = Vec::new();
    for level in 0..=LEVELS {
        if first >= after {
            break;
        }
        if first % 2 == 1 {
            stretches.push((level, first));
            first += 1;
        }
        if after % 2 == 1 {
            after -= 1;
            stretches.push((level, after));
        }
        first /= 2;
        after /= 2;
    }
    stretches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reelgraph_models::rights::Licence;

    use super::*;

    fn day(number: u32) -> Option<NaiveDate> {
        NaiveDate::default().checked_add_days(chrono::Days::new(number.into()))
    }

    fn licence(territories: Option<Vec<&str>>, first: Option<u32>, last: Option<u32>) -> Licence {
        let territories = territories.map(|codes| codes.into_iter().filter_map(Territory::new).collect());
        Licence { territories, first_day: first.and_then(day), last_day: last.and_then(day), note: None }
    }

    #[test]
    fn the_days_that_are_told_apart_end_where_their_words_do() {
        let (first, last) = LICENCE_DAYS.split_once(" to ").unwrap_or_default();
        let parse = |text: &str| text.parse::<NaiveDate>().ok();
        assert_eq!(parse(first).map(number), Some(0));
        assert_eq!(parse(last).map(number), Some((1 << LEVELS) - 1));
        let is_known = |text: &str| parse(text).is_some_and(is_licence_day);
        assert!(is_known(first) && is_known(last) && !is_known("1969-12-31") && !is_known("2149-06-07"));
    }

    #[test]
    fn a_licence_without_bounds_is_two_words_a_territory() {
        let rights = Rights::new(vec![licence(Some(vec!["DE", "AT"]), None, None)]).unwrap_or_default();
        assert_eq!(licence_words(&rights).len(), 4);
    }

    fn territories() -> impl Strategy<Value = Option<Vec<&'static str>>> {
        proptest::option::of(proptest::sample::subsequence(vec!["DE", "AT", "FR", "US"], 1..=3))
    }

    proptest! {
        #[test]
        fn words_meet_exactly_where_a_licence_covers_the_day(
            licences in proptest::collection::vec(
                (territories(), proptest::option::of(20_000_u32..20_100), proptest::option::of(0_u32..90)), 0..4),
            asked in proptest::sample::select(vec!["DE", "AT", "FR", "US", "GB"]),
            on in 19_990_u32..20_200,
        ) {
            let licences: Vec<Licence> = licences
                .into_iter()
                .map(|(territories, first, days)| {
                    licence(territories, first, days.map(|days| first.unwrap_or(20_000) + days))
                })
                .collect();
            let rights = Rights::new(licences).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let kept = licence_words(&rights);
            let meets = |asked: Vec<String>| asked.iter().any(|word| kept.contains(word));
            let territory = Territory::new(asked).ok_or_else(|| TestCaseError::fail("no territory"))?;
            let on = day(on).ok_or_else(|| TestCaseError::fail("no day"))?;
            prop_assert_eq!(meets(licence_asked(&territory, Some(on))), rights.allow(&territory, on));
            let ever = rights.licences().iter().any(|licence| {
                licence.territories.as_ref().is_none_or(|territories| territories.contains(&territory))
            });
            prop_assert_eq!(meets(licence_asked(&territory, None)), ever);
        }
    }
}
