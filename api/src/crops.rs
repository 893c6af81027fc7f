//! Pictures of single things: what shows an object or a face best, cut out of the original.
//!
//! This server decodes nothing. Whoever puts it together hands it a [`Cropper`]; what that made is kept beside the stills, so
//! that each picture is made once.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use reelgraph_models::asset::Asset;
use reelgraph_models::blob::{BlobError, crop_key};
use reelgraph_models::observation::{BoundingBox, Finding, Observation};
use reelgraph_models::time::MediaTime;

use crate::graphql::{Code, PublicError, Session};

/// Crops that are made at once; each decodes some frames of a film.
pub(crate) const CROPS_AT_ONCE: usize = 2;
/// Crops that are asked for and not made yet: some pages full of faces.
const CROPS_ASKED_FOR: usize = 128;
/// Largest crop that is read back.
const CROP_LIMIT_BYTES: u64 = 1024 * 1024;

/// Cuts pictures out of originals, in a process that untrusted files cannot get out of.
pub trait Cropper: fmt::Debug + Send + Sync {
    /// The part inside `bounds` of the frame on display at `at`, with a little around it, as a small JPEG. Blocks.
    ///
    /// # Errors
    /// [`CropError`].
    fn crop(&self, original: &Path, at: MediaTime, bounds: BoundingBox) -> Result<Vec<u8>, CropError>;
}

/// Why there is no crop.
#[derive(Debug, thiserror::Error)]
pub enum CropError {
    /// The file shows nothing there.
    #[error("there is no picture there")]
    NoPicture,
    /// It could not be made.
    #[error("the picture could not be cut out")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where something is seen best: what a crop shows.
pub(crate) fn best_view(seen: &Observation) -> Option<(MediaTime, BoundingBox)> {
    match &seen.finding {
        Finding::Object { at, bounds, .. } | Finding::Face { at, bounds, .. } => Some((*at, *bounds)),
        _ => None,
    }
}

/// Whether crops of an asset can be made here: its original must be in reach of a decoder, or small enough to be brought.
pub(crate) fn are_made(session: &Session, asset: &Asset) -> bool {
    let originals = &session.state().originals;
    session.state().cropper.is_some() && originals.can_open(session.blobs(), &asset.original, asset.size_bytes)
}

/// The crop of an observation, made now where nobody has asked for it before; `None` where it has none.
///
/// # Errors
/// [`Code::Unavailable`] while too many are being made, and where the store does not answer.
pub(crate) async fn crop(session: &Session, asset: &Asset, seen: &Observation) -> Result<Option<Bytes>, PublicError> {
    let Some((at, bounds)) = best_view(seen).filter(|_| seen.asset == asset.id) else { return Ok(None) };
    let key = crop_key(asset.id, at, bounds);
    match session.blobs().read_all(&key, CROP_LIMIT_BYTES).await {
        Ok(made) => return Ok(Some(made)),
        Err(BlobError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let Some(cropper) = session.state().cropper.as_ref().filter(|_| are_made(session, asset)) else { return Ok(None) };
    let Some(place) = session.state().crops.enter(CROPS_ASKED_FOR) else {
        return Err(PublicError::new(
            Code::Unavailable,
            "too many pictures are being cut out at the moment; try again",
        ));
    };
    let original = session.state().originals.open(session.blobs(), &asset.original).await;
    let original = original.map_err(|error| PublicError::from(error.as_ref()))?;
    let turn = Arc::clone(&session.state().crop_turns).acquire_owned().await;
    let cropper = Arc::clone(cropper);
    let made = tokio::task::spawn_blocking(move || {
        let made = cropper.crop(original.path(), at, bounds);
        drop((place, turn));
        made
    });
    let made = match made.await.map_err(|error| PublicError::internal(&error))? {
        Ok(made) => Bytes::from(made),
        Err(CropError::NoPicture) => return Ok(None),
        Err(error) => return Err(PublicError::internal(&error)),
    };
    session.blobs().put_bytes(&key, made.clone()).await?;
    Ok(Some(made))
}
