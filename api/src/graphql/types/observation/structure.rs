//! How an asset is built: shots, scenes, chapters.

use async_graphql::Enum;
use reelgraph_models::observation as model;

use crate::graphql::types::span::TimeSpan;

/// How a shot begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum Transition {
    /// With the asset.
    Start,
    /// From one frame to the next.
    Cut,
    /// By a dissolve, a fade or a wipe.
    Gradual,
}

observations! {
    /// An uninterrupted take. Its confidence is the probability of the transition that opens it.
    Shot { index: u32, opened_by: model::Transition } {
        /// Position in the asset, from 0.
        async fn index(&self) -> u32 {
            self.index
        }

        /// How it begins.
        async fn transition(&self) -> Transition {
            match self.opened_by {
                model::Transition::Start => Transition::Start,
                model::Transition::Cut => Transition::Cut,
                model::Transition::Gradual { .. } => Transition::Gradual,
            }
        }

        /// When the transition happens that opens it; null for a cut, which takes no time.
        async fn transition_span(&self) -> Option<TimeSpan> {
            match self.opened_by {
                model::Transition::Gradual { span } => Some(span.into()),
                model::Transition::Start | model::Transition::Cut => None,
            }
        }
    }

    /// Shots that belong together. Its confidence is how clearly it differs from the one before.
    Scene { index: u32, shots: u32 } {
        /// Position in the asset, from 0.
        async fn index(&self) -> u32 {
            self.index
        }

        /// How many shots it has.
        async fn shots(&self) -> u32 {
            self.shots
        }
    }

    /// A stretch that could be a chapter.
    SuggestedChapter { index: u32, title: String } {
        /// Position in the asset, from 0.
        async fn index(&self) -> u32 {
            self.index
        }

        /// What it is about, in few words of its own.
        async fn title(&self) -> &str {
            &self.title
        }
    }
}
