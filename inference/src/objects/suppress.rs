//! Non-maximum suppression.

use super::detector::Detection;

/// Keeps the most confident of the boxes of one class that overlap by more than `max_iou`; by falling confidence, at most
/// `limit` of them.
pub(crate) fn suppress(mut found: Vec<Detection>, max_iou: f32, limit: usize) -> Vec<Detection> {
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in found {
        let hidden = |other: &Detection| other.label == detection.label && other.bounds.iou(detection.bounds) > max_iou;
        if !kept.iter().any(hidden) {
            kept.push(detection);
            if kept.len() == limit {
                break;
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use reelgraph_models::observation::BoundingBox;

    use super::*;

    fn detection(label: &'static str, left: f32, confidence: f32) -> Detection {
        Detection { label, confidence, bounds: BoundingBox { left, top: 0.0, right: left + 0.4, bottom: 0.4 } }
    }

    #[test]
    fn only_the_surest_of_overlapping_boxes_of_a_class_stays() {
        let found = vec![detection("cat", 0.0, 0.5), detection("cat", 0.02, 0.9), detection("dog", 0.01, 0.4)];
        let kept = suppress(found, 0.5, 10);
        assert_eq!(kept, [detection("cat", 0.02, 0.9), detection("dog", 0.01, 0.4)]);
    }

    #[test]
    fn no_more_than_the_limit_stay() {
        let found = (0..9).map(|index| detection("cat", index as f32 * 0.05, 0.5)).collect();
        assert_eq!(suppress(found, 0.99, 3).len(), 3);
    }
}
