//! What analyzers saw: one interface, one type a kind of finding, one file a family of them.

#[macro_use]
mod observations;
mod cues;
mod faces;
mod modality;
mod moderation;
mod pictures;
mod sound;
mod speech;
mod structure;
mod text;

use async_graphql::{Context, ID, Interface, Result};
use reelgraph_models::observation::{Finding, Observation as Row};

use super::asset::Asset;
use super::provenance::Provenance;
use super::span::TimeSpan;
use crate::crops;
use crate::graphql::links::Links;
use crate::graphql::session::Session;

pub(crate) use cues::TechnicalCue;
pub(crate) use faces::FaceSighting;
pub(crate) use modality::Modality;
pub(crate) use moderation::ModerationFlag;
pub(crate) use pictures::{BoundingBox, ObjectSighting, Tag};
pub(crate) use sound::SoundSegment;
pub(crate) use speech::{SpeakerTurn, SpeechSegment, Word};
pub(crate) use structure::{Scene, Shot, SuggestedChapter};
pub(crate) use text::{Keyword, ScreenText};

/// What one analyzer saw in one stretch of one asset.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Opaque, unique across all types."),
    field(name = "asset", ty = "Option<Asset>", desc = "Of which asset; null once that is deleted."),
    field(name = "span", ty = "TimeSpan", desc = "When."),
    field(name = "modality", ty = "Modality", desc = "By which channel."),
    field(name = "confidence", ty = "f32", desc = "The model's own score, 0 to 1; not calibrated."),
    field(name = "provenance", ty = "Provenance", desc = "Who saw it and how.")
)]
pub(crate) enum Observation {
    /// A segment of speech.
    SpeechSegment(SpeechSegment),
    /// One voice speaks.
    SpeakerTurn(SpeakerTurn),
    /// Something is to be heard.
    SoundSegment(SoundSegment),
    /// One appearance of text on screen.
    ScreenText(ScreenText),
    /// Words that tell what a stretch is about.
    Keyword(Keyword),
    /// A class of objects.
    ObjectSighting(ObjectSighting),
    /// One face.
    FaceSighting(FaceSighting),
    /// A label of the whole picture.
    Tag(Tag),
    /// An uninterrupted take.
    Shot(Shot),
    /// Shots that belong together.
    Scene(Scene),
    /// A stretch that could be a chapter.
    SuggestedChapter(SuggestedChapter),
    /// What the signal itself shows.
    TechnicalCue(TechnicalCue),
    /// Something that may not be suitable everywhere.
    ModerationFlag(ModerationFlag),
}

impl From<Row> for Observation {
    fn from(row: Row) -> Self {
        let Row { id, asset, span, modality, finding, confidence, provenance } = row;
        let seen = Seen { id, asset, span, modality, confidence, provenance };
        match finding {
            Finding::Speech { text, language, words, suspect } => {
                Self::SpeechSegment(SpeechSegment { seen, text, language, words, suspect })
            }
            Finding::Speaker { speaker } => Self::SpeakerTurn(SpeakerTurn { seen, speaker }),
            Finding::Sound { sound, label } => Self::SoundSegment(SoundSegment { seen, sound, label }),
            Finding::ScreenText { text, lines, role, language } => {
                Self::ScreenText(ScreenText { seen, text, lines, role, language })
            }
            Finding::Keyword { text, keyword } => Self::Keyword(Keyword { seen, text, keyword }),
            Finding::Object { label, also, count, bounds, at, tracks, counts } => {
                Self::ObjectSighting(ObjectSighting { seen, label, also, count, bounds, at, tracks, counts })
            }
            Finding::Face { bounds, at, quality, boxes } => {
                Self::FaceSighting(FaceSighting { seen, bounds, at, quality, boxes })
            }
            Finding::Tag { label, also } => Self::Tag(Tag { seen, label, also }),
            Finding::Shot { index, opened_by } => Self::Shot(Shot { seen, index, opened_by }),
            Finding::Scene { index, shots } => Self::Scene(Scene { seen, index, shots }),
            Finding::Chapter { index, title } => Self::SuggestedChapter(SuggestedChapter { seen, index, title }),
            Finding::Cue { cue } => Self::TechnicalCue(TechnicalCue { seen, cue }),
            Finding::Moderation { path, severity, scores, words } => {
                Self::ModerationFlag(ModerationFlag { seen, path, severity, scores, words })
            }
        }
    }
}

/// What all observations have.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    id: reelgraph_models::id::ObservationId,
    asset: reelgraph_models::id::AssetId,
    span: reelgraph_models::time::Span,
    modality: reelgraph_models::observation::Modality,
    confidence: f32,
    provenance: reelgraph_models::observation::Provenance,
}

/// Where the crop of an observation is to be had, if crops of its asset are made here.
async fn crop_url(ctx: &Context<'_>, seen: &Seen) -> Result<Option<String>> {
    let session = Session::of(ctx)?;
    let asset = session.loaders().asset(seen.asset).await?.filter(|asset| crops::are_made(session, &asset.0));
    Ok(asset.map(|asset| Links::new(&session.state().settings.public_url).crop(asset.0.id, seen.id)))
}
