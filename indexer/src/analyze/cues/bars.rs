//! Colour bars: white, yellow, cyan, green, magenta, red, blue from left to right, as SMPTE (RP 219, EG 1) and EBU test
//! patterns have them, at 75 or 100 %, with or without grey or black at the sides.

/// The order of the bars; a bit each for red, green and blue.
const ORDER: [u8; 7] = [0b111, 0b110, 0b011, 0b010, 0b101, 0b100, 0b001];
/// Bytes of a row of 48 pixels.
const ROW_BYTES: usize = 48 * 3;
/// The rows that are looked at: bars of every pattern reach from the top to beyond these.
const ROWS: [usize; 3] = [3, 7, 11];
/// Fewest pixels of a bar, of which its edges are mixed: of eight in 48 columns, or of seven in three quarters of them.
const NARROWEST_PX: usize = 3;
/// Bars have the same width, but for rounding and edges.
const WIDTHS_APART_PX: usize = 3;
/// A channel is on from this on, and off below that; 75 % bars are at 180 to 191.
const ON_LEVEL: u8 = 150;
const OFF_LEVEL: u8 = 60;

/// Whether a frame of `[27, 48, 3]` u8 RGB shows colour bars.
pub(super) fn are_bars(rgb: &[u8]) -> bool {
    ROWS.iter().all(|row| rgb.chunks_exact(ROW_BYTES).nth(*row).is_some_and(has_bars))
}

fn has_bars(row: &[u8]) -> bool {
    let mut runs: Vec<(u8, usize)> = Vec::with_capacity(12);
    for colour in row.as_chunks::<3>().0.iter().filter_map(colour) {
        match runs.last_mut() {
            Some((last, length)) if *last == colour => *length += 1,
            _ => runs.push((colour, 1)),
        }
    }
    runs.retain(|(_, length)| *length >= NARROWEST_PX);
    runs.windows(ORDER.len()).any(|window| {
        let lengths = || window.iter().map(|(_, length)| *length);
        let is_in_order = window.iter().map(|(colour, _)| colour).eq(&ORDER);
        is_in_order && lengths().max().unwrap_or(0) <= lengths().min().unwrap_or(0) + WIDTHS_APART_PX
    })
}

/// Which channels are on; `None` where one is neither on nor off.
fn colour(pixel: &[u8; 3]) -> Option<u8> {
    pixel.iter().try_fold(0, |bits, level| match *level {
        ON_LEVEL.. => Some(bits << 1 | 1),
        ..OFF_LEVEL => Some(bits << 1),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(colours: &[[u8; 3]]) -> Vec<u8> {
        let row: Vec<u8> =
            (0..48).flat_map(|x| colours.get(x * colours.len() / 48).copied().unwrap_or_default()).collect();
        row.repeat(27)
    }

    #[test]
    fn seven_and_eight_bars_are_bars_and_a_flag_is_none() {
        let bars = ORDER.map(|bits| [4, 2, 1].map(|bit| if bits & bit > 0 { 191 } else { 2 }));
        assert!(are_bars(&frame(&bars)));
        let eight: Vec<[u8; 3]> = bars.into_iter().chain([[0; 3]]).collect();
        assert!(are_bars(&frame(&eight)));
        let [white, yellow, cyan, green, magenta, red, blue] = bars;
        assert!(!are_bars(&frame(&[white, cyan, yellow, green, magenta, red, blue])));
        assert!(!are_bars(&frame(&[red, green, blue])) && !are_bars(&frame(&[white])));
    }
}
