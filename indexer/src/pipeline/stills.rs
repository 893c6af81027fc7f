//! Stills: small JPEGs of the best frames, so that the server shows pictures without ever decoding.

use bytes::Bytes;
use reelgraph_models::blob::{BlobError, BlobKey, TenantBlobs, still_key, still_scores_key, stills_of};
use reelgraph_models::id::AssetId;
use reelgraph_models::moment::Moment;
use reelgraph_models::picture::Frame;
use reelgraph_models::time::{MediaTime, Span};
use tokio::sync::mpsc;

use super::still_score::StillScore;
use crate::error::IndexError;
use crate::timeline::{Timeline, window_at};

/// Longer side of a still.
const STILL_SIDE_PX: u32 = 480;
/// JPEG quality of a still, of 100.
const STILL_QUALITY: u8 = 80;
/// Of all frames within this time that show the same picture, the best becomes a still.
const STILL_GAP: MediaTime = MediaTime::from_millis(1_000);
/// Encoded stills that may wait to be written.
const WAITING_STILLS: usize = 8;
/// What a frame is worth in which two shots are mixed.
const MIXED: f32 = 0.2;
/// How wide eyes count as open in pictures in which they were not looked at: a little less than where they are seen to be.
const UNWATCHED_EYES: f32 = 0.9;
/// What the edge of a moment takes from a still's score, against its middle.
const EDGE_LOSS: f32 = 0.15;
/// Most bytes of a list of scores: stills of two days.
const MAX_SCORES_BYTES: u64 = 8 << 20;

/// A still and how good it is, `0..=1`.
pub(super) type Scored = (MediaTime, f32);

/// The decoding side: chooses, encodes, and hands over.
pub(super) struct StillMaker {
    /// The best frame since `start`, not encoded yet.
    waiting: Option<Waiting>,
    made: Vec<Scored>,
    sender: mpsc::Sender<(MediaTime, Bytes)>,
}

struct Waiting {
    start: MediaTime,
    frame: Frame,
    score: StillScore,
}

impl StillMaker {
    /// The two ends of the way from the decoding thread to the blob store.
    pub(super) fn channel() -> (Self, mpsc::Receiver<(MediaTime, Bytes)>) {
        let (sender, receiver) = mpsc::channel(WAITING_STILLS);
        (Self { waiting: None, made: Vec::new(), sender }, receiver)
    }

    /// Looks at the next frame. Waits while the writer is behind.
    pub(super) fn take(&mut self, frame: &Frame) -> Result<(), IndexError> {
        let score = StillScore::of(&frame.picture);
        match &mut self.waiting {
            Some(waiting) if frame.at - waiting.start < STILL_GAP && !score.is_other_picture(&waiting.score) => {
                if score.score > waiting.score.score {
                    (waiting.frame, waiting.score) = (frame.clone(), score);
                }
            }
            _ => {
                let next = Waiting { start: frame.at, frame: frame.clone(), score };
                self.make(Some(next))?;
            }
        }
        Ok(())
    }

    /// Makes the last still; all that were made, by time.
    pub(super) fn finish(mut self) -> Result<Vec<Scored>, IndexError> {
        self.make(None)?;
        Ok(self.made)
    }

    fn make(&mut self, next: Option<Waiting>) -> Result<(), IndexError> {
        let Some(Waiting { frame, score, .. }) = std::mem::replace(&mut self.waiting, next) else { return Ok(()) };
        let small = reelgraph_media::shrink(&frame.picture, STILL_SIDE_PX)?;
        let jpeg = reelgraph_media::encode_jpeg(&small, STILL_QUALITY)?;
        self.made.push((frame.at, score.score));
        self.sender
            .blocking_send((frame.at, jpeg.into()))
            .map_err(|_| IndexError::ThreadLost { thread: "stills".to_owned() })
    }
}

/// The writing side.
pub(super) async fn write_all(
    blobs: TenantBlobs,
    asset: AssetId,
    mut stills: mpsc::Receiver<(MediaTime, Bytes)>,
) -> Result<(), IndexError> {
    while let Some((at, jpeg)) = stills.recv().await {
        blobs.put_bytes(&still_key(asset, at), jpeg).await?;
    }
    Ok(())
}

/// Takes from the scores of stills in which two shots are mixed, or eyes are not open as wide as elsewhere in the shot.
pub(super) fn judged(mut stills: Vec<Scored>, timeline: &Timeline) -> Vec<Scored> {
    for (at, score) in &mut stills {
        *score *= if timeline.transitions.iter().any(|mixed| mixed.contains(*at)) { MIXED } else { 1.0 };
        *score *= openness(*at, timeline).unwrap_or(1.0);
    }
    stills
}

/// How wide eyes are open in a picture, by the widest in its shot; `None` where the shot shows none.
fn openness(at: MediaTime, timeline: &Timeline) -> Option<f32> {
    let eyes = &timeline.eyes;
    let shot = timeline.shots.get(window_at(&timeline.shots, at)?)?;
    let before = |end: MediaTime| eyes.partition_point(|(at, _)| *at < end);
    let beside = eyes.get(before(shot.start())..before(shot.end()))?;
    let widest = beside.iter().map(|(_, open)| *open).fold(0.0, f32::max);
    let open = eyes.binary_search_by_key(&at, |(at, _)| *at).ok().and_then(|index| eyes.get(index));
    (widest > 0.0).then(|| open.map_or(UNWATCHED_EYES, |(_, open)| open / widest))
}

/// Keeps the scores beside the stills, for the stage that makes moments; the key of the still that stands for the asset.
pub(super) async fn write_scores(
    blobs: &TenantBlobs,
    asset: AssetId,
    stills: &[Scored],
) -> Result<Option<BlobKey>, IndexError> {
    if stills.is_empty() {
        return Ok(None);
    }
    // Numbers in tuples: this does not fail.
    let json = serde_json::to_vec(stills).unwrap_or_default();
    blobs.put_bytes(&still_scores_key(asset), json.into()).await?;
    let best = stills.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best });
    Ok(best.map(|(at, _)| still_key(asset, at)))
}

/// Points every moment at the still that shows it best.
pub(super) async fn point_at_stills(
    blobs: &TenantBlobs,
    asset: AssetId,
    moments: &mut [Moment],
) -> Result<(), IndexError> {
    let stills = match blobs.read_all(&still_scores_key(asset), MAX_SCORES_BYTES).await {
        Ok(json) => serde_json::from_slice(&json).unwrap_or_default(),
        Err(BlobError::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    // Of an asset that was analysed before there were scores, all are equally good.
    let stills: Vec<Scored> = match stills.is_empty() {
        true => stills_of(blobs, asset).await?.into_iter().map(|at| (at, 1.0)).collect(),
        false => stills,
    };
    for moment in moments {
        moment.still_at = best_still(&stills, moment.span).unwrap_or(moment.still_at);
    }
    Ok(())
}

/// Of the stills inside the span the best, with a little more for its middle; where there is none, the nearest.
fn best_still(stills: &[Scored], span: Span) -> Option<MediaTime> {
    let middle = span.start().as_micros() + span.duration().as_micros() / 2;
    let off = |at: MediaTime| (at.as_micros() - middle).abs();
    let from = stills.partition_point(|(at, _)| *at < span.start());
    let to = stills.partition_point(|(at, _)| *at < span.end());
    let worth =
        |(at, score): &Scored| score * (1.0 - EDGE_LOSS * off(*at) as f32 / (span.duration().as_micros() as f32 / 2.0));
    let inside = stills.get(from..to).unwrap_or_default().iter().max_by(|a, b| worth(a).total_cmp(&worth(b)));
    inside.or_else(|| stills.iter().min_by_key(|(at, _)| off(*at))).map(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    fn at(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn a_moment_is_shown_by_its_best_still_and_of_equals_by_the_middle_one() {
        let stills = [(at(0), 0.9), (at(1_000), 0.2), (at(2_000), 0.6), (at(3_000), 0.6), (at(4_000), 0.1)];
        assert_eq!(best_still(&stills, span(1_000, 3_500)), Some(at(2_000)));
        assert_eq!(best_still(&stills, span(1_500, 4_500)), Some(at(3_000)));
        assert_eq!(best_still(&stills, span(0, 5_000)), Some(at(0)));
        assert_eq!(best_still(&stills, span(1_100, 1_300)), Some(at(1_000)), "none inside");
        assert_eq!(best_still(&[], span(0, 5_000)), None);
    }

    #[test]
    fn a_still_inside_a_dissolve_or_with_shut_eyes_counts_little() {
        let (transitions, shots) = (vec![span(900, 1_500)], vec![span(0, 1_200), span(1_200, 3_000)]);
        let eyes = vec![(at(500), 0.8), (at(1_500), 0.2), (at(2_500), 0.4)];
        let timeline = Timeline { transitions, shots, eyes, ..Timeline::of_length(at(3_000)) };
        let stills = judged(vec![(at(500), 0.5), (at(1_000), 1.0), (at(1_500), 0.5), (at(2_000), 0.5)], &timeline);
        assert_eq!(stills, [(at(500), 0.5), (at(1_000), 0.2 * 0.9), (at(1_500), 0.25), (at(2_000), 0.45)]);
    }
}
