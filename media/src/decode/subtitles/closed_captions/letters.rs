//! The letters of line 21: ASCII but for ten, and three tables of more.

/// The letter of a byte from 0x20 on; a byte below is none.
pub(super) fn standard(byte: u8) -> Option<char> {
    let letter = match byte {
        0x2a => 'á',
        0x5c => 'é',
        0x5e => 'í',
        0x5f => 'ó',
        0x60 => 'ú',
        0x7b => 'ç',
        0x7c => '÷',
        0x7d => 'Ñ',
        0x7e => 'ñ',
        0x7f => '█',
        0x20..=0x7e => char::from(byte),
        _ => return None,
    };
    Some(letter)
}

/// Codes 0x30 to 0x3f behind 0x11; the tenth is a blank that shows the picture.
const SPECIAL: [char; 16] = ['®', '°', '½', '¿', '™', '¢', '£', '♪', 'à', ' ', 'è', 'â', 'ê', 'î', 'ô', 'û'];

/// Codes 0x20 to 0x3f behind 0x12: Spanish, signs, French.
const SPANISH_FRENCH: [char; 32] = [
    'Á', 'É', 'Ó', 'Ú', 'Ü', 'ü', '‘', '¡', '*', '\'', '—', '©', '℠', '•', '“', '”', 'À', 'Â', 'Ç', 'È', 'Ê', 'Ë', 'ë',
    'Î', 'Ï', 'ï', 'Ô', 'Ù', 'ù', 'Û', '«', '»',
];

/// Codes 0x20 to 0x3f behind 0x13: Portuguese, German, Danish.
const PORTUGUESE_GERMAN: [char; 32] = [
    'Ã', 'ã', 'Í', 'Ì', 'ì', 'Ò', 'ò', 'Õ', 'õ', '{', '}', '\\', '^', '_', '|', '~', 'Ä', 'ä', 'Ö', 'ö', 'ß', '¥', '¤',
    '¦', 'Å', 'å', 'Ø', 'ø', '┌', '┐', '└', '┘',
];

/// The letter of a special code.
pub(super) fn special(code: u8) -> Option<char> {
    SPECIAL.get(usize::from(code.checked_sub(0x30)?)).copied()
}

/// The letter of an extended code behind 0x12 or 0x13.
pub(super) fn extended(table: u8, code: u8) -> Option<char> {
    let letters = if table == 0x12 { &SPANISH_FRENCH } else { &PORTUGUESE_GERMAN };
    letters.get(usize::from(code.checked_sub(0x20)?)).copied()
}
