//! A bound on the bytes of something that are held at once in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what is held. Cheap to ask, never waits.
#[derive(Debug, Default)]
pub(crate) struct Budget(Arc<AtomicUsize>);

/// What one holder has of it; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    all: Arc<AtomicUsize>,
    held: usize,
}

impl Budget {
    /// A share without bytes yet.
    pub(crate) fn share(&self) -> Share {
        Share { all: Arc::clone(&self.0), held: 0 }
    }
}

impl Share {
    /// Holds more bytes, unless all shares together would then hold more than `limit`.
    pub(crate) fn grow(&mut self, bytes: usize, limit: usize) -> bool {
        let take = |held: usize| held.checked_add(bytes).filter(|held| *held <= limit);
        let is_taken = self.all.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).is_ok();
        self.held += if is_taken { bytes } else { 0 };
        is_taken
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.all.fetch_sub(self.held, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_grow_together_up_to_the_limit_and_are_given_back() {
        let budget = Budget::default();
        let (mut one, mut other) = (budget.share(), budget.share());
        assert!(one.grow(60, 100) && other.grow(40, 100));
        assert!(!one.grow(1, 100) && !other.grow(usize::MAX, 100));
        drop(one);
        assert!(other.grow(60, 100) && !other.grow(1, 100));
    }
}
