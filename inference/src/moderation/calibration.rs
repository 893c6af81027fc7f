//! From a model's score to a probability that one may stand behind.
//!
//! No positive examples were at hand for pictures: nobody hands out pornography to test with. What can be measured is how
//! often *ordinary* material scores as high. By Bayes' rule, of all that scores at least `s`, the share that is what the
//! model is for is
//!
//! ```text
//! prior · recall(s) / (prior · recall(s) + (1 − prior) · false_positives(s))
//! ```
//!
//! with the false positives taken at the upper end of their one-sided 95 % Clopper–Pearson interval. The result is a bound
//! from below, given the prior and the recall, which are named beside each table. It grows with the number of ordinary
//! examples and never claims more than they support.

/// Confidence of the one-sided bound on false positives.
const CONFIDENCE: f64 = 0.95;
/// Halvings that find the bound: finer than any figure that is shown.
const HALVINGS: usize = 50;

/// How ordinary material scores.
#[derive(Debug, Clone, Copy)]
struct Measured {
    /// Share of what is looked at that is what the model is for: assumed.
    prior: f64,
    /// Ordinary examples.
    ordinary: u32,
    /// By rising score: of the ordinary examples, how many score at least that; the share of true ones that do.
    steps: &'static [(f32, u32, f64)],
}

/// Sexual pictures are taken to be one in a hundred sampled frames of a general library.
const PICTURE_PRIOR: f64 = 0.01;
/// Of them, half are taken to reach any of the scores below: not measured.
const PICTURE_RECALL: f64 = 0.5;

/// 1,000 photographs, one for each class of ImageNet (`EliSchwartz/imagenet-sample-images` on GitHub), and the 51 of
/// `coco-mini`; none is pornographic. The lower of the two models' [`super::PictureScores::sexual`].
const AGREED: Measured = Measured {
    prior: PICTURE_PRIOR,
    ordinary: 1_051,
    steps: &[
        (0.1, 12, PICTURE_RECALL),
        (0.2, 7, PICTURE_RECALL),
        (0.3, 5, PICTURE_RECALL),
        (0.4, 3, PICTURE_RECALL),
        (0.6, 2, PICTURE_RECALL),
        (0.8, 1, PICTURE_RECALL),
        (0.92, 0, PICTURE_RECALL),
    ],
};

/// The same photographs by nsfwjs alone.
const NSFW_MOBILE_NET: Measured = Measured {
    prior: PICTURE_PRIOR,
    ordinary: 1_051,
    steps: &[
        (0.1, 110, PICTURE_RECALL),
        (0.2, 64, PICTURE_RECALL),
        (0.3, 43, PICTURE_RECALL),
        (0.4, 33, PICTURE_RECALL),
        (0.5, 28, PICTURE_RECALL),
        (0.6, 19, PICTURE_RECALL),
        (0.7, 13, PICTURE_RECALL),
        (0.8, 9, PICTURE_RECALL),
        (0.9, 4, PICTURE_RECALL),
    ],
};

/// The same photographs by open_nsfw alone.
const OPEN_NSFW: Measured = Measured {
    prior: PICTURE_PRIOR,
    ordinary: 1_051,
    steps: &[
        (0.1, 31, PICTURE_RECALL),
        (0.2, 17, PICTURE_RECALL),
        (0.3, 11, PICTURE_RECALL),
        (0.4, 8, PICTURE_RECALL),
        (0.5, 6, PICTURE_RECALL),
        (0.6, 3, PICTURE_RECALL),
        (0.8, 2, PICTURE_RECALL),
    ],
};

/// 6,156 sentences of The Adventures of Sherlock Holmes (Project Gutenberg 1661) and 255 captions of photographs; the true
/// ones are 53 insults of the English word list, each in four sentences made for it, which is not how people insult each
/// other. One sentence in a hundred is taken to be toxic.
const TOXICITY: Measured = Measured {
    prior: 0.01,
    ordinary: 6_411,
    steps: &[
        (0.1, 1_105, 0.571),
        (0.2, 453, 0.566),
        (0.3, 226, 0.561),
        (0.4, 132, 0.396),
        (0.5, 79, 0.377),
        (0.6, 43, 0.377),
        (0.7, 24, 0.335),
        (0.8, 12, 0.302),
        (0.9, 6, 0.245),
        (0.95, 0, 0.226),
    ],
};

/// Turns scores of one kind into probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// By rising score: the score and the probability from there on.
    steps: Vec<(f32, f32)>,
}

impl Calibration {
    /// For the lower of both models' [`super::PictureScores::sexual`]: what a flag is decided on.
    pub fn agreed_pictures() -> Self {
        Self::of(&AGREED)
    }

    /// For [`super::PictureScores::sexual`] of one model alone.
    pub fn pictures(model: super::PictureModel) -> Self {
        match model {
            super::PictureModel::NsfwMobileNet => Self::of(&NSFW_MOBILE_NET),
            super::PictureModel::OpenNsfw => Self::of(&OPEN_NSFW),
        }
    }

    /// For [`super::ToxicityScore::raw`].
    pub fn toxicity() -> Self {
        Self::of(&TOXICITY)
    }

    fn of(measured: &Measured) -> Self {
        let mut steps = Vec::with_capacity(measured.steps.len());
        let mut highest = 0.0_f64;
        for (score, exceeding, recall) in measured.steps {
            let found = measured.prior * recall;
            let invented = (1.0 - measured.prior) * upper_bound(*exceeding, measured.ordinary);
            // A higher score never means less.
            highest = highest.max(found / (found + invented));
            steps.push((*score, highest as f32));
        }
        Self { steps }
    }

    /// Probability, at least, that what scores this much or more is what the model is for; `0..=1`. Zero below the lowest score
    /// that was measured, and the same from the highest on. Not a number counts as zero.
    pub fn probability_at_least(&self, score: f32) -> f32 {
        self.steps.iter().rev().find(|(from, _)| score >= *from).map_or(0.0, |(_, probability)| *probability)
    }
}

/// Upper end of the one-sided Clopper–Pearson interval of a share, `count` of `total` seen: the share at which so few would be
/// seen in one case of twenty.
fn upper_bound(count: u32, total: u32) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if at_most(count, total, middle) > 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Probability of at most `count` successes in `total` trials.
fn at_most(count: u32, total: u32, share: f64) -> f64 {
    if count >= total {
        return 1.0;
    }
    let odds = (share / (1.0 - share)).ln();
    // In logarithms: the first terms are too small for floating point where the share is large.
    let mut term = f64::from(total) * (1.0 - share).ln();
    let mut sum = term.exp();
    for successes in 1..=count {
        term += (f64::from(total - successes + 1) / f64::from(successes)).ln() + odds;
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::PictureModel;
    use super::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Clopper and Pearson's closed form for none: 1 - .05^(1/n); for one of ten, .3942 (any table).
        assert!((upper_bound(0, 1_000) - (1.0 - 0.05_f64.powf(0.001))).abs() < 1e-9);
        assert!((upper_bound(1, 10) - 0.394_2).abs() < 1e-4);
        assert!((upper_bound(10, 10) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_higher_score_never_means_less() {
        let all = [
            Calibration::agreed_pictures(),
            Calibration::pictures(PictureModel::NsfwMobileNet),
            Calibration::pictures(PictureModel::OpenNsfw),
            Calibration::toxicity(),
        ];
        for calibration in all {
            assert!(calibration.steps.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0 && a.1 <= b.1)));
            assert!(calibration.steps.iter().all(|(_, probability)| (0.0..1.0).contains(probability)));
            assert_eq!(calibration.probability_at_least(0.0), 0.0);
            assert_eq!(calibration.probability_at_least(f32::NAN), 0.0);
            assert!(calibration.probability_at_least(1.0) > 0.1);
        }
    }

    #[test]
    fn both_models_together_say_more_than_either_alone() {
        let agreed = Calibration::agreed_pictures().probability_at_least(0.8);
        for model in PictureModel::ALL {
            assert!(Calibration::pictures(model).probability_at_least(0.8) <= agreed);
        }
    }

    #[test]
    fn no_picture_is_claimed_with_more_than_a_thousand_ordinary_ones_support() {
        let best = Calibration::agreed_pictures().probability_at_least(1.0);
        assert!((0.6..0.7).contains(&best), "{best}");
    }
}
