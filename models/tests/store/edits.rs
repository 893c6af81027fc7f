//! Lines that people correct: locked against re-runs and imports, against each other by version, and taken back.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reelgraph_models::asset::Asset;
use reelgraph_models::captions::CaptionFormat;
use reelgraph_models::clock::SystemClock;
use reelgraph_models::edit::SpeechChange;
use reelgraph_models::id::{ObservationId, RunId};
use reelgraph_models::interchange::read_captions;
use reelgraph_models::job::{JobPriority, JobState};
use reelgraph_models::observation::{Finding, Modality, Observation, Provenance, Word, standing};
use reelgraph_models::run::{AnalyzerRun, StageCommit};
use reelgraph_models::scope::Scope;
use reelgraph_models::store::StoreError;
use reelgraph_models::time::{MediaTime, Span};

use crate::harness::{World, on_both};
use crate::reruns::analysed;
use crate::sample::{OTHER_TENANT, span_ms, spec};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    an_edit_outranks_everybody_and_survives_a_re_run_and_an_import,
    whoever_is_slower_is_told_so,
    an_edit_is_taken_back_and_the_machine_stands_again,
    what_cannot_be_edited_is_refused,
);

/// What the recogniser heard, half a second a word.
pub(crate) fn heard(asset: &Asset, lines: &[(i64, &str)]) -> AnalyzerRun {
    let provenance = Provenance {
        analyzer: "speech/speech".to_owned(),
        model: "whisper-base".to_owned(),
        version: "1".to_owned(),
        parameters: String::new(),
        run: RunId::generate(&SystemClock),
    };
    let line = |(start, text): &(i64, &str)| {
        let word = |(place, text): (i64, &str)| Word {
            text: text.to_owned(),
            span: span_ms(start + place * 500, start + place * 500 + 500),
            probability: 0.5,
        };
        let words: Vec<Word> = (0..).zip(text.split(' ')).map(word).collect();
        Observation {
            id: ObservationId::generate(&SystemClock),
            asset: asset.id,
            span: span_ms(*start, start + words.len() as i64 * 500),
            modality: Modality::Speech,
            finding: Finding::Speech {
                text: (*text).to_owned(),
                language: "en".to_owned(),
                words,
                suspect: Vec::new(),
            },
            confidence: 0.5,
            provenance: provenance.clone(),
        }
    };
    AnalyzerRun { observations: lines.iter().map(line).collect(), provenance: provenance.clone() }
}

const HEARD: [(i64, &str); 2] = [(1_000, "what brings you to the land"), (10_000, "of the gate creepers")];

pub(crate) async fn film(world: &World) -> anyhow::Result<Asset> {
    let asset = analysed(world, "a").await?;
    world.tenant.replace_run(asset.id, &heard(&asset, &HEARD)).await?;
    Ok(asset)
}

async fn speech(world: &World, asset: &Asset) -> anyhow::Result<Vec<Observation>> {
    Ok(world.tenant.all_observations(asset.id, &[Modality::Speech]).await?)
}

pub(crate) async fn line(world: &World, asset: &Asset, text: &str) -> anyhow::Result<Observation> {
    let all = speech(world, asset).await?;
    all.into_iter().find(|seen| seen.finding.text() == Some(text)).with_context(|| format!("nobody says {text:?}"))
}

/// What stands, as captions and moments show it.
pub(crate) async fn stands(world: &World, asset: &Asset) -> anyhow::Result<Vec<String>> {
    let left = standing(speech(world, asset).await?, None);
    Ok(left.iter().filter_map(|seen| seen.finding.text().map(str::to_owned)).collect())
}

pub(crate) fn says(text: &str) -> SpeechChange {
    SpeechChange { text: text.to_owned(), language: None, span: None, editor: Some("Mary".to_owned()) }
}

async fn work_off(world: &World) -> anyhow::Result<()> {
    while let Some(lease) = world.store.jobs().lease_next("w", LEASE).await? {
        world.store.jobs().complete(&lease).await?;
    }
    Ok(())
}

async fn an_edit_outranks_everybody_and_survives_a_re_run_and_an_import(world: World) -> anyhow::Result<()> {
    let asset = film(&world).await?;
    let wrong = line(&world, &asset, "of the gate creepers").await?;
    let edited = world.tenant.edit_speech(wrong.id, 0, &says("of the Gatekeepers")).await?;
    assert_eq!((edited.job.scope, edited.job.priority), (Scope::MOMENTS, JobPriority::Interactive));
    assert_eq!(edited.job.state, JobState::Queued);
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land", "of the Gatekeepers"]);
    let Finding::Speech { words, .. } = &edited.line.finding else { bail!("an edit is speech") };
    let times: Vec<i64> = words.iter().map(|word| word.span.start().as_millis()).collect();
    assert_eq!(times, [10_000, 10_500, 11_000], "words that stayed keep their times");

    let kept = world.tenant.speech_edits(&[edited.line.id, wrong.id]).await?;
    let kept = kept.get(&edited.line.id).filter(|_| kept.len() == 1).context("one of them is an edit")?;
    assert_eq!((kept.version, kept.editor.as_deref()), (1, Some("Mary")));
    assert_eq!(kept.original, wrong);

    // The recogniser runs again, cuts its lines elsewhere and hears something else.
    work_off(&world).await?;
    world.tenant.enqueue_job(asset.id, spec()).await?;
    let lease = world.store.jobs().lease_next("w", LEASE).await?.context("nothing to lease")?;
    let again = heard(&asset, &[(1_000, "what brings you to the land"), (9_500, "off of the late reapers my dear")]);
    world
        .store
        .jobs()
        .complete_stage(&lease, &StageCommit { runs: vec![again], ..StageCommit::new("analyze") })
        .await?;
    world.store.jobs().complete(&lease).await?;
    let left = stands(&world, &asset).await?;
    assert_eq!(left, ["what brings you to the land", "off my dear", "of the Gatekeepers"]);

    // Captions come in over all of it.
    let file = "WEBVTT\n\n00:01.000 --> 00:03.000\nWhat brings you here?\n\n00:10.000 --> 00:12.000\nOf the gate.\n";
    let captions = read_captions(file.as_bytes(), CaptionFormat::WebVtt, "studio", "en", None)?;
    world.tenant.import_analysis(asset.id, &captions).await?;
    let left = stands(&world, &asset).await?;
    ensure!(left.contains(&"of the Gatekeepers".to_owned()) && !left.contains(&"Of the gate.".to_owned()), "{left:?}");
    Ok(())
}

async fn whoever_is_slower_is_told_so(world: World) -> anyhow::Result<()> {
    let asset = film(&world).await?;
    let wrong = line(&world, &asset, "of the gate creepers").await?;
    let first = world.tenant.edit_speech(wrong.id, 0, &says("of the Gatekeepers")).await?.line;
    let conflict = |error: Result<_, StoreError>| match error {
        Err(StoreError::EditConflict { line, version }) => Some((line, version)),
        _ => None,
    };
    // Another one saw the machine's line; a third saw the edit before it changed.
    let slow = world.tenant.edit_speech(wrong.id, 0, &says("of the gate")).await;
    assert_eq!(conflict(slow), Some((first.id, 1)));
    let second = world.tenant.edit_speech(first.id, 1, &says("of the gatekeepers!")).await?.line;
    assert_eq!((second.id, second.provenance.version.as_str()), (first.id, "2"), "one line keeps its id");
    assert_eq!(conflict(world.tenant.edit_speech(first.id, 1, &says("late")).await), Some((first.id, 2)));
    assert_eq!(conflict(world.tenant.revert_speech(first.id, 1).await), Some((first.id, 2)));
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land", "of the gatekeepers!"]);
    let kept = world.tenant.speech_edits(&[first.id]).await?.remove(&first.id).context("it is an edit")?;
    assert_eq!((kept.version, kept.original.id), (2, wrong.id), "the machine's line, not the edit before");
    Ok(())
}

async fn an_edit_is_taken_back_and_the_machine_stands_again(world: World) -> anyhow::Result<()> {
    let asset = film(&world).await?;
    let wrong = line(&world, &asset, "of the gate creepers").await?;
    // Nobody says it, and it is somewhere else.
    let nothing = SpeechChange { span: Some(span_ms(10_500, 11_000)), ..says(" ") };
    let edited = world.tenant.edit_speech(wrong.id, 0, &nothing).await?.line;
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land"]);
    let back = world.tenant.revert_speech(edited.id, 1).await?;
    assert_eq!(back.line, wrong);
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land", "of the gate creepers"]);
    assert_eq!(speech(&world, &asset).await?.len(), 2);
    assert!(world.tenant.speech_edits(&[edited.id]).await?.is_empty());
    let gone = world.tenant.revert_speech(edited.id, 1).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
    let never = world.tenant.revert_speech(wrong.id, 0).await;
    assert!(matches!(never, Err(StoreError::Invalid { .. })), "{never:?}");

    // What was edited goes with its asset.
    world.tenant.edit_speech(wrong.id, 0, &says("once more")).await?;
    world.tenant.delete_asset(asset.id).await?;
    assert!(speech(&world, &asset).await?.is_empty());
    Ok(())
}

async fn what_cannot_be_edited_is_refused(world: World) -> anyhow::Result<()> {
    let asset = film(&world).await?;
    let wrong = line(&world, &asset, "of the gate creepers").await?;
    let before = Span::at_least_one_micro(MediaTime::from_millis(-5), MediaTime::from_millis(5));
    for change in [
        says(&"x".repeat(2_001)),
        SpeechChange { language: Some("English".to_owned()), ..says("a") },
        SpeechChange { language: Some("eng".to_owned()), ..says("a") },
        SpeechChange { span: Some(before), ..says("a") },
        SpeechChange { editor: Some("x".repeat(201)), ..says("a") },
    ] {
        let refused = world.tenant.edit_speech(wrong.id, 0, &change).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{change:?}: {refused:?}");
    }
    let tag = world.tenant.all_observations(asset.id, &[Modality::Tags]).await?;
    let tag = tag.first().context("there are tags")?;
    let refused = world.tenant.edit_speech(tag.id, 0, &says("a")).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    let foreign = world.store.tenant(OTHER_TENANT).edit_speech(wrong.id, 0, &says("a")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })), "{foreign:?}");
    let nul = world.tenant.edit_speech(wrong.id, 0, &says("a\0b 🦀")).await?;
    assert_eq!(nul.line.finding.text(), Some("ab 🦀"));
    Ok(())
}
