//! How the next token is chosen by its score.

/// How tokens are chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice {
    /// Always the likeliest.
    Greedy,
    /// At random by probability, sharpened or flattened by the temperature; the seed decides.
    Sample {
        /// Above 0; 1 leaves the probabilities as they are.
        temperature: f32,
        /// Same seed, same transcript.
        seed: u64,
    },
}

/// Makes the choices of one transcript.
pub(crate) struct Chooser {
    choice: Choice,
    random: SplitMix,
}

impl Chooser {
    pub(crate) fn new(choice: Choice) -> Self {
        let seed = match choice {
            Choice::Greedy => 0,
            Choice::Sample { seed, .. } => seed,
        };
        Self { choice, random: SplitMix(seed) }
    }

    /// Chooses a token by its score; gives it with its log-probability.
    pub(crate) fn pick(&mut self, scores: &[f32]) -> (u32, f32) {
        let (best, highest) = likeliest(scores);
        let token = match self.choice {
            Choice::Greedy => best,
            Choice::Sample { temperature, .. } => self.random.draw(scores, highest, temperature).unwrap_or(best),
        };
        let score = scores.get(token).copied().unwrap_or(highest);
        (token as u32, score - highest - log_of_sum(scores, highest))
    }
}

/// The `count` likeliest tokens with their log-probabilities, likeliest first; never one that may not be chosen.
pub(crate) fn likeliest_few(scores: &[f32], count: usize) -> Vec<(u32, f32)> {
    let (_, highest) = likeliest(scores);
    let sum = log_of_sum(scores, highest);
    let mut few: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    let mut least = f32::NEG_INFINITY;
    for (token, score) in (0_u32..).zip(scores) {
        if *score <= least {
            continue;
        }
        few.insert(few.partition_point(|(_, other)| other >= score), (token, *score));
        few.truncate(count);
        if let (true, Some((_, last))) = (few.len() == count, few.last()) {
            least = *last;
        }
    }
    few.into_iter().map(|(token, score)| (token, score - highest - sum)).collect()
}

/// The index and the value of the highest score.
fn likeliest(scores: &[f32]) -> (usize, f32) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (scores.iter().position(|score| *score == highest).unwrap_or_default(), highest)
}

/// `ln(sum(exp(score - highest)))`.
fn log_of_sum(scores: &[f32], highest: f32) -> f32 {
    // What is 20 below the highest adds less than one part in ten thousand, all 52,000 tokens taken together.
    scores.iter().map(|score| score - highest).filter(|below| *below > -20.0).map(f32::exp).sum::<f32>().ln()
}

/// Random numbers from a seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SplitMix(u64);

impl SplitMix {
    /// Uniform in `0.0..1.0`.
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// An index drawn by `softmax(scores / temperature)`.
    fn draw(&mut self, scores: &[f32], highest: f32, temperature: f32) -> Option<usize> {
        let weight = |score: &f32| ((score - highest) / temperature).exp();
        let mut left = self.uniform() * scores.iter().map(weight).sum::<f32>();
        scores.iter().position(|score| {
            left -= weight(score);
            left < 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_likelier_tokens_more_often() {
        let scores = [0.0_f32, 2.0, f32::NEG_INFINITY, 1.0];
        let draw = |seed: u64| -> Vec<u32> {
            let mut chooser = Chooser::new(Choice::Sample { temperature: 1.0, seed });
            (0..2_000).map(|_| chooser.pick(&scores).0).collect()
        };
        let drawn = draw(7);
        assert_eq!(drawn, draw(7));
        assert_ne!(drawn, draw(8));
        let share = |token: u32| drawn.iter().filter(|one| **one == token).count() as f32 / drawn.len() as f32;
        assert!((share(1) - 0.665).abs() < 0.04 && (share(3) - 0.245).abs() < 0.04, "{} {}", share(1), share(3));
        assert_eq!(share(2), 0.0);
    }

    #[test]
    fn the_log_probability_is_that_of_the_softmax() {
        let scores = [1.0, 3.0, 2.0, f32::NEG_INFINITY];
        let (token, log_probability) = Chooser::new(Choice::Greedy).pick(&scores);
        assert_eq!(token, 1);
        assert!((log_probability.exp() - 0.665_24).abs() < 1e-4);
    }

    #[test]
    fn the_likeliest_few_are_in_order_and_allowed() {
        let scores = [1.0, 3.0, 2.0, f32::NEG_INFINITY, 3.0];
        let few: Vec<u32> = likeliest_few(&scores, 3).into_iter().map(|(token, _)| token).collect();
        assert_eq!(few, [1, 4, 2]);
        assert_eq!(likeliest_few(&scores, 9).len(), 4);
        assert_eq!(likeliest_few(&[f32::NEG_INFINITY; 4], 2), []);
    }
}
