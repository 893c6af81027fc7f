//! Fusion of ranked lists by weighted reciprocal ranks.
//!
//! Scores of different lists cannot be compared, ranks can: an answer gets `weight / (60 + rank)` from each list that it
//! stands in. 60 is the constant of Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
//! individual Rank Learning Methods", SIGIR 2009.

use crate::text::Channel;

/// Keeps the first ranks from outweighing everything else.
const RANK_CONSTANT: f32 = 60.0;
/// Weight of a space's ranks where it does not say; below words, so that at equal rank what was said or shown in so many
/// words comes first.
pub const SEMANTIC_WEIGHT: f32 = 0.7;
/// What is left of a score where only vectors matched.
const PURELY_SEMANTIC: f32 = 0.7;
/// What is left of a score where next to nothing of the query's weight is covered by words.
const UNCOVERED: f32 = 0.5;

/// Weight of a channel's ranks: names of people and of what is seen and heard above titles above running text.
pub fn channel_weight(channel: Channel) -> f32 {
    match channel {
        Channel::Seen | Channel::Face | Channel::Voice | Channel::Sound => 1.3,
        Channel::Title => 1.1,
        Channel::Said | Channel::Written => 1.0,
    }
}

/// Share of one list in a score; `rank` from 1.
pub fn share(weight: f32, rank: u32) -> f32 {
    weight / (RANK_CONSTANT + rank as f32)
}

/// Factor for how much of the query an answer has in so many words: `None` where only vectors matched.
pub fn coverage_factor(coverage: Option<f32>) -> f32 {
    match coverage {
        Some(coverage) => UNCOVERED + (1.0 - UNCOVERED) * coverage.clamp(0.0, 1.0),
        None => PURELY_SEMANTIC,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_equal_rank_names_come_before_words_and_words_before_vectors() {
        let seen = share(channel_weight(Channel::Seen), 1);
        let said = share(channel_weight(Channel::Said), 1);
        let near = share(SEMANTIC_WEIGHT, 1);
        assert!(seen > said && said > near);
    }

    #[test]
    fn all_of_the_query_comes_before_a_part_of_it() {
        assert!(share(1.0, 3) * coverage_factor(Some(1.0)) > share(1.0, 1) * coverage_factor(Some(0.5)));
        assert_eq!(coverage_factor(Some(1.0)), 1.0);
    }
}
