//! Credits: many lines of text, one after the other or rolling, over a plain ground.

use reelgraph_models::time::{MediaTime, Span};

use crate::timeline::Written;

/// Pauses between two texts of one run of credits.
const LONGEST_PAUSE: MediaTime = MediaTime::from_millis(3_000);
/// The shortest credits, and the fewest lines that they show.
const SHORTEST: MediaTime = MediaTime::from_millis(4_000);
const FEWEST_LINES: usize = 6;
/// Lines that come up every ten seconds at least.
const LINES_PER_TEN_SECONDS: f64 = 4.0;
/// Share of a text's time, and of the whole, with a plain ground behind it.
const PLAIN_SHARE: f64 = 0.7;
/// Pixels of a frame that are within so many levels of the commonest brightness make a plain ground from this share on.
const GROUND_LEVELS: u8 = 12;
const GROUND_SHARE: usize = 60;

/// Whether a small frame, `[27, 48, 3]` u8 RGB, is mostly of one brightness, as behind credits.
pub(super) fn has_plain_ground(rgb: &[u8]) -> bool {
    let mut levels = [0usize; 256];
    let pixels = rgb.as_chunks::<3>().0;
    for [red, green, blue] in pixels {
        let luma = (u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8;
        if let Some(count) = levels.get_mut(luma as usize) {
            *count += 1;
        }
    }
    let window = usize::from(GROUND_LEVELS) * 2 + 1;
    let most = levels.windows(window).map(|part| part.iter().sum::<usize>()).max().unwrap_or(0);
    most * 100 >= pixels.len() * GROUND_SHARE
}

/// The runs of credits, in order, from the texts and the stretches with a plain ground.
pub(super) fn credits(written: &[Written], plain: &[Span]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut run: Option<(Span, usize)> = None;
    let close = |run: Option<(Span, usize)>, found: &mut Vec<Span>| {
        found.extend(run.filter(|(span, lines)| are_credits(*span, *lines, plain)).map(|(span, _)| span));
    };
    for text in written.iter().filter(|text| plain_share(text.span, plain) >= PLAIN_SHARE) {
        run = match run {
            Some((span, lines)) if text.span.start() - span.end() <= LONGEST_PAUSE => {
                Some((span.hull(text.span), lines + text.lines))
            }
            ended => {
                close(ended, &mut found);
                Some((text.span, text.lines))
            }
        };
    }
    close(run, &mut found);
    found
}

fn are_credits(span: Span, lines: usize, plain: &[Span]) -> bool {
    let ten_seconds = span.duration().as_seconds_f64() / 10.0;
    span.duration() >= SHORTEST
        && lines >= FEWEST_LINES
        && lines as f64 >= LINES_PER_TEN_SECONDS * ten_seconds
        && plain_share(span, plain) >= PLAIN_SHARE
}

fn plain_share(span: Span, plain: &[Span]) -> f64 {
    let shared = plain.iter().filter_map(|plain| plain.intersection(span)).map(|part| part.duration().as_micros());
    shared.sum::<i64>() as f64 / span.duration().as_micros() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    fn text(start_ms: i64, end_ms: i64, lines: usize) -> Written {
        Written { span: span(start_ms, end_ms), lines }
    }

    #[test]
    fn cards_and_rolls_over_a_plain_ground_are_credits() {
        let cards: Vec<Written> = (0..4).map(|card| text(60_000 + card * 2_500, 62_000 + card * 2_500, 3)).collect();
        assert_eq!(credits(&cards, &[span(58_000, 80_000)]), [span(60_000, 69_500)]);
        assert_eq!(credits(&cards, &[span(0, 61_000)]), [], "over pictures");
    }

    #[test]
    fn one_title_and_a_subtitle_now_and_then_are_none() {
        assert_eq!(credits(&[text(0, 6_000, 2)], &[span(0, 10_000)]), []);
        let subtitles: Vec<Written> = (0..8).map(|line| text(line * 10_000, line * 10_000 + 2_000, 1)).collect();
        assert_eq!(credits(&subtitles, &[span(0, 100_000)]), []);
    }

    #[test]
    fn words_leave_most_of_a_ground_plain() {
        let pixel =
            |index: usize| if index % 48 > 12 && index % 48 < 30 && (index / 48).is_multiple_of(4) { 180 } else { 6 };
        let frame: Vec<u8> = (0..48 * 27).flat_map(|index| [pixel(index); 3]).collect();
        assert!(has_plain_ground(&frame));
        let ramp: Vec<u8> = (0..48 * 27).flat_map(|index| [(index % 48 * 5) as u8; 3]).collect();
        assert!(!has_plain_ground(&ramp));
    }
}
