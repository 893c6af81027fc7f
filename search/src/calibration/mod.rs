//! How likely a hit is what was asked for, from what matched.
//!
//! BM25 and cosine similarities cannot be compared between queries, let alone with each other. What can: how much of the query
//! a channel's words cover and how many they are, and, within one embedding space, how near a vector is and how far behind
//! the nearest. A hit's log-odds are a base plus what each of these adds by a rising [`Curve`] (a logistic regression, additive and
//! monotone: more evidence never makes a hit less likely). The strongest value of each counts once, so that a hit merged from
//! many moments is no surer for it.
//!
//! The numbers are fitted on judged queries by `reelgraph eval calibrate`; docs/measuring.md says how. They hold for libraries
//! and models like those that they were fitted on.

mod curve;
mod fitted;

use std::borrow::Cow;
use std::collections::BTreeMap;

use reelgraph_models::observation::Modality;
use serde::{Deserialize, Serialize};

pub use curve::{Curve, CurveError, Point};

/// What one contribution says about how good it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Evidence<'a> {
    /// Words of the query.
    Words {
        /// Where they stand.
        channel: Modality,
        /// Share of the query's weight that they have, `0..=1`.
        coverage: f32,
        /// How many words and phrases of the query.
        words: u32,
    },
    /// A vector near the query's.
    Vector {
        /// Name of the embedding space, without its version.
        space: &'a str,
        /// Cosine similarity, `-1..=1`.
        similarity: f32,
        /// How much nearer the nearest of the query is, `0..=2`.
        below_best: f32,
    },
}

/// One number that tells how good a hit is; the greater, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature<'a> {
    /// Share of the query's weight that one channel's words have.
    Coverage(Modality),
    /// How many words and phrases of the query one channel has.
    Words(Modality),
    /// Cosine similarity in the space of that name.
    Similarity(&'a str),
    /// The same less that of the nearest, never above 0.
    Closeness(&'a str),
}

/// The strongest value of each feature of a hit.
pub type Features<'a> = BTreeMap<Feature<'a>, f32>;

/// Takes the strongest of each feature.
pub fn features<'a>(evidence: impl IntoIterator<Item = Evidence<'a>>) -> Features<'a> {
    let mut features = Features::new();
    let mut take = |feature, value: f32| {
        let strongest = features.entry(feature).or_insert(value);
        *strongest = strongest.max(value);
    };
    for one in evidence {
        match one {
            Evidence::Words { channel, coverage, words } => {
                take(Feature::Coverage(channel), coverage);
                take(Feature::Words(channel), words as f32);
            }
            Evidence::Vector { space, similarity, below_best } => {
                take(Feature::Similarity(space), similarity);
                take(Feature::Closeness(space), -below_best.max(0.0));
            }
        }
    }
    features
}

/// Fitted numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What it was fitted on.
    pub fitted_on: Cow<'static, str>,
    /// Log-odds of a hit whose evidence adds nothing.
    pub base: f32,
    /// Below this probability a best hit is no good match.
    pub cut_off: f32,
    /// By words, for each channel that was fitted.
    pub channels: Cow<'static, [ChannelCurves]>,
    /// By nearness, for each space that was fitted.
    pub spaces: Cow<'static, [SpaceCurves]>,
}

/// What words in one channel of evidence add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelCurves {
    /// As what its matches are reported.
    pub channel: Modality,
    /// By the share of the query's weight.
    pub coverage: Curve,
    /// By how many there are.
    pub words: Curve,
}

/// What nearness in one embedding space adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpaceCurves {
    /// Its name, without the version.
    pub space: Cow<'static, str>,
    /// By cosine similarity.
    pub similarity: Curve,
    /// By the distance to the nearest, as a number below 0.
    pub closeness: Curve,
}

impl Calibration {
    /// The numbers that ship with the product.
    pub const fn fitted() -> Self {
        fitted::FITTED
    }

    /// How likely a hit is right, `0..=1`, from all of its evidence; `None` where there is none, or a part of it lies in a space
    /// that nothing was fitted for.
    pub fn probability<'a>(&self, evidence: impl IntoIterator<Item = Evidence<'a>>) -> Option<f32> {
        self.log_odds(&features(evidence)).map(logistic)
    }

    /// The same as log-odds, from features already gathered.
    pub fn log_odds(&self, features: &Features<'_>) -> Option<f32> {
        if features.is_empty() {
            return None;
        }
        let added = features.iter().map(|(feature, value)| Some(self.curve(*feature)?.at(*value)));
        Some(self.base + added.sum::<Option<f32>>()?)
    }

    /// Whether a best hit that likely to be right is worth showing as an answer.
    pub fn is_good(&self, probability: f32) -> bool {
        probability >= self.cut_off
    }

    fn curve(&self, feature: Feature<'_>) -> Option<&Curve> {
        let of = |channel: Modality| self.channels.iter().find(|curves| curves.channel == channel);
        // Words are words: a channel that nothing was fitted for, such as the names of people, counts as speech does.
        let words = |channel: Modality| of(channel).or_else(|| of(Modality::Speech));
        let space = |name: &str| self.spaces.iter().find(|curves| curves.space == name);
        match feature {
            Feature::Coverage(channel) => words(channel).map(|curves| &curves.coverage),
            Feature::Words(channel) => words(channel).map(|curves| &curves.words),
            Feature::Similarity(name) => space(name).map(|curves| &curves.similarity),
            Feature::Closeness(name) => space(name).map(|curves| &curves.closeness),
        }
    }
}

/// Log-odds as a probability.
fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests;
