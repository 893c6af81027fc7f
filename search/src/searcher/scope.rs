//! Whose moments one search looks at, and how it weighs them.

use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::observation::Modality;

use crate::query::SearchRequest;
use crate::query::filter::Filter;
use crate::served::AskedSpaces;

/// What every look of one search has in common.
#[derive(Debug, Clone)]
pub(super) struct SearchScope {
    pub(super) tenant: TenantId,
    pub(super) filter: Filter,
    pub(super) spaces: AskedSpaces,
    weights: Vec<(Modality, f32)>,
}

impl SearchScope {
    pub(super) fn of(request: &SearchRequest, spaces: AskedSpaces) -> Self {
        Self { tenant: request.tenant(), filter: request.filter().clone(), spaces, weights: request.weights().to_vec() }
    }

    /// The same, of these assets only.
    pub(super) fn among(&self, assets: Vec<AssetId>) -> Self {
        let both = match &self.filter.assets {
            Some(admitted) => assets.into_iter().filter(|asset| admitted.contains(asset)).collect(),
            None => assets,
        };
        Self { filter: Filter { assets: Some(both), ..self.filter.clone() }, ..self.clone() }
    }

    /// The weight of a list whose own weight is `weight`.
    pub(super) fn weight(&self, modality: Modality, weight: f32) -> f32 {
        let asked = self.weights.iter().find(|(asked, _)| *asked == modality);
        weight * asked.map_or(1.0, |(_, factor)| *factor)
    }
}
