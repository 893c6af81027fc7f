//! Scores of finding the right picture for a text.

use std::borrow::Borrow;

/// 1-based rank of the item at `right` when items are sorted by falling score; equal scores rank before it, so that a
/// constant score earns nothing. `None` where there is no such item.
pub fn rank_of(right: usize, scores: &[f32]) -> Option<usize> {
    let score = *scores.get(right)?;
    let before = scores.iter().enumerate().filter(|(index, other)| *index != right && **other >= score).count();
    Some(before + 1)
}

/// Part of the ranks that are `k` or better; 0 without ranks.
pub fn recall_at(k: usize, ranks: &[impl Borrow<usize>]) -> f64 {
    if ranks.is_empty() {
        return 0.0;
    }
    ranks.iter().filter(|rank| *(**rank).borrow() <= k).count() as f64 / ranks.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_score_ranks_last() {
        assert_eq!(rank_of(0, &[1.0, 1.0, 1.0]), Some(3));
        assert_eq!(rank_of(1, &[0.5, 0.9, 0.1]), Some(1));
        assert_eq!(rank_of(3, &[0.5]), None);
        assert_eq!(recall_at(5, &[1, 5, 6, 9]), 0.5);
    }
}
