//! Objects over time: what was detected in single pictures, joined into stretches in which a class is seen.

use std::collections::BTreeSet;

use reelgraph_inference::objects::{Detection, SHOWN_CONFIDENCE};
use reelgraph_inference::tags::expanded_terms;
use reelgraph_models::observation::{Counted, Finding};
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::Seen;
use super::camera::Shift;
use super::tracking::{LONGEST_ABSENCE, Shown, tracks};

/// A stretch is cut after this long, so that what is read for a hit stays small.
const LONGEST_STRETCH: MediaTime = MediaTime::from_millis(120_000);
/// Other words kept with a label, and the least weight of one.
const OTHER_WORDS: usize = 8;
const MIN_WORD_WEIGHT: f32 = 0.4;

/// One picture: when it is shown, until when it stands for what is shown, and all that was detected in it.
pub(super) struct Looked<'a> {
    pub(super) at: MediaTime,
    pub(super) until: MediaTime,
    /// How far the camera moved what was shown in the picture before.
    pub(super) shift: Shift,
    pub(super) detections: &'a [Detection],
}

impl Looked<'_> {
    /// Those of a class that are sure enough to be shown.
    fn shown(&self, label: &str) -> impl Iterator<Item = &Detection> {
        self.detections.iter().filter(move |one| one.confidence >= SHOWN_CONFIDENCE && one.label == label)
    }
}

/// One observation a class and stretch in which it is seen, of the pictures of one shot in order.
pub(super) fn sightings(shot: Span, looks: &[Looked<'_>]) -> Vec<Seen> {
    let shown = looks.iter().flat_map(|look| look.detections).filter(|one| one.confidence >= SHOWN_CONFIDENCE);
    let labels: BTreeSet<&'static str> = shown.map(|one| one.label).collect();
    labels
        .into_iter()
        .flat_map(|label| stretches(label, looks).into_iter().filter_map(move |stretch| sighting(label, shot, stretch)))
        .collect()
}

/// Runs of pictures with the class in them; short absences stay inside.
fn stretches<'l, 'd>(label: &str, looks: &'l [Looked<'d>]) -> Vec<&'l [Looked<'d>]> {
    let mut stretches = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (index, look) in looks.iter().enumerate().filter(|(_, look)| look.shown(label).next().is_some()) {
        let goes_on =
            open.and_then(|(first, last)| Some((looks.get(first)?, looks.get(last)?))).is_some_and(|(first, last)| {
                look.at - last.until <= LONGEST_ABSENCE && look.until - first.at <= LONGEST_STRETCH
            });
        open = match open {
            Some((first, _)) if goes_on => Some((first, index)),
            ended => {
                stretches.extend(ended.and_then(|(first, last)| looks.get(first..=last)));
                Some((index, index))
            }
        };
    }
    stretches.extend(open.and_then(|(first, last)| looks.get(first..=last)));
    stretches
}

fn sighting(label: &'static str, shot: Span, stretch: &[Looked<'_>]) -> Option<Seen> {
    let (first, last) = (stretch.first()?, stretch.last()?);
    let best = stretch.iter().flat_map(|look| look.shown(label).map(|one| (look.at, one)));
    let (at, best) = best.reduce(|best, next| if next.1.confidence > best.1.confidence { next } else { best })?;
    let mut counts: Vec<Counted> = Vec::new();
    for look in stretch {
        let count = look.shown(label).count() as u32;
        if counts.last().is_none_or(|last| last.count != count) {
            counts.push(Counted { at: look.at, count });
        }
    }
    let shown = |look: &Looked<'_>| Shown {
        at: look.at,
        next: look.until,
        shift: look.shift,
        boxes: look.shown(label).map(|one| (one.bounds, one.confidence)).collect(),
    };
    // The shot's first picture stands for the time before it, too.
    let start = if first.at - shot.start() < LONGEST_ABSENCE { shot.start() } else { first.at };
    let finding = Finding::Object {
        label: label.to_owned(),
        also: other_words(label),
        count: counts.iter().map(|counted| counted.count).max().unwrap_or_default(),
        bounds: best.bounds,
        at,
        tracks: tracks(stretch.iter().map(shown)),
        counts,
    };
    Some(Seen { span: Span::at_least_one_micro(start, last.until), finding, confidence: best.confidence })
}

/// Words that someone may use for a label: synonyms, then wider terms.
pub(super) fn other_words(label: &str) -> Vec<String> {
    let terms = expanded_terms(label).into_iter().skip(1).filter(|(_, weight)| *weight >= MIN_WORD_WEIGHT);
    terms.map(|(term, _)| term).take(OTHER_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use reelgraph_models::observation::BoundingBox;

    use super::*;

    fn detection(label: &'static str, left: f32, confidence: f32) -> Detection {
        Detection { label, confidence, bounds: BoundingBox { left, top: 0.2, right: left + 0.2, bottom: 0.8 } }
    }

    fn second(second: i64) -> MediaTime {
        MediaTime::from_millis(second * 1_000)
    }

    fn looked(at: i64, detections: &[Detection]) -> Looked<'_> {
        Looked { at: second(at), until: second(at + 1), shift: (0.0, 0.0), detections }
    }

    #[test]
    fn a_class_is_one_observation_as_long_as_it_is_seen_with_its_count_over_time() {
        let one = [detection("person", 0.1, 0.9)];
        let three = [detection("person", 0.1, 0.8), detection("person", 0.4, 0.7), detection("person", 0.7, 0.6)];
        let looks = [looked(1, &one), looked(2, &three), looked(3, &[]), looked(4, &one), looked(30, &one)];
        let shot = Span::at_least_one_micro(second(0), second(40));
        let seen = sightings(shot, &looks);
        let spans: Vec<_> = seen.iter().map(|seen| (seen.span.start(), seen.span.end())).collect();
        assert_eq!(spans, [(second(0), second(5)), (second(30), second(31))]);
        let Some(Finding::Object { count, tracks, counts, at, .. }) = seen.first().map(|seen| &seen.finding) else {
            panic!("an object")
        };
        assert_eq!((*count, tracks.len(), *at), (3, 3, second(1)));
        let counted: Vec<_> = counts.iter().map(|counted| (counted.at, counted.count)).collect();
        assert_eq!(counted, [(second(1), 1), (second(2), 3), (second(3), 0), (second(4), 1)]);
    }

    #[test]
    fn what_is_unsure_is_not_shown_and_long_stretches_are_cut() {
        let unsure = [detection("dog", 0.1, SHOWN_CONFIDENCE / 2.0)];
        let sure = [detection("cat", 0.1, 0.9)];
        let shot = Span::at_least_one_micro(second(0), second(400));
        assert!(sightings(shot, &[looked(1, &unsure)]).is_empty());
        let looks: Vec<_> = (0..400).map(|at| looked(at, &sure)).collect();
        let seen = sightings(shot, &looks);
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|seen| seen.span.duration() <= LONGEST_STRETCH));
    }
}
