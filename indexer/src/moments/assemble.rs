//! The rule by which moments come out of observations.
//!
//! - the asset itself is one moment, which carries its title;
//! - every shot (long ones in windows of at most 20 s) is a moment with all that was seen, written and said in it;
//! - every passage of speech is a moment with its words.
//!
//! A shot and a passage that overlap stay two moments here; search merges them when both match.

use std::collections::BTreeMap;

use reelgraph_models::id::AssetId;
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::observation::{Finding, Observation};
use reelgraph_models::time::{MediaTime, Span};

use crate::timeline::{Passage, Timeline};

/// What a synonym or a wider term counts against the label itself.
const OTHER_WORD_WEIGHT: f32 = 0.7;

/// Makes the moments of one asset, in time order, the asset's own first.
pub fn assemble(asset: AssetId, title: &str, timeline: &Timeline, observations: &[Observation]) -> Vec<Moment> {
    let own = MomentTexts { title: title.to_owned(), ..MomentTexts::default() };
    let mut moments = vec![Moment::new(asset, MomentKind::Asset, timeline.whole, own)];
    let mut parts: Vec<Moment> = timeline
        .windows()
        .into_iter()
        .map(|window| Moment::new(asset, MomentKind::Shot, window, shot(window, observations)))
        .collect();
    parts.extend(timeline.passages.iter().map(|passage| speech(asset, passage)));
    parts.sort_by_key(|part| (part.span, part.kind));
    moments.append(&mut parts);
    moments
}

fn speech(asset: AssetId, passage: &Passage) -> Moment {
    let texts =
        MomentTexts { said: passage.text.clone(), language: Some(passage.language.clone()), ..MomentTexts::default() };
    Moment::new(asset, MomentKind::Speech, passage.span, texts)
}

fn shot(window: Span, observations: &[Observation]) -> MomentTexts {
    let mut written: Vec<&str> = Vec::new();
    let mut seen: BTreeMap<&str, f32> = BTreeMap::new();
    for observation in observations.iter().filter(|observation| observation.span.overlaps(window)) {
        match &observation.finding {
            Finding::ScreenText { text, .. } => written.push(text),
            Finding::Object { label, also, .. } | Finding::Tag { label, also } => {
                let others = also.iter().map(|word| (word, OTHER_WORD_WEIGHT));
                for (word, weight) in [(label, 1.0)].into_iter().chain(others) {
                    let best = seen.entry(word).or_default();
                    *best = best.max(observation.confidence * weight);
                }
            }
            _ => {}
        }
    }
    let mut seen: Vec<(&str, f32)> = seen.into_iter().collect();
    seen.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let (said, language) = said_in(window, observations);
    MomentTexts {
        said,
        language,
        written: written.join("\n"),
        seen: seen.into_iter().map(|(label, _)| label.to_owned()).collect(),
        title: String::new(),
    }
}

/// The trusted words whose middle lies in the window, and the language of the first of them.
fn said_in(window: Span, observations: &[Observation]) -> (String, Option<String>) {
    let mut said: Vec<&str> = Vec::new();
    let mut spoken_language = None;
    for observation in observations.iter().filter(|observation| observation.span.overlaps(window)) {
        let Finding::Speech { text, language, words, suspect, .. } = &observation.finding else { continue };
        if !suspect.is_empty() {
            continue;
        }
        let before = said.len();
        if words.is_empty() {
            said.push(text);
        } else {
            said.extend(words.iter().filter(|word| window.contains(middle(word.span))).map(|word| word.text.as_str()));
        }
        if said.len() > before {
            spoken_language.get_or_insert_with(|| language.clone());
        }
    }
    (said.join(" "), spoken_language)
}

fn middle(span: Span) -> MediaTime {
    span.start() + MediaTime::from_micros(span.duration().as_micros() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{object, screen_text, span, speech};

    #[test]
    fn what_is_seen_written_and_said_lands_in_its_own_shot() {
        let observations = [
            speech(500, 1_500, "hello there", "en"),
            screen_text(2_000, 3_000, "SINTEL"),
            object(0, 2_000, "dog", 0.8),
            object(2_000, 4_000, "cat", 0.6),
        ];
        let timeline = Timeline {
            shots: vec![span(0, 2_000), span(2_000, 4_000)],
            passages: crate::moments::passages(&observations),
            ..Timeline::of_length(MediaTime::from_millis(4_000))
        };
        let moments = assemble(AssetId::from_uuid(uuid::Uuid::nil()), "A film", &timeline, &observations);
        let kinds: Vec<_> = moments.iter().map(|moment| moment.kind).collect();
        assert_eq!(kinds, [MomentKind::Asset, MomentKind::Shot, MomentKind::Speech, MomentKind::Shot]);
        let texts: Vec<_> = moments.iter().map(|moment| &moment.texts).collect();
        let [own, first, _, last] = texts.as_slice() else { panic!("four moments") };
        assert_eq!(own.title, "A film");
        assert_eq!((first.said.as_str(), first.written.as_str()), ("hello there", ""));
        assert_eq!(first.seen, ["dog", "animal"]);
        assert_eq!((last.said.as_str(), last.written.as_str()), ("", "SINTEL"));
        assert_eq!(last.seen, ["cat", "animal"]);
    }
}
