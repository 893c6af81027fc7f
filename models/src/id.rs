//! Typed ids over UUIDv7, so that an asset's id cannot be handed where a moment's is asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a fresh, time-ordered id.
            pub fn generate(clock: &dyn Clock) -> Self {
                Self(clock.new_uuid())
            }

            /// Wraps an id read from a store or a wire.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the bare UUID.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A tenant: the boundary that no row, index entry or blob crosses.
    TenantId;
    /// One ingested file and everything known about it.
    AssetId;
    /// A time span of one asset that can be returned, played and cited.
    MomentId;
    /// What one analyzer saw.
    ObservationId;
    /// One vector in one embedding space.
    EmbeddingId;
    /// A durable piece of work.
    JobId;
    /// One execution of one analyzer over one asset.
    RunId;
    /// Jobs that were asked for together.
    BatchId;
    /// A human being, found by face or voice and named by people.
    PersonId;
    /// One face of one asset, the same from one analysis to the next.
    FaceId;
    /// One voice of one asset, the same from one analysis to the next.
    VoiceId;
    /// One change that someone made to people.
    PersonChangeId;
    /// A search that was kept under a name.
    SavedSearchId;
    /// One search that was done, for what was made of its answers.
    SearchId;
    /// Something that happened and that others are to be told.
    EventId;
}

impl TenantId {
    /// The tenant of a single-tenant installation, until identity says otherwise.
    pub const DEFAULT: Self = Self::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
}
