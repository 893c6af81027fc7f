//! What the workers say about their models, so that a plan can be made without loading any.

use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, QueryOrder};

use super::error::{Doing, StoreError};
use super::handle::Store;
use super::row::{Reader, insert_rows};
use crate::entity::current_models;
use crate::gap::CurrentModel;
use crate::observation::{Modality, ModalitySet};

/// The models of the workers, as of the last one that started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedModels {
    /// In no order.
    pub models: Vec<CurrentModel>,
    /// When.
    pub reported_at: DateTime<Utc>,
}

impl Store {
    /// Keeps which models a worker has, in place of what was reported before. The workers of an installation have the same.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn report_models(&self, models: &[CurrentModel]) -> Result<(), StoreError> {
        let now = self.now_us();
        let mut rows: Vec<current_models::Model> = models
            .iter()
            .map(|model| current_models::Model {
                analyzer: model.analyzer.clone(),
                modality: model.modality.as_str().to_owned(),
                model: model.model.clone(),
                version: model.version.clone(),
                depends_on: model.depends_on.names(),
                is_available: model.is_available,
                reported_at_us: now,
            })
            .collect();
        // What is there by one way is there, though another lacks it.
        rows.sort_by_key(|row| (row.analyzer.clone(), row.modality.clone(), row.model.clone(), !row.is_available));
        rows.dedup_by(|a, b| (&a.analyzer, &a.modality, &a.model) == (&b.analyzer, &b.modality, &b.model));
        let tx = self.database.begin().await?;
        // Workers start together.
        super::database::lock_schema(self.database.engine, &tx).await.doing("report models")?;
        current_models::Entity::delete_many().exec(&tx).await.doing("report models")?;
        insert_rows::<current_models::Entity, _, _>(&tx, rows, "report models").await?;
        tx.commit().await.doing("report models")
    }

    /// Which models the workers have; `None` where no worker has started yet.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn current_models(&self) -> Result<Option<ReportedModels>, StoreError> {
        use current_models::Column;
        let rows = current_models::Entity::find()
            .order_by_asc(Column::Analyzer)
            .order_by_asc(Column::Modality)
            .order_by_asc(Column::Model)
            .all(self.database.read())
            .await
            .doing("read the models of the workers")?;
        let read = Reader { table: "current_models", id: sea_orm::prelude::Uuid::nil() };
        let Some(reported_at_us) = rows.iter().map(|row| row.reported_at_us).max() else { return Ok(None) };
        let models = rows.into_iter().map(|row| {
            Ok(CurrentModel {
                modality: read.known(Modality::from_name(&row.modality), "a modality")?,
                analyzer: row.analyzer,
                model: row.model,
                version: row.version,
                depends_on: read.known(ModalitySet::from_names(&row.depends_on), "a list of modalities")?,
                is_available: row.is_available,
            })
        });
        let models = models.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Some(ReportedModels { models, reported_at: read.instant(reported_at_us)? }))
    }
}
