//! Speech, music and silence told apart in medleys that were composed.

use reelgraph_inference::sound::{SoundClassifier, SoundKind, SoundSegment};
use reelgraph_models::time::{MediaTime, Span};

use super::composed::{Medley, Voices};
use super::figure::Report;
use super::media::Media;

/// Medleys of eight parts.
const MEDLEYS: u64 = 16;
/// Time is counted in steps of this length …
const STEP: MediaTime = MediaTime::from_millis(10);
/// … but for this much around each edge of a part.
const COLLAR: MediaTime = MediaTime::from_millis(250);

/// Steps of one medley, by whether a kind of sound is there and whether it was found.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Counts {
    right: usize,
    invented: usize,
    missed: usize,
}

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("sound_") {
        return Ok(());
    }
    let Some(voices) = Voices::read(media)? else {
        report.skipped("sounds", format!("{} names no three speakers", Voices::TRUTH));
        return Ok(());
    };
    let mut classifier = SoundClassifier::load(&media.runtime, &media.models, media.threads)?;
    let mut heard = Vec::new();
    for seed in 1..=MEDLEYS {
        let medley = Medley::compose(&voices, seed);
        classifier.begin();
        classifier.push(&medley.samples)?;
        heard.push((medley.truth, classifier.finish()?));
    }
    for kind in [SoundKind::Speech, SoundKind::Music, SoundKind::Silence] {
        let counts: Vec<Counts> = heard.iter().map(|(truth, found)| counts(truth, found, kind)).collect();
        report.statistic("sound_f1", "F1", &format!("{} in composed medleys, by time", kind.name()), &counts, f1)?;
    }
    let sung: Vec<f64> = heard.iter().map(|(truth, found)| sung_share(truth, found)).collect();
    report.mean("sound_invented_singing", "share", "composed medleys, by time; nobody sings", &sung)
}

fn counts(truth: &[(Span, SoundKind)], found: &[SoundSegment], kind: SoundKind) -> Counts {
    let mut counts = Counts::default();
    for at in times(truth) {
        let is_there = truth.iter().any(|(span, of)| *of == kind && span.contains(at));
        let is_found = found.iter().any(|segment| segment.kind == kind && segment.span.contains(at));
        match (is_there, is_found) {
            (true, true) => counts.right += 1,
            (false, true) => counts.invented += 1,
            (true, false) => counts.missed += 1,
            (false, false) => {}
        }
    }
    counts
}

/// Middles of the steps that are not beside an edge.
fn times(truth: &[(Span, SoundKind)]) -> impl Iterator<Item = MediaTime> {
    let end = truth.iter().map(|(span, _)| span.end()).max().unwrap_or(MediaTime::ZERO);
    let steps = end.as_micros() / STEP.as_micros();
    let times = (0..steps).map(|step| MediaTime::from_micros(step * STEP.as_micros() + STEP.as_micros() / 2));
    let is_near = |at: MediaTime, edge: MediaTime| (at - edge).as_micros().abs() < COLLAR.as_micros();
    times.filter(move |at| !truth.iter().any(|(span, _)| is_near(*at, span.start()) || is_near(*at, span.end())))
}

fn f1(counts: &[&Counts]) -> f64 {
    let sum = |of: fn(&Counts) -> usize| counts.iter().map(|one| of(one)).sum::<usize>();
    let (right, wrong) = (sum(|one| one.right), sum(|one| one.invented + one.missed));
    2.0 * right as f64 / (2 * right + wrong).max(1) as f64
}

fn sung_share(truth: &[(Span, SoundKind)], found: &[SoundSegment]) -> f64 {
    let Counts { invented, .. } = counts(truth, found, SoundKind::Singing);
    invented as f64 / times(truth).count().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from_ms: i64, to_ms: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_millis(from_ms), MediaTime::from_millis(to_ms))
    }

    #[test]
    fn time_is_right_missed_or_invented_and_edges_do_not_count() {
        let truth = [(span(0, 4_000), SoundKind::Speech), (span(4_000, 8_000), SoundKind::Music)];
        let speech = SoundSegment { span: span(1_000, 5_000), kind: SoundKind::Speech, confidence: 0.9 };
        let of_speech = counts(&truth, &[speech], SoundKind::Speech);
        assert_eq!(of_speech, Counts { right: 275, invented: 75, missed: 75 });
        assert!((f1(&[&of_speech]) - 550.0 / 700.0).abs() < 1e-9);
        assert_eq!(counts(&truth, &[speech], SoundKind::Music), Counts { right: 0, invented: 0, missed: 350 });
        assert_eq!(sung_share(&truth, &[speech]), 0.0);
    }
}
