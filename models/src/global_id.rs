//! Opaque, typed ids that are unique across all types (Relay's global object identification).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::id::{
    AssetId, BatchId, FaceId, JobId, MomentId, ObservationId, PersonChangeId, PersonId, SavedSearchId, SearchId,
    VoiceId,
};

/// An id as clients see it: base64url of `Type:uuid`. Clients keep it and hand it back; they never look inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GlobalId {
    /// An asset.
    Asset(AssetId),
    /// A moment.
    Moment(MomentId),
    /// An observation of any kind.
    Observation(ObservationId),
    /// A job.
    Job(JobId),
    /// A re-run of the library.
    Refresh(BatchId),
    /// A person.
    Person(PersonId),
    /// A face.
    Face(FaceId),
    /// A voice.
    Voice(VoiceId),
    /// A change of people.
    PersonChange(PersonChangeId),
    /// A search that was kept.
    SavedSearch(SavedSearchId),
    /// A search that was done.
    Search(SearchId),
}

impl GlobalId {
    /// Longest text that can be an id; longer ones are refused unread.
    const MAX_BYTES: usize = 128;

    /// Reads an id; `None` for whatever this server never made.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (kind, uuid) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        let uuid = Uuid::try_parse(uuid).ok()?;
        let id = match kind {
            "Asset" => Self::Asset(AssetId::from_uuid(uuid)),
            "Moment" => Self::Moment(MomentId::from_uuid(uuid)),
            "Observation" => Self::Observation(ObservationId::from_uuid(uuid)),
            "Job" => Self::Job(JobId::from_uuid(uuid)),
            "Refresh" => Self::Refresh(BatchId::from_uuid(uuid)),
            "Person" => Self::Person(PersonId::from_uuid(uuid)),
            "Face" => Self::Face(FaceId::from_uuid(uuid)),
            "Voice" => Self::Voice(VoiceId::from_uuid(uuid)),
            "PersonChange" => Self::PersonChange(PersonChangeId::from_uuid(uuid)),
            "SavedSearch" => Self::SavedSearch(SavedSearchId::from_uuid(uuid)),
            "Search" => Self::Search(SearchId::from_uuid(uuid)),
            _ => return None,
        };
        // One id has one spelling, so that clients' caches can compare them as text.
        (id.to_string() == text).then_some(id)
    }

    fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::Asset(id) => ("Asset", id.as_uuid()),
            Self::Moment(id) => ("Moment", id.as_uuid()),
            Self::Observation(id) => ("Observation", id.as_uuid()),
            Self::Job(id) => ("Job", id.as_uuid()),
            Self::Refresh(id) => ("Refresh", id.as_uuid()),
            Self::Person(id) => ("Person", id.as_uuid()),
            Self::Face(id) => ("Face", id.as_uuid()),
            Self::Voice(id) => ("Voice", id.as_uuid()),
            Self::PersonChange(id) => ("PersonChange", id.as_uuid()),
            Self::SavedSearch(id) => ("SavedSearch", id.as_uuid()),
            Self::Search(id) => ("Search", id.as_uuid()),
        }
    }
}

impl fmt::Display for GlobalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, uuid) = self.parts();
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{kind}:{uuid}")))
    }
}

macro_rules! typed_ids {
    ($($type:ident => $variant:ident;)*) => {$(
        impl From<$type> for GlobalId {
            fn from(id: $type) -> Self {
                Self::$variant(id)
            }
        }

        impl TryFrom<GlobalId> for $type {
            type Error = ();

            fn try_from(id: GlobalId) -> Result<Self, ()> {
                match id {
                    GlobalId::$variant(id) => Ok(id),
                    _ => Err(()),
                }
            }
        }
    )*};
}

typed_ids! {
    AssetId => Asset;
    MomentId => Moment;
    ObservationId => Observation;
    JobId => Job;
    BatchId => Refresh;
    PersonId => Person;
    FaceId => Face;
    VoiceId => Voice;
    PersonChangeId => PersonChange;
    SavedSearchId => SavedSearch;
    SearchId => Search;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_keeps_its_type() {
        let asset = AssetId::from_uuid(Uuid::from_u128(7));
        let id = GlobalId::parse(&GlobalId::from(asset).to_string());
        assert_eq!(id.and_then(|id| AssetId::try_from(id).ok()), Some(asset));
        assert_eq!(id.and_then(|id| MomentId::try_from(id).ok()), None);
    }

    #[test]
    fn nothing_but_our_own_spelling_is_an_id() {
        let text = GlobalId::Job(JobId::from_uuid(Uuid::from_u128(7))).to_string();
        let upper = URL_SAFE_NO_PAD.encode(format!("Job:{}", Uuid::from_u128(0xabc).to_string().to_uppercase()));
        for wrong in [
            "",
            "7",
            "Job:7",
            &format!("{text}="),
            &upper,
            &"A".repeat(100_000),
            "é",
            &URL_SAFE_NO_PAD.encode("Tenant:0"),
        ] {
            assert_eq!(GlobalId::parse(wrong), None, "{wrong:.40}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,200}") {
            let _ = GlobalId::parse(&text);
        }
    }
}
