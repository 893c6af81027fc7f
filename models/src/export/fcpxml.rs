//! Final Cut Pro XML 1.10 (<https://developer.apple.com/documentation/professional_video_applications/fcpxml_reference>): one
//! project whose primary storyline is the moments one after another.
//!
//! Times are fractions of a second that lie on frames: of the film for where a clip begins in it, of the project for where and
//! how long it stands in the project.

use super::clip::{Clip, Cut};
use super::moment::ExportedAsset;
use super::rate::FrameRate;
use super::text::{one_line, xml};
use super::timecode::Timebase;

/// Rates that `conform-rate` has a name for.
const CONFORM_NAMES: [(u32, u32, &str); 10] = [
    (24_000, 1_001, "23.98"),
    (24, 1, "24"),
    (25, 1, "25"),
    (30_000, 1_001, "29.97"),
    (30, 1, "30"),
    (48_000, 1_001, "47.95"),
    (48, 1, "48"),
    (50, 1, "50"),
    (60_000, 1_001, "59.94"),
    (60, 1, "60"),
];
/// Size of a project without pictures.
const DEFAULT_SIZE_PX: (u32, u32) = (1_920, 1_080);

/// A picture format, which films share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    rate: FrameRate,
    width_px: u32,
    height_px: u32,
}

/// The formats and films of a project, each once; ids are their places.
#[derive(Debug, Default)]
struct Resources<'a> {
    formats: Vec<Format>,
    films: Vec<(&'a ExportedAsset, &'a Clip<'a>)>,
}

impl<'a> Resources<'a> {
    /// The project's own format is the first.
    fn of(cut: &'a Cut<'a>) -> Self {
        let of_project = cut.clips.iter().find(|clip| clip.timebase == cut.timebase).and_then(format);
        let (width_px, height_px) = DEFAULT_SIZE_PX;
        let default = Format { rate: cut.timebase.rate(), width_px, height_px };
        let mut resources = Self { formats: vec![of_project.unwrap_or(default)], films: Vec::new() };
        for clip in &cut.clips {
            let asset = &*clip.moment.asset;
            if resources.films.iter().all(|(known, _)| known.id != asset.id) {
                resources.films.push((asset, clip));
            }
            let new = format(clip).filter(|format| !resources.formats.contains(format));
            resources.formats.extend(new);
        }
        resources
    }

    fn format_id(&self, clip: &Clip<'_>) -> Option<String> {
        let wanted = format(clip)?;
        let place = self.formats.iter().position(|format| *format == wanted)?;
        Some(format!("r{}", place + 1))
    }

    fn film_id(&self, asset: &ExportedAsset) -> String {
        let place = self.films.iter().position(|(known, _)| known.id == asset.id).unwrap_or_default();
        format!("r{}", self.formats.len() + place + 1)
    }
}

/// The format of the picture; none where there is only sound.
fn format(clip: &Clip<'_>) -> Option<Format> {
    let video = clip.moment.asset.video.as_ref()?;
    Some(Format { rate: clip.timebase.rate(), width_px: video.width_px, height_px: video.height_px })
}

pub(super) fn write(cut: &Cut<'_>) -> String {
    let resources = Resources::of(cut);
    let title = xml(&one_line(&cut.set.title));
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE fcpxml>\n<fcpxml version=\"1.10\">\n  <resources>\n",
    );
    for (index, format) in resources.formats.iter().enumerate() {
        let Format { rate, width_px, height_px } = format;
        let (numerator, denominator) = (rate.numerator(), rate.denominator());
        out.push_str(&format!(
            "    <format id=\"r{}\" frameDuration=\"{denominator}/{numerator}s\" width=\"{width_px}\" height=\"{height_px}\"/>\n",
            index + 1
        ));
    }
    for (asset, clip) in &resources.films {
        out.push_str(&film(&resources, asset, clip));
    }
    let (rate, origin) = (cut.timebase.rate(), Cut::origin(cut.timebase));
    let mut spine = String::new();
    let mut at = origin;
    for clip in &cut.clips {
        let length = length_in(clip, rate);
        spine.push_str(&storyline_clip(&resources, clip, cut.timebase, at, length));
        at = at.saturating_add(length);
    }
    let (duration, start) = (time(at.saturating_sub(origin), rate), time(origin, rate));
    out.push_str(&format!(
        "  </resources>\n  <library>\n    <event name=\"{title}\">\n      <project name=\"{title}\">\n        \
         <sequence format=\"r1\" duration=\"{duration}\" tcStart=\"{start}\" tcFormat=\"{}\">\n{}          <spine>\n{spine}          </spine>\n        \
         </sequence>\n      </project>\n    </event>\n  </library>\n</fcpxml>\n",
        tc_format(cut.timebase),
        notes(&cut.set.notes),
    ));
    out
}

fn notes(notes: &[String]) -> String {
    if notes.is_empty() { String::new() } else { format!("          <note>{}</note>\n", xml(&notes.join("\n"))) }
}

fn film(resources: &Resources<'_>, asset: &ExportedAsset, clip: &Clip<'_>) -> String {
    let rate = clip.timebase.rate();
    let mut attributes = format!(
        "id=\"{}\" name=\"{}\" start=\"{}\"",
        resources.film_id(asset),
        xml(&one_line(&asset.title)),
        time(clip.origin, rate)
    );
    if let Some(length) = clip.film_length() {
        attributes.push_str(&format!(" duration=\"{}\"", time(length, rate)));
    }
    if let Some(format) = resources.format_id(clip) {
        attributes.push_str(&format!(" hasVideo=\"1\" videoSources=\"1\" format=\"{format}\""));
    }
    if asset.has_audio {
        attributes.push_str(" hasAudio=\"1\" audioSources=\"1\"");
    }
    format!(
        "    <asset {attributes}>\n      <media-rep kind=\"original-media\" src=\"{}\" suggestedFilename=\"{}\"/>\n    </asset>\n",
        xml(&asset.media_url),
        xml(&one_line(&asset.file_name))
    )
}

fn storyline_clip(resources: &Resources<'_>, clip: &Clip<'_>, project: Timebase, at: i64, length: i64) -> String {
    let (moment, rate) = (clip.moment, clip.timebase.rate());
    let start = time(clip.origin.saturating_add(clip.first), rate);
    let duration = time(length, project.rate());
    let mut attributes = format!(
        "ref=\"{}\" offset=\"{}\" name=\"{}\" start=\"{start}\" duration=\"{duration}\" tcFormat=\"{}\"",
        resources.film_id(&moment.asset),
        time(at, project.rate()),
        xml(&one_line(&moment.asset.title)),
        tc_format(clip.timebase),
    );
    if let Some(format) = resources.format_id(clip) {
        attributes.push_str(&format!(" format=\"{format}\""));
    }
    let mut inside = format!("              <note>{}</note>\n", xml(&note(clip)));
    if let Some(name) = conform_name(rate).filter(|_| rate != project.rate()) {
        inside.push_str(&format!("              <conform-rate scaleEnabled=\"0\" srcFrameRate=\"{name}\"/>\n"));
    }
    inside.push_str(&format!(
        "              <marker start=\"{start}\" duration=\"{}\" value=\"{}\"/>\n",
        time(1, rate),
        xml(&moment.title)
    ));
    if !moment.concepts.is_empty() {
        inside.push_str(&format!(
            "              <keyword start=\"{start}\" duration=\"{duration}\" value=\"{}\"/>\n",
            xml(&moment.concepts.join(", "))
        ));
    }
    let facts = [("moment", moment.id.clone()), ("score", moment.score.to_string())];
    let facts = facts.map(|(key, value)| format!("<md key=\"app.reelgraph.{key}\" value=\"{}\"/>", xml(&value)));
    inside.push_str(&format!("              <metadata>{}</metadata>\n", facts.concat()));
    format!("            <asset-clip {attributes}>\n{inside}            </asset-clip>\n")
}

/// Why it is there, and what is not exact about it.
fn note(clip: &Clip<'_>) -> String {
    let evidence = clip.moment.evidence.iter().map(|line| match &line.text {
        Some(text) => format!("{}: {text}", line.channel),
        None => line.channel.clone(),
    });
    evidence.chain(clip.note.clone()).collect::<Vec<_>>().join("\n")
}

/// Frames of the project that show all frames of the clip, but none that the film does not have.
fn length_in(clip: &Clip<'_>, project: FrameRate) -> i64 {
    let rate = clip.timebase.rate();
    if rate == project {
        return clip.length();
    }
    let above = i128::from(rate.denominator()) * i128::from(project.numerator());
    let below = i128::from(rate.numerator()) * i128::from(project.denominator());
    let whole = |frames: i64, up: i128| i64::try_from((i128::from(frames) * above + up) / below).unwrap_or(i64::MAX);
    let rest = clip.film_length().map_or(i64::MAX, |length| whole(length.saturating_sub(clip.first), 0));
    whole(clip.length(), below - 1).min(rest).max(1)
}

fn conform_name(rate: FrameRate) -> Option<&'static str> {
    let is_named = |(numerator, denominator, _): &&(u32, u32, &str)| {
        (*numerator, *denominator) == (rate.numerator(), rate.denominator())
    };
    CONFORM_NAMES.iter().find(is_named).map(|(_, _, name)| *name)
}

/// A number of frames as a fraction of a second, a whole multiple of the frame's duration.
fn time(frames: i64, rate: FrameRate) -> String {
    let (above, below) = (i128::from(frames) * i128::from(rate.denominator()), i128::from(rate.numerator()));
    if above % below == 0 { format!("{}s", above / below) } else { format!("{above}/{below}s") }
}

fn tc_format(timebase: Timebase) -> &'static str {
    if timebase.is_drop() { "DF" } else { "NDF" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{film as a_film, moment, set};

    #[test]
    fn times_lie_on_frames() {
        assert_eq!(time(0, FrameRate::FPS_29_97), "0s");
        assert_eq!(time(100, FrameRate::FPS_29_97), "100100/30000s");
        assert_eq!(time(30_000, FrameRate::FPS_29_97), "1001s");
        assert_eq!(time(13, FrameRate::FPS_24), "13/24s");
    }

    #[test]
    fn a_clip_stands_at_frames_of_the_project_and_begins_at_a_frame_of_its_film() {
        let (ntsc, film) = (a_film("ntsc", Some((30_000, 1_001))), a_film("film", Some((24, 1))));
        let set = set(vec![
            moment(&ntsc, 3_336_667, 6_673_333),
            moment(&film, 1_000_000, 1_041_667),
            moment(&ntsc, 0, 33_367),
        ]);
        let text = write(&Cut::of(&set));
        // The first hour of drop-frame timecode is frame 107892.
        for expected in [
            "tcStart=\"107999892/30000s\" tcFormat=\"DF\"",
            "offset=\"107999892/30000s\" name=\"ntsc\" start=\"100100/30000s\" duration=\"100100/30000s\" tcFormat=\"DF\"",
            "offset=\"108099992/30000s\" name=\"film\" start=\"1s\" duration=\"2002/30000s\" tcFormat=\"NDF\"",
            "<conform-rate scaleEnabled=\"0\" srcFrameRate=\"24\"/>",
            "offset=\"108101994/30000s\" name=\"ntsc\" start=\"0s\" duration=\"1001/30000s\"",
            "<format id=\"r2\" frameDuration=\"1/24s\" width=\"1280\" height=\"720\"/>",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }
}
