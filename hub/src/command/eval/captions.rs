//! The image–text space alone: does a caption find its picture among all pictures?

use anyhow::Context;
use reelgraph_inference::image_text::ImageTextSpace;
use reelgraph_inference::score::{rank_of, recall_at};
use serde_json::Value;

use super::figure::Report;
use super::media::{Media, picture};

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    const TRUTH: &str = "retrieval/share_subset/captions.json";
    if !report.wants("image_text_") {
        return Ok(());
    }
    let Some(truth) = media.json(TRUTH)? else {
        report.skipped("image–text", format!("{TRUTH} is not there"));
        return Ok(());
    };
    let mut space =
        ImageTextSpace::load(&media.runtime, &media.models, media.image_text_pair.as_deref(), media.threads)?;
    let (mut vectors, mut captions) = (Vec::new(), Vec::new());
    for entry in truth.as_object().context("the truth is no object")?.values() {
        let file = entry.get("file").and_then(Value::as_str).context("a picture has no file")?;
        let Some(path) = media.file(format!("retrieval/{file}")) else {
            report.skipped("image–text", format!("{file} is not there"));
            continue;
        };
        let texts = entry.get("captions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        captions.extend(texts.iter().filter_map(Value::as_str).map(|text| (vectors.len(), text)));
        vectors.extend(space.embed_images(&[picture(&path)?])?);
    }
    let mut ranks = Vec::new();
    for (right, text) in captions {
        let query = space.embed_text(text)?;
        let scores: Vec<f32> = vectors.iter().map(|vector| cosine(vector, &query)).collect();
        ranks.extend(rank_of(right, &scores));
    }
    let on = format!("{TRUTH}, {} pictures", vectors.len());
    for (figure, k) in [("image_text_recall_at_1", 1), ("image_text_recall_at_5", 5), ("image_text_recall_at_10", 10)] {
        report.statistic(figure, &format!("R@{k}"), &on, &ranks, |sample| recall_at(k, sample))?;
    }
    Ok(())
}

/// Of two vectors of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
