//! First stage: what the file is.

use reelgraph_models::probe::{Probe, StreamDetails, StreamInfo};
use reelgraph_models::reason::Reason;
use reelgraph_models::run::StageCommit;

use super::{Context, Stage};
use crate::error::IndexError;

pub(super) async fn run(context: &Context) -> Result<StageCommit, IndexError> {
    let (sandbox, original) = (context.sandbox.clone(), context.original.path().await?.to_owned());
    let probe = tokio::task::spawn_blocking(move || sandbox.probe(&original))
        .await
        .map_err(|_| IndexError::ThreadLost { thread: Stage::Probe.as_str().to_owned() })??;
    // Cameras and telephones write tracks of data that only their own programs read.
    let is_data = |stream: &StreamInfo| matches!(stream.details, StreamDetails::Data);
    let undecodable = probe.streams.iter().filter(|stream| !stream.is_decodable && !is_data(stream));
    let pictures = probe.streams.iter().filter(|stream| stream.is_subtitle_picture()).map(|stream| {
        let message =
            format!("the subtitles of stream {} ({}) are no text and are left out", stream.index, stream.codec);
        Reason::new("bitmap_subtitles", message)
    });
    let warnings = undecodable
        .map(|stream| {
            let message = format!("stream {} ({}) has no decoder here and is left out", stream.index, stream.codec);
            Reason::new("undecodable_stream", message)
        })
        .chain(pictures)
        .chain(unheard(&probe))
        .collect();
    Ok(StageCommit { probe: Some(probe), warnings, ..StageCommit::new(Stage::Probe.as_str()) })
}

/// A warning where there are tracks of sound beside the one that is listened to.
fn unheard(probe: &Probe) -> Option<Reason> {
    let name = |stream: &StreamInfo| match &stream.language {
        Some(language) => format!("{} ({language})", stream.index),
        None => stream.index.to_string(),
    };
    let heard = probe.main_audio()?;
    let is_left_out = |stream: &&StreamInfo| {
        stream.is_decodable && stream.index != heard.index && matches!(stream.details, StreamDetails::Audio(_))
    };
    let left_out: Vec<String> = probe.streams.iter().filter(is_left_out).map(name).collect();
    let message = format!(
        "only the sound of stream {} is listened to, that of {} is left out; to have it searched too, bring a file whose first \
         or default track of sound it is",
        name(heard),
        left_out.join(", ")
    );
    (!left_out.is_empty()).then(|| Reason::new("unheard_audio", message))
}
