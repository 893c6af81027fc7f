//! What people do to films before they upload them again, done by the `ffmpeg` program.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::command::eval::ffmpeg;

/// One way to make a copy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    filter: &'static str,
    /// Bits per second; `None` for a quality that is usual for uploads.
    bit_rate: Option<&'static str>,
    speed: f64,
    pub(super) is_mirrored: bool,
    is_inside: bool,
}

/// Length of a clip inside another film, seconds.
const CLIP_S: f64 = 7.0;
/// What is before and after it.
const AROUND_S: f64 = 30.0;

const PLAIN: Variant = Variant {
    name: "encoded anew, small, 120 kbit/s",
    filter: "scale=320:180",
    bit_rate: Some("120k"),
    speed: 1.0,
    is_mirrored: false,
    is_inside: false,
};
const USUAL: Variant = Variant { bit_rate: None, ..PLAIN };

/// Every way. The pictures come out at other sizes than the original's.
pub(super) const VARIANTS: [Variant; 14] = [
    PLAIN,
    Variant { name: "mirrored", filter: "scale=640:360,hflip", is_mirrored: true, ..USUAL },
    Variant { name: "letterboxed to 4:3", filter: "scale=640:360,pad=640:480:0:60", ..USUAL },
    Variant { name: "pillarboxed to 21:9", filter: "scale=640:360,pad=840:360:100:0", ..USUAL },
    Variant { name: "5 % faster", filter: "scale=640:360,setpts=PTS/1.05", speed: 1.05, ..USUAL },
    Variant { name: "4 % faster, 25 frames/s", filter: "scale=640:360,setpts=PTS/1.04,fps=25", speed: 1.04, ..USUAL },
    Variant { name: "4 % slower", filter: "scale=640:360,setpts=PTS/0.96", speed: 0.96, ..USUAL },
    Variant { name: "15 frames/s", filter: "scale=640:360,fps=15", ..USUAL },
    Variant {
        name: "brighter, more contrast and colour",
        filter: "scale=640:360,eq=brightness=0.08:contrast=1.15:saturation=1.4",
        ..USUAL
    },
    Variant { name: "cropped by 5 %", filter: "scale=640:360,crop=iw*0.95:ih*0.95,scale=640:360", ..USUAL },
    Variant {
        name: "cropped by 10 % at a corner",
        filter: "scale=640:360,crop=iw*0.9:ih*0.9:0:0,scale=640:360",
        ..USUAL
    },
    Variant {
        name: "mirrored, cropped by 5 %, 4 % faster",
        filter: "hflip,crop=iw*0.95:ih*0.95,scale=320:180,setpts=PTS/1.04",
        speed: 1.04,
        is_mirrored: true,
        ..USUAL
    },
    Variant { name: "a clip inside a longer film", filter: "scale=640:360", is_inside: true, ..USUAL },
    Variant {
        name: "a mirrored, letterboxed clip inside a longer film",
        filter: "scale=640:270,pad=640:360:0:45,hflip",
        is_mirrored: true,
        is_inside: true,
        ..USUAL
    },
];

impl Variant {
    /// From where to where a film of that length is copied, seconds.
    pub(super) fn copied_s(&self, length_s: f64) -> (f64, f64) {
        if !self.is_inside {
            return (0.0, length_s);
        }
        let from_s = ((length_s - CLIP_S) / 2.0).floor().max(0.0);
        (from_s, length_s.min(from_s + CLIP_S))
    }

    /// Where in the copy an instant of the film is shown, seconds.
    pub(super) fn there_s(&self, here_s: f64, length_s: f64) -> f64 {
        if self.is_inside { AROUND_S + here_s - self.copied_s(length_s).0 } else { here_s / self.speed }
    }

    /// Copies a film of that length; clips are put between parts of `other`.
    pub(super) fn make(&self, film: &Path, length_s: f64, other: &Path, copy: &Path) -> anyhow::Result<PathBuf> {
        let mut command = Command::new("ffmpeg");
        if self.is_inside {
            let (clip, around) = (CLIP_S.to_string(), AROUND_S.to_string());
            command.args(["-t", &around, "-i"]).arg(other);
            command.args(["-ss", &self.copied_s(length_s).0.to_string(), "-t", &clip, "-i"]).arg(film);
            command.args(["-ss", "60", "-t", &around, "-i"]).arg(other);
            let alike = "fps=25,setsar=1";
            let filters = format!(
                "[0:v]scale=640:360,{alike}[a];[1:v]{},{alike}[b];[2:v]scale=640:360,{alike}[c];[a][b][c]concat=n=3:v=1[v]",
                self.filter
            );
            command.args(["-filter_complex", &filters, "-map", "[v]"]);
        } else {
            command.arg("-i").arg(film).args(["-an", "-vf", self.filter]);
        }
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]);
        match self.bit_rate {
            Some(bit_rate) => command.args(["-b:v", bit_rate]),
            None => command.args(["-crf", "28"]),
        };
        ffmpeg::make(command, copy).context(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_copies_follow_from_how_they_are_made() {
        let of = |name: &str| VARIANTS.iter().find(|variant| variant.name == name).copied().unwrap_or(PLAIN);
        assert!((of("5 % faster").there_s(21.0, 52.0) - 20.0).abs() < 1e-9);
        let inside = of("a clip inside a longer film");
        assert_eq!(inside.copied_s(52.2), (22.0, 29.0));
        assert_eq!(inside.copied_s(5.4), (0.0, 5.4));
        assert!((inside.there_s(23.0, 52.2) - 31.0).abs() < 1e-9);
    }
}
