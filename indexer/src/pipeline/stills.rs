//! Stills: small JPEGs of the frames that were looked at, so that the server shows pictures without ever decoding.

use bytes::Bytes;
use reelgraph_models::blob::{BlobKey, TenantBlobs, still_key, stills_of};
use reelgraph_models::id::AssetId;
use reelgraph_models::moment::Moment;
use reelgraph_models::picture::Frame;
use reelgraph_models::time::MediaTime;
use tokio::sync::mpsc;

use crate::error::IndexError;

/// Longer side of a still.
const STILL_SIDE_PX: u32 = 480;
/// JPEG quality of a still, of 100.
const STILL_QUALITY: u8 = 80;
/// Least time between two stills.
const STILL_GAP: MediaTime = MediaTime::from_millis(1_000);
/// Encoded stills that may wait to be written.
const WAITING_STILLS: usize = 8;

/// The decoding side: encodes, and hands over.
pub(super) struct StillMaker {
    last: Option<MediaTime>,
    sender: mpsc::Sender<(MediaTime, Bytes)>,
}

impl StillMaker {
    /// The two ends of the way from the decoding thread to the blob store.
    pub(super) fn channel() -> (Self, mpsc::Receiver<(MediaTime, Bytes)>) {
        let (sender, receiver) = mpsc::channel(WAITING_STILLS);
        (Self { last: None, sender }, receiver)
    }

    /// Makes a still of the frame unless the last one is too fresh. Waits while the writer is behind.
    pub(super) fn take(&mut self, frame: &Frame) -> Result<(), IndexError> {
        if self.last.is_some_and(|last| frame.at - last < STILL_GAP) {
            return Ok(());
        }
        self.last = Some(frame.at);
        let small = reelgraph_media::shrink(&frame.picture, STILL_SIDE_PX)?;
        let jpeg = reelgraph_media::encode_jpeg(&small, STILL_QUALITY)?;
        self.sender
            .blocking_send((frame.at, jpeg.into()))
            .map_err(|_| IndexError::ThreadLost { thread: "stills".to_owned() })
    }
}

/// The writing side; returns the key of the still that stands for the asset: the first at or after a tenth of its length.
pub(super) async fn write_all(
    blobs: TenantBlobs,
    asset: AssetId,
    length: MediaTime,
    mut stills: mpsc::Receiver<(MediaTime, Bytes)>,
) -> Result<Option<BlobKey>, IndexError> {
    let wanted = MediaTime::from_micros(length.as_micros() / 10);
    let mut poster: Option<(MediaTime, BlobKey)> = None;
    while let Some((at, jpeg)) = stills.recv().await {
        let key = still_key(asset, at);
        blobs.put_bytes(&key, jpeg).await?;
        if poster.as_ref().is_none_or(|(chosen, _)| *chosen < wanted) {
            poster = Some((at, key));
        }
    }
    Ok(poster.map(|(_, key)| key))
}

/// Points every moment at the still that shows it best: the one nearest to its middle.
pub(super) async fn point_at_stills(
    blobs: &TenantBlobs,
    asset: AssetId,
    moments: &mut [Moment],
) -> Result<(), IndexError> {
    let times = stills_of(blobs, asset).await?;
    for moment in moments {
        if let Some(nearest) = times.iter().min_by_key(|at| (at.as_micros() - moment.still_at.as_micros()).abs()) {
            moment.still_at = *nearest;
        }
    }
    Ok(())
}
