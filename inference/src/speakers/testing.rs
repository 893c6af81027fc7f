//! Voices for this module's tests.

use reelgraph_models::time::{MediaTime, Span};

use super::encoder::{DIMS, Voice};
use super::turn::{VoiceWindow, VoicedRegion};

/// A voice at `degrees` on a circle.
pub(super) fn voice(degrees: f32) -> Voice {
    let mut voice = [0.0; DIMS];
    (voice[0], voice[1]) = (degrees.to_radians().cos(), degrees.to_radians().sin());
    voice
}

/// A region from `start_ms` in which voices at some degrees follow each other, each for some milliseconds; a window hears the
/// mean of what it covers.
pub(super) fn region(start_ms: i64, parts: &[(f32, i64)]) -> VoicedRegion {
    let length: i64 = parts.iter().map(|part| part.1).sum();
    let span = |from: i64, to: i64| {
        Span::at_least_one_micro(MediaTime::from_millis(start_ms + from), MediaTime::from_millis(start_ms + to))
    };
    let window = |from: i64, to: i64| {
        let (mut at, mut degrees) = (0, 0.0);
        for (part, ms) in parts {
            degrees += part * ((at + ms).min(to) - at.max(from)).max(0) as f32;
            at += ms;
        }
        VoiceWindow { span: span(from, to), voice: voice(degrees / (to - from) as f32) }
    };
    let starts = (0..=(length - 1_600).max(0)).step_by(400);
    VoicedRegion {
        span: span(0, length),
        windows: starts.map(|from| window(from, (from + 1_600).min(length))).collect(),
    }
}
