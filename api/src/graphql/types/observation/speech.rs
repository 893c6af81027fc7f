//! Speech: segments, words, voices.

use async_graphql::{Context, Enum, Result, SimpleObject};
use chrono::{DateTime, Utc};
use reelgraph_models::observation as model;

use crate::graphql::session::Session;
use crate::graphql::types::person::Person;
use crate::graphql::types::provenance::Provenance;
use crate::graphql::types::span::TimeSpan;
use crate::graphql::types::voice::Voice;

/// Why a stretch of speech may be invented by the recogniser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::SuspectReason")]
pub enum SuspectReason {
    /// The recogniser itself doubts that anyone speaks.
    NoSpeech,
    /// The same words over and over.
    Repetition,
    /// Improbable on the whole.
    LowProbability,
    /// A phrase that recognisers are known to invent.
    StockPhrase,
    /// More words than the time allows.
    TooFast,
    /// There is music and nobody's voice.
    Music,
}

/// One spoken word.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct Word {
    /// As transcribed.
    pub text: String,
    /// When it is said.
    pub span: TimeSpan,
    /// The recogniser's probability, 0 to 1.
    pub probability: f32,
}

impl From<&model::Word> for Word {
    fn from(word: &model::Word) -> Self {
        Self { text: word.text.clone(), span: word.span.into(), probability: word.probability }
    }
}

/// What a person corrected in a line.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct SpeechEdit {
    /// Who changed it last, where that is known.
    pub editor: Option<String>,
    /// When it was changed first.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// What was there before anyone changed it.
    pub original: OriginalLine,
}

/// A line as it was before anyone changed it.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct OriginalLine {
    /// What was said.
    pub text: String,
    /// Language as ISO 639-1 code.
    pub language: String,
    /// When.
    pub span: TimeSpan,
    /// Who said so, and how.
    pub provenance: Provenance,
}

impl From<reelgraph_models::edit::SpeechEdit> for SpeechEdit {
    fn from(edit: reelgraph_models::edit::SpeechEdit) -> Self {
        let original = edit.original;
        Self {
            editor: edit.editor,
            created_at: edit.created_at,
            updated_at: edit.updated_at,
            original: OriginalLine {
                text: original.finding.text().unwrap_or_default().to_owned(),
                language: original.finding.language().unwrap_or_default().to_owned(),
                span: original.span.into(),
                provenance: (&original.provenance).into(),
            },
        }
    }
}

observations! {
    /// A segment of speech.
    SpeechSegment {
        text: String,
        language: String,
        words: Vec<model::Word>,
        suspect: Vec<model::SuspectReason>
    } {
        /// What was said.
        async fn text(&self) -> &str {
            &self.text
        }

        /// Language as ISO 639-1 code.
        async fn language(&self) -> &str {
            &self.language
        }

        /// Words in order; empty when no times could be had.
        async fn words(&self) -> Vec<Word> {
            self.words.iter().map(Word::from).collect()
        }

        /// Why it should not be taken as fact; empty when trusted.
        async fn suspect_reasons(&self) -> Vec<SuspectReason> {
            self.suspect.iter().copied().map(SuspectReason::from).collect()
        }

        /// How often a person has changed it: 0 for a line that nobody has, which is what `expectedVersion` wants.
        async fn version(&self) -> u32 {
            match self.seen.provenance.origin() {
                model::Origin::Edited => self.seen.provenance.version.parse().unwrap_or(0),
                _ => 0,
            }
        }

        /// Who changed it and what was there before; null where nobody has.
        async fn edit(&self, ctx: &Context<'_>) -> Result<Option<SpeechEdit>> {
            if self.seen.provenance.origin() != model::Origin::Edited {
                return Ok(None);
            }
            Ok(Session::of(ctx)?.loaders().speech_edit(self.seen.id).await?.map(SpeechEdit::from))
        }
    }

    /// One voice speaks.
    SpeakerTurn { speaker: u32 } {
        /// Number of the voice in this asset, from 0, in order of first words.
        async fn speaker(&self) -> u32 {
            self.speaker
        }

        /// The voice, the same from one analysis to the next; null until the asset was published.
        async fn voice(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<Voice>> {
            Ok(Session::of(ctx)?.loaders().voice_in(self.seen.asset, self.speaker).await?)
        }

        /// Whose voice it is; null until someone says.
        async fn person(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<Person>> {
            let loaders = Session::of(ctx)?.loaders();
            let voice = loaders.voice_in(self.seen.asset, self.speaker).await?;
            Ok(match voice.and_then(|voice| voice.0.person) {
                Some(person) => loaders.person(person).await?,
                None => None,
            })
        }
    }
}
