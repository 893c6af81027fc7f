//! Setting things for the whole library.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use reelgraph_models::settings::Vocabulary;

use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::session::Session;
use crate::graphql::types::settings::{FaceAnalysis, Settings};

/// What to set; what is left out stays as it is.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UpdateSettingsInput {
    /// Whether faces are looked for and kept.
    pub faces: Option<FaceAnalysis>,
    /// Names and terms that are said in this library, as they are to be written, the most important first: at most 500 of at
    /// most 60 characters. Replaces those there are.
    pub vocabulary: Option<Vec<String>>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct UpdateSettingsPayload {
    /// All settings as they are now; null where there are errors.
    pub settings: Option<Settings>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Changes of settings.
#[derive(Default)]
pub(crate) struct SettingsMutation;

#[Object]
impl SettingsMutation {
    /// Sets things for the whole library. They hold for analyses that begin from now on.
    async fn update_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to set; what is left out stays as it is.")] input: UpdateSettingsInput,
    ) -> Result<UpdateSettingsPayload> {
        let store = Session::of(ctx)?.store();
        let mut settings = store.settings().await.map_err(PublicError::from)?;
        if let Some(faces) = input.faces {
            settings.faces = faces.into();
        }
        match input.vocabulary.map(Vocabulary::new).transpose() {
            Ok(vocabulary) => settings.vocabulary = vocabulary.unwrap_or(settings.vocabulary),
            Err(error) => {
                let error = UserError::new(UserErrorCode::InvalidValue, "vocabulary", error.to_string());
                return Ok(UpdateSettingsPayload { settings: None, errors: vec![error] });
            }
        }
        store.put_settings(&settings).await.map_err(PublicError::from)?;
        Ok(UpdateSettingsPayload { settings: Some(settings.into()), errors: Vec::new() })
    }
}
