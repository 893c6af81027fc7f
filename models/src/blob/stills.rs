//! Where the stills of an asset are kept, `stills/<asset>/<microseconds>.jpg`, and beside them its storyboard and
//! pictures of single things.

use super::{BlobError, BlobKey, TenantBlobs};
use crate::id::AssetId;
use crate::observation::BoundingBox;
use crate::time::MediaTime;

/// Rows of a listing read at a time.
const PAGE_ROWS: u32 = 1_000;

/// The key below which an asset's stills are kept.
pub fn stills_prefix(asset: AssetId) -> BlobKey {
    BlobKey::trusted(format!("stills/{asset}"))
}

/// The key of the still at `at`; times before the first frame count as zero.
pub fn still_key(asset: AssetId, at: MediaTime) -> BlobKey {
    BlobKey::trusted(format!("stills/{asset}/{:013}.jpg", at.as_micros().max(0)))
}

/// The key of what was cut out of the frame at `at`: the same for the same box, to a thousandth of the picture.
pub fn crop_key(asset: AssetId, at: MediaTime, bounds: BoundingBox) -> BlobKey {
    let share = |value: f32| (value.clamp(0.0, 1.0) * 1_000.0) as u32;
    let BoundingBox { left, top, right, bottom } = bounds;
    let place = [left, top, right, bottom].map(|edge| share(edge).to_string()).join("-");
    BlobKey::trusted(format!("stills/{asset}/crop-{:013}-{place}.jpg", at.as_micros().max(0)))
}

/// The key of an asset's storyboard: many small pictures in one.
pub fn storyboard_sheet_key(asset: AssetId) -> BlobKey {
    BlobKey::trusted(format!("stills/{asset}/storyboard.jpg"))
}

/// The key of the WebVTT file that says which of those pictures belongs where.
pub fn storyboard_map_key(asset: AssetId) -> BlobKey {
    BlobKey::trusted(format!("stills/{asset}/storyboard.vtt"))
}

/// The key of the list that says how good each still is.
pub fn still_scores_key(asset: AssetId) -> BlobKey {
    BlobKey::trusted(format!("stills/{asset}/scores.json"))
}

/// The times of all stills of an asset, ascending.
///
/// # Errors
/// [`BlobError::Backend`].
pub async fn stills_of(blobs: &TenantBlobs, asset: AssetId) -> Result<Vec<MediaTime>, BlobError> {
    let prefix = stills_prefix(asset);
    let mut times = Vec::new();
    let mut after: Option<BlobKey> = None;
    loop {
        let page = blobs.list(Some(&prefix), after.as_ref(), PAGE_ROWS).await?;
        let micros =
            page.iter().filter_map(|info| info.key.as_str().rsplit('/').next()?.strip_suffix(".jpg")?.parse().ok());
        times.extend(micros.map(MediaTime::from_micros));
        match page.last() {
            Some(last) if page.len() == PAGE_ROWS as usize => after = Some(last.key.clone()),
            _ => {
                times.sort_unstable();
                return Ok(times);
            }
        }
    }
}
