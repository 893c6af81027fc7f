//! Objects: mean average precision, COCO's way, at one overlap and over ten.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use reelgraph_inference::objects::ObjectDetector;
use reelgraph_inference::score::{DetectionTruth, ScoredBox, mean_average_precision};
use reelgraph_models::observation::BoundingBox;
use serde_json::Value;

use super::figure::Report;
use super::media::{Media, picture};

/// Boxes less sure than this are left out: precision is averaged down to where nearly all is noise.
const MIN_CONFIDENCE: f32 = 0.05;

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    const TRUTH: &str = "retrieval/share_subset/instances.json";
    if !report.wants("object_") {
        return Ok(());
    }
    let Some(truth) = media.json(TRUTH)? else {
        report.skipped("objects", format!("{TRUTH} is not there"));
        return Ok(());
    };
    let list = |name: &str| truth.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let labels: BTreeMap<i64, &str> = list("categories")
        .iter()
        .filter_map(|category| Some((category.get("id")?.as_i64()?, category.get("name")?.as_str()?)))
        .collect();
    let mut detector = ObjectDetector::load(&media.runtime, &media.models, media.threads)?;
    let (mut pictures, mut spent_s) = (Vec::new(), 0.0);
    for (index, image) in list("images").iter().enumerate() {
        let name = image.get("file_name").and_then(Value::as_str).context("an image has no file_name")?;
        let found =
            ["train2017", "val2017"].iter().find_map(|split| media.file(format!("retrieval/coco-mini/{split}/{name}")));
        let Some(path) = found.or_else(|| media.file(format!("retrieval/coco-mini/{name}"))) else {
            report.skipped("objects", format!("{name} is not there"));
            continue;
        };
        let picture = picture(&path)?;
        let (width, height) = (picture.width_px() as f32, picture.height_px() as f32);
        let of_image = image.get("id").and_then(Value::as_i64);
        let of_image = list("annotations").iter().filter(|one| one.get("image_id").and_then(Value::as_i64) == of_image);
        let truth = of_image.filter_map(|one| truth_box(one, index, &labels, width, height)).collect();
        let started = Instant::now();
        let found = detector.detect_above(std::slice::from_ref(&picture), MIN_CONFIDENCE)?;
        spent_s += started.elapsed().as_secs_f64();
        let reports = found.into_iter().flatten().map(|seen| ScoredBox {
            picture: index,
            label: seen.label.to_owned(),
            bounds: seen.bounds,
            confidence: seen.confidence,
        });
        pictures.push(Scored { truth, reports: reports.collect() });
    }
    let overlaps: Vec<f32> = (0..10u8).map(|step| 0.5 + 0.05 * f32::from(step)).collect();
    report.statistic("object_map_50", "mAP", TRUTH, &pictures, |sample| precision(sample, &[0.5]))?;
    report.statistic("object_map_50_95", "mAP", TRUTH, &pictures, |sample| precision(sample, &overlaps))?;
    let count = pictures.len();
    report.figure("object_time", spent_s * 1e3 / count.max(1) as f64, "ms/picture", count, TRUTH)
}

/// One picture: what is in it, and what was reported.
struct Scored {
    truth: Vec<DetectionTruth>,
    reports: Vec<ScoredBox>,
}

/// Mean average precision, averaged over overlaps. The same picture may be in the sample more than once.
fn precision(sample: &[&Scored], overlaps: &[f32]) -> f64 {
    let (mut truth, mut reports) = (Vec::new(), Vec::new());
    for (picture, scored) in sample.iter().enumerate() {
        truth.extend(scored.truth.iter().cloned().map(|one| DetectionTruth { picture, ..one }));
        reports.extend(scored.reports.iter().cloned().map(|one| ScoredBox { picture, ..one }));
    }
    let at = |iou: &f32| mean_average_precision(&truth, &reports, *iou).unwrap_or_default();
    overlaps.iter().map(at).sum::<f64>() / overlaps.len().max(1) as f64
}

/// A COCO box, `[left, top, width, height]` in pixels.
fn truth_box(
    annotation: &Value,
    picture: usize,
    labels: &BTreeMap<i64, &str>,
    width: f32,
    height: f32,
) -> Option<DetectionTruth> {
    let edge = |place: usize| Some(annotation.get("bbox")?.get(place)?.as_f64()? as f32);
    let (left, top) = (edge(0)?, edge(1)?);
    let bounds = BoundingBox {
        left: left / width,
        top: top / height,
        right: (left + edge(2)?) / width,
        bottom: (top + edge(3)?) / height,
    };
    let label = labels.get(&annotation.get("category_id")?.as_i64()?)?;
    let is_crowd = annotation.get("iscrowd").and_then(Value::as_i64) == Some(1);
    Some(DetectionTruth { picture, label: (*label).to_owned(), bounds, is_crowd })
}
