//! One ingested file and what is known about it as a whole.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::blob::BlobKey;
use crate::content::ContentHash;
use crate::id::{AssetId, TenantId};
use crate::metadata::Metadata;
use crate::probe::Probe;
use crate::reason::Reason;
use crate::review::Review;
use crate::rights::Rights;

/// A place in the one order of all changes that feed search; greater is later, 0 is before everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

/// Where an asset stands on its way to being searchable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetState {
    /// Stored, waiting for a worker.
    Registered,
    /// A worker is at it.
    Analyzing,
    /// Analysed; searchable as far as its coverage says.
    Ready,
    /// Analysis ended without a result; the reason says why.
    Failed,
    /// The file cannot be used; the reason names the refusal.
    Refused,
}

impl AssetState {
    /// Every state, in the order of an asset's life.
    pub const ALL: [Self; 5] = [Self::Registered, Self::Analyzing, Self::Ready, Self::Failed, Self::Refused];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Analyzing => "analyzing",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// An address without anything secret: user, password, query and fragment are gone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Keeps scheme, host, port and path. The query goes too, since signed addresses carry their credentials there.
    pub fn new(url: &Url) -> Self {
        let mut bare = url.clone();
        // Both fail only for addresses that cannot have credentials in the first place.
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        bare.set_query(None);
        bare.set_fragment(None);
        Self(bare.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the bytes came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AssetSource {
    /// Sent over HTTP.
    Upload,
    /// Read from a file that the operator named.
    LocalPath {
        /// As named.
        path: String,
    },
    /// Fetched from an address.
    Url {
        /// Without credentials.
        address: PublicUrl,
    },
}

/// One ingested file.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// Whose it is.
    pub tenant: TenantId,
    /// For people; the file name's stem until someone renames it.
    pub title: String,
    /// As it was called where it came from, without folders.
    pub file_name: String,
    /// Fingerprint of the original's bytes; unique among a tenant's assets that are not deleted.
    pub content: ContentHash,
    /// Size of the original in bytes.
    pub size_bytes: u64,
    /// How it came in.
    pub source: AssetSource,
    /// Where it stands.
    pub state: AssetState,
    /// Why, for [`AssetState::Failed`] and [`AssetState::Refused`].
    pub state_reason: Option<Reason>,
    /// What the file is; `None` until it was probed.
    pub probe: Option<Probe>,
    /// What went less than well without stopping anything; bounded by [`Asset::MAX_WARNINGS`].
    pub warnings: Vec<Reason>,
    /// What people noted in fields of their own.
    pub metadata: Metadata,
    /// Where and when it may be used.
    pub rights: Rights,
    /// Whether it may be published.
    pub review: Review,
    /// Where the original's bytes are.
    pub original: BlobKey,
    /// Where a small still picture is, once there is one.
    pub thumbnail: Option<BlobKey>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When anything in this value last changed.
    pub updated_at: DateTime<Utc>,
    /// Last change that feeds search.
    pub revision: Revision,
    /// When it was deleted; such an asset is only seen by the search feed.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A deleted asset whose files and names are still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedAsset {
    /// Whose it was.
    pub tenant: TenantId,
    /// Which it was.
    pub id: AssetId,
    /// Where the original's bytes are.
    pub original: BlobKey,
}

impl Asset {
    /// How many warnings are kept; a broken file could otherwise produce one a packet.
    pub const MAX_WARNINGS: usize = 100;
}

/// What is needed to register an asset whose bytes are already in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAsset {
    /// For people.
    pub title: String,
    /// As it was called where it came from, without folders.
    pub file_name: String,
    /// Fingerprint of the bytes.
    pub content: ContentHash,
    /// Size in bytes.
    pub size_bytes: u64,
    /// How it came in.
    pub source: AssetSource,
    /// Where the bytes are.
    pub original: BlobKey,
}

/// A line of the search feed: this asset changed, and its index entries must be brought up to `revision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssetChange {
    /// Whose asset.
    pub tenant: TenantId,
    /// Which asset.
    pub asset: AssetId,
    /// The last change of it.
    pub revision: Revision,
    /// Whether it is gone, so that its index entries must go too.
    pub is_deleted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_without_its_credentials() -> Result<(), url::ParseError> {
        let url = Url::parse("https://ann:secret@media.example:8443/a/b.mp4?X-Amz-Signature=abc#t=3")?;
        assert_eq!(PublicUrl::new(&url).as_str(), "https://media.example:8443/a/b.mp4");
        Ok(())
    }

    #[test]
    fn states_read_back_from_their_names() {
        for state in AssetState::ALL {
            assert_eq!(AssetState::from_name(state.as_str()), Some(state));
        }
        assert_eq!(AssetState::from_name("gone"), None);
    }
}
