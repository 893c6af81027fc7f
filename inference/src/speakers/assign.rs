//! Who of the known speakers speaks when in a region.

use reelgraph_models::time::{MediaTime, Span};

use super::cluster::Cluster;
use super::turn::VoicedRegion;

/// A region is divided into steps of about this length.
const STEP: MediaTime = MediaTime::from_millis(100);
/// A window so far from a step counts half as much as one around it.
const REACH: MediaTime = MediaTime::from_millis(400);

/// The speaker whom each part of a region fits best, in order and without gaps. At least one window and one speaker, else
/// nothing.
pub(super) fn assign(region: &VoicedRegion, speakers: &[Cluster]) -> Vec<(Span, usize)> {
    let fits: Vec<Vec<f32>> = region
        .windows
        .iter()
        .map(|window| speakers.iter().map(|speaker| speaker.fit(&window.voice)).collect())
        .collect();
    let length = region.span.duration().as_micros();
    let steps = (length / STEP.as_micros()).max(1);
    let at = |step: i64| region.span.start() + MediaTime::from_micros(length * step / steps);
    let mut parts: Vec<(Span, usize)> = Vec::new();
    for step in 0..steps {
        let span = Span::at_least_one_micro(at(step), at(step + 1));
        let Some(speaker) = best(region, &fits, span) else { return Vec::new() };
        match parts.last_mut() {
            Some((part, same)) if *same == speaker => *part = part.hull(span),
            _ => parts.push((span, speaker)),
        }
    }
    parts
}

/// The speaker (of equals, the first) whose likeness to the windows around a step is greatest.
fn best(region: &VoicedRegion, fits: &[Vec<f32>], step: Span) -> Option<usize> {
    let middle = i64::midpoint(step.start().as_micros(), step.end().as_micros());
    let speakers = fits.first()?.len();
    let mut sums = vec![0.0_f32; speakers];
    for (window, fits) in region.windows.iter().zip(fits) {
        let apart = (window.middle().as_micros() - middle) as f32 / REACH.as_micros() as f32;
        // Never nothing, so that a step without a window near goes to whom those far off hear.
        let weight = 1.0 / (1.0 + apart.powi(4));
        sums.iter_mut().zip(fits).for_each(|(sum, fit)| *sum += weight * fit);
    }
    let best = sums.into_iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(speaker, _)| speaker)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{region, voice};
    use super::*;

    fn parts(region: &VoicedRegion, speakers: &[f32]) -> Vec<(i64, i64, usize)> {
        let speakers: Vec<Cluster> = speakers.iter().map(|degrees| Cluster::of(&voice(*degrees), 1.0)).collect();
        let plain = |(span, speaker): (Span, usize)| (span.start().as_millis(), span.end().as_millis(), speaker);
        assign(region, &speakers).into_iter().map(plain).collect()
    }

    #[test]
    fn a_region_is_divided_near_where_the_voice_changes() {
        let parts = parts(&region(1_000, &[(90.0, 4_000), (0.0, 4_000)]), &[0.0, 90.0]);
        let is_right =
            matches!(*parts, [(1_000, end, 1), (start, 9_000, 0)] if start == end && (4_700..=5_300).contains(&end));
        assert!(is_right, "{parts:?}");
    }

    #[test]
    fn one_voice_is_one_part_and_no_voice_none() {
        assert_eq!(parts(&region(0, &[(20.0, 5_000)]), &[0.0, 90.0]), [(0, 5_000, 0)]);
        assert_eq!(parts(&region(0, &[(80.0, 500)]), &[0.0, 90.0]), [(0, 500, 1)]);
        assert_eq!(parts(&VoicedRegion { windows: Vec::new(), ..region(0, &[(0.0, 300)]) }, &[0.0]), []);
        assert_eq!(parts(&region(0, &[(20.0, 5_000)]), &[]), []);
    }
}
