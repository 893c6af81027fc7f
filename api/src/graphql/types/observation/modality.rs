//! Channels of evidence.

use async_graphql::Enum;

/// A channel of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::Modality")]
pub enum Modality {
    /// Editing boundaries.
    Shots,
    /// Shots that belong together.
    Scenes,
    /// Technical cues: black, silence, freeze, loudness and the like.
    Cues,
    /// What was said.
    Speech,
    /// Who speaks when.
    Speakers,
    /// What was written on screen.
    ScreenText,
    /// Objects with boxes.
    Objects,
    /// Faces, and the people they belong to.
    Faces,
    /// Labels of the whole picture.
    Tags,
    /// Whole-picture vectors in an image-text space.
    Frames,
    /// Vectors of transcript passages.
    Passages,
    /// What is to be heard: speech, singing, music, events.
    Sound,
    /// Pictures that may not be suitable everywhere.
    Moderation,
    /// Words, tones and things that may not be suitable everywhere.
    Suitability,
    /// Words that tell what the asset is about.
    Keywords,
    /// Stretches with a title.
    Chapters,
    /// Fingerprints by which copies are found.
    Signatures,
    /// The asset's own words: title and file name.
    Title,
}
