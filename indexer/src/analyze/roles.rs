//! What text on screen is for, by where it stands, how large it is, whether it moves, how long it stays, what else is
//! written at the time, and where in the film that is.
//!
//! Rules without a model. A text that fits none of them is part of what is shown: to call a sign a caption is worse than
//! to call a caption a sign.

use reelgraph_inference::ocr::Appearance;
use reelgraph_models::observation::{BoundingBox, TextRole};
use reelgraph_models::time::{MediaTime, Span};

/// Where burnt-in subtitles and lower thirds stand: their middle lies below this, a fraction of the height …
const LOWER: f32 = 0.62;
/// … and above this, where tickers and watermarks begin.
const LOWEST: f32 = 0.97;
/// How far from the middle of the picture the middle of a centred line may lie, a fraction of the width.
const CENTRED: f32 = 0.05;
/// Height of the tallest line of a subtitle or a lower third, of the picture.
const OVERLAID_HEIGHT: std::ops::Range<f32> = 0.025..0.11;
/// How long a subtitle is shown; samples are half a second apart.
const SUBTITLE_TIME: std::ops::RangeInclusive<i64> = 400..=9_000;
/// Subtitles come in numbers, at one height in the picture: so many of them at least …
const FEWEST_SUBTITLES: usize = 3;
/// … whose lower edges lie no further apart than this.
const SAME_BASELINE: f32 = 0.05;
/// How long a lower third is shown.
const LOWER_THIRD_TIME: std::ops::RangeInclusive<i64> = 1_500..=20_000;
/// A name has two words at least.
const LOWER_THIRD_WORDS: usize = 2;
/// A lower third has at most so many lines, and others are at most so many while it is shown: a page has more.
const LOWER_THIRD_LINES: usize = 3;
const LINES_BESIDE: usize = 2;
/// A line that goes this far, fractions of the height, rolls.
const ROLLS: f32 = 0.25;
/// Rolling lines that make credits.
const FEWEST_ROLLING: usize = 3;
/// Where opening and closing credits are: this share of the film from either end, and no further than this from it.
const END_SHARE: f64 = 0.15;
const FURTHEST: MediaTime = MediaTime::from_millis(600_000);
/// Cards of credits follow each other within this; so many of them are credits, fewer are titles.
const CARD_GAP: MediaTime = MediaTime::from_millis(4_000);
const FEWEST_CARDS: usize = 3;
/// Least height of the tallest line of a title card, of the picture.
const TITLE_HEIGHT: f32 = 0.07;
/// A title has at most so many words.
const TITLE_WORDS: usize = 12;
/// A card is shown for at least so long, and no longer: what stays is a slide or a logo.
const CARD_TIME: std::ops::RangeInclusive<i64> = 1_000..=15_000;

/// The role of each appearance, in their order. `whole` is the film.
pub(super) fn roles(appearances: &[Appearance], whole: Span) -> Vec<TextRole> {
    let facts: Vec<Facts> = appearances.iter().map(|appearance| Facts::of(appearance, appearances)).collect();
    let credits = rolling(&facts);
    let cards = card_runs(&facts, whole);
    facts
        .iter()
        .enumerate()
        .map(|(index, fact)| {
            if credits.iter().any(|run| run.overlaps(fact.span)) {
                TextRole::Credits
            } else if fact.may_be_subtitle() && has_company(fact, &facts) {
                TextRole::Subtitle
            } else if fact.is_lower_third() {
                TextRole::LowerThird
            } else {
                cards.get(index).copied().flatten().unwrap_or(TextRole::Scene)
            }
        })
        .collect()
}

/// What the rules ask of one appearance.
struct Facts {
    span: Span,
    bounds: BoundingBox,
    lines: usize,
    words: usize,
    /// Height of the tallest line.
    tallest: f32,
    is_centred: bool,
    rolled: f32,
    /// Lines of other texts shown for most of its time.
    beside: usize,
}

impl Facts {
    fn of(appearance: &Appearance, all: &[Appearance]) -> Self {
        let bounds = hull(appearance.lines.iter().map(|line| line.bounds));
        let height = |bounds: BoundingBox| bounds.bottom - bounds.top;
        let is_centred = |bounds: BoundingBox| ((bounds.left + bounds.right) / 2.0 - 0.5).abs() <= CENTRED;
        let others = all.iter().filter(|other| !std::ptr::eq(*other, appearance));
        let beside = others.filter(|other| is_beside(other.span, appearance.span)).map(|other| other.lines.len()).sum();
        Self {
            span: appearance.span,
            bounds,
            lines: appearance.lines.len(),
            words: appearance.lines.iter().map(|line| line.text.split_whitespace().count()).sum(),
            tallest: appearance.lines.iter().map(|line| height(line.bounds)).fold(0.0, f32::max),
            is_centred: appearance.lines.iter().all(|line| is_centred(line.bounds)),
            rolled: appearance.rolled,
            beside,
        }
    }

    fn shown_ms(&self) -> i64 {
        self.span.duration().as_millis()
    }

    fn is_low(&self) -> bool {
        self.bounds.top >= LOWER - 0.1 && (LOWER..LOWEST).contains(&((self.bounds.top + self.bounds.bottom) / 2.0))
    }

    fn may_be_subtitle(&self) -> bool {
        self.is_low()
            && self.is_centred
            && self.lines <= 3
            && OVERLAID_HEIGHT.contains(&self.tallest)
            && SUBTITLE_TIME.contains(&self.shown_ms())
            && self.rolled < ROLLS
    }

    fn is_lower_third(&self) -> bool {
        self.is_low()
            && self.lines <= LOWER_THIRD_LINES
            && self.beside <= LINES_BESIDE
            && self.rolled < ROLLS
            && LOWER_THIRD_TIME.contains(&self.shown_ms())
            && OVERLAID_HEIGHT.contains(&self.tallest)
            && self.words >= LOWER_THIRD_WORDS
    }

    /// A text that has the screen to itself: a few lines in the middle.
    fn is_card(&self) -> bool {
        self.beside == 0
            && self.is_centred
            && self.bounds.top > 0.05
            && self.bounds.bottom < 0.95
            && CARD_TIME.contains(&self.shown_ms())
            && self.words <= TITLE_WORDS * 2
    }

    fn is_title(&self) -> bool {
        self.is_card() && self.tallest >= TITLE_HEIGHT && self.words <= TITLE_WORDS
    }
}

/// Whether a text is shown for most of the time of another.
fn is_beside(other: Span, span: Span) -> bool {
    let shared = other.intersection(span).map_or(0, |shared| shared.duration().as_micros());
    shared.saturating_mul(2) > span.duration().as_micros()
}

/// Whether there are enough like it at the same height in the picture for them to be subtitles.
fn has_company(fact: &Facts, all: &[Facts]) -> bool {
    let is_like = |other: &&Facts| {
        other.may_be_subtitle()
            && (other.bounds.bottom - fact.bounds.bottom).abs() <= SAME_BASELINE
            && other.tallest <= fact.tallest * 1.5
            && fact.tallest <= other.tallest * 1.5
    };
    all.iter().filter(is_like).count() >= FEWEST_SUBTITLES
}

/// Stretches in which lines roll.
fn rolling(all: &[Facts]) -> Vec<Span> {
    let mut runs: Vec<(Span, usize)> = Vec::new();
    for fact in all.iter().filter(|fact| fact.rolled >= ROLLS) {
        match runs.last_mut() {
            Some((run, lines)) if fact.span.start() <= run.end() => {
                *run = run.hull(fact.span);
                *lines += fact.lines;
            }
            _ => runs.push((fact.span, fact.lines)),
        }
    }
    runs.into_iter().filter(|(_, lines)| *lines >= FEWEST_ROLLING).map(|(run, _)| run).collect()
}

/// Cards: several after each other near the beginning or the end are credits, others that are large are titles.
fn card_runs(all: &[Facts], whole: Span) -> Vec<Option<TextRole>> {
    let reach = MediaTime::from_micros((whole.duration().as_micros() as f64 * END_SHARE) as i64).min(FURTHEST);
    let is_near_an_end = |span: Span| span.start() < whole.start() + reach || span.end() > whole.end() - reach;
    let mut roles = vec![None; all.len()];
    let mut run: Vec<usize> = Vec::new();
    let close = |run: &mut Vec<usize>, roles: &mut Vec<Option<TextRole>>| {
        let is_credits = run.len() >= FEWEST_CARDS;
        for index in run.drain(..) {
            let Some((fact, role)) = all.get(index).zip(roles.get_mut(index)) else { continue };
            *role = match is_credits && is_near_an_end(fact.span) {
                true => Some(TextRole::Credits),
                // One large word in the middle of a film is a sign that fills the picture.
                false => (fact.is_title() && (fact.words > 1 || is_near_an_end(fact.span))).then_some(TextRole::Title),
            };
        }
    };
    for (index, fact) in all.iter().enumerate().filter(|(_, fact)| fact.is_card()) {
        let last = run.last().and_then(|last| all.get(*last));
        if last.is_some_and(|last| fact.span.start() - last.span.end() > CARD_GAP) {
            close(&mut run, &mut roles);
        }
        run.push(index);
    }
    close(&mut run, &mut roles);
    roles
}

fn hull(bounds: impl Iterator<Item = BoundingBox>) -> BoundingBox {
    let nothing = BoundingBox { left: 1.0, top: 1.0, right: 0.0, bottom: 0.0 };
    bounds.fold(nothing, |all, one| BoundingBox {
        left: all.left.min(one.left),
        top: all.top.min(one.top),
        right: all.right.max(one.right),
        bottom: all.bottom.max(one.bottom),
    })
}

#[cfg(test)]
mod tests {
    use reelgraph_models::observation::TextLine;

    use super::*;
    use crate::testing::span;

    const FILM: i64 = 600_000;

    /// Lines of a height, the first at `top`, centred or from the left.
    fn text(start_ms: i64, end_ms: i64, lines: &[&str], top: f32, height: f32, is_centred: bool) -> Appearance {
        let line = |(row, text): (usize, &&str)| {
            let width = (text.chars().count() as f32 * height * 0.3).min(0.9);
            let left = if is_centred { 0.5 - width / 2.0 } else { 0.06 };
            let top = top + row as f32 * height * 1.3;
            let bounds = BoundingBox { left, top, right: left + width, bottom: top + height };
            TextLine { text: (*text).to_owned(), bounds, confidence: 0.9 }
        };
        let lines = lines.iter().enumerate().map(line).collect();
        Appearance { span: span(start_ms, end_ms), lines, rolled: 0.0 }
    }

    fn of(appearances: &[Appearance]) -> Vec<TextRole> {
        roles(appearances, span(0, FILM))
    }

    #[test]
    fn centred_lines_at_one_height_that_come_and_go_are_subtitles() {
        let said: Vec<Appearance> =
            (0..5).map(|n| text(n * 3_000, n * 3_000 + 2_000, &["What brings you here?"], 0.86, 0.05, true)).collect();
        assert_eq!(of(&said), [TextRole::Subtitle; 5]);
        // One alone is none; it may be a caption of its own.
        assert_eq!(of(said.get(..1).unwrap_or_default()), [TextRole::LowerThird]);
    }

    #[test]
    fn a_name_at_the_side_is_a_lower_third_and_a_line_of_a_page_is_not() {
        let name = text(20_000, 25_000, &["Dr. Mary Jones", "Astronomer"], 0.75, 0.05, false);
        assert_eq!(of(std::slice::from_ref(&name)), [TextRole::LowerThird]);
        let page = text(19_000, 60_000, &["Results", "one", "two", "three", "four"], 0.1, 0.06, false);
        assert_eq!(of(&[page, name]), [TextRole::Scene, TextRole::Scene]);
        let sticker = text(20_000, 25_000, &["VAIO"], 0.75, 0.05, false);
        assert_eq!(of(&[sticker]), [TextRole::Scene]);
    }

    #[test]
    fn a_large_word_alone_is_a_title_and_several_cards_at_an_end_are_credits() {
        assert_eq!(of(&[text(40_000, 44_000, &["SINTEL"], 0.45, 0.1, true)]), [TextRole::Title]);
        assert_eq!(of(&[text(300_000, 303_000, &["STOP"], 0.45, 0.1, true)]), [TextRole::Scene]);
        let card =
            |n: i64| text(560_000 + n * 4_000, 563_000 + n * 4_000, &["Directed by", "Colin Levy"], 0.4, 0.08, true);
        assert_eq!(of(&[card(0), card(1), card(2)]), [TextRole::Credits; 3]);
        let middle = |n: i64| text(200_000 + n * 4_000, 203_000 + n * 4_000, &["Part two"], 0.4, 0.08, true);
        assert_eq!(of(&[middle(0), middle(1), middle(2)]), [TextRole::Title; 3]);
    }

    #[test]
    fn lines_that_roll_are_credits_with_all_that_stands_among_them() {
        let roll = |n: i64| Appearance {
            rolled: 0.6,
            ..text(500_000 + n * 500, 504_000 + n * 500, &["Best boy"], 0.4, 0.04, true)
        };
        let still = text(501_000, 502_000, &["Sound"], 0.4, 0.04, false);
        assert_eq!(of(&[roll(0), still, roll(1), roll(2)]), [TextRole::Credits; 4]);
        assert_eq!(of(&[roll(0)]), [TextRole::Scene], "a bus that drives by");
    }

    #[test]
    fn signs_watermarks_and_slides_are_part_of_the_scene() {
        let sign = text(10_000, 12_000, &["STOP"], 0.3, 0.05, false);
        let mark = text(0, FILM, &["CHANNEL"], 0.93, 0.03, false);
        assert_eq!(of(&[mark, sign]), [TextRole::Scene; 2]);
        assert_eq!(of(&[]), []);
    }
}
