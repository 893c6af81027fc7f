//! A tenant's settings: one row, absent until something was set.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::{Reader, json};
use crate::entity::tenant_settings;
use crate::settings::TenantSettings;

impl TenantStore {
    /// What the tenant has set; the defaults where it has set nothing.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn settings(&self) -> Result<TenantSettings, StoreError> {
        let row = tenant_settings::Entity::find()
            .filter(tenant_settings::Column::TenantId.eq(self.tenant_uuid()))
            .one(self.store.database.read())
            .await
            .doing("read settings")?;
        let Some(row) = row else { return Ok(TenantSettings::default()) };
        Reader { table: "tenant_settings", id: row.tenant_id }.json(&row.settings, "settings")
    }

    /// Replaces what the tenant has set.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn put_settings(&self, settings: &TenantSettings) -> Result<(), StoreError> {
        let row = tenant_settings::Model {
            tenant_id: self.tenant_uuid(),
            settings: json("settings", settings)?,
            updated_at_us: self.store.now_us(),
        };
        let change = OnConflict::column(tenant_settings::Column::TenantId)
            .update_columns([tenant_settings::Column::Settings, tenant_settings::Column::UpdatedAtUs])
            .to_owned();
        let tx = self.store.database.begin().await?;
        let insert = tenant_settings::Entity::insert(row.into_active_model()).on_conflict(change);
        insert.exec_without_returning(&tx).await.doing("store settings")?;
        tx.commit().await.doing("store settings")
    }
}
