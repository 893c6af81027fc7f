//! Which frames of a picture that stands still the network need not see.

/// Frames at either end of a standstill that the network sees: as many as it is given of context at the edges of its windows.
pub(super) const SEEN_FRAMES: usize = 25;

/// What is to be done with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It differs from the one before: the frames that are held come first, then it is seen.
    Changed {
        /// How many are held, each the same as the one before.
        held: usize,
    },
    /// It is the same and is seen.
    Seen,
    /// It is the same and waits until it is known whether it is one of the last.
    Held,
    /// It is the same and waits in the place of the first that waited, which nobody needs to see.
    Skipped,
}

/// Counts frames that are the same as the one before.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    /// Frames that are the same as the one before, since the last that was not.
    repeats: usize,
}

impl Standstill {
    /// Takes the next frame, which is the same as the one before to the last byte, or not.
    pub(super) fn push(&mut self, is_same: bool) -> Fate {
        if !is_same {
            let held = self.held();
            self.repeats = 0;
            return Fate::Changed { held };
        }
        self.repeats += 1;
        match self.repeats {
            repeats if repeats <= SEEN_FRAMES => Fate::Seen,
            repeats if repeats <= 2 * SEEN_FRAMES => Fate::Held,
            _ => Fate::Skipped,
        }
    }

    /// How many frames are held; they are the same as the last.
    pub(super) fn held(&self) -> usize {
        self.repeats.saturating_sub(SEEN_FRAMES).min(SEEN_FRAMES)
    }

    /// Forgets everything.
    pub(super) fn begin(&mut self) {
        self.repeats = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames are seen and skipped of a picture that is shown so many times, with another before and behind.
    fn seen_and_skipped(times: usize) -> (usize, usize) {
        let mut standstill = Standstill::default();
        let (mut seen, mut skipped) = (0, 0);
        for is_same in [false, false].into_iter().chain(std::iter::repeat_n(true, times - 1)).chain([false]) {
            match standstill.push(is_same) {
                Fate::Changed { held } => seen += held + 1,
                Fate::Seen => seen += 1,
                Fate::Held => {}
                Fate::Skipped => skipped += 1,
            }
        }
        (seen, skipped)
    }

    #[test]
    fn both_ends_of_a_long_standstill_are_seen_and_short_ones_whole() {
        assert_eq!(seen_and_skipped(1), (3, 0));
        assert_eq!(seen_and_skipped(51), (53, 0));
        assert_eq!(seen_and_skipped(52), (53, 1));
        assert_eq!(seen_and_skipped(90_000), (53, 89_949));
    }
}
