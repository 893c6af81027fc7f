//! The default policy: what a score means for a review. Pure functions of stored scores, so that another policy can be tried on a
//! whole library without running a model.

use reelgraph_models::observation::Severity;

use super::calibration::Calibration;
use super::hierarchy::{ModerationLabel, find_label};
use super::pictures::PictureScores;
use super::toxicity::ToxicityScore;

/// What is decided about a picture or a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// What it would be; whether it is shown is for the severity to say.
    pub label: &'static ModerationLabel,
    /// The score that was judged, `0..=1`, not calibrated.
    pub score: f32,
    /// How likely it is what the label says, at least; see [`Calibration`].
    pub probability_at_least: f32,
    /// [`Severity::None`] where the policy raises no flag.
    pub severity: Severity,
}

/// From which probability on findings of models are flagged.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    agreed: Calibration,
    toxicity: Calibration,
    picture_probability: f32,
    text_probability: f32,
}

impl Default for Policy {
    /// Pictures: a flag is more likely right than wrong, which both models reach at `.8`. Text: right four times of five, which
    /// the model reaches at `.95`.
    fn default() -> Self {
        Self {
            agreed: Calibration::agreed_pictures(),
            toxicity: Calibration::toxicity(),
            picture_probability: 0.5,
            text_probability: 0.8,
        }
    }
}

impl Policy {
    /// Judges a picture by what both models say; `None` unless scores of both are given. The lower of the two counts, so that
    /// neither can raise a flag alone. nsfwjs's "drawing" plays no part.
    ///
    /// One ordinary photograph in a thousand is flagged, so that a flag on a single frame of a long video is weak: callers
    /// should want a second frame of the same shot.
    pub fn judge_picture(&self, scores: &[PictureScores]) -> Option<Judgement> {
        let kinds = scores.iter().find_map(|scores| match scores {
            PictureScores::NsfwMobileNet { hentai, porn, sexy, .. } => Some((*hentai, *porn, *sexy)),
            PictureScores::OpenNsfw { .. } => None,
        });
        let (hentai, porn, sexy) = kinds?;
        let of = |wanted| scores.iter().find(|scores| scores.model() == wanted).map(PictureScores::sexual);
        let [first, second] = super::PictureModel::ALL.map(of);
        let score = first?.min(second?);
        let path = if sexy > hentai + porn {
            "suggestive/sexual/photograph"
        } else if hentai > porn {
            "explicit/sexual/drawing"
        } else {
            "explicit/sexual/photograph"
        };
        self.judged(path, score, &self.agreed, self.picture_probability)
    }

    /// Judges a text by its toxicity, best taken [in context](super::ToxicityModel::score_in_context); `None` where the model
    /// knows none of its words. What the word lists find is judged by itself, see [`super::TermMatch::severity`].
    pub fn judge_text(&self, score: ToxicityScore) -> Option<Judgement> {
        if score.known_words == 0 {
            return None;
        }
        self.judged("language/toxicity/sentence", score.raw, &self.toxicity, self.text_probability)
    }

    fn judged(&self, path: &str, score: f32, calibration: &Calibration, flagged_from: f32) -> Option<Judgement> {
        let label = find_label(path)?;
        let probability_at_least = calibration.probability_at_least(score);
        let severity = if probability_at_least >= flagged_from { label.severity } else { Severity::None };
        Some(Judgement { label, score, probability_at_least, severity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(hentai: f32, porn: f32, sexy: f32) -> PictureScores {
        PictureScores::NsfwMobileNet { drawing: 0.0, hentai, neutral: 1.0 - hentai - porn - sexy, porn, sexy }
    }

    fn open(nsfw: f32) -> PictureScores {
        PictureScores::OpenNsfw { nsfw }
    }

    #[test]
    fn both_models_must_agree_before_a_flag() -> Result<(), &'static str> {
        let policy = Policy::default();
        let severity = |scores: &[PictureScores]| {
            policy.judge_picture(scores).map(|judged| judged.severity).ok_or("both were given")
        };
        assert_eq!(severity(&[kinds(0.0, 0.99, 0.0), open(0.3)])?, Severity::None);
        assert_eq!(severity(&[kinds(0.0, 0.3, 0.0), open(0.99)])?, Severity::None);
        assert_eq!(severity(&[kinds(0.0, 0.95, 0.0), open(0.9)])?, Severity::High);
        assert!(policy.judge_picture(&[kinds(0.0, 0.99, 0.0)]).is_none());
        assert!(policy.judge_picture(&[open(0.99)]).is_none());
        Ok(())
    }

    #[test]
    fn the_label_is_the_kind_that_prevails() {
        let policy = Policy::default();
        let path = |scores| policy.judge_picture(&[scores, open(0.9)]).map(|judged| judged.label.path);
        assert_eq!(path(kinds(0.7, 0.2, 0.05)), Some("explicit/sexual/drawing"));
        assert_eq!(path(kinds(0.1, 0.2, 0.65)), Some("suggestive/sexual/photograph"));
        assert_eq!(path(kinds(0.1, 0.8, 0.05)), Some("explicit/sexual/photograph"));
    }

    #[test]
    fn text_is_flagged_only_where_the_model_is_nearly_sure_and_knows_a_word() {
        let policy = Policy::default();
        let severity =
            |raw, known_words| policy.judge_text(ToxicityScore { raw, known_words }).map(|judged| judged.severity);
        assert_eq!(severity(0.40, 3), Some(Severity::None));
        assert_eq!(severity(0.99, 3), Some(Severity::Medium));
        assert_eq!(severity(0.99, 0), None);
    }
}
