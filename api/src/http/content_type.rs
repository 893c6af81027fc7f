//! The media type of an original, from what the probe found in it. Never one that a browser would run.

use reelgraph_models::probe::{Probe, StreamDetails};

/// The media type to send an original under; bytes without meaning until it was probed.
pub(super) fn of(probe: Option<&Probe>) -> &'static str {
    let Some(probe) = probe else { return "application/octet-stream" };
    let has_video = probe.main_video().is_some();
    let pick = |video, audio| if has_video { video } else { audio };
    // Names of FFmpeg's demuxers (https://ffmpeg.org/ffmpeg-formats.html) to registered types.
    match probe.container.split(',').next().unwrap_or_default() {
        "mov" => pick("video/mp4", "audio/mp4"),
        "matroska" if is_webm(probe) => pick("video/webm", "audio/webm"),
        "matroska" => pick("video/matroska", "audio/matroska"),
        "mpegts" => "video/mp2t",
        "mpeg" | "mpegvideo" => "video/mpeg",
        "ogg" => pick("video/ogg", "audio/ogg"),
        "avi" => "video/x-msvideo",
        "flv" | "live_flv" => "video/x-flv",
        "asf" => pick("video/x-ms-wmv", "audio/x-ms-wma"),
        "mp3" => "audio/mpeg",
        "wav" | "w64" => "audio/wav",
        "flac" => "audio/flac",
        "aac" => "audio/aac",
        "aiff" => "audio/aiff",
        "amr" => "audio/amr",
        _ => "application/octet-stream",
    }
}

/// WebM is Matroska with these codecs (<https://www.webmproject.org/docs/container/>).
fn is_webm(probe: &Probe) -> bool {
    probe
        .streams
        .iter()
        .filter(|stream| matches!(stream.details, StreamDetails::Video(_) | StreamDetails::Audio(_)))
        .all(|stream| matches!(stream.codec.as_str(), "vp8" | "vp9" | "av1" | "opus" | "vorbis"))
}
