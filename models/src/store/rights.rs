//! What people have decided about an asset: its licences, and whether it may be published.

use sea_orm::ActiveValue::Set;

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::json;
use super::{feed, write};
use crate::asset::Asset;
use crate::entity::assets;
use crate::id::AssetId;
use crate::review::{MAX_REASON_CHARS, Review, ReviewState};
use crate::rights::Rights;
use crate::saved_search::Owner;

impl TenantStore {
    /// Gives an asset other licences in place of those it has, and tells the indexes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn set_asset_rights(&self, id: AssetId, rights: &Rights) -> Result<Asset, StoreError> {
        let rights = Set(json("an asset's licences", rights)?);
        self.decide(id, assets::ActiveModel { rights, ..Default::default() }).await
    }

    /// Keeps what `reviewer` has decided about an asset in place of an earlier decision, and tells the indexes.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the reason is longer than [`MAX_REASON_CHARS`] or blank; [`StoreError::NotFound`],
    /// [`StoreError::Deleted`], [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn review_asset(
        &self,
        id: AssetId,
        reviewer: &Owner,
        state: ReviewState,
        reason: Option<&str>,
    ) -> Result<Asset, StoreError> {
        let reason = reason.map(str::trim);
        if reason.is_some_and(|reason| reason.is_empty() || reason.chars().nth(MAX_REASON_CHARS).is_some()) {
            return Err(StoreError::invalid("reason", format!("it is not 1 to {MAX_REASON_CHARS} characters")));
        }
        let review = Review {
            state,
            reason: reason.map(|reason| reason.replace('\0', "")),
            decided_by: Some(reviewer.clone()),
            decided_at: Some(self.store.clock().now()),
        };
        let review = Set(json("an asset's review", &review)?);
        self.decide(id, assets::ActiveModel { review, ..Default::default() }).await
    }

    async fn decide(&self, id: AssetId, change: assets::ActiveModel) -> Result<Asset, StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, id).await?;
        write::update_asset(&tx, self.tenant, id, change, self.store.now_us()).await?;
        feed::bump(&tx, id).await?;
        tx.commit().await.doing("keep a decision about an asset")?;
        self.get_asset(id).await
    }
}
