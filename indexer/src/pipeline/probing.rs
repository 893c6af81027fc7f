//! First stage: what the file is.

use reelgraph_models::reason::Reason;
use reelgraph_models::run::StageCommit;

use super::{Context, Stage};
use crate::error::IndexError;

pub(super) async fn run(context: &Context) -> Result<StageCommit, IndexError> {
    let (sandbox, original) = (context.sandbox.clone(), context.original.path().await?.to_owned());
    let probe = tokio::task::spawn_blocking(move || sandbox.probe(&original))
        .await
        .map_err(|_| IndexError::ThreadLost { thread: Stage::Probe.as_str().to_owned() })??;
    let undecodable = probe.streams.iter().filter(|stream| !stream.is_decodable);
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
        .collect();
    Ok(StageCommit { probe: Some(probe), warnings, ..StageCommit::new(Stage::Probe.as_str()) })
}
