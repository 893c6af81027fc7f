//! Cues of the picture: black, standstill, colour bars, credits, bars at its edges, fields.

use reelgraph_models::observation::{Cue, Modality};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::{MediaTime, Span};

use super::bars::are_bars;
use super::credits::{credits, has_plain_ground};
use super::letterbox::Letterbox;
use super::seen;
use super::stillness::Stillness;
use super::stretch::Stretches;
use crate::analyze::analyzer::{AnalyzeError, Analyzer, Findings, Input, SourceModel, Wants};
use crate::timeline::Timeline;

/// The shortest black that is told, and the brightest sample and the mean that still are black, levels of 255.
const SHORTEST_BLACK: MediaTime = MediaTime::from_millis(500);
const BLACK_BRIGHTEST: u8 = 32;
const BLACK_MEAN: u64 = 10;
/// The shortest stretch of colour bars.
const SHORTEST_BARS: MediaTime = MediaTime::from_millis(1_000);
/// Time between two looks at the ground.
const GROUND_INTERVAL: MediaTime = MediaTime::from_millis(250);
/// How long the last frame is shown, where there is no other to tell.
const LAST_FRAME: MediaTime = MediaTime::from_millis(40);

pub(in crate::analyze) struct PictureCues {
    black: Stretches,
    bars: Stretches,
    plain: Stretches,
    stillness: Stillness,
    letterbox: Letterbox,
    last: Option<MediaTime>,
    /// Time between the last two frames.
    frame: MediaTime,
    ground_seen: Option<MediaTime>,
}

impl Default for PictureCues {
    fn default() -> Self {
        Self {
            black: Stretches::of_at_least(SHORTEST_BLACK),
            bars: Stretches::of_at_least(SHORTEST_BARS),
            plain: Stretches::of_at_least(GROUND_INTERVAL),
            stillness: Stillness::default(),
            letterbox: Letterbox::default(),
            last: None,
            frame: LAST_FRAME,
            ground_seen: None,
        }
    }
}

impl PictureCues {
    fn look(&mut self, at: MediaTime, rgb: &[u8]) {
        self.frame = self.last.map_or(LAST_FRAME, |last| at - last);
        self.last = Some(at);
        self.black.push(at, is_black(rgb));
        self.bars.push(at, are_bars(rgb));
        self.stillness.push(at, rgb);
        if self.ground_seen.is_none_or(|seen| at - seen >= GROUND_INTERVAL) {
            self.ground_seen = Some(at);
            self.plain.push(at, has_plain_ground(rgb));
        }
    }
}

fn is_black(rgb: &[u8]) -> bool {
    let total: u64 = rgb.iter().map(|sample| u64::from(*sample)).sum();
    total <= BLACK_MEAN * rgb.len() as u64 && rgb.iter().all(|sample| *sample <= BLACK_BRIGHTEST)
}

impl Analyzer for PictureCues {
    fn name(&self) -> &'static str {
        "picture_cues"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::algorithm(Modality::Cues, "picture-signal", "1")]
    }

    fn parameters(&self) -> String {
        format!("black_ms={},bars_ms={}", SHORTEST_BLACK.as_millis(), SHORTEST_BARS.as_millis())
    }

    fn wants(&self) -> Wants {
        Wants { every_frame: true, sampled: true, ..Wants::default() }
    }

    fn depends_on(&self) -> &'static [Modality] {
        &[Modality::ScreenText]
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        *self = Self::default();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        match input {
            Input::Small(batch) => batch.frames().for_each(|(at, rgb)| self.look(at, rgb)),
            Input::Sampled { frame, .. } => self.letterbox.push(&frame.picture),
            Input::Audio(_) => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let end = self.last.map_or(MediaTime::ZERO, |last| last + self.frame);
        let (black, plain) = (self.black.finish(end), self.plain.finish(end));
        // Black stands still too; to say it once is enough.
        let is_black =
            |still: &Span| black.iter().any(|black| black.start() <= still.start() && still.end() <= black.end());
        let frozen: Vec<Span> = self.stillness.finish(end).into_iter().filter(|still| !is_black(still)).collect();
        let named = [
            (Cue::ColourBars, self.bars.finish(end)),
            (Cue::Credits, credits(&timeline.written, &plain)),
            (Cue::Freeze, frozen),
            (Cue::Black, black),
        ];
        let mut cues: Vec<_> = named
            .into_iter()
            .flat_map(|(cue, spans)| spans.into_iter().map(move |span| seen(span, cue, 1.0)))
            .collect();
        cues.extend(self.letterbox.finish().map(|picture| seen(timeline.whole, Cue::Letterbox { picture }, 1.0)));
        let fields = timeline.fields;
        let share = fields.interlaced_share().filter(|_| fields.is_interlaced());
        cues.extend(share.map(|share| seen(timeline.whole, Cue::Interlaced, share)));
        cues.sort_by_key(|cue| cue.span);
        Ok(vec![Findings::of(Modality::Cues, cues)])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reelgraph_media::{FrameSize, SmallBatch};
    use reelgraph_models::observation::Finding;

    use super::*;
    use crate::testing::span;

    /// What is told of frames of one grey each, ten a second.
    fn cues(levels: &[u8]) -> Vec<(Span, Cue)> {
        let mut analyzer = PictureCues::default();
        let at: Vec<MediaTime> = (0..levels.len() as i64).map(|frame| MediaTime::from_millis(frame * 100)).collect();
        let rgb = levels.iter().flat_map(|level| vec![*level; FrameSize::SHOTS.rgb_bytes()]).collect();
        let batch = SmallBatch { size: FrameSize::SHOTS, at, rgb };
        assert!(analyzer.feed(&Input::Small(Arc::new(batch))).is_ok());
        let timeline = Timeline::of_length(MediaTime::from_millis(levels.len() as i64 * 100));
        let found = analyzer.finish(&timeline).ok().and_then(|mut all| all.pop()).map(|findings| findings.seen);
        let cue = |finding: Finding| if let Finding::Cue { cue } = finding { Some(cue) } else { None };
        found.into_iter().flatten().filter_map(|seen| Some((seen.span, cue(seen.finding)?))).collect()
    }

    #[test]
    fn black_is_told_once_and_a_standstill_beside_it() {
        let levels = [vec![0; 30], vec![90; 25], vec![90, 140, 180]].concat();
        assert_eq!(cues(&levels), [(span(0, 3_000), Cue::Black), (span(3_000, 5_600), Cue::Freeze)]);
        assert_eq!(cues(&[0, 0, 0, 90, 0, 0]), [], "too short");
        assert_eq!(cues(&[]), []);
    }
}
