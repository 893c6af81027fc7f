//! Fields that people give assets.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::metadata::Metadata;
use reelgraph_models::store::StoreError;

use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::asset::Asset;

/// A field and what it is to hold.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MetadataFieldInput {
    /// Its name: small letters a to z, digits, `_` and `.`, at most 64.
    pub name: String,
    /// Its values in place of those it has, at most 32 of at most 500 characters; none takes the field away.
    pub values: Vec<String>,
}

/// Which asset, and what to note.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SetAssetMetadataInput {
    /// Which.
    pub id: ID,
    /// The fields to change, all or none of them; fields that are not named stay as they are.
    pub fields: Vec<MetadataFieldInput>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct SetAssetMetadataPayload {
    /// The asset as it is now; null where there are errors.
    pub asset: Option<Asset>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Changes of the fields that people give assets.
#[derive(Default)]
pub(crate) struct MetadataMutation;

#[Object]
impl MetadataMutation {
    /// Notes something about an asset in fields of your own, such as a project or a rights holder; search filters by them
    /// within seconds (`asset.meta.project:sintel`).
    async fn set_asset_metadata(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset, and what to note.")] input: SetAssetMetadataInput,
    ) -> Result<SetAssetMetadataPayload> {
        let refuse = |error| Ok(SetAssetMetadataPayload { asset: None, errors: vec![error] });
        let Some(id) = parse_typed(&input.id) else { return refuse(not_found("asset")) };
        if input.fields.len() > Metadata::MAX_FIELDS {
            let message = format!("a change names at most {} fields", Metadata::MAX_FIELDS);
            return refuse(UserError::new(UserErrorCode::InvalidValue, "fields", message));
        }
        let fields: Vec<_> = input.fields.into_iter().map(|field| (field.name, field.values)).collect();
        match Session::of(ctx)?.store().set_asset_metadata(id, &fields).await {
            Ok(asset) => Ok(SetAssetMetadataPayload { asset: Some(Asset(asset)), errors: Vec::new() }),
            Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => refuse(not_found("asset")),
            Err(StoreError::Metadata(error)) => {
                refuse(UserError::new(UserErrorCode::InvalidValue, "fields", error.to_string()))
            }
            Err(error) => Err(PublicError::from(error).into()),
        }
    }
}
