//! Reading text in pictures: what it says, where, however it lies; and following it through time.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod support;

use std::path::Path;

use reelgraph_inference::ocr::{AppearanceTracker, TextChange, TextGate, TextReader, TextWatch, normalized};
use reelgraph_inference::runtime::Threads;
use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;
use reelgraph_models::time::MediaTime;
use support::{TestResult, pulled};

fn reader() -> TestResult<Option<TextReader>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "ppocrv6-small"]) else { return Ok(None) };
    Ok(Some(TextReader::load(&runtime, &store, Threads::shared(2))?))
}

fn fixture(name: &str) -> TestResult<Picture> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ocr").join(name);
    let rgb = image::open(path)?.to_rgb8();
    let (width, height) = rgb.dimensions();
    Ok(Picture::new(width, height, rgb.into_raw())?)
}

fn texts(lines: &[TextLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

const SLIDE: [&str; 3] = ["Quarterly results", "Revenue grew by 12.5 % to $43,200", "Costs fell in every region"];

#[test]
fn a_slide_is_read_from_top_to_bottom_with_boxes_where_the_lines_are() -> TestResult {
    let Some(mut reader) = reader()? else { return Ok(()) };
    let lines = reader.read(&fixture("slide.png")?)?;
    let read: Vec<String> = texts(&lines).into_iter().map(normalized).collect();
    assert_eq!(read, SLIDE.map(normalized));
    let title = lines[0].bounds;
    assert!(title.left < 0.1 && title.right > 0.5 && title.top > 0.08 && title.bottom < 0.28, "{title:?}");
    assert!(lines.iter().all(|line| line.confidence > 0.8), "{lines:?}");
    Ok(())
}

#[test]
fn text_is_read_tilted_upside_down_and_on_its_side() -> TestResult {
    let Some(mut reader) = reader()? else { return Ok(()) };
    assert_eq!(texts(&reader.read(&fixture("tilted.png")?)?), ["BREAKING NEWS: Rust 2.0"]);
    for turned in ["upside_down.png", "on_its_side.png"] {
        let lines = reader.read(&fixture(turned)?)?;
        let read: Vec<String> = texts(&lines).into_iter().map(normalized).collect();
        assert_eq!(read, SLIDE.map(normalized), "{turned}");
    }
    Ok(())
}

#[test]
fn a_tight_cut_of_one_word_is_read() -> TestResult {
    let Some(mut reader) = reader()? else { return Ok(()) };
    assert_eq!(texts(&reader.read(&fixture("word.png")?)?), ["Reelgraph"]);
    Ok(())
}

#[test]
fn pictures_without_text_and_of_every_size_have_no_lines() -> TestResult {
    let Some(mut reader) = reader()? else { return Ok(()) };
    assert_eq!(reader.read(&fixture("empty.png")?)?, []);
    for (width, height) in [(1, 1), (3, 700), (900, 2), (33, 31), (320, 240)] {
        let black = Picture::new(width, height, vec![0; (width * height * 3) as usize])?;
        assert_eq!(reader.read(&black)?, [], "{width}x{height}");
    }
    Ok(())
}

/// A picture with a smooth or a rough background.
fn background(width: u32, height: u32, rough: bool) -> Vec<u8> {
    let level = |x: u32, y: u32| {
        let noise = if rough { (x.wrapping_mul(7_919) ^ y.wrapping_mul(104_729)) / 64 % 24 } else { 0 };
        (60 + x * 60 / width + y * 40 / height + noise) as u8
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| [level(x, y); 3])).collect()
}

/// Writes the word of `word.png`, `height_px` high, into a picture.
fn write_word(rgb: &mut [u8], width: u32, left: u32, top: u32, height_px: u32) -> TestResult {
    let word = fixture("word.png")?;
    let word = image::RgbImage::from_raw(word.width_px(), word.height_px(), word.rgb().to_vec()).ok_or("no image")?;
    let across = word.width() * height_px / word.height();
    let word = image::imageops::resize(&word, across, height_px, image::imageops::FilterType::Triangle);
    for (x, y, pixel) in word.enumerate_pixels() {
        let place = (((top + y) * width + left + x) * 3) as usize;
        rgb[place..place + 3].copy_from_slice(&pixel.0);
    }
    Ok(())
}

fn opens(gate: &mut TextGate, width: u32, height: u32, rgb: &[u8]) -> TestResult<bool> {
    Ok(gate.change(&Picture::new(width, height, rgb.to_vec())?) != TextChange::None)
}

#[test]
fn a_new_line_of_three_hundredths_of_the_height_always_opens_the_gate() -> TestResult {
    for (width, height) in [(1_280, 720), (640, 360), (1_080, 1_920), (480, 270)] {
        for rough in [false, true] {
            let before = background(width, height, rough);
            let line_px = (height * 3).div_ceil(100);
            for (left, top) in [(0, 0), (width / 3, height / 2), (width / 2, height - line_px), (width / 7, height / 5)]
            {
                let mut after = before.clone();
                write_word(&mut after, width, left, top, line_px)?;
                let mut gate = TextGate::default();
                assert!(opens(&mut gate, width, height, &before)?, "the first always opens");
                let here = format!("{width}x{height} rough {rough} at {left},{top}");
                assert!(!opens(&mut gate, width, height, &before)?, "still: {here}");
                assert!(opens(&mut gate, width, height, &after)?, "comes: {here}");
                assert!(!opens(&mut gate, width, height, &after)?, "stays: {here}");
                assert!(opens(&mut gate, width, height, &before)?, "goes: {here}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_fade_of_a_smooth_picture_keeps_the_gate_shut() -> TestResult {
    let mut gate = TextGate::default();
    let faded = |step: u32| -> Vec<u8> {
        background(640, 360, false).iter().map(|level| (u32::from(*level) * (10 - step) / 10) as u8).collect()
    };
    assert!(opens(&mut gate, 640, 360, &faded(0))?);
    for step in 1..=10 {
        assert!(!opens(&mut gate, 640, 360, &faded(step))?, "step {step}");
    }
    Ok(())
}

#[test]
fn text_that_stays_while_something_else_moves_is_read_once() -> TestResult {
    let Some(mut reader) = reader()? else { return Ok(()) };
    let (width, height) = (960, 540);
    // A word that stays, and a patch of gravel that is elsewhere in each frame.
    let frame = |gravel_at: u32, has_word: bool| -> TestResult<Picture> {
        let mut rgb = background(width, height, false);
        if has_word {
            write_word(&mut rgb, width, 80, 430, 40)?;
        }
        for y in 60..140 {
            for x in gravel_at..gravel_at + 80 {
                let place = ((y * width + x) * 3) as usize;
                let stone = ((x / 4).wrapping_mul(2_654_435_761) ^ (y / 4).wrapping_mul(2_246_822_519)) >> 25;
                rgb[place..place + 3].fill(stone as u8);
            }
        }
        Ok(Picture::new(width, height, rgb)?)
    };
    let mut watch = TextWatch::default();
    let first = watch.look(&frame(100, true)?, &mut reader)?.ok_or("the first frame is read")?;
    assert_eq!(texts(&first), ["Reelgraph"]);
    for gravel_at in [300, 500, 700] {
        assert_eq!(watch.look(&frame(gravel_at, true)?, &mut reader)?, None, "gravel at {gravel_at}");
    }
    assert_eq!(watch.look(&frame(100, false)?, &mut reader)?, Some(vec![]), "the word goes");
    let back = watch.look(&frame(300, true)?, &mut reader)?.ok_or("it comes back")?;
    assert_eq!(texts(&back), ["Reelgraph"]);
    Ok(())
}

fn line(text: &str, top: f32, confidence: f32) -> TextLine {
    let bounds = BoundingBox { left: 0.1, top, right: 0.6, bottom: top + 0.05 };
    TextLine { text: text.to_owned(), bounds, confidence }
}

fn second(second: i64) -> MediaTime {
    MediaTime::from_millis(second * 1_000)
}

#[test]
fn a_text_is_one_appearance_with_its_best_reading_though_one_frame_misses_it() {
    let mut tracker = AppearanceTracker::new();
    let frames = [
        vec![line("BREAKlNG NEW5", 0.8, 0.7)],
        vec![line("BREAKING NEWS", 0.8, 0.95)],
        vec![],
        vec![line("BREAKING NEWS", 0.8, 0.9)],
        vec![],
        vec![],
        vec![],
        vec![],
    ];
    let mut over = Vec::new();
    for (at, lines) in (1..).zip(&frames) {
        over.extend(tracker.push(second(at), lines));
    }
    assert_eq!(over.len(), 1, "it is reported before the video ends");
    assert!(tracker.finish(second(9)).is_empty());
    assert_eq!(over[0].text(), "BREAKING NEWS");
    assert_eq!((over[0].span.start(), over[0].span.end()), (second(1), second(5)));
}

#[test]
fn lines_that_come_and_go_together_are_one_appearance_and_others_are_not() {
    let mut tracker = AppearanceTracker::new();
    let logo = || line("Channel Five", 0.02, 0.9);
    let mut over = tracker.push(second(0), &[logo()]);
    for at in 1..5 {
        over.extend(tracker.push(second(at), &[logo(), line("A title", 0.3, 0.9), line("and what it says", 0.5, 0.9)]));
    }
    over.extend(tracker.push(second(5), &[logo(), line("Another slide", 0.3, 0.9)]));
    for at in 6..9 {
        over.extend(tracker.push_unchanged(second(at)));
    }
    over.extend(tracker.finish(second(9)));
    let seen: Vec<(String, MediaTime, MediaTime)> =
        over.iter().map(|one| (one.text(), one.span.start(), one.span.end())).collect();
    assert!(seen.contains(&("A title\nand what it says".to_owned(), second(1), second(5))), "{seen:?}");
    assert!(seen.contains(&("Another slide".to_owned(), second(5), second(9))), "{seen:?}");
    assert!(seen.contains(&("Channel Five".to_owned(), second(0), second(9))), "{seen:?}");
    assert_eq!(seen.len(), 3);
}

#[test]
fn scrolling_credits_are_one_appearance_a_line() {
    let names =
        ["Directed by Colin Levy", "Written by Esther Wouda", "Music by Jan Morgenstern", "Produced by Ton Roosendaal"];
    let mut tracker = AppearanceTracker::new();
    let mut over = Vec::new();
    for at in 0..14_i64 {
        let lines: Vec<TextLine> = (0..)
            .zip(names)
            .map(|(row, name)| line(name, 0.95 + row as f32 * 0.3 - at as f32 * 0.15, 0.9))
            .filter(|line| line.bounds.top > 0.0 && line.bounds.top < 0.95)
            .collect();
        over.extend(tracker.push(second(at), &lines));
    }
    over.extend(tracker.finish(second(14)));
    let seen: Vec<String> = over.iter().map(|appearance| appearance.text()).collect();
    for name in names {
        assert_eq!(seen.iter().filter(|text| text.contains(name)).count(), 1, "{name}: {seen:?}");
    }
}

#[test]
fn a_changed_number_is_a_changed_text() {
    let mut tracker = AppearanceTracker::new();
    let mut over = Vec::new();
    for (at, score) in [(0, "HOME 2 AWAY 4"), (1, "HOME 2 AWAY 4"), (2, "HOME 3 AWAY 4"), (3, "HOME 3 AWAY 4")] {
        over.extend(tracker.push(second(at), &[line(score, 0.1, 0.9)]));
    }
    over.extend(tracker.finish(second(4)));
    let spans: Vec<(String, MediaTime, MediaTime)> =
        over.iter().map(|one| (one.text(), one.span.start(), one.span.end())).collect();
    let expected =
        [("HOME 2 AWAY 4".to_owned(), second(0), second(2)), ("HOME 3 AWAY 4".to_owned(), second(2), second(4))];
    assert_eq!(spans, expected);
}
