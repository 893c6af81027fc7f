//! OpenTimelineIO: a timeline with a track of pictures and one of sound, in the schemas that 0.14 and later read
//! (<https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-serialized-schema.html>).
//!
//! Each clip counts at its film's own rate. All that is known of a moment is in its metadata, under `reelgraph`.

use serde::Serialize;

use super::clip::{Clip, Cut};
use super::json::{self, Moment};
use super::rate::FrameRate;

/// Key of the one media reference of a clip, as the library itself names it.
const MEDIA_KEY: &str = "DEFAULT_MEDIA";

#[derive(Debug, Serialize)]
pub(super) struct Timeline<'a> {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    metadata: Metadata<SetFacts<'a>>,
    name: &'a str,
    global_start_time: RationalTime,
    tracks: Stack<'a>,
}

#[derive(Debug, Serialize)]
struct Metadata<T> {
    reelgraph: T,
}

#[derive(Debug, Serialize)]
struct SetFacts<'a> {
    url: &'a str,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct Stack<'a> {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    name: &'static str,
    children: Vec<Track<'a>>,
}

#[derive(Debug, Serialize)]
struct Track<'a> {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    name: &'static str,
    kind: &'static str,
    children: Vec<Item<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Clip(Box<OtioClip<'a>>),
    Gap(Gap),
}

#[derive(Debug, Serialize)]
struct OtioClip<'a> {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    metadata: Metadata<Moment<'a>>,
    name: &'a str,
    source_range: TimeRange,
    markers: Vec<Marker<'a>>,
    enabled: bool,
    media_references: MediaReferences<'a>,
    active_media_reference_key: &'static str,
}

#[derive(Debug, Serialize)]
struct MediaReferences<'a> {
    #[serde(rename = "DEFAULT_MEDIA")]
    default: ExternalReference<'a>,
}

#[derive(Debug, Serialize)]
struct ExternalReference<'a> {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    name: &'a str,
    available_range: Option<TimeRange>,
    target_url: &'a str,
}

#[derive(Debug, Serialize)]
struct Marker<'a> {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    name: &'a str,
    color: &'static str,
    comment: String,
    marked_range: TimeRange,
}

#[derive(Debug, Serialize)]
struct Gap {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    source_range: TimeRange,
}

#[derive(Debug, Serialize)]
struct TimeRange {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    start_time: RationalTime,
    duration: RationalTime,
}

#[derive(Debug, Serialize)]
struct RationalTime {
    #[serde(rename = "OTIO_SCHEMA")]
    schema: &'static str,
    rate: f64,
    value: f64,
}

pub(super) fn timeline<'a>(cut: &Cut<'a>) -> Timeline<'a> {
    let video = track("V1", "Video", cut, |clip| clip.moment.asset.video.is_some());
    let audio = track("A1", "Audio", cut, |clip| clip.moment.asset.has_audio);
    Timeline {
        schema: "Timeline.1",
        metadata: Metadata { reelgraph: SetFacts { url: &cut.set.url, notes: &cut.set.notes } },
        name: &cut.set.title,
        global_start_time: time(Cut::origin(cut.timebase), cut.timebase.rate()),
        tracks: Stack { schema: "Stack.1", name: "tracks", children: video.into_iter().chain(audio).collect() },
    }
}

/// The clips that belong on a track, and gaps as long as the others; no track without clips.
fn track<'a>(
    name: &'static str,
    kind: &'static str,
    cut: &Cut<'a>,
    belongs: impl Fn(&Clip<'a>) -> bool,
) -> Option<Track<'a>> {
    cut.clips.iter().any(&belongs).then(|| {
        let items = cut.clips.iter().enumerate().map(|(index, clip)| match belongs(clip) {
            true => Item::Clip(Box::new(item(index + 1, clip))),
            false => {
                let source_range = range(0, clip.length(), clip.timebase.rate());
                Item::Gap(Gap { schema: "Gap.1", source_range })
            }
        });
        Track { schema: "Track.1", name, kind, children: items.collect() }
    })
}

fn item<'a>(rank: usize, clip: &Clip<'a>) -> OtioClip<'a> {
    let (moment, rate) = (clip.moment, clip.timebase.rate());
    let source_range = || range(clip.origin.saturating_add(clip.first), clip.length(), rate);
    OtioClip {
        schema: "Clip.2",
        metadata: Metadata { reelgraph: json::moment(rank, clip) },
        name: &moment.asset.file_name,
        source_range: source_range(),
        markers: vec![Marker {
            schema: "Marker.2",
            name: &moment.title,
            color: "GREEN",
            comment: moment.evidence.iter().filter_map(|line| line.text.as_deref()).collect::<Vec<_>>().join("\n"),
            marked_range: source_range(),
        }],
        enabled: true,
        media_references: MediaReferences {
            default: ExternalReference {
                schema: "ExternalReference.1",
                name: &moment.asset.title,
                available_range: clip.film_length().map(|length| range(clip.origin, length, rate)),
                target_url: &moment.asset.media_url,
            },
        },
        active_media_reference_key: MEDIA_KEY,
    }
}

fn range(start: i64, length: i64, rate: FrameRate) -> TimeRange {
    TimeRange { schema: "TimeRange.1", start_time: time(start, rate), duration: time(length, rate) }
}

fn time(frames: i64, rate: FrameRate) -> RationalTime {
    // The format has doubles only; they are exact for more frames than any film has.
    RationalTime { schema: "RationalTime.1", rate: rate.as_f64(), value: frames as f64 }
}
