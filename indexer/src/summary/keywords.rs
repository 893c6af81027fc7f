//! Keywords of the asset and of its scenes: YAKE (Campos et al. 2020), which weighs words by where, how often and beside
//! which others they stand, without any training.

use reelgraph_models::observation::{Finding, KeywordKind, Modality, Observation};
use reelgraph_models::time::Span;
use yake_rust::{Config, StopWords, get_n_best};

use super::words_in;
use crate::analyze::Seen;
use crate::timeline::Timeline;

/// Keywords of a whole asset, and of one scene.
const OF_ASSET: usize = 20;
const OF_SCENE: usize = 5;
/// Words of one keyword.
const MOST_WORDS: usize = 3;
/// Characters that are looked at: some hours of speech.
const MOST_CHARACTERS: usize = 400_000;
/// Languages that write all nouns with a capital, where one tells nothing of names.
const CAPITAL_NOUNS: [&str; 2] = ["de", "lb"];

/// The keywords of the asset, then those of each scene, the heaviest first.
pub(super) fn keywords(timeline: &Timeline, observations: &[Observation]) -> Vec<Seen> {
    let scenes = observations.iter().filter(|seen| seen.modality == Modality::Scenes).map(|seen| seen.span);
    let scenes: Vec<Span> = scenes.filter(|scene| *scene != timeline.whole).collect();
    let mut all = of_stretch(timeline.whole, OF_ASSET, timeline, observations);
    for scene in scenes {
        all.extend(of_stretch(scene, OF_SCENE, timeline, observations));
    }
    all
}

fn of_stretch(stretch: Span, count: usize, timeline: &Timeline, observations: &[Observation]) -> Vec<Seen> {
    let Some(words) = words_in(stretch, &timeline.passages, observations) else { return Vec::new() };
    let seen = |(text, weight, keyword)| Seen {
        span: stretch,
        finding: Finding::Keyword { text, keyword },
        confidence: weight,
    };
    extract(&words.text, &words.language, count).into_iter().map(seen).collect()
}

/// The best keywords of a text: as written, weight `0..=1`, kind. None in languages whose common words are not known.
pub(super) fn extract(text: &str, language: &str, count: usize) -> Vec<(String, f32, KeywordKind)> {
    let Some(common) = StopWords::predefined(language) else { return Vec::new() };
    let text: String = text.chars().take(MOST_CHARACTERS).collect();
    let config = Config { ngrams: MOST_WORDS, ..Config::default() };
    let found = get_n_best(count, &text, &common, &config);
    found
        .into_iter()
        .map(|item| {
            // YAKE's score is better the smaller it is, and never below zero.
            let weight = 1.0 / (1.0 + item.score.max(0.0)) as f32;
            let kind = kind(&item.raw, &text, language);
            (item.raw, weight, kind)
        })
        .collect()
}

/// A name has a capital in every word wherever it stands, also inside a sentence.
fn kind(keyword: &str, text: &str, language: &str) -> KeywordKind {
    let is_capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let is_shouted = keyword.chars().all(|c| !c.is_lowercase()) && keyword.contains(' ');
    if CAPITAL_NOUNS.contains(&language) || is_shouted || !keyword.split_whitespace().all(is_capital) {
        return KeywordKind::Topic;
    }
    let lower = keyword.to_lowercase();
    let is_written_small = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == lower);
    let is_inside_a_sentence = text.match_indices(keyword).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '"', '“', '„', '(']);
        before.ends_with(|c: char| c.is_lowercase() || c == ',')
    });
    if is_inside_a_sentence && !is_written_small { KeywordKind::Name } else { KeywordKind::Topic }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{observation, screen_text, span, speech};

    const TEXT: &str = "The printing press changed Europe. Johannes Gutenberg built his printing press in Mainz. \
        A printing press needs ink, paper and type. People all over Europe bought what Johannes Gutenberg printed.";

    #[test]
    fn a_text_is_told_by_its_phrases_and_its_names() {
        let found = extract(TEXT, "en", 8);
        let find = |text: &str| found.iter().find(|(keyword, ..)| keyword == text).map(|(.., kind)| *kind);
        assert_eq!(find("printing press"), Some(KeywordKind::Topic), "{found:?}");
        assert_eq!(find("Johannes Gutenberg"), Some(KeywordKind::Name), "{found:?}");
        assert!(found.iter().all(|(_, weight, _)| (0.0..=1.0).contains(weight)));
        assert!(extract(TEXT, "xx", 8).is_empty());
    }

    #[test]
    fn scenes_have_keywords_of_their_own() {
        let scene = |start, end, index| {
            observation(span(start, end), Modality::Scenes, Finding::Scene { index, shots: 1 }, 1.0)
        };
        let observations = [
            speech(0, 4_000, "The dragon flew over the mountain. A dragon is dangerous.", "en"),
            speech(5_000, 9_000, "The kitchen smelled of bread. Fresh bread needs a kitchen.", "en"),
            screen_text(6_000, 7_000, "BAKERY"),
            scene(0, 5_000, 0),
            scene(5_000, 10_000, 1),
        ];
        let timeline = Timeline {
            passages: crate::moments::passages(&observations),
            ..Timeline::of_length(span(0, 10_000).end())
        };
        let found = keywords(&timeline, &observations);
        let of = |stretch: Span| -> Vec<&str> {
            found.iter().filter(|seen| seen.span == stretch).filter_map(|seen| seen.finding.text()).collect()
        };
        let has = |texts: &[&str], word: &str| texts.iter().any(|text| text.to_lowercase().contains(word));
        assert!(has(&of(span(0, 5_000)), "dragon") && !has(&of(span(0, 5_000)), "bread"));
        assert!(has(&of(span(5_000, 10_000)), "bread") && !has(&of(span(5_000, 10_000)), "dragon"));
        assert!(has(&of(span(0, 10_000)), "dragon") && has(&of(span(0, 10_000)), "bread"));
    }
}
