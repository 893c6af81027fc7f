//! Everything as JSON. `docs/exports.md` describes it; fields may be added, none changes its meaning.

use serde::Serialize;

use super::clip::{Clip, Cut};

/// What `format` says in every such document.
const FORMAT: &str = "reelgraph-moments";
/// Goes up when an old reader would misread the document.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    format: &'static str,
    version: u32,
    title: &'a str,
    url: &'a str,
    notes: &'a [String],
    moments: Vec<Moment<'a>>,
}

/// A moment with all that is known of it; also what other formats carry along as their metadata.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moment<'a> {
    rank: usize,
    id: &'a str,
    title: &'a str,
    asset: Asset<'a>,
    start_micros: i64,
    end_micros: i64,
    frames: Frames,
    score: f32,
    language: Option<&'a str>,
    concepts: &'a [String],
    evidence: Vec<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Asset<'a> {
    id: &'a str,
    title: &'a str,
    file_name: &'a str,
    media_url: &'a str,
    duration_micros: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Frames {
    rate: [u32; 2],
    first: i64,
    end: i64,
    is_drop_frame: bool,
    timecode_in: String,
    timecode_out: String,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Evidence<'a> {
    channel: &'a str,
    start_micros: i64,
    end_micros: i64,
    text: Option<&'a str>,
}

pub(super) fn document<'a>(cut: &Cut<'a>) -> Document<'a> {
    let set = cut.set;
    let moments = cut.clips.iter().enumerate().map(|(index, clip)| moment(index + 1, clip)).collect();
    Document { format: FORMAT, version: VERSION, title: &set.title, url: &set.url, notes: &set.notes, moments }
}

/// `rank` is the place in the set, from 1.
pub(super) fn moment<'a>(rank: usize, clip: &Clip<'a>) -> Moment<'a> {
    let moment = clip.moment;
    let asset = &moment.asset;
    let rate = clip.timebase.rate();
    Moment {
        rank,
        id: &moment.id,
        title: &moment.title,
        asset: Asset {
            id: &asset.id,
            title: &asset.title,
            file_name: &asset.file_name,
            media_url: &asset.media_url,
            duration_micros: asset.duration.map(|duration| duration.as_micros()),
        },
        start_micros: moment.span.start().as_micros(),
        end_micros: moment.span.end().as_micros(),
        frames: Frames {
            rate: [rate.numerator(), rate.denominator()],
            first: clip.first,
            end: clip.end,
            is_drop_frame: clip.timebase.is_drop(),
            timecode_in: clip.timecode_in(),
            timecode_out: clip.timecode_out(),
            note: clip.note.clone(),
        },
        score: moment.score,
        language: moment.language.as_deref(),
        concepts: &moment.concepts,
        evidence: moment
            .evidence
            .iter()
            .map(|line| Evidence {
                channel: &line.channel,
                start_micros: line.span.start().as_micros(),
                end_micros: line.span.end().as_micros(),
                text: line.text.as_deref(),
            })
            .collect(),
    }
}
