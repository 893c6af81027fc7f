//! Which embedding spaces serve, handed from the rows to `search`.

use std::error::Error;

use async_trait::async_trait;
use reelgraph_models::id::TenantId;
use reelgraph_models::space::KeptSpaces;
use reelgraph_models::store::Store;
use reelgraph_search::served::SpaceDirectory;

/// The rows, asked anew by each search.
#[derive(Debug)]
pub struct StoredSpaces(pub Store);

#[async_trait]
impl SpaceDirectory for StoredSpaces {
    async fn kept_spaces(&self, tenant: TenantId) -> Result<Vec<KeptSpaces>, Box<dyn Error + Send + Sync>> {
        Ok(self.0.tenant(tenant).kept_spaces().await?)
    }
}
