//! Suitability of what is ordinary: how many pictures and sentences that nobody minds are flagged at the default policy.

use anyhow::Context;
use reelgraph_inference::moderation::{
    PictureModel, PictureModerator, PictureScores, Policy, ToxicityModel, WordLists,
};
use reelgraph_models::observation::Severity;

use super::figure::Report;
use super::media::{Media, picture, pictures_below};

/// Smaller pictures are fixtures of decoders, not pictures of anything.
const LEAST_SIDE_PX: u32 = 32;

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    if report.wants("moderation_picture") {
        pictures(media, report)?;
    }
    if report.wants("moderation_text") { texts(media, report) } else { Ok(()) }
}

/// Every picture below the folder by itself, which is more than analysis does: there a flag needs a second picture near it.
fn pictures(media: &Media, report: &Report) -> anyhow::Result<()> {
    let load = |kind| PictureModerator::load(&media.runtime, &media.models, kind, media.threads);
    let mut moderators: Vec<PictureModerator> = PictureModel::ALL.into_iter().map(load).collect::<Result<_, _>>()?;
    let policy = Policy::default();
    let (mut all, mut flagged, mut scores_of) = (0, 0, Vec::new());
    for path in pictures_below(media.folder()) {
        // Broken pictures are there for decoders to refuse.
        let Ok(picture) = picture(&path) else { continue };
        if picture.width_px().min(picture.height_px()) < LEAST_SIDE_PX {
            continue;
        }
        let mut scores: Vec<PictureScores> = Vec::with_capacity(moderators.len());
        for moderator in &mut moderators {
            scores.extend(moderator.scores(std::slice::from_ref(&picture))?);
        }
        let judged = policy.judge_picture(&scores).context("both models have scored")?;
        all += 1;
        if judged.severity > Severity::None {
            flagged += 1;
            tracing::warn!(picture = %path.display(), score = judged.score, "an ordinary picture is flagged");
        }
        scores_of.push(f64::from(judged.score));
    }
    if all == 0 {
        report.skipped("suitability of pictures", "there are no pictures below the folder");
        return Ok(());
    }
    let on = "pictures below the folder";
    report.share("moderation_picture_flags", on, flagged, all)?;
    let highest = scores_of.iter().copied().fold(0.0, f64::max);
    report.figure("moderation_picture_highest_score", highest, "score", all, on)
}

/// Captions, and what is said and written in the recordings and pictures with truth.
fn texts(media: &Media, report: &Report) -> anyhow::Result<()> {
    let mut texts: Vec<(String, String)> = Vec::new();
    if let Some(captions) = media.json("retrieval/share_subset/captions.json")? {
        let pictures = captions.as_object().into_iter().flat_map(|all| all.values());
        let captions = pictures.filter_map(|picture| picture.get("captions")?.as_array()).flatten();
        texts.extend(captions.filter_map(|text| Some((text.as_str()?.to_owned(), "en".to_owned()))));
    }
    for table in ["speech/truth_share.tsv", "ocr/truth_share.tsv"] {
        let rows = media.table(table)?.unwrap_or_default();
        texts.extend(rows.into_iter().filter_map(|row| match row.as_slice() {
            [_, language, text, ..] => Some((text.replace("\\n", "\n"), language.clone())),
            _ => None,
        }));
    }
    if texts.is_empty() {
        report.skipped("suitability of texts", "there are neither captions nor transcripts");
        return Ok(());
    }
    let (lists, toxicity) = (WordLists::load(&media.models)?, ToxicityModel::load(&media.models)?);
    let policy = Policy::default();
    let is_flagged = |(text, language): &&(String, String)| {
        let finds = lists.find(text, &[language]);
        let is_rude = finds.iter().any(|find| find.class.label().is_some() && find.severity > Severity::None);
        let tone = (language == "en").then(|| policy.judge_text(toxicity.score_in_context(text, &finds))).flatten();
        is_rude || tone.is_some_and(|judged| judged.severity > Severity::None)
    };
    let flagged: Vec<&(String, String)> = texts.iter().filter(is_flagged).collect();
    tracing::info!(texts = ?flagged, "ordinary texts that are flagged");
    report.share("moderation_text_flags", "captions, speech and text in pictures", flagged.len(), texts.len())
}
