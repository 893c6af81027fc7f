//! The film that text is drawn into: what stands where, from when to when.

/// How texts move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Still,
    /// Upwards, in pixels a second of [`HEIGHT_PX`]; it comes in at the bottom with its first second.
    Rolling(u32),
}

/// One line of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    pub(super) text: &'static str,
    pub(super) kind: &'static str,
    /// On display from, seconds.
    pub(super) from_s: f64,
    /// To, seconds.
    pub(super) to_s: f64,
    /// Height of its font, in pixels of [`HEIGHT_PX`].
    pub(super) size_px: u32,
    /// Its upper edge, in pixels of [`HEIGHT_PX`].
    pub(super) top_px: u32,
    pub(super) motion: Motion,
}

pub(super) const WIDTH_PX: u32 = 1280;
pub(super) const HEIGHT_PX: u32 = 720;
/// Seconds of each of the pictures behind the text.
pub(super) const PART_S: u32 = 15;

/// Lines of dialogue, as subtitles burnt in: short ones of a second, longer ones of two.
const LINES: [&str; 16] = [
    "Wait for me",
    "I never said that to anyone",
    "Where is the map",
    "He will be back before winter",
    "Keep it quiet",
    "This is the place I told you of",
    "Run, run now",
    "The harbour was closed that day",
    "Look over there",
    "By order of the mayor himself",
    "We have to go",
    "Nobody knows what he wanted",
    "What was that",
    "And it was never opened again",
    "Are you sure",
    "Then open the door, slowly",
];
const ROLL: [&str; 8] = [
    "Directed by Anna Kowalska",
    "Written by Thomas Berg",
    "Camera Lucia Romero",
    "Editing Peter Novak",
    "Music Sofia Andersson",
    "Sound Jean Moreau",
    "Costumes Irina Petrova",
    "Harbour Films Limited",
];
const ROLL_PX_PER_S: u32 = 120;
const ROLL_LINE_PX: u32 = 80;

/// All that is drawn: subtitles over the first two parts, lower thirds and small notes over the third, a title and rolling
/// credits over the last, which is black.
pub(super) fn script() -> Vec<Drawn> {
    let part = |number: u32| f64::from(number * PART_S);
    let still = |text, kind, from_s, length_s, size_px, top_px| Drawn {
        text,
        kind,
        from_s,
        to_s: from_s + length_s,
        size_px,
        top_px,
        motion: Motion::Still,
    };
    let mut all = Vec::new();
    let mut at_s = 0.7;
    for (number, text) in LINES.into_iter().enumerate() {
        let length_s = if number % 2 == 0 { 1.0 } else { 2.0 };
        all.push(still(text, "subtitles", at_s, length_s, if number < 8 { 38 } else { 30 }, 630));
        at_s += length_s + 0.3;
    }
    all.extend([
        still("Maria Lindqvist", "lower thirds", part(2) + 2.4, 5.0, 42, 540),
        still("Marine biologist, Bergen", "lower thirds", part(2) + 2.4, 5.0, 30, 600),
        still("Source: Harbour Authority 1998", "small notes", part(2) + 8.2, 5.0, 18, 690),
        still("Archive footage, courtesy of the museum", "small notes", part(2) + 9.0, 5.0, 18, 20),
        still("THE LONG WINTER", "titles", part(3) + 0.6, 2.6, 76, 300),
    ]);
    let roll_s = part(3) + 4.0;
    all.extend(ROLL.into_iter().enumerate().map(|(number, text)| {
        let from_s = roll_s + f64::from(number as u32 * ROLL_LINE_PX) / f64::from(ROLL_PX_PER_S);
        let to_s = (from_s + f64::from(HEIGHT_PX) / f64::from(ROLL_PX_PER_S)).min(part(4));
        let motion = Motion::Rolling(ROLL_PX_PER_S);
        Drawn { text, kind: "rolling credits", from_s, to_s, size_px: 34, top_px: HEIGHT_PX, motion }
    }));
    all
}
