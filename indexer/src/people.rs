//! Brings the people of a library up to what the latest analysis of an asset saw.

use reelgraph_models::blob::{BlobStore, stills_of};
use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::store::Store;

use crate::error::IndexError;

/// Puts faces together, asset by asset.
#[derive(Debug, Clone)]
pub struct PeopleKeeper {
    store: Store,
    blobs: BlobStore,
}

impl PeopleKeeper {
    /// Puts the two sides together.
    pub fn new(store: Store, blobs: BlobStore) -> Self {
        Self { store, blobs }
    }

    /// Makes the faces and voices of an asset those that were seen and heard last, and finds whose they are. Costs two
    /// statements where they are already.
    ///
    /// # Errors
    /// [`IndexError::Store`], [`IndexError::Blob`]; all is as it was before.
    pub async fn bring_up(&self, tenant: TenantId, asset: AssetId) -> Result<(), IndexError> {
        let rows = self.store.tenant(tenant);
        if rows.has_current_people(asset).await? {
            return Ok(());
        }
        let stills = stills_of(&self.blobs.tenant(tenant), asset).await?;
        rows.bring_up_people(asset, &stills).await?;
        Ok(())
    }
}
