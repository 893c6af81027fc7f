//! What an asset is about and whom it suits, made of what was found in it: keywords, suggested chapters, offensive words.
//!
//! Made anew whenever moments are, so that it follows whatever changed: a better transcript, supplied captions, a person's
//! edit.

mod chapters;
mod keywords;
mod suitability;

use reelgraph_models::observation::{Finding, Modality, Observation};
use reelgraph_models::time::Span;

use crate::analyze::{Seen, SourceModel};
use crate::timeline::{Passage, Timeline};

pub(crate) use suitability::Suitability;

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
    /// Name of the way, as an analyzer is named in provenance.
    pub(crate) name: &'static str,
    /// Its model, or what stands for one.
    pub(crate) model: SourceModel,
    /// What it found.
    pub(crate) seen: Vec<Seen>,
}

impl Summary {
    fn new(name: &'static str, model: SourceModel, seen: Vec<Seen>) -> Self {
        Self { name, model, seen }
    }
}

/// Everything that is made of what others found; an entry for each way, also where nothing was found.
pub(crate) fn summary(timeline: &Timeline, observations: &[Observation], suitability: &Suitability) -> Vec<Summary> {
    let made = |name, modality, model: &str, version: &str, seen| {
        Summary::new(name, SourceModel { modality, model: model.to_owned(), version: version.to_owned() }, seen)
    };
    let mut all = vec![
        made("keywords", Modality::Keywords, "yake", "1.0.3", keywords(timeline, observations)),
        made("chapters", Modality::Chapters, "text-tiling", "1", chapters(timeline, observations)),
    ];
    all.extend(suitability.judge(observations));
    all
}
