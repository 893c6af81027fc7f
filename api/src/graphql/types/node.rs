//! Everything that has an id.

use async_graphql::{ID, Interface};

use super::asset::Asset;
use super::face::Face;
use super::job::Job;
use super::moment::Moment;
use super::observation::{
    FaceSighting, Keyword, ModerationFlag, ObjectSighting, Observation, Scene, ScreenText, Shot, SoundSegment,
    SpeakerTurn, SpeechSegment, SuggestedChapter, Tag, TechnicalCue,
};
use super::person::Person;
use super::person_change::PersonChange;
use super::refresh::Refresh;
use super::saved_search::SavedSearch;
use super::voice::Voice;

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
    /// A re-run of the library.
    Refresh(Box<Refresh>),
    /// A person.
    Person(Box<Person>),
    /// A face.
    Face(Box<Face>),
    /// A voice.
    Voice(Box<Voice>),
    /// A change of people.
    PersonChange(Box<PersonChange>),
    /// A search that was kept.
    SavedSearch(Box<SavedSearch>),
    /// A segment of speech.
    SpeechSegment(Box<SpeechSegment>),
    /// One voice speaks.
    SpeakerTurn(Box<SpeakerTurn>),
    /// Something is to be heard.
    SoundSegment(Box<SoundSegment>),
    /// One appearance of text on screen.
    ScreenText(Box<ScreenText>),
    /// Words that tell what a stretch is about.
    Keyword(Box<Keyword>),
    /// A class of objects.
    ObjectSighting(Box<ObjectSighting>),
    /// One face.
    FaceSighting(Box<FaceSighting>),
    /// A label of the whole picture.
    Tag(Box<Tag>),
    /// An uninterrupted take.
    Shot(Box<Shot>),
    /// Shots that belong together.
    Scene(Box<Scene>),
    /// A stretch that could be a chapter.
    SuggestedChapter(Box<SuggestedChapter>),
    /// What the signal itself shows.
    TechnicalCue(Box<TechnicalCue>),
    /// Something that may not be suitable everywhere.
    ModerationFlag(Box<ModerationFlag>),
}

impl From<Observation> for Node {
    fn from(observation: Observation) -> Self {
        match observation {
            Observation::SpeechSegment(it) => Self::SpeechSegment(Box::new(it)),
            Observation::SpeakerTurn(it) => Self::SpeakerTurn(Box::new(it)),
            Observation::SoundSegment(it) => Self::SoundSegment(Box::new(it)),
            Observation::ScreenText(it) => Self::ScreenText(Box::new(it)),
            Observation::Keyword(it) => Self::Keyword(Box::new(it)),
            Observation::ObjectSighting(it) => Self::ObjectSighting(Box::new(it)),
            Observation::FaceSighting(it) => Self::FaceSighting(Box::new(it)),
            Observation::Tag(it) => Self::Tag(Box::new(it)),
            Observation::Shot(it) => Self::Shot(Box::new(it)),
            Observation::Scene(it) => Self::Scene(Box::new(it)),
            Observation::SuggestedChapter(it) => Self::SuggestedChapter(Box::new(it)),
            Observation::TechnicalCue(it) => Self::TechnicalCue(Box::new(it)),
            Observation::ModerationFlag(it) => Self::ModerationFlag(Box::new(it)),
        }
    }
}
