//! Reads the numbers and the words out of two pickles without executing them.
//!
//! joblib writes arrays as plain little-endian bytes between the instructions of a pickle. The card pins both files by SHA-256,
//! so that the places of the arrays are known; of the instructions, only those of the one dictionary from word to row are
//! read, and anything else there is refused.

use std::collections::HashMap;
use std::path::Path;

use crate::error::InferenceError;

/// Words of the vocabulary.
pub(super) const WORDS: usize = 15_442;
/// Classifiers whose probabilities are averaged.
pub(super) const FOLDS: usize = 5;

/// Inverse document frequencies, f64 `[WORDS]`, in `vectorizer.joblib`.
const IDF_AT: usize = 720;
/// The first entry of the dictionary from word to row, in `vectorizer.joblib`.
const VOCABULARY_AT: usize = 124_356;

/// Places in `model.joblib`: coefficients f64 `[WORDS]`, the intercept, and slope and offset of Platt's sigmoid.
const FOLDS_AT: [[usize; 4]; FOLDS] = [
    [896, 124_496, 124_624, 124_648],
    [124_960, 248_544, 248_591, 248_612],
    [248_912, 372_496, 372_543, 372_564],
    [372_864, 496_448, 496_495, 496_516],
    [496_816, 620_400, 620_447, 620_468],
];

/// One linear classifier with its sigmoid.
#[derive(Debug)]
pub(super) struct Fold {
    /// `[WORDS]`.
    pub(super) coefficients: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) slope: f64,
    pub(super) offset: f64,
}

/// The vocabulary with its inverse document frequencies: word to row and weight.
pub(super) type Vocabulary = HashMap<String, (usize, f64)>;

/// Reads `vectorizer.joblib`.
pub(super) fn read_vocabulary(path: &Path) -> Result<Vocabulary, InferenceError> {
    let bytes = read(path)?;
    let idf = floats(&bytes, IDF_AT, WORDS).ok_or_else(|| fault(path, "the document frequencies are cut off"))?;
    let entries =
        bytes.get(VOCABULARY_AT..).and_then(entries).ok_or_else(|| fault(path, "the vocabulary is malformed"))?;
    let vocabulary: Vocabulary = entries
        .into_iter()
        .filter_map(|(word, row)| idf.get(row).map(|weight| (word.to_owned(), (row, *weight))))
        .collect();
    if vocabulary.len() == WORDS {
        Ok(vocabulary)
    } else {
        Err(fault(path, &format!("{} words where {WORDS} are expected", vocabulary.len())))
    }
}

/// Reads `model.joblib`.
pub(super) fn read_folds(path: &Path) -> Result<Vec<Fold>, InferenceError> {
    let bytes = read(path)?;
    let number = |at| floats(&bytes, at, 1).and_then(|numbers| numbers.first().copied());
    let fold = |[coefficients, intercept, slope, offset]: [usize; 4]| {
        Some(Fold {
            coefficients: floats(&bytes, coefficients, WORDS)?,
            intercept: number(intercept)?,
            slope: number(slope)?,
            offset: number(offset)?,
        })
    };
    let folds: Option<Vec<Fold>> = FOLDS_AT.into_iter().map(fold).collect();
    folds.ok_or_else(|| fault(path, "the classifiers are cut off or hold what is no number"))
}

fn read(path: &Path) -> Result<Vec<u8>, InferenceError> {
    std::fs::read(path).map_err(|source| InferenceError::Read { path: path.to_path_buf(), source })
}

fn fault(path: &Path, reason: &str) -> InferenceError {
    InferenceError::ModelData { path: path.to_path_buf(), reason: reason.to_owned() }
}

/// `count` little-endian f64 from byte `at`, all of them finite.
fn floats(bytes: &[u8], at: usize, count: usize) -> Option<Vec<f64>> {
    let range = bytes.get(at..at.checked_add(count.checked_mul(8)?)?)?;
    range
        .chunks_exact(8)
        .map(|eight| Some(f64::from_le_bytes(eight.try_into().ok()?)).filter(|x| x.is_finite()))
        .collect()
}

/// The entries of a dictionary from strings to small numbers, up to the instruction after it. `None` where anything but these
/// instructions occurs (Python's `pickletools`, protocol 5): short string, remember, number of one or two bytes, frame, begin
/// and end of a batch of entries.
fn entries(mut bytes: &[u8]) -> Option<Vec<(&str, usize)>> {
    const SHORT_BINUNICODE: u8 = 0x8c;
    const MEMOIZE: u8 = 0x94;
    const FRAME: u8 = 0x95;
    let mut entries = Vec::new();
    let mut word = None;
    loop {
        let (&instruction, rest) = bytes.split_first()?;
        bytes = match (instruction, word) {
            (SHORT_BINUNICODE, None) => {
                let (&length, rest) = rest.split_first()?;
                let (text, rest) = rest.split_at_checked(usize::from(length))?;
                word = Some(std::str::from_utf8(text).ok()?);
                rest
            }
            (MEMOIZE, Some(_)) => rest,
            (b'K', Some(text)) => {
                let (&row, rest) = rest.split_first()?;
                entries.push((text, usize::from(row)));
                word = None;
                rest
            }
            (b'M', Some(text)) => {
                let (row, rest) = rest.split_first_chunk::<2>()?;
                entries.push((text, usize::from(u16::from_le_bytes(*row))));
                word = None;
                rest
            }
            (FRAME, _) => rest.split_at_checked(8)?.1,
            (b'(', None) => rest,
            // The last batch is followed by something that belongs to the object around the dictionary.
            (b'u', None) if rest.first() == Some(&b'(') || rest.first() == Some(&FRAME) => rest,
            (b'u', None) => return Some(entries),
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_is_read_across_batches_and_frames() {
        let pickle = b"\x8c\x03cat\x94K\x07u(\x8c\x03dog\x94\x95\0\0\0\0\0\0\0\0M\x01\x02uhA";
        assert_eq!(entries(pickle), Some(vec![("cat", 7), ("dog", 513)]));
    }

    #[test]
    fn any_other_instruction_is_refused() {
        // Naming a function to call, calling it, and a text that ends in the middle.
        for pickle in [&b"\x8c\x02os\x94\x8c\x06system\x94\x93u."[..], b"\x8c\x03cat\x94K\x07R.", b"\x8c\x09cat", b""] {
            assert_eq!(entries(pickle), None);
        }
    }

    #[test]
    fn numbers_beyond_the_file_or_not_finite_are_refused() {
        assert_eq!(floats(&1.5_f64.to_le_bytes(), 0, 1), Some(vec![1.5]));
        assert_eq!(floats(&1.5_f64.to_le_bytes(), 1, 1), None);
        assert_eq!(floats(&f64::NAN.to_le_bytes(), 0, 1), None);
        assert_eq!(floats(&[], usize::MAX, 2), None);
    }
}
