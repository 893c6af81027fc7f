//! What words and things mean for publishing: offensive words in what was said and written, the tone of English sentences, and
//! things and sounds that hint at weapons, violence and drugs.

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::moderation::{
    HIERARCHY_VERSION, LabelSource, ModerationLabel, Policy, TermMatch, ToxicityModel, WordLists, weak_signal,
};
use reelgraph_models::observation::{Finding, Modality, Observation, RawScore, Severity, SoundKind, TextHit};

use super::Summary;
use crate::analyze::{Seen, SourceModel};

/// Language of the toxicity model.
const ENGLISH: &str = "en";

/// Judges texts; what of it could not be loaded does not judge.
#[derive(Debug, Default)]
pub(crate) struct Suitability {
    lists: Option<WordLists>,
    toxicity: Option<ToxicityModel>,
    policy: Policy,
}

impl Suitability {
    /// Loads what is here.
    pub(crate) fn load(store: &ModelStore) -> Self {
        let absent = |error: &InferenceError| tracing::warn!(%error, "texts are judged without a part of moderation");
        Self {
            lists: WordLists::load(store).inspect_err(absent).ok(),
            toxicity: ToxicityModel::load(store).inspect_err(absent).ok(),
            policy: Policy::default(),
        }
    }

    /// An entry for each way of judging that is here.
    pub(crate) fn judge(&self, observations: &[Observation]) -> Vec<Summary> {
        let (mut words, mut tones, mut things) = (Vec::new(), Vec::new(), Vec::new());
        for observation in observations {
            things.extend(thing(observation));
            let Some((text, language)) = words_of(observation) else { continue };
            let finds = self.lists.as_ref().map(|lists| lists.find(text, &[language])).unwrap_or_default();
            words.extend(finds.iter().filter_map(|find| self.word(observation, text, find)));
            if language == ENGLISH {
                tones.extend(self.tone(observation, text, &finds));
            }
        }
        let card = |name: &str, version: &str| SourceModel {
            modality: Modality::Suitability,
            model: name.to_owned(),
            version: version.to_owned(),
        };
        let lists = self.lists.as_ref().and_then(WordLists::card);
        let toxicity = self.toxicity.as_ref().map(ToxicityModel::card);
        let words = lists.map(|own| Summary::new("offensive_words", card(&own.name, &own.version), words));
        let tones = toxicity.map(|own| Summary::new("toxicity", card(&own.name, &own.version), tones));
        let things = Summary::new("sensitive_things", card("sensitive-things", HIERARCHY_VERSION), things);
        words.into_iter().chain(tones).chain([things]).collect()
    }

    fn word(&self, of: &Observation, text: &str, find: &TermMatch) -> Option<Seen> {
        let label = find.class.label()?;
        let chars = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let term = text.chars().skip(find.chars.start).take(find.chars.len()).collect();
        let hit = TextHit { term, start_char: chars(find.chars.start), end_char: chars(find.chars.end) };
        Some(seen(of, label, find.severity, Vec::new(), vec![hit], 1.0))
    }

    fn tone(&self, of: &Observation, text: &str, finds: &[TermMatch]) -> Option<Seen> {
        let model = self.toxicity.as_ref()?;
        let judged = self.policy.judge_text(model.score_in_context(text, finds))?;
        let raw = RawScore { model: model.card().name.clone(), class: "toxic".to_owned(), score: judged.score };
        Some(seen(of, judged.label, judged.severity, vec![raw], Vec::new(), judged.probability_at_least))
    }
}

/// Trusted words with their language; English where it is not known, whose list is looked through in any case.
fn words_of(observation: &Observation) -> Option<(&str, &str)> {
    match &observation.finding {
        Finding::Speech { text, language, suspect, .. } if suspect.is_empty() => Some((text, language)),
        Finding::ScreenText { text, language, .. } => Some((text, language.as_deref().unwrap_or(ENGLISH))),
        _ => None,
    }
}

/// What an object, a tag or a sound hints at; never a flag by itself.
fn thing(observation: &Observation) -> Option<Seen> {
    let (source, name) = match &observation.finding {
        Finding::Object { label, .. } => (LabelSource::Objects, label),
        Finding::Tag { label, .. } => (LabelSource::Tags, label),
        Finding::Sound { sound: SoundKind::Event, label } => (LabelSource::Sounds, label),
        _ => return None,
    };
    let signal = weak_signal(source, name)?;
    let raw =
        RawScore { model: observation.provenance.model.clone(), class: name.clone(), score: observation.confidence };
    let confidence = signal.weight * observation.confidence;
    Some(seen(observation, signal.label, Severity::None, vec![raw], Vec::new(), confidence))
}

fn seen(
    of: &Observation,
    label: &ModerationLabel,
    severity: Severity,
    scores: Vec<RawScore>,
    words: Vec<TextHit>,
    confidence: f32,
) -> Seen {
    let path = label.levels.map(str::to_owned).to_vec();
    Seen { span: of.span, finding: Finding::Moderation { path, severity, scores, words }, confidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{object, observation, span, speech};

    #[test]
    fn a_thing_only_hints_and_needs_no_model() {
        let observations =
            [object(0, 1_000, "knife", 0.8), object(0, 1_000, "dog", 0.9), speech(0, 900, "a knife", "en")];
        let found = Suitability::default().judge(&observations);
        let [things] = found.as_slice() else { panic!("without models only things are judged: {}", found.len()) };
        let [hint] = things.seen.as_slice() else { panic!("one hint") };
        let Finding::Moderation { path, severity, scores, .. } = &hint.finding else { panic!("a flag") };
        assert_eq!((path.first().map(String::as_str), *severity), (Some("Violence"), Severity::None));
        assert_eq!(scores.first().map(|score| score.class.as_str()), Some("knife"));
        assert!(hint.confidence < 0.1);
    }

    #[test]
    fn a_sound_hints_where_it_has_a_name_of_its_own() {
        let sound = |sound, label: &str| {
            let finding = Finding::Sound { sound, label: label.to_owned() };
            observation(span(0, 1_000), Modality::Sound, finding, 0.9)
        };
        let heard = [
            sound(SoundKind::Event, "Gunshot, gunfire"),
            sound(SoundKind::Event, "Dog"),
            sound(SoundKind::Music, "Explosion"),
        ];
        let found = Suitability::default().judge(&heard);
        let hints: Vec<&Finding> = found.iter().flat_map(|summary| &summary.seen).map(|seen| &seen.finding).collect();
        let [Finding::Moderation { path, severity, .. }] = hints.as_slice() else { panic!("one hint: {hints:?}") };
        assert_eq!(path.join("/"), "Violence/Weapons/Firearm");
        assert_eq!(*severity, Severity::None);
    }
}
