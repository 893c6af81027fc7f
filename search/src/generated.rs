//! Words and vectors made up for measuring, the same on every run and every machine.
//!
//! Words follow Zipf's law over a made-up vocabulary; vectors lie around cluster centres, as those of real models do. The
//! costs of an index depend on both.

/// Words in the vocabulary.
pub const VOCABULARY_WORDS: u64 = 50_000;
/// Points around which vectors lie.
const CENTRES: u64 = 2_000;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): enough for a generator that must be the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `0..1`.
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// In `0..bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or_default()
    }

    /// A rank in `0..ranks` by Zipf's law with exponent 1, by inversion of its continuous form.
    pub fn zipf(&mut self, ranks: u64) -> u64 {
        ((ranks as f64).powf(self.fraction()) as u64).min(ranks.saturating_sub(1))
    }

    /// Some words of the vocabulary, with blanks between.
    pub fn words(&mut self, count: u64) -> String {
        let words: Vec<String> = (0..count).map(|_| word(self.zipf(VOCABULARY_WORDS))).collect();
        words.join(" ")
    }

    /// A vector near one of the centres; not of length 1.
    pub fn vector(&mut self, dims: u32) -> Vec<f32> {
        let mut centre = Self(self.below(CENTRES).wrapping_mul(0x1234_5678_9abc_def1));
        let around = |random: &mut Self, centre: &mut Self| {
            (centre.fraction() - 0.5) as f32 + 0.6 * (random.fraction() - 0.5) as f32
        };
        (0..dims).map(|_| around(self, &mut centre)).collect()
    }
}

/// The word of a rank: letters only, short for the frequent ones, another for every rank.
pub fn word(rank: u64) -> String {
    const ONSETS: [&str; 16] = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st"];
    const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ou", "ee"];
    let mut rest = rank + 1;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(ONSETS.get((rest % 16) as usize).copied().unwrap_or_default());
        word.push_str(VOWELS.get((rest / 16 % 8) as usize).copied().unwrap_or_default());
        rest /= 128;
    }
    word
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn frequent_words_come_about_as_often_as_zipf_says() {
        let mut random = Random::new(1);
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for _ in 0..100_000 {
            *counts.entry(random.zipf(VOCABULARY_WORDS)).or_default() += 1;
        }
        let count = |rank| f64::from(counts.get(&rank).copied().unwrap_or_default());
        // The continuous form gives rank r a share in proportion to ln((r + 1) / r).
        assert!((count(1) / count(2) - 2f64.ln() / 1.5f64.ln()).abs() < 0.1);
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        assert_eq!(Random::new(7).words(5), Random::new(7).words(5));
        assert_eq!(Random::new(7).vector(8), Random::new(7).vector(8));
        assert_ne!(Random::new(7).vector(8), Random::new(8).vector(8));
    }
}
