//! A bound on how many of something are open at once in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what is open. Cheap to ask, never waits.
#[derive(Debug, Default)]
pub(crate) struct Gate(Arc<AtomicUsize>);

/// A place inside; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<AtomicUsize>);

impl Gate {
    /// Takes a place, unless `limit` are taken.
    pub(crate) fn enter(&self, limit: usize) -> Option<Place> {
        let take = |open: usize| (open < limit).then_some(open + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).ok().map(|_| Place(Arc::clone(&self.0)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let gate = Gate::default();
        let (first, second) = (gate.enter(2), gate.enter(2));
        assert!(first.is_some() && second.is_some() && gate.enter(2).is_none());
        drop(first);
        assert!(gate.enter(2).is_some());
    }
}
