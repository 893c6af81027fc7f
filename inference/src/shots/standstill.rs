//! Which frames of a picture that stands still the network need not see.

/// Frames at either end of a standstill that the network sees: as many as it is given of context at the edges of its windows.
pub(super) const SEEN_FRAMES: usize = 25;

/// Levels of 255 by which samples of frames that are the same may differ: so much is what a codec makes of a picture that stands
/// still. No change this small is a boundary.
const SAME_LEVELS: u8 = 2;

/// What is to be done with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It differs: the frames that are held come first, then it is seen.
    Changed {
        /// How many are held.
        held: usize,
    },
    /// It is the same and is seen.
    Seen,
    /// It is the same and waits until it is known whether it is one of the last.
    Held,
    /// It is the same and waits in the place of the first that waited, which nobody needs to see.
    Skipped,
}

/// Counts frames that are the same as the first of them; a picture that changes slowly leaves that one behind in time.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    /// The last frame that was not the same.
    first: Vec<u8>,
    /// Frames that are the same as that one, since then.
    repeats: usize,
}

impl Standstill {
    /// Takes the next frame.
    pub(super) fn push(&mut self, frame: &[u8]) -> Fate {
        if !is_same(&self.first, frame) {
            let held = self.held();
            self.repeats = 0;
            self.first.clear();
            self.first.extend_from_slice(frame);
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
        self.first.clear();
    }
}

fn is_same(a: &[u8], b: &[u8]) -> bool {
    let most = a.iter().zip(b).fold(0, |most, (a, b)| a.abs_diff(*b).max(most));
    a.len() == b.len() && most <= SAME_LEVELS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames are seen and skipped of a picture that is shown so many times, with another before and behind.
    fn seen_and_skipped(times: usize) -> (usize, usize) {
        let mut standstill = Standstill::default();
        let (mut seen, mut skipped) = (0, 0);
        let noise = [40, 42, 38, 41];
        let shown = (0..times).map(|at| noise.get(at % noise.len()).copied().unwrap_or_default());
        for level in [90].into_iter().chain(shown).chain([90]) {
            match standstill.push(&[level]) {
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

    #[test]
    fn a_picture_that_changes_slowly_does_not_stand_still() {
        let mut standstill = Standstill::default();
        let changes = (0..100).filter(|level| matches!(standstill.push(&[*level]), Fate::Changed { .. }));
        assert_eq!(changes.count(), 34, "every third level");
        assert_eq!(standstill.push(&[99, 99]), Fate::Changed { held: 0 }, "of another size");
    }
}
