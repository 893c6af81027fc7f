//! Bringing in what others found out. Large documents come by `PUT /v1/assets/{id}/analysis.json`.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use bytes::Bytes;

use super::asset::not_found;
use crate::graphql::error::UserError;
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::asset::{Asset, CaptionFormat};
use crate::graphql::types::job::Job;
use crate::graphql::types::scalar::Long;
use crate::import::{Brought, DEFAULT_TRACK, import};

/// Captions that someone supplied.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SuppliedCaptionsInput {
    /// The whole file.
    pub text: String,
    /// Its format.
    pub format: CaptionFormat,
    /// ISO 639-1 code of what is said, for cues that name none.
    pub language: String,
    /// Name of the track: letters, digits, dots, hyphens and underscores. The same name and language a second time take the
    /// place of the first.
    #[graphql(default_with = "DEFAULT_TRACK.to_owned()")]
    pub name: String,
}

/// What is brought in; exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub(crate) enum ImportSourceInput {
    /// A JSON document of analysis made elsewhere, as `docs/analysis-json.md` describes it.
    Analysis(String),
    /// Captions, which outrank what machines heard.
    Captions(SuppliedCaptionsInput),
}

/// Into which asset, and what.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ImportAnalysisInput {
    /// Into which asset.
    pub asset_id: ID,
    /// What.
    pub source: ImportSourceInput,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct ImportAnalysisPayload {
    /// The asset; null where there are errors.
    pub asset: Option<Asset>,
    /// The job that makes moments of what was brought in.
    pub job: Option<Job>,
    /// Observations that were stored.
    pub observation_count: Long,
    /// Why nothing was stored; `field` points into the document, as in `source.analysis.runs[0].observations[3].span`.
    pub errors: Vec<UserError>,
}

/// Bringing in what others found out.
#[derive(Default)]
pub(crate) struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Stores analysis made elsewhere, or supplied captions, with their provenance beside what our own models saw. Takes the
    /// place of what the same source brought before and of nothing else. What was brought in counts as covered: a refresh
    /// does not compute it.
    async fn import_analysis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Into which asset, and what.")] input: ImportAnalysisInput,
    ) -> Result<ImportAnalysisPayload> {
        let refuse = |error| Ok(ImportAnalysisPayload { errors: vec![error], ..ImportAnalysisPayload::default() });
        let unknown = || UserError { field: Some("assetId".to_owned()), ..not_found("asset") };
        let session = Session::of(ctx)?;
        let Some(id) = parse_typed(&input.asset_id) else { return refuse(unknown()) };
        let Some(asset) = session.loaders().asset(id).await? else { return refuse(unknown()) };
        let (field, brought) = match input.source {
            ImportSourceInput::Analysis(document) => ("source.analysis", Brought::Analysis(Bytes::from(document))),
            ImportSourceInput::Captions(captions) => {
                let SuppliedCaptionsInput { text, format, language, name } = captions;
                let text = Bytes::from(text);
                ("source.captions", Brought::Captions { text, format: format.into(), name, language })
            }
        };
        match import(session, &asset.0, field, brought).await? {
            Ok(imported) => Ok(ImportAnalysisPayload {
                asset: Some(asset),
                job: Some(Job(imported.job)),
                observation_count: imported.observations.into(),
                errors: Vec::new(),
            }),
            Err(error) => refuse(error),
        }
    }
}
