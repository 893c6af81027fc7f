//! Subtitle tracks and closed captions inside the file, as speech that was supplied with it.

use std::collections::BTreeMap;

use reelgraph_media::SubtitleCue;
use reelgraph_models::captions::CaptionChannel;
use reelgraph_models::interchange::embedded_captions;
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::probe::{Probe, StreamInfo};
use reelgraph_models::run::AnalyzerRun;
use reelgraph_models::time::{MediaTime, Span};

use super::Context;
use crate::language;

/// The cues of each track and channel, by the stream that holds them.
type Tracks = BTreeMap<(u32, Option<CaptionChannel>), Vec<(Span, Vec<String>)>>;

/// Whether an analysis of these channels reads what the file says in writing. Captions inside pictures are read along with
/// pictures that are decoded for others; they are no reason to decode them.
pub(super) fn are_read(chosen: ModalitySet) -> bool {
    chosen.contains(Modality::Speech)
}

/// Whether that file has tracks for which it is decoded even where nothing else is.
pub(super) fn has_tracks(probe: &Probe) -> bool {
    probe.streams.iter().any(StreamInfo::is_subtitle_text)
}

/// One run for each track that is text, with whatever was read of it, and one for each channel of closed captions that says
/// anything; takes the place of what was read before.
///
/// They have no cell of coverage: what a machine hears between the lines is still to be computed.
pub(super) fn runs(context: &Context, probe: &Probe, cues: Vec<SubtitleCue>, length: MediaTime) -> Vec<AnalyzerRun> {
    let mut tracks = Tracks::new();
    for stream in probe.streams.iter().filter(|stream| stream.is_subtitle_text() && !stream.is_closed_captions()) {
        tracks.entry((stream.index, None)).or_default();
    }
    for SubtitleCue { stream, channel, span, lines } in cues {
        tracks.entry((stream, channel)).or_default().push((span, lines));
    }
    let runs = tracks.into_iter().filter_map(|((index, channel), cues)| {
        let stream = probe.streams.iter().find(|stream| stream.index == index)?;
        let captions = embedded_captions(stream, channel, cues, length, language::guess);
        Some(captions.analyzer_run(context.asset.id, context.store.clock().as_ref()))
    });
    runs.collect()
}
