//! Fields that people give assets, and the languages of their captions.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::{Reader, json};
use super::{feed, write};
use crate::asset::Asset;
use crate::entity::{assets, observations, runs};
use crate::id::AssetId;
use crate::metadata::{Metadata, MetadataError};
use crate::observation::{Finding, Modality, Origin};

impl TenantStore {
    /// Gives fields of an asset other values, all or none of them, and tells the indexes; fields that are not named stay. A
    /// field without values goes.
    ///
    /// # Errors
    /// [`StoreError::Metadata`] for a field that cannot be; [`StoreError::NotFound`], [`StoreError::Deleted`],
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn set_asset_metadata(&self, id: AssetId, fields: &[(String, Vec<String>)]) -> Result<Asset, StoreError> {
        let tx = self.store.database.begin().await?;
        let row = write::lock_asset(&tx, self.tenant, id).await?;
        let read = Reader { table: "assets", id: row.id };
        let mut metadata: Metadata = read.json(&row.metadata, "an asset's own fields")?;
        let set = |metadata: &mut Metadata| -> Result<(), MetadataError> {
            fields.iter().try_for_each(|(name, values)| metadata.set(name, values))
        };
        set(&mut metadata)?;
        let change =
            assets::ActiveModel { metadata: Set(json("an asset's own fields", &metadata)?), ..Default::default() };
        write::update_asset(&tx, self.tenant, id, change, self.store.now_us()).await?;
        feed::bump(&tx, id).await?;
        tx.commit().await.doing("set fields of an asset")?;
        self.get_asset(id).await
    }

    /// Languages in which captions of an asset were supplied or are inside it, by ISO 639-1 code, each once, in order.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn caption_languages(&self, asset: AssetId) -> Result<Vec<String>, StoreError> {
        let supplied = LikeExpr::new(format!("{}%", Origin::Supplied.prefix()));
        let tracks = runs::Entity::find()
            .filter(runs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(runs::Column::AssetId.eq(asset.as_uuid()))
            .filter(sea_orm::sea_query::Expr::col(runs::Column::Analyzer).like(supplied));
        let tracks = tracks.all(self.store.database.read()).await.doing("list the captions of an asset")?;
        let mut languages = Vec::new();
        for track in tracks {
            // All lines of a track are in one language.
            let first = observations::Entity::find()
                .filter(observations::Column::TenantId.eq(self.tenant_uuid()))
                .filter(observations::Column::RunId.eq(track.id))
                .filter(observations::Column::Modality.eq(Modality::Speech.as_str()))
                .order_by_asc(observations::Column::Id)
                .one(self.store.database.read());
            let Some(row) = first.await.doing("read the captions of an asset")? else { continue };
            let read = Reader { table: "observations", id: row.id };
            let finding: Finding = read.json(&row.finding, "a finding")?;
            languages.extend(match finding {
                Finding::Speech { language, .. } => Some(language),
                _ => None,
            });
        }
        languages.sort_unstable();
        languages.dedup();
        Ok(languages)
    }
}
