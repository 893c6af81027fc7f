//! Objects: mean average precision, COCO's way, at one overlap and over ten.

use std::time::Instant;

use reelgraph_inference::objects::ObjectDetector;
use reelgraph_inference::score::{DetectionTruth, ScoredBox, mean_average_precision};

use super::coco::Coco;
use super::figure::Report;
use super::media::{Media, picture};

/// Boxes less sure than this are left out: precision is averaged down to where nearly all is noise.
const MIN_CONFIDENCE: f32 = 0.05;

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    const TRUTH: &str = Coco::TRUTH;
    if !report.wants("object_") {
        return Ok(());
    }
    let Some(coco) = Coco::read(media)? else {
        report.skipped("objects", format!("{TRUTH} is not there"));
        return Ok(());
    };
    let mut detector = ObjectDetector::load(&media.runtime, &media.models, media.threads)?;
    let (mut pictures, mut times_ms) = (Vec::new(), Vec::new());
    for (index, (path, objects)) in coco.pictures().into_iter().enumerate() {
        let picture = picture(&path)?;
        let truth = objects.iter().filter_map(|object| coco.truth(object, index, &picture)).collect();
        let started = Instant::now();
        let found = detector.detect_above(std::slice::from_ref(&picture), MIN_CONFIDENCE)?;
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
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
    report.mean("object_time", "ms/picture", TRUTH, &times_ms)
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
