//! Stretches of time over which something holds.

use reelgraph_models::time::{MediaTime, Span};

/// Collects the stretches that are long enough.
#[derive(Debug)]
pub(super) struct Stretches {
    shortest: MediaTime,
    since: Option<MediaTime>,
    found: Vec<Span>,
}

impl Stretches {
    pub(super) fn of_at_least(shortest: MediaTime) -> Self {
        Self { shortest, since: None, found: Vec::new() }
    }

    /// Whether it holds from `at` on.
    pub(super) fn push(&mut self, at: MediaTime, holds: bool) {
        if holds {
            self.since.get_or_insert(at);
        } else {
            self.close(at);
        }
    }

    /// Ends what holds at `end`; all stretches, in order.
    pub(super) fn finish(&mut self, end: MediaTime) -> Vec<Span> {
        self.close(end);
        std::mem::take(&mut self.found)
    }

    fn close(&mut self, end: MediaTime) {
        if let Some(start) = self.since.take()
            && let Ok(span) = Span::new(start, end)
            && span.duration() >= self.shortest
        {
            self.found.push(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    #[test]
    fn only_what_holds_long_enough_is_a_stretch() {
        let mut stretches = Stretches::of_at_least(MediaTime::from_millis(1_000));
        for (at, holds) in [(0, true), (900, false), (2_000, true), (2_500, true), (3_000, false), (5_000, true)] {
            stretches.push(MediaTime::from_millis(at), holds);
        }
        assert_eq!(stretches.finish(MediaTime::from_millis(7_000)), [span(2_000, 3_000), span(5_000, 7_000)]);
        assert_eq!(stretches.finish(MediaTime::from_millis(9_000)), []);
    }
}
