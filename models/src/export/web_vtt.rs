//! Captions (WebVTT): one cue a moment. Times are milliseconds, rounded outward so that a cue is never empty.
//!
//! Cues stand in order of time, as the format wants it. Of one asset they can be shown along its film; of several, a note
//! before each cue says to which film it belongs.

use super::clip::{Clip, Cut};
use super::text::one_line;
use crate::time::MediaTime;

/// One microsecond short of a millisecond, to round up.
const ALMOST_A_MILLISECOND: MediaTime = MediaTime::from_micros(999);

pub(super) fn write(cut: &Cut<'_>) -> String {
    let mut out = format!("WEBVTT\n\nNOTE {}\n", note(&cut.set.title));
    for text in &cut.set.notes {
        out.push_str(&format!("\nNOTE {}\n", note(text)));
    }
    let mut clips: Vec<&Clip<'_>> = cut.clips.iter().collect();
    clips.sort_by_key(|clip| clip.moment.span);
    let first = clips.first().map(|clip| &clip.moment.asset.id);
    let is_one_film = clips.iter().all(|clip| Some(&clip.moment.asset.id) == first);
    for clip in clips {
        let asset = &clip.moment.asset;
        if !is_one_film {
            let [title, file_name, url] = [&asset.title, &asset.file_name, &asset.media_url].map(|text| note(text));
            out.push_str(&format!("\nNOTE film: {title} ({file_name}) {url}\n"));
        }
        out.push_str(&cue(clip));
    }
    out
}

fn cue(clip: &Clip<'_>) -> String {
    let moment = clip.moment;
    let (start, end) = (moment.span.start().clock(), (moment.span.end() + ALMOST_A_MILLISECOND).clock());
    // An empty line would end the cue, so there is none, not even for want of a title.
    let title = match payload(&moment.title) {
        title if title.is_empty() => "-".to_owned(),
        title => title,
    };
    format!("\n{}\n{start} --> {end}\n{title}\n", identifier(&moment.id))
}

/// A cue's name; these words at the start of a block would make it something else.
fn identifier(id: &str) -> String {
    let id = note(id);
    if ["NOTE", "STYLE", "REGION"].iter().any(|word| id.starts_with(word)) { format!("#{id}") } else { id }
}

/// Lines that are not empty, with what would be markup escaped; a tab is a blank, other control characters are left out.
fn payload(text: &str) -> String {
    let lines = text.split(['\n', '\r']).map(|line| {
        let blanks = line.chars().map(|letter| if letter == '\t' { ' ' } else { letter });
        let visible: String = blanks.filter(|letter| !letter.is_control()).collect();
        escaped(visible.trim())
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// On one line; an arrow in it would be taken for the times of a cue.
fn note(text: &str) -> String {
    escaped(&one_line(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::export::testing::{film, moment, set};

    #[test]
    fn cues_stand_in_order_of_time_and_name_their_film_where_there_are_several() {
        let (one, two) = (film("one", Some((25, 1))), film("two", Some((25, 1))));
        let mut late = moment(&one, 2_000_001, 3_000_001);
        late.title = "Tom & Jerry --> run\n\n<b>away</b>\0".to_owned();
        let both = set(vec![late.clone(), moment(&two, 0, 1)]);
        let text = write(&Cut::of(&both));
        let early = text.find("00:00:00.000 --> 00:00:00.001\n").unwrap();
        let cue = "00:00:02.000 --> 00:00:03.001\nTom &amp; Jerry --&gt; run\n&lt;b&gt;away&lt;/b&gt;\n";
        assert!(early < text.find(cue).unwrap(), "{text}");
        assert!(text.contains("NOTE film: two (two.mp4) http://localhost/two\n"), "{text}");
        let alone = set(vec![late]);
        assert!(!write(&Cut::of(&alone)).contains("NOTE film"));
    }
}
