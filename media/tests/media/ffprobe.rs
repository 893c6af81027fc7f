//! What the `ffprobe` program says of a file, to compare with.

use std::path::Path;
use std::process::Command;

use reelgraph_models::probe::{Probe, StreamDetails};
use serde_json::Value;

/// The program's view, if it has one.
pub(crate) fn view(path: &Path) -> Option<Value> {
    let run = Command::new("ffprobe")
        .args(["-v", "quiet", "-print_format", "json", "-show_format", "-show_streams", "-show_chapters"])
        .arg(path)
        .output()
        .unwrap();
    serde_json::from_slice::<Value>(&run.stdout).ok().filter(|view| view.get("format").is_some())
}

/// Every difference between the two views in what they both state.
pub(crate) fn differences(probe: &Probe, view: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            found.push(format!("{what}: {ours} here, {theirs} there"));
        }
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let format = view.get("format").unwrap();
    compare("container", probe.container.clone(), text(format.get("format_name").unwrap()));
    let empty = Vec::new();
    let streams = view.get("streams").and_then(Value::as_array).unwrap_or(&empty);
    compare("streams", probe.streams.len().to_string(), streams.len().to_string());
    let chapters = view.get("chapters").and_then(Value::as_array).map_or(0, Vec::len);
    compare("chapters", probe.chapters.len().to_string(), chapters.to_string());
    if let Some(seconds) = format.get("duration").and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok()) {
        let ours = probe.duration.as_seconds_f64();
        if (ours - seconds).abs() > 0.05 {
            compare("duration", ours.to_string(), seconds.to_string());
        }
    }
    for (ours, theirs) in probe.streams.iter().zip(streams) {
        let stated = |key: &str| theirs.get(key).map(text);
        compare(
            "codec",
            ours.codec.clone(),
            stated("codec_name").unwrap_or_else(|| "none".to_owned()).replace("unknown", "none"),
        );
        match &ours.details {
            StreamDetails::Video(video) => {
                compare("width", video.width_px.to_string(), stated("width").unwrap_or_default());
                compare("height", video.height_px.to_string(), stated("height").unwrap_or_default());
                if let Some(aspect) = stated("sample_aspect_ratio").filter(|aspect| aspect != "0:1") {
                    compare("pixel aspect", format!("{}:{}", video.pixel_aspect.0, video.pixel_aspect.1), aspect);
                }
                let rate = stated("avg_frame_rate").filter(|rate| rate != "0/0");
                if let (Some((frames, seconds)), Some(rate)) = (video.frame_rate, rate) {
                    compare("frame rate", format!("{frames}/{seconds}"), rate);
                }
                let turned = theirs
                    .get("side_data_list")
                    .and_then(Value::as_array)
                    .and_then(|list| list.iter().find_map(|data| data.get("rotation").and_then(Value::as_i64)));
                let clockwise = (360 - turned.unwrap_or(0)).rem_euclid(360);
                compare("rotation", video.rotation_degrees.to_string(), clockwise.to_string());
                let transfer = stated("color_transfer").filter(|name| name == "smpte2084" || name == "arib-std-b67");
                compare("transfer", video.hdr_transfer.clone().unwrap_or_default(), transfer.unwrap_or_default());
                let fields = stated("field_order").is_some_and(|order| order != "progressive" && order != "unknown");
                compare("interlaced", video.is_interlaced.to_string(), fields.to_string());
            }
            StreamDetails::Audio(audio) => {
                compare("channels", audio.channels.to_string(), stated("channels").unwrap_or_default());
                compare("sample rate", audio.sample_rate_hz.to_string(), stated("sample_rate").unwrap_or_default());
            }
            StreamDetails::Subtitle { .. } | StreamDetails::Data => {}
        }
    }
    found
}
