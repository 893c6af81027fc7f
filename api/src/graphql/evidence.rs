//! From the ranked lists in which a hit stood to what a person can see and check.

use reelgraph_models::observation::{Finding, Modality, Observation, standing};
use reelgraph_search::highlight::{Highlight, Matcher};
use reelgraph_search::hit::{Contribution, Hit, Source};
use reelgraph_search::text::Channel;

use super::error::PublicError;
use super::loaders::ObservationsIn;
use super::session::Session;
use super::types::asset::Asset;
use super::types::observation::Word;
use super::types::search::{Evidence, EvidenceParts, EvidenceSource, LabelPath, TextFragment, TextRange};

/// Most pieces of evidence of one hit.
const MAX_EVIDENCE: usize = 32;
/// Most observations shown for one channel of one hit, so that one talkative channel does not hide the others.
const MAX_PER_CHANNEL: usize = 8;

/// The evidence of a hit, strongest channel first, in order of time within a channel. A channel whose observations have changed
/// since they were indexed still says that it matched, and when. Empty only where nothing but properties was asked for.
pub(crate) async fn gather(
    session: &Session,
    hit: &Hit,
    asset: &Asset,
    matcher: &Matcher,
) -> Result<Vec<Evidence>, PublicError> {
    let observations = session
        .loaders()
        .observations_in(ObservationsIn { asset: hit.asset, span: hit.span, modalities: Vec::new() })
        .await?;
    // Moments are made of what stands: a line that a caption or a person replaced was not what matched.
    let observations = standing(observations, None);
    let mut evidence = Vec::new();
    for contribution in &hit.contributions {
        let mut found = match &contribution.source {
            Source::Text if contribution.modality == Modality::Title => of_title(contribution, asset, matcher),
            Source::Text => of_words(contribution, &observations, matcher),
            Source::Vector { .. } => vec![of_vector(contribution, &observations)],
        };
        found.retain(|new| !evidence.iter().any(|old| is_same(old, new)));
        found.truncate(MAX_PER_CHANNEL);
        evidence.append(&mut found);
    }
    evidence.truncate(MAX_EVIDENCE);
    if evidence.is_empty() {
        evidence.extend(hit.contributions.first().map(bare));
    }
    Ok(evidence)
}

/// Merged moments overlap, so the same observation may stand behind two contributions; the first, stronger one counts.
fn is_same(old: &Evidence, new: &Evidence) -> bool {
    let (old_id, new_id) = (old.parts.observation.as_ref().map(|o| o.id), new.parts.observation.as_ref().map(|o| o.id));
    match (old_id, new_id) {
        (Some(old_id), Some(new_id)) => old_id == new_id,
        (None, None) => {
            let parts = |it: &Evidence| (it.parts.source, it.parts.modality, it.parts.span);
            parts(old) == parts(new) && old.space == new.space && old.text == new.text
        }
        _ => false,
    }
}

/// A contribution as it stands, without what it was seen by.
fn bare(contribution: &Contribution) -> Evidence {
    let (source, space) = match &contribution.source {
        Source::Text => (EvidenceSource::Text, None),
        Source::Vector { space, .. } => (EvidenceSource::Vector, Some(space)),
    };
    Evidence {
        parts: EvidenceParts { span: contribution.span, modality: contribution.modality, source, observation: None },
        text: None,
        highlights: Vec::new(),
        fragments: Vec::new(),
        words: Vec::new(),
        bounds: None,
        raw_score: contribution.raw_score,
        rank: contribution.rank,
        space: space.map(|space| space.key()),
        analyzer: None,
        model: space.map(|space| space.name.clone()),
        version: space.map(|space| space.version.clone()),
    }
}

fn of_title(contribution: &Contribution, asset: &Asset, matcher: &Matcher) -> Vec<Evidence> {
    let named = [asset.0.title.as_str(), asset.0.file_name.as_str()].into_iter().find_map(|text| {
        let highlights = matcher.find(text, None, Some(Channel::Title));
        (!highlights.is_empty()).then(|| with_text(bare(contribution), text, highlights))
    });
    vec![named.unwrap_or_else(|| bare(contribution))]
}

fn of_words(contribution: &Contribution, observations: &[Observation], matcher: &Matcher) -> Vec<Evidence> {
    let found: Vec<Evidence> = observations
        .iter()
        .filter(|observation| is_channel(contribution.modality, observation.modality))
        .filter(|observation| observation.span.overlaps(contribution.span))
        .filter_map(|observation| of_observation(contribution, observation, matcher))
        .collect();
    if found.is_empty() { vec![bare(contribution)] } else { found }
}

/// The text index has one channel for all that is seen.
fn is_channel(of_contribution: Modality, of_observation: Modality) -> bool {
    let seen = |modality| matches!(modality, Modality::Tags | Modality::Objects);
    of_contribution == of_observation || (seen(of_contribution) && seen(of_observation))
}

/// The channel of the text index that has an observation's words.
fn channel_of(modality: Modality) -> Option<Channel> {
    match modality {
        Modality::Tags | Modality::Objects => Some(Channel::Seen),
        other => Channel::ALL.into_iter().find(|channel| channel.modality() == other),
    }
}

fn of_observation(contribution: &Contribution, observation: &Observation, matcher: &Matcher) -> Option<Evidence> {
    let text = observation.finding.searchable_text()?;
    let text = text.as_ref();
    let language = observation.finding.language();
    // What may be invented is not indexed, so it is no evidence either.
    if matches!(&observation.finding, Finding::Speech { suspect, .. } if !suspect.is_empty()) {
        return None;
    }
    let channel = channel_of(observation.modality);
    let highlights = matcher.find(text, language, channel);
    if highlights.is_empty() {
        return None;
    }
    let provenance = &observation.provenance;
    let mut evidence = Evidence {
        analyzer: Some(provenance.analyzer.clone()),
        model: Some(provenance.model.clone()),
        version: Some(provenance.version.clone()),
        ..with_text(bare(contribution), text, highlights)
    };
    match &observation.finding {
        Finding::Speech { words, .. } => {
            let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            let matching = matcher.matching_words(&texts, language, channel);
            evidence.words = matching.into_iter().filter_map(|at| words.get(at)).map(Word::from).collect();
        }
        Finding::ScreenText { lines, .. } => {
            let line = lines.iter().find(|line| matcher.matches(&line.text, None, channel)).or_else(|| lines.first());
            evidence.bounds = line.map(|line| line.bounds.into());
        }
        Finding::Object { bounds, .. } => evidence.bounds = Some((*bounds).into()),
        _ => {}
    }
    evidence.parts.span = observation.span;
    evidence.parts.modality = observation.modality;
    evidence.parts.observation = Some(observation.clone());
    Some(evidence)
}

/// A passage shows the words it was made of, a frame the labels it was given.
fn of_vector(contribution: &Contribution, observations: &[Observation]) -> Evidence {
    let (is_shown, separator): (fn(Modality) -> bool, &str) = match contribution.modality {
        Modality::Passages => (|modality| modality == Modality::Speech, " "),
        Modality::Frames => (|modality| matches!(modality, Modality::Objects | Modality::Tags), ", "),
        _ => return bare(contribution),
    };
    let mut words: Vec<&str> = Vec::new();
    for observation in observations.iter().filter(|observation| observation.span.overlaps(contribution.span)) {
        let text = observation.finding.text().filter(|text| is_shown(observation.modality) && !words.contains(text));
        words.extend(text);
    }
    match words.as_slice() {
        [] => bare(contribution),
        words => with_text(bare(contribution), &words.join(separator), Vec::new()),
    }
}

fn with_text(evidence: Evidence, text: &str, highlights: Vec<Highlight>) -> Evidence {
    let highlights = highlights
        .into_iter()
        .map(|highlight| TextRange {
            start: highlight.start_char,
            end: highlight.end_char,
            terms: highlight.terms,
            via: highlight.via.iter().map(|path| LabelPath::from(path.as_ref())).collect(),
        })
        .collect::<Vec<_>>();
    Evidence { fragments: fragments(text, &highlights), text: Some(text.to_owned()), highlights, ..evidence }
}

fn fragments(text: &str, highlights: &[TextRange]) -> Vec<TextFragment> {
    let mut fragments = Vec::new();
    let mut chars = text.chars();
    let mut at = 0;
    let mut push = |piece: String, is_match| {
        if !piece.is_empty() {
            fragments.push(TextFragment { text: piece, is_match });
        }
    };
    for highlight in highlights {
        push(chars.by_ref().take(highlight.start.saturating_sub(at)).collect(), false);
        push(chars.by_ref().take(highlight.end.saturating_sub(highlight.start)).collect(), true);
        at = highlight.end;
    }
    push(chars.collect(), false);
    fragments
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn fragments_put_together_are_the_text(text in ".{0,60}", cuts in proptest::collection::vec(0_usize..60, 0..8)) {
            let length = text.chars().count();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(length)).collect();
            cuts.sort_unstable();
            let ranges: Vec<TextRange> = cuts
                .chunks_exact(2)
                .filter_map(|pair| if let &[start, end] = pair { Some(TextRange { start, end, terms: Vec::new(), via: Vec::new() }) } else { None })
                .collect();
            let joined: String = fragments(&text, &ranges).into_iter().map(|fragment| fragment.text).collect();
            proptest::prop_assert_eq!(joined, text);
        }
    }
}
