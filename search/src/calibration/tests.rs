use proptest::prelude::*;

use super::*;

fn words(channel: Modality, coverage: f32, words: u32) -> Evidence<'static> {
    Evidence::Words { channel, coverage, words }
}

fn vector(similarity: f32, below_best: f32) -> Evidence<'static> {
    Evidence::Vector { space: "label-space", similarity, below_best }
}

fn probability(evidence: &[Evidence<'_>]) -> f32 {
    Calibration::fitted().probability(evidence.iter().copied()).unwrap_or(f32::NAN)
}

#[test]
fn the_numbers_that_ship_rise_and_survive_being_written_and_read() -> Result<(), Box<dyn std::error::Error>> {
    let fitted = Calibration::fitted();
    let read: Calibration = serde_json::from_str(&serde_json::to_string(&fitted)?)?;
    assert_eq!(read, fitted);
    assert!(fitted.base < 0.0 && (0.0..1.0).contains(&fitted.cut_off));
    Ok(())
}

#[test]
fn all_of_a_query_in_so_many_words_is_a_good_match_and_a_far_picture_is_none() {
    let fitted = Calibration::fitted();
    for channel in [Modality::Speech, Modality::ScreenText, Modality::Tags, Modality::Faces] {
        assert!(fitted.is_good(probability(&[words(channel, 1.0, 2)])), "{channel:?}");
    }
    assert!(!fitted.is_good(probability(&[vector(0.2, 0.0)])));
    assert!(!fitted.is_good(probability(&[words(Modality::Speech, 0.2, 1)])));
}

#[test]
fn what_nothing_was_fitted_for_has_no_probability() {
    let unknown = Evidence::Vector { space: "clip", similarity: 0.9, below_best: 0.0 };
    let fitted = Calibration::fitted();
    assert_eq!(fitted.probability([words(Modality::Speech, 1.0, 3), unknown]), None);
    assert_eq!(fitted.probability([]), None);
}

#[test]
fn the_strongest_of_each_feature_counts_once() {
    let one = probability(&[words(Modality::Speech, 0.8, 3)]);
    let many = [words(Modality::Speech, 0.8, 3), words(Modality::Speech, 0.8, 3), words(Modality::Speech, 0.1, 1)];
    assert_eq!(probability(&many), one);
}

fn any_evidence() -> impl Strategy<Value = Evidence<'static>> {
    let channels = [Modality::Speech, Modality::ScreenText, Modality::Tags, Modality::Title, Modality::Faces];
    let channel = (0..channels.len()).prop_map(move |place| channels[place]);
    let of_words = (channel, 0.0_f32..=1.0, 1_u32..10).prop_map(|(channel, share, count)| words(channel, share, count));
    let space = prop_oneof![Just("label-space"), Just("bge-small-en")];
    let of_vectors = (space, -1.0_f32..=1.0, 0.0_f32..=2.0)
        .prop_map(|(space, similarity, below_best)| Evidence::Vector { space, similarity, below_best });
    prop_oneof![of_words, of_vectors]
}

/// The same a little stronger.
fn stronger(evidence: Evidence<'static>, by: f32) -> Evidence<'static> {
    match evidence {
        Evidence::Words { channel, coverage, words } => {
            Evidence::Words { channel, coverage: (coverage + by).min(1.0), words: words + (by * 5.0) as u32 }
        }
        Evidence::Vector { space, similarity, below_best } => {
            Evidence::Vector { space, similarity: similarity + by, below_best: (below_best - by).max(0.0) }
        }
    }
}

proptest! {
    #[test]
    fn more_and_stronger_evidence_never_makes_a_hit_less_likely(
        evidence in proptest::collection::vec(any_evidence(), 1..6),
        further in any_evidence(),
        place in 0_usize..6,
        by in 0.0_f32..1.0,
    ) {
        let before = probability(&evidence);
        prop_assert!((0.0..=1.0).contains(&before));
        let mut more = evidence.clone();
        more.push(further);
        prop_assert!(probability(&more) >= before - 1e-6);
        let mut strong = evidence.clone();
        let place = place % strong.len();
        strong[place] = stronger(strong[place], by);
        prop_assert!(probability(&strong) >= before - 1e-6);
    }
}
