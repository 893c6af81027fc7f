//! Which answers are right: the rule by which hits and judged stretches are brought together.
//!
//! A hit is right for a judged stretch where both share at least half of the shorter one, and for a judged asset wherever in
//! it the hit lies. A hit that names a whole asset has not found a moment, so it is right for judged assets only. Each
//! judged stretch counts once, for the first hit that is right for it; what repeats it further down counts as wrong.

use reelgraph_models::time::Span;

/// A hit, as far as it matters whether it is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Id of the asset.
    pub asset: String,
    pub span: Span,
    /// Whether it names the asset as a whole instead of a moment of it.
    pub is_whole_asset: bool,
}

/// A judged stretch of an asset, or all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Id of the asset.
    pub asset: String,
    /// `None` for the whole asset.
    pub span: Option<Span>,
    /// `0..=3`.
    pub grade: u8,
}

impl Place {
    /// Microseconds that the hit shares with it; `None` where it is not right for it.
    fn shared_micros(&self, hit: &Found) -> Option<i64> {
        if self.asset != hit.asset {
            return None;
        }
        let Some(span) = self.span else { return Some(hit.span.duration().as_micros()) };
        if hit.is_whole_asset {
            return None;
        }
        let shared = span.intersection(hit.span)?.duration().as_micros();
        let shorter = span.duration().min(hit.span.duration()).as_micros();
        (shared.saturating_mul(2) >= shorter).then_some(shared)
    }
}

/// Whether a hit is right for any judged place, however many others are too. A whole asset is so where anything in it is.
pub fn is_right(hit: &Found, judged: &[Place]) -> bool {
    let mut relevant = judged.iter().filter(|place| place.grade > 0);
    relevant.any(|place| if hit.is_whole_asset { place.asset == hit.asset } else { place.shared_micros(hit).is_some() })
}

/// The grade of each hit, in order: that of the best judged place it is right for and no earlier hit was; 0 where there is
/// none.
pub fn grades(hits: &[Found], judged: &[Place]) -> Vec<u8> {
    let mut open: Vec<&Place> = judged.iter().filter(|place| place.grade > 0).collect();
    let grade = |hit: &Found| {
        let right =
            open.iter().enumerate().filter_map(|(at, place)| Some((place.grade, place.shared_micros(hit)?, at)));
        let (grade, _, at) = right.max_by_key(|(grade, shared, at)| (*grade, *shared, std::cmp::Reverse(*at)))?;
        open.swap_remove(at);
        Some(grade)
    };
    hits.iter().map(grade).map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reelgraph_models::time::MediaTime;

    use super::*;

    fn span(start_ms: i64, end_ms: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms))
    }

    fn hit(start_ms: i64, end_ms: i64) -> Found {
        Found { asset: "a".to_owned(), span: span(start_ms, end_ms), is_whole_asset: false }
    }

    fn place(start_ms: i64, end_ms: i64, grade: u8) -> Place {
        Place { asset: "a".to_owned(), span: Some(span(start_ms, end_ms)), grade }
    }

    #[test]
    fn half_of_the_shorter_one_is_enough_and_less_is_not() {
        assert_eq!(grades(&[hit(0, 10_000)], &[place(8_000, 12_000, 2)]), [2]);
        assert_eq!(grades(&[hit(0, 10_000)], &[place(8_001, 12_001, 2)]), [0]);
        assert_eq!(grades(&[hit(0, 10_000)], &[place(10_000, 12_000, 2)]), [0]);
    }

    #[test]
    fn each_judged_stretch_counts_once_and_the_best_first() {
        let judged = [place(0, 4_000, 1), place(2_000, 6_000, 3)];
        assert_eq!(grades(&[hit(0, 6_000), hit(0, 5_000), hit(0, 5_000)], &judged), [3, 1, 0]);
        assert_eq!(grades(&[hit(0, 4_000)], &[place(0, 4_000, 0)]), [0]);
    }

    #[test]
    fn a_whole_asset_is_right_for_judged_assets_only() {
        let whole = Found { is_whole_asset: true, ..hit(0, 60_000) };
        let judged = Place { span: None, ..place(0, 1, 2) };
        assert_eq!(grades(std::slice::from_ref(&whole), &[place(0, 30_000, 2)]), [0]);
        assert_eq!(grades(std::slice::from_ref(&whole), std::slice::from_ref(&judged)), [2]);
        assert!(is_right(&whole, &[place(0, 30_000, 1)]) && !is_right(&whole, &[place(0, 30_000, 0)]));
        assert!(
            is_right(&hit(0, 1_000), &[place(0, 1_000, 1)]) && !is_right(&hit(0, 1_000), &[place(2_000, 3_000, 1)])
        );
        assert_eq!(grades(&[Found { asset: "b".to_owned(), ..hit(0, 1) }, hit(0, 1)], &[judged]), [0, 2]);
    }

    proptest! {
        #[test]
        fn no_more_is_found_than_was_judged(
            hits in proptest::collection::vec((0_i64..100, 1_i64..50), 0..30),
            judged in proptest::collection::vec((0_i64..100, 1_i64..50, 0_u8..=3), 0..10),
        ) {
            let hits: Vec<_> = hits.into_iter().map(|(start, length)| hit(start, start + length)).collect();
            let judged: Vec<_> = judged.into_iter().map(|(start, length, grade)| place(start, start + length, grade)).collect();
            let mut found = grades(&hits, &judged);
            prop_assert_eq!(found.len(), hits.len());
            found.retain(|grade| *grade > 0);
            for grade in 1..=3 {
                let of = |grades: &mut dyn Iterator<Item = u8>| grades.filter(|one| *one == grade).count();
                prop_assert!(of(&mut found.iter().copied()) <= of(&mut judged.iter().map(|place| place.grade)));
            }
        }
    }
}
