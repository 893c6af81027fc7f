//! Everything that has an id.

use async_graphql::{ID, Interface};

use super::asset::Asset;
use super::job::Job;
use super::moment::Moment;
use super::observation::{ObjectSighting, Observation, ScreenText, Shot, SpeechSegment, Tag};

/// Everything that has an id (Relay's global object identification).
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque, unique across all types."))]
pub(crate) enum Node {
    /// An asset.
    Asset(Box<Asset>),
    /// A moment.
    Moment(Box<Moment>),
    /// A job.
    Job(Box<Job>),
    /// A segment of speech.
    SpeechSegment(Box<SpeechSegment>),
    /// One appearance of text on screen.
    ScreenText(Box<ScreenText>),
    /// A class of objects.
    ObjectSighting(Box<ObjectSighting>),
    /// A label of the whole picture.
    Tag(Box<Tag>),
    /// An uninterrupted take.
    Shot(Box<Shot>),
}

impl From<Observation> for Node {
    fn from(observation: Observation) -> Self {
        match observation {
            Observation::SpeechSegment(it) => Self::SpeechSegment(Box::new(it)),
            Observation::ScreenText(it) => Self::ScreenText(Box::new(it)),
            Observation::ObjectSighting(it) => Self::ObjectSighting(Box::new(it)),
            Observation::Tag(it) => Self::Tag(Box::new(it)),
            Observation::Shot(it) => Self::Shot(Box::new(it)),
        }
    }
}
