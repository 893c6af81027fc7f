//! A bounded map of what was used last.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Keeps at most `capacity` values, those used last. Looking up scans, so it is for hundreds of entries.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    capacity: usize,
    /// Used last first.
    entries: Mutex<VecDeque<(K, V)>>,
}

impl<K: PartialEq, V: Clone> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::new(VecDeque::with_capacity(capacity)) }
    }

    pub(crate) fn find(&self, key: &K) -> Option<V> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let place = entries.iter().position(|(kept, _)| kept == key)?;
        let entry = entries.remove(place)?;
        let value = entry.1.clone();
        entries.push_front(entry);
        Some(value)
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(kept, _)| *kept != key);
        entries.push_front((key, value));
        entries.truncate(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let recent = Recent::new(2);
        recent.insert("a", 1);
        recent.insert("b", 2);
        assert_eq!(recent.find(&"a"), Some(1));
        recent.insert("c", 3);
        assert_eq!((recent.find(&"a"), recent.find(&"b"), recent.find(&"c")), (Some(1), None, Some(3)));
    }
}
