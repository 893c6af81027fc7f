//! The words of moments, handed from the rows to `search`.

use std::collections::HashMap;
use std::error::Error;

use async_trait::async_trait;
use reelgraph_models::id::{MomentId, TenantId};
use reelgraph_models::moment::MomentTexts;
use reelgraph_models::store::Store;
use reelgraph_search::rerank::TextSource;

/// The rows, read for the best answers of a search.
#[derive(Debug)]
pub struct StoredTexts(pub Store);

#[async_trait]
impl TextSource for StoredTexts {
    async fn texts(
        &self,
        tenant: TenantId,
        moments: &[MomentId],
    ) -> Result<HashMap<MomentId, MomentTexts>, Box<dyn Error + Send + Sync>> {
        let moments = self.0.tenant(tenant).moments_by_ids(moments).await?;
        Ok(moments.into_iter().map(|(id, moment)| (id, moment.texts)).collect())
    }
}
