//! One interlaced frame made progressive, with the help of its neighbours.

use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error, filter};

use super::frame::{FrameFacts, facts_of, share};

/// Deinterlaces `current` by bwdif, with the frames before and after it where they are of the same kind.
///
/// Only sampled frames come here, a few a second, so that a graph for each is cheaper than filtering every frame.
pub(crate) fn deinterlace(before: Option<&Video>, current: &Video, after: Option<&Video>) -> Result<Video, Error> {
    let facts = facts_of(current).ok_or(Error::InvalidData)?;
    let alike = |frame: &&Video| facts_of(frame).is_some_and(|other| same_kind(&other, &facts));
    let frames: Vec<&Video> =
        [before.filter(alike), Some(current), after.filter(alike)].into_iter().flatten().collect();
    let wanted = usize::from(before.filter(alike).is_some());

    let mut graph = filter::Graph::new();
    let arguments = format!(
        "video_size={}x{}:pix_fmt={}:time_base=1/25:pixel_aspect={}/{}",
        facts.width_px, facts.height_px, facts.format, facts.pixel_aspect.0, facts.pixel_aspect.1
    );
    let source = filter::find("buffer").ok_or(Error::FilterNotFound)?;
    let sink = filter::find("buffersink").ok_or(Error::FilterNotFound)?;
    graph.add(&source, "in", &arguments)?;
    graph.add(&sink, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse("bwdif=mode=send_frame:deint=all:threads=1")?;
    graph.validate()?;

    for (position, frame) in frames.iter().enumerate() {
        let mut frame = share(frame)?;
        frame.set_pts(i64::try_from(position).ok());
        graph.get("in").ok_or(Error::FilterNotFound)?.source().add(&frame)?;
    }
    graph.get("in").ok_or(Error::FilterNotFound)?.source().close(i64::try_from(frames.len()).unwrap_or(0))?;
    let mut sink = graph.get("out").ok_or(Error::FilterNotFound)?;
    for position in 0..frames.len() {
        let mut frame = Video::empty();
        sink.sink().frame(&mut frame)?;
        if position == wanted {
            return Ok(frame);
        }
    }
    Err(Error::InvalidData)
}

fn same_kind(a: &FrameFacts, b: &FrameFacts) -> bool {
    (a.width_px, a.height_px, a.format) == (b.width_px, b.height_px, b.format)
}
