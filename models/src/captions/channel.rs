//! The channels of closed captions.

use serde::{Deserialize, Serialize};

/// A channel of closed captions by CEA-608: two in each field of the picture. The first is in the language of the programme;
/// in North America the third often is Spanish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptionChannel {
    /// The first of the first field.
    Cc1,
    /// The second of the first field.
    Cc2,
    /// The first of the second field.
    Cc3,
    /// The second of the second field.
    Cc4,
}

impl CaptionChannel {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Cc1, Self::Cc2, Self::Cc3, Self::Cc4];

    /// As people write it, in small letters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cc1 => "cc1",
            Self::Cc2 => "cc2",
            Self::Cc3 => "cc3",
            Self::Cc4 => "cc4",
        }
    }
}
