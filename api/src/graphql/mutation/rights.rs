//! Licences of assets, and decisions about them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::NaiveDate;
use reelgraph_models::id::AssetId;
use reelgraph_models::rights::{Licence, Rights, Territory};
use reelgraph_models::store::StoreError;
use reelgraph_search::query::is_licence_day;

use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::asset::Asset;
use crate::graphql::types::rights::{ReviewState, not_a_licence_day, not_a_territory};

/// The right to use an asset in some territories for some days.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct LicenceInput {
    /// Where, by codes of ISO 3166-1 of two letters such as `DE`; the whole world where null.
    pub territories: Option<Vec<String>>,
    /// The first day (UTC); without beginning where null.
    pub first_day: Option<NaiveDate>,
    /// The last day (UTC), included; without end where null.
    pub last_day: Option<NaiveDate>,
    /// What people should know of it, such as the number of a contract; one line of at most 500 characters.
    pub note: Option<String>,
}

impl LicenceInput {
    /// # Errors
    /// What to say of a code that is none.
    fn read(self) -> Result<Licence, String> {
        let territory = |code: String| Territory::new(&code).ok_or_else(|| not_a_territory(&code));
        let territories = self.territories.map(|codes| codes.into_iter().map(territory).collect()).transpose()?;
        let mut days = [self.first_day, self.last_day].into_iter().flatten();
        if let Some(day) = days.find(|day| !is_licence_day(*day)) {
            return Err(not_a_licence_day(day));
        }
        Ok(Licence { territories, first_day: self.first_day, last_day: self.last_day, note: self.note })
    }
}

/// Which asset, and its licences.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SetAssetLicencesInput {
    /// Which.
    pub id: ID,
    /// All its licences in place of those it has, at most 16 that name at most 300 territories together.
    pub licences: Vec<LicenceInput>,
}

/// Which asset, and what was decided.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ReviewAssetInput {
    /// Which.
    pub id: ID,
    /// What was decided; `PENDING` takes the decision back.
    pub state: ReviewState,
    /// Why, at most 2000 characters.
    pub reason: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct SetAssetLicencesPayload {
    /// The asset as it is now; null where there are errors.
    pub asset: Option<Asset>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct ReviewAssetPayload {
    /// The asset as it is now; null where there are errors.
    pub asset: Option<Asset>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Licences of assets, and decisions about them.
#[derive(Default)]
pub(crate) struct RightsMutation;

#[Object]
impl RightsMutation {
    /// Notes where and when an asset may be used; search filters by it within seconds (`asset.licensed:DE`).
    async fn set_asset_licences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset, and its licences.")] input: SetAssetLicencesInput,
    ) -> Result<SetAssetLicencesPayload> {
        let refuse = |error| Ok(SetAssetLicencesPayload { asset: None, errors: vec![error] });
        let invalid = |message: String| refuse(UserError::new(UserErrorCode::InvalidValue, "licences", message));
        let Some(id) = parse_typed(&input.id) else { return refuse(not_found("asset")) };
        let read =
            |(at, licence): (usize, LicenceInput)| licence.read().map_err(|why| format!("licences[{at}]: {why}"));
        let licences = match input.licences.into_iter().enumerate().map(read).collect() {
            Ok(licences) => licences,
            Err(message) => return invalid(message),
        };
        let rights = match Rights::new(licences) {
            Ok(rights) => rights,
            Err(error) => return invalid(error.to_string()),
        };
        match changed(Session::of(ctx)?.store().set_asset_rights(id, &rights).await)? {
            Ok(asset) => Ok(SetAssetLicencesPayload { asset: Some(asset), errors: Vec::new() }),
            Err(error) => refuse(error),
        }
    }

    /// Keeps what was decided about an asset, under the name of the one who asks; search filters by it within seconds
    /// (`asset.review:approved`).
    async fn review_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset, and what was decided.")] input: ReviewAssetInput,
    ) -> Result<ReviewAssetPayload> {
        let refuse = |error| Ok(ReviewAssetPayload { asset: None, errors: vec![error] });
        let session = Session::of(ctx)?;
        let Some(id) = parse_typed::<AssetId>(&input.id) else { return refuse(not_found("asset")) };
        let is_control = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
        if input.reason.as_deref().is_some_and(|reason| reason.contains(is_control)) {
            let message = "it has control characters; write it as plain text";
            return refuse(UserError::new(UserErrorCode::InvalidValue, "reason", message));
        }
        let reviewer = session.principal().owner();
        let reviewed = session.store().review_asset(id, &reviewer, input.state.into(), input.reason.as_deref()).await;
        match changed(reviewed)? {
            Ok(asset) => Ok(ReviewAssetPayload { asset: Some(asset), errors: Vec::new() }),
            Err(error) => refuse(error),
        }
    }
}

/// The changed asset, or what can be expected to go wrong.
///
/// # Errors
/// What cannot.
fn changed(
    outcome: Result<reelgraph_models::asset::Asset, StoreError>,
) -> Result<Result<Asset, UserError>, PublicError> {
    match outcome {
        Ok(asset) => Ok(Ok(Asset(asset))),
        Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => Ok(Err(not_found("asset"))),
        Err(StoreError::Invalid { what, why }) => Ok(Err(UserError::new(UserErrorCode::InvalidValue, what, why))),
        Err(error) => Err(error.into()),
    }
}
