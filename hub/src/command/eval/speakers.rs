//! Speakers: how much speech is missed, invented or given to somebody else in conversations that were composed.

use reelgraph_inference::score::{DiarizationError, Turn};
use reelgraph_models::time::{MediaTime, Span};
use serde_json::{Value, json};

use super::composed::{Conversation, Voices, write_wav};
use super::figure::Report;
use super::library::{Library, Server, micros};
use super::media::Media;
use crate::config::Config;

/// Conversations, each without and with music under it.
const CONVERSATIONS: u64 = 12;

const TURNS: &str = "query Turns($id: ID!) {
  asset(id: $id) { observations(modalities: [SPEAKERS], first: 100) {
    nodes { ... on SpeakerTurn { speaker span { startMicros endMicros } } } } }
}";

/// What was found in one conversation.
struct Scored {
    error: DiarizationError,
    /// Whether as many speakers were found as there are.
    is_count_right: bool,
}

pub(super) async fn run(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("speaker_") {
        return Ok(());
    }
    let Some(voices) = Voices::read(media)? else {
        report.skipped("speakers", format!("{} names no three speakers", Voices::TRUTH));
        return Ok(());
    };
    let conversations: Vec<Conversation> =
        (0..CONVERSATIONS).map(|seed| Conversation::compose(&voices, seed + 1)).collect();
    for (on, is_over_music) in [("composed conversations", false), ("the same over music, 10 dB softer", true)] {
        let folder = tempfile::tempdir()?;
        let mut files = Vec::with_capacity(conversations.len());
        for (number, conversation) in conversations.iter().enumerate() {
            let file = folder.path().join(format!("conversation-{number}.wav"));
            match is_over_music {
                true => write_wav(&conversation.over_music(number as u64 + 1), &file)?,
                false => write_wav(&conversation.samples, &file)?,
            }
            files.push(file);
        }
        let library = Library::create(config)?;
        let server = library.serve().await?;
        let assets = library.analyse_all(&server, &files).await?;
        let mut scored = Vec::with_capacity(assets.len());
        for (asset, conversation) in assets.iter().zip(&conversations) {
            let found = turns(&server, asset).await?;
            scored.push(Scored {
                error: DiarizationError::of(&conversation.turns, &found),
                is_count_right: speakers(&found) == speakers(&conversation.turns),
            });
        }
        let sum = |sample: &[&Scored]| sample.iter().map(|one| one.error).sum::<DiarizationError>();
        report.statistic("speaker_error_rate", "DER", on, &scored, |sample| sum(sample).rate())?;
        report.statistic("speaker_confusion", "share", on, &scored, |sample| sum(sample).confusion())?;
        let right = scored.iter().filter(|one| one.is_count_right).count();
        report.share("speaker_count_right", on, right, scored.len())?;
    }
    Ok(())
}

async fn turns(server: &Server, asset: &str) -> anyhow::Result<Vec<Turn>> {
    let answer = server.client.execute(TURNS, json!({ "id": asset })).await?;
    let nodes = answer.pointer("/asset/observations/nodes").and_then(Value::as_array).cloned().unwrap_or_default();
    let turn = |node: &Value| {
        let at = |edge: &str| Some(MediaTime::from_micros(micros(node.pointer(edge)?)? as i64));
        let span = Span::at_least_one_micro(at("/span/startMicros")?, at("/span/endMicros")?);
        Some((span, usize::try_from(node.get("speaker")?.as_u64()?).ok()?))
    };
    Ok(nodes.iter().filter_map(turn).collect())
}

fn speakers(turns: &[Turn]) -> usize {
    turns.iter().map(|turn| turn.1).collect::<std::collections::BTreeSet<_>>().len()
}
