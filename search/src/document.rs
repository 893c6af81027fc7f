//! What is published: the moments of one asset, with the words and vectors by which they are found.

use chrono::{DateTime, Utc};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, PersonId, TenantId};
use reelgraph_models::metadata::Metadata;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::people::KnownBy;
use reelgraph_models::review::ReviewState;
use reelgraph_models::rights::Rights;
use reelgraph_models::time::{MediaTime, Span};

use crate::query::FileProperties;

/// Everything that makes one asset findable; replaces what was published of it before.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetDocument {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub asset: AssetId,
    /// What filters ask about.
    pub fields: AssetFields,
    /// Its moments; include one of kind [`MomentKind::Asset`] so that the title can be found.
    pub moments: Vec<MomentDocument>,
    /// Vectors of its moments, in any spaces that the index was opened with.
    pub embeddings: Vec<EmbeddingDocument>,
}

impl AssetDocument {
    /// An asset without moments yet.
    pub fn new(tenant: TenantId, asset: AssetId, fields: AssetFields) -> Self {
        Self { tenant, asset, fields, moments: Vec::new(), embeddings: Vec::new() }
    }
}

/// An asset of a tenant, for removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssetKey {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub asset: AssetId,
}

/// Properties of an asset that filters ask about; repeated on each of its moments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssetFields {
    /// Title for people.
    pub title: String,
    /// Name of the ingested file.
    pub file_name: String,
    /// Demuxer's short name.
    pub container: String,
    /// Length.
    pub duration: MediaTime,
    /// When it was ingested.
    pub created_at: DateTime<Utc>,
    /// Columns as shown upright; `None` without pictures.
    pub width_px: Option<u32>,
    /// Rows as shown upright; `None` without pictures.
    pub height_px: Option<u32>,
    /// Whether there is sound.
    pub has_audio: bool,
    /// Whether there are moving pictures.
    pub has_video: bool,
    /// ISO 639-1 codes of what is spoken, most first.
    pub languages: Vec<String>,
    /// ISO 639-1 codes of captions that were supplied or are inside the file.
    pub caption_languages: Vec<String>,
    /// What people noted in fields of their own.
    pub metadata: Metadata,
    /// What its file is like.
    pub file: FileProperties,
    /// Where and when it may be used.
    pub rights: Rights,
    /// What was decided about it.
    pub review: ReviewState,
}

/// One moment and its words, by channel of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentDocument {
    /// Which.
    pub id: MomentId,
    /// What kind of span.
    pub kind: MomentKind,
    /// When.
    pub span: Span,
    /// What is said, without suspect segments.
    pub said: Vec<Passage>,
    /// What is written on screen, one passage per appearance.
    pub written: Vec<Passage>,
    /// Names of what is seen: labels of the picture and objects, with their synonyms.
    pub seen: Vec<Label>,
    /// Title and file name; only on a moment of kind [`MomentKind::Asset`].
    pub titles: Vec<Passage>,
    /// Names of what is to be heard beside speech.
    pub sounds: Vec<Label>,
    /// Who is seen or heard.
    pub people: Vec<PersonMention>,
    /// Classes of objects, with the most of each in one picture.
    pub objects: Vec<ObjectCount>,
    /// Shots of the asset that it touches, by their position.
    pub shots: Option<Ordinals>,
    /// Scenes of the asset that it touches, by their position.
    pub scenes: Option<Ordinals>,
}

/// Neighbouring positions in an asset, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordinals {
    /// First, from 0.
    pub first: u32,
    /// Last.
    pub last: u32,
}

impl Ordinals {
    /// Whether they share a position.
    pub fn meets(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// A person who is seen or heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonMention {
    /// Who.
    pub id: PersonId,
    /// Their name; `None` until someone gives them one.
    pub name: Option<String>,
    /// How they were found.
    pub by: KnownBy,
}

/// How many of a class of objects there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCount {
    /// Name of the class.
    pub label: String,
    /// Other words for it.
    pub also: Vec<String>,
    /// Most of them in one picture.
    pub count: u32,
}

impl ObjectCount {
    /// So many of a class that has no other name.
    pub fn new(label: impl Into<String>, count: u32) -> Self {
        Self { label: label.into(), also: Vec::new(), count }
    }
}

impl MomentDocument {
    /// A moment without words.
    pub fn new(id: MomentId, kind: MomentKind, span: Span) -> Self {
        Self {
            id,
            kind,
            span,
            said: Vec::new(),
            written: Vec::new(),
            seen: Vec::new(),
            titles: Vec::new(),
            sounds: Vec::new(),
            people: Vec::new(),
            objects: Vec::new(),
            shots: None,
            scenes: None,
        }
    }
}

/// Running text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// As said or written.
    pub text: String,
    /// ISO 639-1 code; guessed from the text where `None` or unknown.
    pub language: Option<String>,
}

impl Passage {
    /// Makes a passage.
    pub fn new(text: impl Into<String>, language: Option<&str>) -> Self {
        Self { text: text.into(), language: language.map(str::to_owned) }
    }
}

/// The name of something seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// In English, cleaned for people; synonyms are labels of their own.
    pub text: String,
    /// How sure, `0..=1`; surer labels rank higher.
    pub confidence: f32,
}

impl Label {
    /// Makes a label.
    pub fn new(text: impl Into<String>, confidence: f32) -> Self {
        Self { text: text.into(), confidence }
    }
}

/// One vector of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingDocument {
    /// Which; the id of the point.
    pub id: EmbeddingId,
    /// The moment that is found by it.
    pub moment: MomentId,
    /// The space it lies in.
    pub space: EmbeddingSpace,
    /// What exactly it is of: the frame's instant or the passage.
    pub span: Span,
    /// `[dimensions] f32`; need not be of unit length, must be finite.
    pub vector: Vec<f32>,
}
