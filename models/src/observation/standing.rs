//! Of what several sources say about the same stretch, what stands.

use std::collections::BTreeMap;

use super::{Finding, Modality, Observation, Origin, Word};
use crate::edit;
use crate::language::has_blanks_between_words;
use crate::time::{MediaTime, Span};

/// What stands of observations in order of their start, in that order; other channels than shots and speech pass through.
///
/// Shots are those of the one source that outranks the others, since two sets of them would cut the asset twice. Speech of a
/// source is left out where one that outranks it says something: word by word where words have times, else the whole segment
/// where that covers at least half of it. Captions that someone supplied thus take the place of what a machine heard, and the
/// machine's words remain in between. What a person corrected takes the place of all of them in
/// the whole stretch that it was corrected in, and leaves nothing where nothing is said. `language` chooses among captions supplied in several; without it, the
/// language that was heard most does. Of several tracks in it, one that a person supplied is chosen before one from inside the
/// file, one with all words before one with only those in other languages, and else the one that says most.
pub fn standing(observations: Vec<Observation>, language: Option<&str>) -> Vec<Observation> {
    let shots = observations.iter().filter(|seen| seen.modality == Modality::Shots).map(Observation::origin).max();
    let tracks = Tracks::of(&observations, language);
    let mut left: Vec<Observation> = observations.into_iter().filter_map(|seen| stands(seen, shots, &tracks)).collect();
    // A segment that lost its first words begins later.
    left.sort_by_key(|seen| seen.span.start());
    left
}

fn stands(seen: Observation, shots: Option<Origin>, tracks: &Tracks) -> Option<Observation> {
    match seen.modality {
        Modality::Shots => (Some(seen.origin()) == shots).then_some(seen),
        Modality::Speech => tracks.spared(seen),
        _ => Some(seen),
    }
}

/// What is said by sources that outrank others.
struct Tracks {
    /// The one of supplied captions that counts.
    chosen: Option<String>,
    /// When something is said by each origin that outranks another; in order, not overlapping.
    edited: Vec<Span>,
    supplied: Vec<Span>,
    imported: Vec<Span>,
}

impl Tracks {
    fn of(observations: &[Observation], language: Option<&str>) -> Self {
        let chosen = chosen_track(observations, language);
        let spans = |origin: Origin| {
            let said = observations.iter().filter(|seen| seen.origin() == origin && is_trusted(seen));
            joined(said.filter(|seen| counts(seen, chosen.as_deref())).map(|seen| seen.span))
        };
        let mut edited: Vec<Span> = Vec::new();
        for seen in observations.iter().filter(|seen| seen.origin() == Origin::Edited) {
            edited.extend(edit::replaced(&seen.provenance));
            // Where nothing is said there is no place of its own.
            edited.extend(is_said(seen).then_some(seen.span));
        }
        edited.sort_unstable();
        let edited = joined(edited.into_iter());
        Self { edited, supplied: spans(Origin::Supplied), imported: spans(Origin::Imported), chosen }
    }

    fn spared(&self, seen: Observation) -> Option<Observation> {
        if !counts(&seen, self.chosen.as_deref()) {
            return None;
        }
        match seen.origin() {
            Origin::Edited => is_said(&seen).then_some(seen),
            Origin::Supplied => cut(seen, &self.edited),
            Origin::Imported => cut(cut(seen, &self.edited)?, &self.supplied),
            Origin::Computed => cut(cut(cut(seen, &self.edited)?, &self.supplied)?, &self.imported),
        }
    }
}

/// Whether an observation is of a track that counts; all are but captions beside those that were chosen.
fn counts(seen: &Observation, chosen: Option<&str>) -> bool {
    seen.origin() != Origin::Supplied || chosen == Some(seen.provenance.analyzer.as_str())
}

fn is_said(seen: &Observation) -> bool {
    seen.finding.text().is_some_and(|text| !text.trim().is_empty())
}

fn is_trusted(seen: &Observation) -> bool {
    matches!(&seen.finding, Finding::Speech { suspect, .. } if suspect.is_empty())
}

/// What chooses among supplied tracks, the more important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Merits {
    is_wanted: bool,
    is_whole: bool,
    is_by_hand: bool,
    length: usize,
}

/// The supplied track that stands.
fn chosen_track(observations: &[Observation], wanted: Option<&str>) -> Option<String> {
    let mut tracks: BTreeMap<&str, Merits> = BTreeMap::new();
    let heard = heard_language(observations);
    let wanted = wanted.or(heard);
    for seen in observations.iter().filter(|seen| seen.origin() == Origin::Supplied) {
        let Finding::Speech { text, language, .. } = &seen.finding else { continue };
        let name = seen.provenance.analyzer.as_str();
        let merits = tracks.entry(name).or_insert_with(|| {
            let source = name.strip_prefix(Origin::Supplied.prefix()).and_then(|rest| rest.split('/').next());
            let source = source.unwrap_or_default();
            Merits {
                is_wanted: wanted == Some(language.as_str()),
                is_whole: !source.ends_with(Origin::FORCED),
                is_by_hand: !source.starts_with(Origin::EMBEDDED),
                length: 0,
            }
        });
        merits.length += text.len();
    }
    tracks.into_iter().max_by_key(|(_, merits)| *merits).map(|(name, _)| name.to_owned())
}

/// The language in which machines heard most.
fn heard_language(observations: &[Observation]) -> Option<&str> {
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in observations.iter().filter(|seen| seen.origin() < Origin::Supplied && is_trusted(seen)) {
        if let Finding::Speech { text, language, .. } = &seen.finding {
            *lengths.entry(language).or_default() += text.len();
        }
    }
    lengths.into_iter().max_by_key(|(_, length)| *length).map(|(language, _)| language)
}

/// Spans in order of their start as spans that do not overlap.
fn joined(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        match all.last_mut() {
            Some(last) if last.end() >= span.start() => *last = last.hull(span),
            _ => all.push(span),
        }
    }
    all
}

/// The segment without what is said inside `taken`; `None` where nothing is left.
fn cut(mut seen: Observation, taken: &[Span]) -> Option<Observation> {
    let first = taken.partition_point(|span| span.end() <= seen.span.start());
    let whole = seen.span;
    let overlapping = || taken.iter().skip(first).take_while(|span| span.start() < whole.end());
    if overlapping().next().is_none() {
        return Some(seen);
    }
    let Finding::Speech { text, language, words, .. } = &mut seen.finding else { return Some(seen) };
    if words.is_empty() {
        let shared = overlapping().filter_map(|span| span.intersection(whole));
        let covered: i64 = shared.map(|span| span.duration().as_micros()).sum();
        return (covered.saturating_mul(2) < whole.duration().as_micros()).then_some(seen);
    }
    let before = words.len();
    words.retain(|word| !overlapping().any(|span| span.contains(middle(word))));
    let (first, last) = (words.first()?.span, words.last()?.span);
    if words.len() < before {
        let joint = if has_blanks_between_words(language) { " " } else { "" };
        *text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(joint);
        seen.span = first.hull(last);
    }
    Some(seen)
}

fn middle(word: &Word) -> MediaTime {
    word.span.start() + MediaTime::from_micros(word.span.duration().as_micros() / 2)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{AssetId, ObservationId, RunId};
    use crate::observation::{Provenance, Transition};

    fn seen(analyzer: &str, start_ms: i64, end_ms: i64, finding: Finding) -> Observation {
        Observation {
            id: ObservationId::from_uuid(Uuid::nil()),
            asset: AssetId::from_uuid(Uuid::nil()),
            span: Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms)),
            modality: if matches!(finding, Finding::Shot { .. }) { Modality::Shots } else { Modality::Speech },
            finding,
            confidence: 1.0,
            provenance: Provenance {
                analyzer: analyzer.to_owned(),
                model: "test".to_owned(),
                version: "1".to_owned(),
                parameters: String::new(),
                run: RunId::from_uuid(Uuid::nil()),
            },
        }
    }

    /// A segment whose words take half a second each.
    fn said(analyzer: &str, start_ms: i64, text: &str, language: &str) -> Observation {
        let word = |(place, text): (i64, &str)| {
            let start = MediaTime::from_millis(start_ms + place * 500);
            let span = Span::at_least_one_micro(start, start + MediaTime::from_millis(500));
            Word { text: text.to_owned(), span, probability: 1.0 }
        };
        let words: Vec<Word> = (0..).zip(text.split(' ')).map(word).collect();
        let end = start_ms + words.len() as i64 * 500;
        let finding =
            Finding::Speech { text: text.to_owned(), language: language.to_owned(), words, suspect: Vec::new() };
        seen(analyzer, start_ms, end, finding)
    }

    fn texts(observations: Vec<Observation>, language: Option<&str>) -> Vec<String> {
        let standing = standing(observations, language);
        standing.iter().filter_map(|seen| seen.finding.text().map(str::to_owned)).collect()
    }

    #[test]
    fn supplied_words_stand_and_the_machine_fills_what_they_leave_open() {
        let mut all = vec![
            said("speech/speech", 0, "what brings you too the land", "en"),
            said("supplied/studio-en/speech", 0, "What brings you to", "en"),
            said("speech/speech", 10_000, "nobody wrote this down", "en"),
        ];
        assert_eq!(texts(all.clone(), None), ["What brings you to", "the land", "nobody wrote this down"]);
        if let Some(Finding::Speech { words, .. }) = all.first_mut().map(|first| &mut first.finding) {
            words.clear();
        }
        assert_eq!(texts(all, None), ["What brings you to", "nobody wrote this down"], "two thirds are covered");
    }

    #[test]
    fn of_captions_in_several_languages_one_track_counts() {
        let all = vec![
            said("supplied/studio-en/speech", 0, "hello out there", "en"),
            said("supplied/studio-de/speech", 0, "hallo da", "de"),
        ];
        assert_eq!(texts(all.clone(), None), ["hello out there"]);
        assert_eq!(texts(all.clone(), Some("de")), ["hallo da"]);
        assert_eq!(texts(all, Some("fr")), ["hello out there"]);
    }

    #[test]
    fn of_tracks_the_one_in_the_language_that_was_heard_counts_and_a_person_before_the_file() {
        let mut all = vec![
            said("supplied/embedded:2/speech", 0, "hello out there", "en"),
            said("supplied/embedded:3/speech", 0, "hallo da", "de"),
            said("supplied/embedded:4-forced/speech", 0, "nur dieses eine lange schild", "de"),
            said("speech/speech", 0, "hallo da draussen", "de"),
        ];
        assert_eq!(texts(all.clone(), None), ["hallo da", "draussen"]);
        assert_eq!(texts(all.clone(), Some("en")), ["hello out there"]);
        all.push(said("supplied/studio-de/speech", 0, "Hallo!", "de"));
        assert_eq!(texts(all, None), ["Hallo!", "da draussen"]);
    }

    #[test]
    fn what_a_person_corrected_stands_in_its_whole_stretch_and_may_be_nothing() {
        let mut edited = said("edited/1/speech", 1_000, "gate keepers", "en");
        let stretch = Span::at_least_one_micro(MediaTime::from_millis(500), MediaTime::from_millis(2_500));
        edited.provenance.parameters = edit::parameters(stretch);
        let all = vec![
            said("speech/speech", 0, "the late creepers are here", "en"),
            said("supplied/studio-en/speech", 1_000, "gatekeeper's", "en"),
            edited.clone(),
        ];
        assert_eq!(texts(all.clone(), None), ["the", "gate keepers"]);
        if let Finding::Speech { text, words, .. } = &mut edited.finding {
            text.clear();
            words.clear();
        }
        let emptied: Vec<Observation> =
            all.into_iter().filter(|seen| seen.origin() < Origin::Edited).chain([edited]).collect();
        assert_eq!(texts(emptied, None), ["the"]);
    }

    #[test]
    fn shots_are_those_of_one_source() {
        let shot = |analyzer: &str, start, end| {
            seen(analyzer, start, end, Finding::Shot { index: 0, opened_by: Transition::Cut })
        };
        let all =
            vec![shot("shots/shots", 0, 5_000), shot("import/old/shots", 0, 4_000), shot("shots/shots", 5_000, 9_000)];
        let left = standing(all, None);
        assert_eq!(left.len(), 1);
        assert!(left.iter().all(|seen| seen.origin() == Origin::Imported));
    }

    #[test]
    fn without_a_second_source_everything_stays_as_it_is() {
        let all = vec![said("speech/speech", 0, "one two", "en"), said("speech/speech", 500, "three", "en")];
        assert_eq!(standing(all.clone(), Some("de")), all);
    }
}
