//! How photographs are filmed: where the camera looks, and what of the things in them can be seen from there.

use std::path::{Path, PathBuf};
use std::process::Command;

use reelgraph_models::observation::BoundingBox;

use crate::command::eval::ffmpeg;

const WIDTH_PX: u32 = 640;
const HEIGHT_PX: u32 = 360;
pub(super) const RATE: u32 = 25;
/// Frames of one view, and how long they are shown.
pub(super) const FRAMES: u32 = 63;
pub(super) const VIEW_S: f64 = FRAMES as f64 / RATE as f64;

/// A thing of which less lies in view is not asked for …
const LEAST_VISIBLE: f32 = 0.6;
/// … nor is one that is smaller than this share of the frame.
const LEAST_AREA: f32 = 0.01;

/// One after the other, each cut to the next: a wide one across, a close one that stands, one back.
pub(super) const VIEWS: [View; 3] = [
    View { zoom: 0.85, from: (0.0, 0.0), to: (1.0, 1.0) },
    View { zoom: 0.6, from: (0.5, 0.5), to: (0.5, 0.5) },
    View { zoom: 0.7, from: (1.0, 0.5), to: (0.0, 0.5) },
];

/// A frame of 16:9 that moves over a photograph.
pub(super) struct View {
    /// Its size ÷ the largest that fits.
    zoom: f32,
    /// Where it stands in the room that it leaves, across and down, at its beginning and at its end.
    from: (f32, f32),
    to: (f32, f32),
}

/// What is to be seen of a thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sight {
    /// Enough to be found, there in the frame.
    Clear(BoundingBox),
    /// Too little to be asked for, or several in one box of which nobody said where each is.
    Slight(BoundingBox),
}

impl Sight {
    pub(super) fn of_crowd(self) -> Self {
        match self {
            Self::Clear(bounds) | Self::Slight(bounds) => Self::Slight(bounds),
        }
    }
}

impl View {
    pub(super) fn moves(&self) -> bool {
        self.from != self.to
    }

    /// What of a thing in a photograph of that width and height is in view after that share of the time, `0..=1`; `None` of what
    /// lies outside.
    pub(super) fn sight(&self, thing: BoundingBox, (width, height): (f32, f32), share: f32) -> Option<Sight> {
        let across = self.zoom * width.min(height * 16.0 / 9.0);
        let (across, down) = (across / width, across * 9.0 / 16.0 / height);
        let place = |from: f32, to: f32| from + (to - from) * share;
        let left = (1.0 - across) * place(self.from.0, self.to.0);
        let top = (1.0 - down) * place(self.from.1, self.to.1);
        let seen = BoundingBox {
            left: ((thing.left - left) / across).clamp(0.0, 1.0),
            top: ((thing.top - top) / down).clamp(0.0, 1.0),
            right: ((thing.right - left) / across).clamp(0.0, 1.0),
            bottom: ((thing.bottom - top) / down).clamp(0.0, 1.0),
        };
        let whole = thing.area() / (across * down);
        match seen.area() {
            0.0 => None,
            area if area >= LEAST_AREA && area >= LEAST_VISIBLE * whole => Some(Sight::Clear(seen)),
            _ => Some(Sight::Slight(seen)),
        }
    }

    /// The same for the `ffmpeg` program.
    fn filter(&self) -> String {
        let Self { zoom, from, to } = self;
        let place = |from: f32, to: f32| format!("({from}+({})*t/{VIEW_S})", to - from);
        format!(
            "crop=w='{zoom}*min(iw,ih*16/9)':h='{zoom}*min(iw,ih*16/9)*9/16':x='(iw-ow)*{}':y='(ih-oh)*{}'",
            place(from.0, to.0),
            place(from.1, to.1)
        )
    }
}

/// Films the photographs, all views of one behind those of another.
pub(super) fn film(photographs: &[PathBuf], into: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("ffmpeg");
    let (mut filters, mut parts) = (String::new(), String::new());
    let shown = photographs.iter().flat_map(|photograph| VIEWS.iter().map(move |view| (photograph, view)));
    for (number, (photograph, view)) in shown.enumerate() {
        command.args(["-threads", "1", "-loop", "1", "-framerate", &RATE.to_string(), "-i"]).arg(photograph);
        // Twice as large, so that the frame moves by halves of a pixel.
        filters += &format!(
            "[{number}:v]scale=2*iw:2*ih,{},scale={WIDTH_PX}:{HEIGHT_PX},setsar=1,format=yuv420p,\
             trim=end_frame={FRAMES}[v{number}];",
            view.filter()
        );
        parts += &format!("[v{number}]");
    }
    filters += &format!("{parts}concat=n={}:v=1:a=0", photographs.len() * VIEWS.len());
    command.args(["-filter_complex", &filters, "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]);
    ffmpeg::make(command, into).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: (f32, f32) = (480.0, 480.0);

    fn thing(left: f32, right: f32) -> BoundingBox {
        BoundingBox { left, top: 0.45, right, bottom: 0.55 }
    }

    #[test]
    fn what_the_frame_holds_grows_with_it_and_moves_against_it() {
        let [_, close, back] = VIEWS;
        // The close view of a square shows its middle 0.6 across and 0.3375 down.
        let Some(Sight::Clear(seen)) = close.sight(thing(0.44, 0.56), SQUARE, 0.3) else { panic!("clear") };
        assert!((seen.left - 0.4).abs() < 1e-5 && (seen.right - 0.6).abs() < 1e-5, "{seen:?}");
        assert!((seen.bottom - seen.top - 0.1 / 0.3375).abs() < 1e-5, "{seen:?}");
        let left = |share| match back.sight(thing(0.44, 0.56), SQUARE, share) {
            Some(Sight::Clear(seen)) => seen.left,
            other => panic!("{other:?}"),
        };
        assert!(left(0.0) < left(0.5) && left(0.5) < left(1.0));
    }

    #[test]
    fn what_is_cut_off_or_small_is_slight_and_what_is_outside_is_nothing() {
        let [_, close, _] = VIEWS;
        assert!(matches!(close.sight(thing(0.1, 0.3), SQUARE, 0.0), Some(Sight::Slight(_))));
        assert!(matches!(close.sight(thing(0.49, 0.51), SQUARE, 0.0), Some(Sight::Slight(_))));
        assert_eq!(close.sight(thing(0.0, 0.1), SQUARE, 0.0), None);
    }
}
