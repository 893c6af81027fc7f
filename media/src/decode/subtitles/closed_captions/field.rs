//! The pairs of bytes of one field: two channels of captions by turns, and in the second field facts about the programme.

use super::channel::Channel;
use super::code::{self, Code};
use super::letters;
use super::screen::Told;

/// What has been read of a field.
#[derive(Debug, Default)]
pub(super) struct Field {
    channels: [Channel; 2],
    /// The channel that letters are for.
    current: Option<usize>,
    /// The control pair that came last, if nothing came behind it: it is sent twice, lest one be lost.
    repeated: Option<[u8; 2]>,
    /// Within facts about the programme (XDS), which are no captions.
    is_in_facts: bool,
}

impl Field {
    /// Reads the next pair; gives the number of bytes that arrived damaged. What is told comes with its channel.
    pub(super) fn push(&mut self, pair: [u8; 2], at_us: i64, told: &mut Vec<(usize, Told)>) -> u64 {
        // Nothing, as it should be written and as many write it.
        if matches!(pair, [0x80, 0x80] | [0, 0]) {
            return 0;
        }
        let repeated = self.repeated.take();
        match pair.map(intact) {
            [Some(first @ 0x10..=0x1f), Some(second)] => {
                self.is_in_facts = false;
                if repeated != Some(pair) {
                    self.repeated = Some(pair);
                    self.control(first, second, at_us, told);
                }
                0
            }
            [Some(0x10..=0x1f), None] => 1,
            // The last of them ends them.
            [Some(first @ 0x01..=0x0f), _] => {
                self.is_in_facts = first != 0x0f;
                0
            }
            letters @ [first, _] => {
                // What goes with a control code that was lost is no letter.
                let [sent, _] = pair;
                let is_lost = first.is_none() && matches!(sent & 0x7f, 0x10..=0x1f);
                let written = letters.into_iter().flatten().filter(|_| !is_lost).filter_map(letters::standard);
                written.for_each(|letter| self.write(letter, at_us, told));
                letters.iter().filter(|letter| letter.is_none()).count() as u64
            }
        }
    }

    /// Tells what is still shown at the end.
    pub(super) fn finish(&mut self, at_us: i64, told: &mut Vec<(usize, Told)>) {
        let channels = self.channels.iter_mut().enumerate();
        told.extend(channels.filter_map(|(number, channel)| Some((number, channel.finish(at_us)?))));
    }

    fn control(&mut self, first: u8, second: u8, at_us: i64, told: &mut Vec<(usize, Told)>) {
        let Some((number, code)) = code::read(first, second) else { return };
        self.current = Some(number);
        self.take(number, code, at_us, told);
    }

    fn write(&mut self, letter: char, at_us: i64, told: &mut Vec<(usize, Told)>) {
        if let Some(number) = self.current.filter(|_| !self.is_in_facts) {
            self.take(number, Code::Letter(letter), at_us, told);
        }
    }

    fn take(&mut self, number: usize, code: Code, at_us: i64, told: &mut Vec<(usize, Told)>) {
        let before = self.channels.get_mut(number).and_then(|channel| channel.take(code, at_us));
        told.extend(before.map(|before| (number, before)));
    }
}

/// A byte without its parity, which is odd; `None` where it arrived damaged.
fn intact(byte: u8) -> Option<u8> {
    (byte.count_ones() % 2 == 1).then_some(byte & 0x7f)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes with the parity that they are sent with.
    fn sent(bytes: [u8; 2]) -> [u8; 2] {
        bytes.map(|byte| if byte.count_ones() % 2 == 1 { byte } else { byte | 0x80 })
    }

    /// Control codes by hexadecimal numbers, letters in quotes; a pair a millisecond, from 1. A number in brackets is a time.
    fn told(script: &[&str]) -> Vec<(usize, i64, i64, String)> {
        let (mut field, mut told, mut at_ms) = (Field::default(), Vec::new(), 0);
        let mut push = |pair: [u8; 2], at_ms: i64| assert_eq!(field.push(sent(pair), at_ms * 1_000, &mut told), 0);
        for part in script {
            if let Some(text) = part.strip_prefix('"') {
                for pair in text.as_bytes().chunks(2) {
                    at_ms += 1;
                    push([pair[0], pair.get(1).copied().unwrap_or(0)], at_ms);
                }
            } else if let Some(time) = part.strip_prefix('@') {
                at_ms = time.parse().unwrap_or(0);
            } else {
                let pair = u16::from_str_radix(part, 16).unwrap_or(0).to_be_bytes();
                at_ms += 1;
                push(pair, at_ms);
                push(pair, at_ms);
            }
        }
        field.finish(at_ms * 1_000, &mut told);
        let short = |(channel, told): (usize, Told)| {
            (channel, told.start_us / 1_000, told.end_us / 1_000, told.lines.join("|"))
        };
        told.into_iter().map(short).collect()
    }

    fn line(start_ms: i64, end_ms: i64, text: &str) -> (usize, i64, i64, String) {
        (0, start_ms, end_ms, text.to_owned())
    }

    #[test]
    fn a_caption_that_pops_on_stands_from_when_it_is_shown_until_it_goes() {
        let script = [
            "1420",
            "142e",
            "1340",
            "\"WHAT BRINGS",
            "1470",
            "\"YOU  HERE?",
            "@2000",
            "142f",
            "@3000",
            "1420",
            "142e",
            "1470",
            "\"NOTHING.",
            "@4000",
            "142f",
            "@6000",
            "142c",
        ];
        assert_eq!(told(&script), [line(2_001, 4_001, "WHAT BRINGS|YOU HERE?"), line(4_001, 6_001, "NOTHING.")]);
    }

    #[test]
    fn a_line_that_rolls_up_is_said_once_and_stands_until_the_next_begins() {
        let script = [
            "1425",
            "142d",
            "1470",
            "\"FIRST LINE",
            "@1000",
            "1425",
            "142d",
            "1470",
            "@1500",
            "\"SECOND",
            "@3000",
            "142d",
            "@3500",
            "\"THIRD",
            "@9000",
            "142c",
        ];
        let expected = [line(4, 1_501, "FIRST LINE"), line(1_501, 3_501, "SECOND"), line(3_501, 9_001, "THIRD")];
        assert_eq!(told(&script), expected);
    }

    #[test]
    fn painted_letters_over_others_begin_a_caption_anew() {
        let script =
            ["1429", "1470", "\"ONE", "1440", "\"ABOVE", "@2000", "1429", "1470", "\"TWO", "@3000", "142c", "1470"];
        assert_eq!(told(&script), [line(3, 2_003, "ABOVE|ONE"), line(2_003, 3_001, "TWO")]);
    }

    #[test]
    fn special_letters_blanks_for_colours_and_corrections_read() {
        let script = [
            "1420",
            "1470",
            "1137",
            "\" CAFE",
            "1221",
            "\"X",
            "1421",
            "112e",
            "\"AU LAIT~\\",
            "1137",
            "142f",
            "@9000",
            "142c",
        ];
        assert_eq!(told(&script).into_iter().map(|told| told.3).collect::<Vec<_>>(), ["♪ CAFÉ AU LAITñé♪"]);
    }

    #[test]
    fn two_channels_take_turns_and_what_is_no_caption_is_passed_over() {
        let script = [
            "\"BEFORE",
            "1420",
            "1470",
            "\"HELLO",
            "1c20",
            "1c70",
            "\"HOLA",
            "142f",
            "1c2f",
            "@1000",
            "142a",
            "\"WEATHER",
            "0105",
            "\"FACTS",
            "0f1d",
            "@2000",
            "142c",
            "1c2c",
        ];
        let all = told(&script);
        let expected = [(0, "HELLO".to_owned()), (1, "HOLA".to_owned())];
        assert_eq!(all.into_iter().map(|told| (told.0, told.3)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_nobody_takes_away_goes_after_a_while() {
        assert_eq!(told(&["1420", "1470", "\"LATE", "142f", "@7000", "1421"]), [line(5, 7_001, "LATE")]);
        assert_eq!(told(&["1420", "1470", "\"LAST", "142f"]), [line(5, 5_005, "LAST")]);
        assert_eq!(told(&["1420", "1470", "\"LONG", "142f", "@60000", "142c"]), [line(5, 16_005, "LONG")]);
    }

    #[test]
    fn damage_costs_the_bytes_that_it_hits() {
        let (mut field, mut told) = (Field::default(), Vec::new());
        for pair in [[0x14, 0x20], [0x14, 0x70], [b'A', b'B']] {
            assert_eq!(field.push(sent(pair), 0, &mut told), 0);
        }
        assert_eq!(field.push([sent([b'C', 0])[0], sent([b'D', b'D'])[1] ^ 0x80], 0, &mut told), 1);
        assert_eq!(field.push([sent([0x14, 0])[0] ^ 0x80, sent([0, b','])[1]], 0, &mut told), 1);
        assert_eq!(field.push([0, 0], 0, &mut told), 0);
        field.push(sent([0x14, 0x2f]), 1_000, &mut told);
        field.push(sent([0x14, 0x2c]), 2_000, &mut told);
        let lines: Vec<&str> = told.iter().flat_map(|(_, told)| &told.lines).map(String::as_str).collect();
        assert_eq!(lines, ["ABC"]);
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down_and_each_pair_tells_little(
            pairs in prop::collection::vec((0x10u8..0x80, 0x20u8..0x80), 0..300),
        ) {
            let (mut field, mut told) = (Field::default(), Vec::new());
            for (at, (first, second)) in pairs.iter().enumerate() {
                let before = told.len();
                field.push(sent([*first, *second]), at as i64 * 33_000, &mut told);
                prop_assert!(told.len() - before <= 2);
            }
            field.finish(0, &mut told);
            for (_, Told { start_us, end_us, lines }) in told {
                prop_assert!(start_us < end_us && !lines.is_empty() && lines.len() <= 15);
                prop_assert!(lines.iter().all(|line| !line.trim().is_empty() && line.chars().count() <= 32));
            }
        }
    }
}
