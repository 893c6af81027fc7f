//! Names of blobs within a tenant.

use std::fmt;
use std::str::FromStr;

/// A blob's name within its tenant: one to eight segments of `[A-Za-z0-9._-]`, each of at most 100 characters and not
/// starting with a dot, joined by slashes. Such a name is the same in a folder, in a bucket and in a URL, and cannot climb.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// A text that is no blob key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a blob key has 1 to 8 segments of at most 100 letters, digits, dots, underscores or hyphens, none starting with a dot"
)]
pub struct BadBlobKey;

const MAX_SEGMENTS: usize = 8;
const MAX_SEGMENT_CHARS: usize = 100;

impl BlobKey {
    /// Checks a text.
    ///
    /// # Errors
    /// [`BadBlobKey`] where a rule of the type is broken.
    pub fn new(text: &str) -> Result<Self, BadBlobKey> {
        let fits = text.split('/').count() <= MAX_SEGMENTS && text.split('/').all(is_segment);
        if fits { Ok(Self(text.to_owned())) } else { Err(BadBlobKey) }
    }

    /// The key of that name below this one.
    ///
    /// # Errors
    /// [`BadBlobKey`] where `segment` is not one valid segment, or there would be too many.
    pub fn join(&self, segment: &str) -> Result<Self, BadBlobKey> {
        Self::new(&format!("{}/{segment}", self.0))
    }

    /// A key that is known to be well formed.
    pub(super) fn trusted(text: String) -> Self {
        debug_assert!(Self::new(&text).is_ok(), "{text}");
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_segment(segment: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_SEGMENT_CHARS).contains(&segment.len()) && !segment.starts_with('.') && segment.bytes().all(is_allowed)
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BlobKey {
    type Err = BadBlobKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_climb_hide_or_leave() {
        for bad in ["", "/", "a/", "/a", "a//b", "..", "a/../b", ".a", "a/.b", "a\\b", "a b", "a#1", "ä", "a\0", "a%2e"]
        {
            assert_eq!(BlobKey::new(bad), Err(BadBlobKey), "{bad:?}");
        }
        assert_eq!(BlobKey::new(&"a".repeat(101)), Err(BadBlobKey));
        assert_eq!(BlobKey::new(&["a"; 9].join("/")), Err(BadBlobKey));
        assert!(BlobKey::new("originals/0199-x_y.mp4").is_ok());
        assert!(BlobKey::new("a").and_then(|key| key.join("b/../../c")).is_err());
    }
}
