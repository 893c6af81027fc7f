//! Subtitle tracks inside the file, as speech that was supplied with it.

use std::collections::BTreeMap;

use reelgraph_media::SubtitleCue;
use reelgraph_models::interchange::embedded_captions;
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::probe::{Probe, StreamInfo};
use reelgraph_models::run::AnalyzerRun;
use reelgraph_models::time::{MediaTime, Span};

use super::Context;
use crate::language;

/// Whether an analysis of these channels reads the tracks of that file.
pub(super) fn are_read(probe: &Probe, chosen: ModalitySet) -> bool {
    chosen.contains(Modality::Speech) && probe.streams.iter().any(StreamInfo::is_subtitle_text)
}

/// One run for each track that is text, with whatever was read of it; takes the place of what was read before.
///
/// They have no cell of coverage: what a machine hears between the lines is still to be computed.
pub(super) fn runs(context: &Context, probe: &Probe, cues: Vec<SubtitleCue>, length: MediaTime) -> Vec<AnalyzerRun> {
    let mut tracks: BTreeMap<u32, Vec<(Span, Vec<String>)>> = BTreeMap::new();
    for SubtitleCue { stream, span, lines } in cues {
        tracks.entry(stream).or_default().push((span, lines));
    }
    let texts = probe.streams.iter().filter(|stream| stream.is_subtitle_text());
    texts
        .map(|stream| {
            let cues = tracks.remove(&stream.index).unwrap_or_default();
            let captions = embedded_captions(stream, cues, length, language::guess);
            captions.analyzer_run(context.asset.id, context.store.clock().as_ref())
        })
        .collect()
}
