//! When each token is said: dynamic time warping over the cross attention of the alignment heads.
//!
//! Follows `find_alignment` of OpenAI's `whisper/timing.py`: normalise each head over the tokens, smooth over time by a median
//! of 7, average the heads, and find the monotone path through the tokens and positions that gathers most attention.

/// Positions that the median is taken over (`medfilt_width`).
const MEDIAN_WIDTH: usize = 7;

/// Attention of the alignment heads: for each token a row of `heads * positions` weights.
#[derive(Debug)]
pub(crate) struct Attention<'a> {
    pub(crate) rows: Vec<&'a [f32]>,
    pub(crate) heads: usize,
    /// Positions (20 ms) that hold sound; each head's row may go on beyond them.
    pub(crate) positions: usize,
}

/// The position at which each token begins; as many as `attention` has rows, never falling.
pub(crate) fn token_starts(attention: &Attention<'_>) -> Vec<usize> {
    let matrix = mean_attention(attention);
    warp(&matrix, attention.rows.len(), attention.positions)
}

/// `[tokens, positions]` mean over the heads of the normalised, smoothed attention.
fn mean_attention(attention: &Attention<'_>) -> Vec<f32> {
    let Attention { rows, heads, positions } = attention;
    let (tokens, positions) = (rows.len(), *positions);
    let mut mean = vec![0.0; tokens * positions];
    let mut head_weights = vec![0.0; tokens * positions];
    for head in 0..*heads {
        for (row, line) in rows.iter().zip(head_weights.chunks_exact_mut(positions.max(1))) {
            let stride = row.len() / (*heads).max(1);
            let weights = row.get(head * stride..head * stride + positions).unwrap_or_default();
            line.fill(0.0);
            for (cell, weight) in line.iter_mut().zip(weights) {
                *cell = *weight;
            }
        }
        normalise_columns(&mut head_weights, tokens, positions);
        let smoothed = head_weights.chunks_exact(positions.max(1)).zip(mean.chunks_exact_mut(positions.max(1)));
        for (line, sum) in smoothed {
            add_median(line, sum);
        }
    }
    mean
}

/// Gives every column mean 0 and standard deviation 1.
fn normalise_columns(weights: &mut [f32], tokens: usize, positions: usize) {
    let count = tokens as f32;
    let (mut mean, mut spread) = (vec![0.0_f32; positions], vec![0.0_f32; positions]);
    for line in weights.chunks_exact(positions.max(1)) {
        for (sum, weight) in mean.iter_mut().zip(line) {
            *sum += weight / count;
        }
    }
    for line in weights.chunks_exact(positions.max(1)) {
        for ((sum, mean), weight) in spread.iter_mut().zip(&mean).zip(line) {
            *sum += (weight - mean) * (weight - mean) / count;
        }
    }
    for cell in &mut spread {
        *cell = cell.sqrt().max(1e-9);
    }
    for line in weights.chunks_exact_mut(positions.max(1)) {
        for ((weight, mean), spread) in line.iter_mut().zip(&mean).zip(&spread) {
            *weight = (*weight - mean) / spread;
        }
    }
}

/// Adds the running median of `line` to `sum`; the edges are reflected.
fn add_median(line: &[f32], sum: &mut [f32]) {
    let half = MEDIAN_WIDTH / 2;
    if line.len() <= half {
        for (cell, value) in sum.iter_mut().zip(line) {
            *cell += value;
        }
        return;
    }
    let mut padded = Vec::with_capacity(line.len() + 2 * half);
    padded.extend(line.iter().skip(1).take(half).rev());
    padded.extend_from_slice(line);
    padded.extend(line.iter().rev().skip(1).take(half));
    for (cell, window) in sum.iter_mut().zip(padded.windows(MEDIAN_WIDTH)) {
        if let Ok(seven) = <[f32; MEDIAN_WIDTH]>::try_from(window) {
            *cell += median_of_seven(seven);
        }
    }
}

/// By the smallest network of exchanges (Devillard, "Fast median search", `opt_med7`).
fn median_of_seven(mut v: [f32; MEDIAN_WIDTH]) -> f32 {
    let mut exchange = |a: usize, b: usize| (v[a], v[b]) = (v[a].min(v[b]), v[a].max(v[b]));
    for (a, b) in
        [(0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)]
    {
        exchange(a, b);
    }
    v[3]
}

/// Dynamic time warping of `-matrix` (`dtw_cpu` of the reference); gives the first position of each token on the path.
fn warp(matrix: &[f32], tokens: usize, positions: usize) -> Vec<usize> {
    /// How a cell of the path was reached.
    const BOTH: u8 = 0;
    const NEXT_TOKEN: u8 = 1;
    const NEXT_POSITION: u8 = 2;

    let mut steps = vec![NEXT_POSITION; tokens * positions];
    // Cheapest way to each position of the token before; before the first token only the very start is free.
    let mut before = vec![f32::INFINITY; positions + 1];
    before[0] = 0.0;
    let mut current = vec![f32::INFINITY; positions + 1];
    for (line, reached) in matrix.chunks_exact(positions.max(1)).zip(steps.chunks_exact_mut(positions.max(1))) {
        current[0] = f32::INFINITY;
        let mut left = f32::INFINITY;
        let costs = before.iter().zip(before.iter().skip(1));
        for (((weight, step), (diagonal, up)), cost) in
            line.iter().zip(reached).zip(costs).zip(current.iter_mut().skip(1))
        {
            let (cheapest, how) = if *diagonal < *up && *diagonal < left {
                (*diagonal, BOTH)
            } else if *up < *diagonal && *up < left {
                (*up, NEXT_TOKEN)
            } else {
                (left, NEXT_POSITION)
            };
            left = cheapest - weight;
            (*cost, *step) = (left, how);
        }
        std::mem::swap(&mut before, &mut current);
    }
    let mut starts = vec![0; tokens];
    let (mut token, mut position) = (tokens.saturating_sub(1), positions.saturating_sub(1));
    while let (Some(start), Some(step)) = (starts.get_mut(token), steps.get(token * positions + position)) {
        *start = position;
        let (back_token, back_position) = match *step {
            BOTH => (1, 1),
            NEXT_TOKEN => (1, 0),
            _ => (0, 1),
        };
        match (token.checked_sub(back_token), position.checked_sub(back_position)) {
            (Some(t), Some(p)) => (token, position) = (t, p),
            _ => break,
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One head: each of four tokens looks at its own stretch of 40 positions.
    fn staircase() -> Vec<Vec<f32>> {
        let bounds = [0, 8, 20, 26, 40];
        (0..4)
            .map(|token| {
                (0..40).map(|p| if (bounds[token]..bounds[token + 1]).contains(&p) { 0.1 } else { 0.001 }).collect()
            })
            .collect()
    }

    #[test]
    fn tokens_begin_where_they_look() {
        let rows = staircase();
        let attention = Attention { rows: rows.iter().map(Vec::as_slice).collect(), heads: 1, positions: 40 };
        assert_eq!(token_starts(&attention), [0, 8, 20, 26]);
    }

    #[test]
    fn weights_beyond_the_sound_are_ignored() {
        let rows: Vec<Vec<f32>> = staircase()
            .into_iter()
            .map(|mut row| {
                row.extend([9.0; 24]);
                row
            })
            .collect();
        let attention = Attention { rows: rows.iter().map(Vec::as_slice).collect(), heads: 1, positions: 40 };
        assert_eq!(token_starts(&attention), [0, 8, 20, 26]);
    }

    #[test]
    fn the_path_never_falls_and_covers_every_token_even_without_sense() {
        let rows: Vec<Vec<f32>> =
            (0..30).map(|t| (0..160).map(|p| ((t * 7919 + p * 104_729) % 1000) as f32 / 1000.0).collect()).collect();
        let attention = Attention { rows: rows.iter().map(Vec::as_slice).collect(), heads: 8, positions: 20 };
        let starts = token_starts(&attention);
        assert_eq!(starts.len(), 30);
        assert!(starts.is_sorted() && starts.iter().all(|start| *start < 20));
    }

    #[test]
    fn the_median_of_seven_is_the_one_in_the_middle() {
        let mut state = 1_u32;
        for _ in 0..500 {
            let mut values = [0.0; MEDIAN_WIDTH];
            for value in &mut values {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *value = (state >> 28) as f32;
            }
            let mut sorted = values;
            sorted.sort_by(f32::total_cmp);
            assert_eq!(median_of_seven(values), sorted[3]);
        }
    }

    #[test]
    fn nothing_said_has_no_starts() {
        assert_eq!(token_starts(&Attention { rows: Vec::new(), heads: 8, positions: 100 }), Vec::<usize>::new());
    }
}
