//! What an asset is about, made of the words that were found in it: keywords and suggested chapters.
//!
//! Made anew whenever moments are, so that it follows whatever changed: a better transcript, supplied captions, a person's
//! edit. It needs no model.

mod chapters;
mod keywords;

use reelgraph_models::observation::{Finding, Modality, Observation};
use reelgraph_models::time::Span;

use crate::analyze::{Seen, SourceModel};
use crate::timeline::{Passage, Timeline};

use chapters::chapters;
use keywords::keywords;

/// The words of one stretch, in one language.
struct Words {
    /// ISO 639-1 code of most of it.
    language: String,
    /// Sentences, each ended.
    text: String,
}

/// What was said and written in a stretch; `None` where that is nothing.
fn words_in(stretch: Span, passages: &[Passage], observations: &[Observation]) -> Option<Words> {
    let said: Vec<&Passage> = passages.iter().filter(|passage| stretch.contains(passage.span.start())).collect();
    let longest = said.iter().max_by_key(|passage| passage.text.len());
    let language = longest.map_or_else(|| "en".to_owned(), |passage| passage.language.clone());
    let spoken = said.iter().filter(|passage| passage.language == language).map(|passage| passage.text.as_str());
    let written = observations.iter().filter(|seen| stretch.contains(seen.span.start())).filter_map(written);
    let mut text = String::new();
    for part in spoken.chain(written) {
        text.push_str(part.trim());
        // Lines and passages are no parts of one sentence.
        text.push_str(if text.ends_with(['.', '!', '?', '。']) { "\n" } else { ".\n" });
    }
    (!text.is_empty()).then_some(Words { language, text })
}

fn written(seen: &Observation) -> Option<&str> {
    match &seen.finding {
        Finding::ScreenText { text, .. } => Some(text),
        _ => None,
    }
}

/// What one way of summing up has found.
pub(crate) struct Summary {
    /// Which way, as a model is named in provenance.
    pub(crate) model: SourceModel,
    /// What it found.
    pub(crate) seen: Vec<Seen>,
}

/// Everything that is made of words; an entry for each way, also where nothing was found.
pub(crate) fn summary(timeline: &Timeline, observations: &[Observation]) -> [Summary; 2] {
    let made = |modality, model: &str, version: &str, seen| {
        let model = SourceModel { modality, model: model.to_owned(), version: version.to_owned() };
        Summary { model, seen }
    };
    [
        made(Modality::Keywords, "yake", "1.0.3", keywords(timeline, observations)),
        made(Modality::Chapters, "text-tiling", "1", chapters(timeline, observations)),
    ]
}
