//! Closed captions as broadcasters send them, put into streams that real encoders made: pairs of bytes (CEA-608), wrapped in
//! triplets (ATSC A/53 part 4), inside messages to the decoder (SEI, ITU-T H.264 annex D and H.265 annex D).

/// Pairs of both fields, picture by picture.
pub(crate) struct Line21 {
    fields: [Vec<[u8; 2]>; 2],
    pictures_per_s: usize,
}

impl Line21 {
    /// For so many pictures a second, each of which carries a pair of each field.
    pub(crate) fn new(pictures_per_s: usize) -> Self {
        Self { fields: Default::default(), pictures_per_s }
    }

    /// From `at_ms` on, or behind what was said before: control codes in hexadecimal, sent twice, and text in quotes.
    pub(crate) fn say(mut self, field: usize, at_ms: usize, parts: &[&str]) -> Self {
        let pairs = &mut self.fields[field];
        pairs.resize(pairs.len().max(at_ms * self.pictures_per_s / 1_000), [0x80, 0x80]);
        for part in parts {
            match part.strip_prefix('"') {
                Some(text) => pairs.extend(
                    text.as_bytes().chunks(2).map(|pair| [odd(pair[0]), odd(pair.get(1).copied().unwrap_or(0))]),
                ),
                None => {
                    let [first, second] = u16::from_str_radix(part, 16).unwrap_or_default().to_be_bytes();
                    pairs.extend([[odd(first), odd(second)]; 2]);
                }
            }
        }
        self
    }

    /// The triplets of a picture; the captions of CEA-708 beside them are padding.
    pub(crate) fn triplets(&self, picture: usize) -> Vec<u8> {
        let pair = |field: usize| self.fields[field].get(picture).copied().unwrap_or([0x80, 0x80]);
        let ([a, b], [c, d]) = (pair(0), pair(1));
        vec![0xfc, a, b, 0xfd, c, d, 0xfa, 0, 0]
    }
}

/// With odd parity.
pub(crate) fn odd(byte: u8) -> u8 {
    if byte.count_ones() % 2 == 1 { byte } else { byte | 0x80 }
}

/// A bare stream of `h264` or `hevc`, whose pictures are of one slice and sent in the order in which they are shown, with
/// triplets for each.
pub(crate) fn captioned(bare: &[u8], codec: &str, triplets: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let (mut out, mut picture) = (Vec::new(), 0);
    for unit in units(bare) {
        let is_picture = match codec {
            "h264" => matches!(unit[0] & 0x1f, 1 | 5),
            _ => (unit[0] >> 1) & 0x3f < 32,
        };
        if is_picture {
            out.extend(message(codec, &triplets(picture)));
            picture += 1;
        }
        out.extend([&[0, 0, 0, 1], unit].concat());
    }
    out
}

/// The units between start codes.
fn units(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        (0..stream.len().saturating_sub(3)).filter(|at| stream[*at..].starts_with(&[0, 0, 1])).collect();
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    let unit = |(start, end): (&usize, usize)| {
        let unit = &stream[start + 3..end];
        // Of a start code of four bytes, the first stands before.
        unit.strip_suffix(&[0]).unwrap_or(unit)
    };
    starts.iter().zip(ends).map(unit).collect()
}

/// A message that carries triplets: user data registered by ITU-T T.35 for the United States, ATSC.
fn message(codec: &str, triplets: &[u8]) -> Vec<u8> {
    let count = (triplets.len() / 3) as u8;
    let mut payload = vec![0xb5, 0x00, 0x31];
    payload.extend(b"GA94\x03");
    payload.extend([0x40 | count, 0xff]);
    payload.extend(triplets);
    payload.push(0xff);
    let header: &[u8] = if codec == "h264" { &[0x06] } else { &[39 << 1, 1] };
    let mut unit = header.to_vec();
    unit.extend([4, payload.len() as u8]);
    unit.extend(payload);
    unit.push(0x80);
    // No start code inside.
    let mut out = vec![0, 0, 0, 1];
    let mut zeros = 0;
    for byte in unit {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}
