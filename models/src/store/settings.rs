//! A tenant's settings: one row, absent until something was set.

use std::borrow::Cow;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::people::forget_people;
use super::row::{Reader, json};
use crate::coverage::{Coverage, CoverageStatus};
use crate::entity::{coverage, embeddings, runs, tenant_settings};
use crate::id::TenantId;
use crate::observation::Modality;
use crate::run::StageCommit;
use crate::settings::{FaceAnalysis, TenantSettings};

impl TenantStore {
    /// What the tenant has set; the defaults where it has set nothing.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn settings(&self) -> Result<TenantSettings, StoreError> {
        read(self.store.database.read(), self.tenant).await
    }

    /// Replaces what the tenant has set. Where faces are turned off, everything that is stored of
    /// them goes in the same step: people, their names, and what was ever changed about them too.
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
        if settings.faces == FaceAnalysis::Off {
            self.forget(&tx, Modality::Faces).await?;
            forget_people(&tx, self.tenant).await?;
        }
        tx.commit().await.doing("store settings")
    }

    /// Removes all that one channel has left in the whole library.
    async fn forget(&self, tx: &DatabaseTransaction, modality: Modality) -> Result<(), StoreError> {
        let (tenant, modality) = (self.tenant_uuid(), modality.as_str());
        let doing = "forget a channel";
        // The observations go with their runs, which are named after analyzer and channel.
        let of_channel = runs::Column::Analyzer.ends_with(format!("/{modality}"));
        let runs = runs::Entity::delete_many().filter(runs::Column::TenantId.eq(tenant)).filter(of_channel);
        runs.exec(tx).await.doing(doing)?;
        let vectors = embeddings::Entity::delete_many()
            .filter(embeddings::Column::TenantId.eq(tenant))
            .filter(embeddings::Column::Modality.eq(modality));
        vectors.exec(tx).await.doing(doing)?;
        let cells = coverage::Entity::delete_many()
            .filter(coverage::Column::TenantId.eq(tenant))
            .filter(coverage::Column::Modality.eq(modality));
        cells.exec(tx).await.doing(doing)?;
        Ok(())
    }
}

/// What of a stage's outcome the tenant still wants: an attempt may have begun before a setting was changed.
pub(super) async fn wanted<'c>(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    commit: &'c StageCommit,
) -> Result<Cow<'c, StageCommit>, StoreError> {
    if read(tx, tenant).await?.faces == FaceAnalysis::On {
        return Ok(Cow::Borrowed(commit));
    }
    let mut commit = commit.clone();
    let suffix = format!("/{}", Modality::Faces.as_str());
    commit.runs.retain(|run| !run.provenance.analyzer.ends_with(&suffix));
    commit.embeddings.retain(|set| set.modality != Modality::Faces);
    let is_result = |cell: &Coverage| cell.modality == Modality::Faces && cell.status == CoverageStatus::Done;
    commit.coverage.retain(|cell| !is_result(cell));
    Ok(Cow::Owned(commit))
}

/// What a tenant has set; the defaults where it has set nothing.
pub(super) async fn read(from: &impl ConnectionTrait, tenant: TenantId) -> Result<TenantSettings, StoreError> {
    let row = tenant_settings::Entity::find()
        .filter(tenant_settings::Column::TenantId.eq(tenant.as_uuid()))
        .one(from)
        .await
        .doing("read settings")?;
    let Some(row) = row else { return Ok(TenantSettings::default()) };
    Reader { table: "tenant_settings", id: row.tenant_id }.json(&row.settings, "settings")
}
