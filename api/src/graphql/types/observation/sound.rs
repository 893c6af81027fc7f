//! What is to be heard.

use async_graphql::Enum;
use reelgraph_models::observation as model;

/// What kind of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::SoundKind")]
pub enum SoundKind {
    /// Someone speaks.
    Speech,
    /// Someone sings.
    Singing,
    /// Instruments.
    Music,
    /// A sound that has a name of its own: applause, a siren.
    Event,
}

observations! {
    /// Something is to be heard.
    SoundSegment { sound: model::SoundKind, label: String } {
        /// What kind of sound.
        async fn kind(&self) -> SoundKind {
            self.sound.into()
        }

        /// Its name: of an event the class, else the kind.
        async fn label(&self) -> &str {
            &self.label
        }
    }
}
