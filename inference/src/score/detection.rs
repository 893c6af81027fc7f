//! Scores of finding objects with boxes.

use std::collections::{BTreeMap, BTreeSet};

use reelgraph_models::observation::BoundingBox;

/// An object that is really there.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectionTruth {
    /// Which picture.
    pub picture: usize,
    /// Its class.
    pub label: String,
    /// Where.
    pub bounds: BoundingBox,
    /// A crowd: finding it, once or more often, neither helps nor hurts.
    pub is_crowd: bool,
}

/// An object that a detector reports.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredBox {
    /// Which picture.
    pub picture: usize,
    /// Its class.
    pub label: String,
    /// Where.
    pub bounds: BoundingBox,
    /// How sure.
    pub confidence: f32,
}

/// Mean over classes of the average precision, interpolated at 101 recalls as COCO does, where a box counts when it overlaps
/// an object of its class by at least `iou`. `None` without truth. Reports of classes that no picture has do not count.
pub fn mean_average_precision(truth: &[DetectionTruth], reports: &[ScoredBox], iou: f32) -> Option<f64> {
    let labels: BTreeSet<&str> =
        truth.iter().filter(|object| !object.is_crowd).map(|object| object.label.as_str()).collect();
    let precisions: Vec<f64> = labels
        .iter()
        .map(|label| {
            let truth: Vec<&DetectionTruth> = truth.iter().filter(|object| object.label == *label).collect();
            let reports: Vec<&ScoredBox> = reports.iter().filter(|report| report.label == *label).collect();
            average_precision(&truth, reports, iou)
        })
        .collect();
    (!precisions.is_empty()).then(|| precisions.iter().sum::<f64>() / precisions.len() as f64)
}

fn average_precision(truth: &[&DetectionTruth], mut reports: Vec<&ScoredBox>, iou: f32) -> f64 {
    reports.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut by_picture: BTreeMap<usize, Vec<(&DetectionTruth, bool)>> = BTreeMap::new();
    for object in truth {
        by_picture.entry(object.picture).or_default().push((object, false));
    }
    let wanted = truth.iter().filter(|object| !object.is_crowd).count();
    let (mut right, mut wrong) = (0_usize, 0_usize);
    // Recall and precision after each report.
    let mut curve = Vec::new();
    for report in reports {
        let objects = by_picture.get_mut(&report.picture).map(Vec::as_mut_slice).unwrap_or_default();
        let overlap = |object: &DetectionTruth| object.bounds.iou(report.bounds);
        let in_crowd =
            objects.iter().any(|(object, _)| object.is_crowd && covered(report.bounds, object.bounds) >= iou);
        let best = objects
            .iter_mut()
            .filter(|(object, found)| !*found && !object.is_crowd && overlap(object) >= iou)
            .max_by(|(a, _), (b, _)| overlap(a).total_cmp(&overlap(b)));
        match best {
            Some((_, found)) => {
                *found = true;
                right += 1;
            }
            None if in_crowd => continue,
            None => wrong += 1,
        }
        curve.push((right as f64 / wanted as f64, right as f64 / (right + wrong) as f64));
    }
    let best_from = |recall: f64| {
        curve.iter().filter(|(reached, _)| *reached >= recall).map(|(_, precision)| *precision).fold(0.0, f64::max)
    };
    (0..=100).map(|percent| best_from(f64::from(percent) / 100.0)).sum::<f64>() / 101.0
}

/// Part of `inner` that lies in `outer`.
fn covered(inner: BoundingBox, outer: BoundingBox) -> f32 {
    let area = inner.area();
    if area > 0.0 { inner.shared_area(outer) / area } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: f32) -> BoundingBox {
        BoundingBox { left, top: 0.0, right: left + 0.2, bottom: 0.2 }
    }

    fn truth(label: &str, left: f32) -> DetectionTruth {
        DetectionTruth { picture: 0, label: label.to_owned(), bounds: bounds(left), is_crowd: false }
    }

    fn report(label: &str, left: f32, confidence: f32) -> ScoredBox {
        ScoredBox { picture: 0, label: label.to_owned(), bounds: bounds(left), confidence }
    }

    #[test]
    fn perfect_reports_score_one_and_doubles_cost_nothing_after_full_recall() {
        let truth = [truth("cat", 0.0), truth("dog", 0.5)];
        let reports = [report("cat", 0.0, 0.9), report("cat", 0.0, 0.5), report("dog", 0.5, 0.9)];
        assert_eq!(mean_average_precision(&truth, &reports, 0.5), Some(1.0));
        assert_eq!(mean_average_precision(&[], &reports, 0.5), None);
    }

    #[test]
    fn a_wrong_box_that_is_surer_halves_the_precision() {
        let reports = [report("cat", 0.7, 0.9), report("cat", 0.0, 0.5)];
        assert_eq!(mean_average_precision(&[truth("cat", 0.0)], &reports, 0.5), Some(0.5));
    }

    #[test]
    fn boxes_in_a_crowd_neither_help_nor_hurt() {
        let crowd = DetectionTruth { is_crowd: true, ..truth("cat", 0.5) };
        let reports = [report("cat", 0.5, 0.9), report("cat", 0.0, 0.5)];
        assert_eq!(mean_average_precision(&[truth("cat", 0.0), crowd], &reports, 0.5), Some(1.0));
    }
}
