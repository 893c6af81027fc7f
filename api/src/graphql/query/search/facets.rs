//! Counts beside the answers of a search.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use reelgraph_search::facet as model;

use super::input::SearchInput;
use crate::graphql::error::{Code, PublicError};
use crate::graphql::session::Session;
use crate::graphql::types::scalar::Long;

/// Most facets of one request.
const MAX_FACETS: usize = 8;
/// Most values of a facet.
const MAX_VALUES: usize = 200;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "model::FacetField")]
pub enum FacetField {
    /// Kinds of moments.
    Kind,
    /// Languages spoken in the asset.
    Language,
    /// Formats of the asset's file.
    Container,
    /// Classes of objects that are seen.
    Object,
    /// Classes of lengths of the asset.
    Duration,
    /// Classes of rows of the asset's pictures.
    Resolution,
    /// Years, and months in them, in which the asset was registered.
    Created,
    /// Fields that people gave assets, and `field:value` in them.
    Metadata,
    /// Names of people who are seen or heard, for `person:"a name"`; those who have the same name are counted together.
    Person,
    /// What was decided about the asset.
    Review,
    /// Concepts of the vocabulary by classes of objects that are seen: each moment counts once for them and all that is broader.
    Concept,
}

/// The values of one field among what was found.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Facet {
    /// Which field.
    pub field: FacetField,
    /// The most frequent values first.
    pub values: Vec<FacetValue>,
    /// How many values there are, shown or not.
    pub values_total: usize,
}

/// How often a value is there.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct FacetValue {
    /// The value.
    pub value: String,
    /// The wider value that it is part of; null on the highest level.
    pub parent: Option<String>,
    /// Moments that have it; exact.
    pub moment_count: Long,
    /// Assets with such moments; exact.
    pub asset_count: Long,
}

impl From<model::Facet> for Facet {
    fn from(facet: model::Facet) -> Self {
        let value = |value: model::FacetValue| FacetValue {
            value: value.value,
            parent: value.parent,
            moment_count: value.moments.into(),
            asset_count: value.assets.into(),
        };
        Self {
            field: facet.field.into(),
            values: facet.values.into_iter().map(value).collect(),
            values_total: facet.values_total,
        }
    }
}

/// Facets.
#[derive(Default)]
pub(crate) struct FacetQuery;

#[Object]
impl FacetQuery {
    /// What all moments have in common that the words and conditions of a search let through, counted exactly under the same filters.
    /// Moments that are found by meaning alone are not counted.
    #[graphql(complexity = "3_000 + child_complexity")]
    async fn search_facets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is looked for.")] input: SearchInput,
        #[graphql(desc = "What is counted, each field once.")] fields: Vec<FacetField>,
        #[graphql(desc = "Most values of each field, 1 to 200.", default = 20)] first: i32,
    ) -> Result<Vec<Facet>> {
        let session = Session::of(ctx)?;
        if fields.len() > MAX_FACETS {
            let message = format!("fields names at most {MAX_FACETS}, not {}", fields.len());
            return Err(PublicError::new(Code::LimitExceeded, message).of_field("fields").into());
        }
        let Some(first) = usize::try_from(first).ok().filter(|first| (1..=MAX_VALUES).contains(first)) else {
            let message = format!("first is 1 to {MAX_VALUES}, not {first}");
            return Err(PublicError::new(Code::BadUserInput, message).of_field("first").into());
        };
        let request = input.request(session).await?;
        let fields = fields.into_iter().map(Into::into).collect();
        let facets = session.state().searcher.facets(&request, fields, first).await.map_err(PublicError::from)?;
        Ok(facets.into_iter().map(Facet::from).collect())
    }
}
