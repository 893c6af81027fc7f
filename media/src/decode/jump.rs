//! Where the picture jumps: the frame after a cut, so that no shot goes by without being looked at, however short it is.

use reelgraph_models::time::MediaTime;

/// Mean difference of two consecutive small frames, in levels of 0..=255, that is a jump. Cuts between different pictures
/// are mostly above 25; fast motion stays below 15.
const JUMP_LEVELS: u64 = 18;
/// Jumps that may come at once, and how many a second in the long run: a fast montage has five, a strobe light 25.
const MOST_AT_ONCE: f64 = 12.0;
const MOST_PER_SECOND: f64 = 6.0;

/// Compares each small frame with the one before.
#[derive(Debug, Default)]
pub(crate) struct JumpFinder {
    last: Vec<u8>,
    /// Jumps taken that do not count as past yet.
    recent: f64,
    recent_at: MediaTime,
}

impl JumpFinder {
    /// Whether the picture jumps from the last frame to this one; not where it did so too often of late.
    pub(crate) fn push(&mut self, at: MediaTime, rgb: &[u8]) -> bool {
        let is_jump = self.last.len() == rgb.len() && mean_difference(&self.last, rgb) >= JUMP_LEVELS;
        self.last.clear();
        self.last.extend_from_slice(rgb);
        if !is_jump {
            return false;
        }
        let elapsed_s = (at - self.recent_at).as_seconds_f64().max(0.0);
        self.recent = (self.recent - elapsed_s * MOST_PER_SECOND).max(0.0);
        self.recent_at = at;
        let is_taken = self.recent + 1.0 <= MOST_AT_ONCE;
        if is_taken {
            self.recent += 1.0;
        }
        is_taken
    }
}

fn mean_difference(a: &[u8], b: &[u8]) -> u64 {
    let total: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    total / a.len().max(1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of the jumps in a film of 25 frames a second whose picture changes every `frames`.
    fn jumps(seconds: i64, frames: i64) -> Vec<i64> {
        let mut finder = JumpFinder::default();
        let levels = [20u8, 120, 220];
        (0..seconds * 25)
            .filter(|frame| {
                let level = levels[(frame / frames % 3) as usize];
                finder.push(MediaTime::from_millis(frame * 40), &[level; 48 * 27 * 3])
            })
            .collect()
    }

    #[test]
    fn every_shot_of_a_fast_montage_is_noticed() {
        let expected: Vec<i64> = (1..50).map(|shot| shot * 5).collect();
        assert_eq!(jumps(10, 5), expected);
    }

    #[test]
    fn a_strobe_light_does_not_take_every_frame() {
        let found = jumps(20, 1).len();
        assert!((100..=135).contains(&found), "{found}");
    }

    #[test]
    fn a_slow_change_and_the_first_frame_are_no_jumps() {
        let mut finder = JumpFinder::default();
        let jumped = (0..=200u8).any(|level| finder.push(MediaTime::from_millis(i64::from(level) * 40), &[level; 300]));
        assert!(!jumped);
    }
}
