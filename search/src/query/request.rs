//! A checked search: inside, values out of range cannot exist.

use reelgraph_models::id::TenantId;
use reelgraph_models::observation::Modality;
use reelgraph_models::space::SpaceRole;

use super::filter::Filter;
use super::limits::{DEFAULT_PAGE_HITS, MAX_NARROWER_LEVELS, MAX_PAGE_HITS, MAX_RERANKED_HITS, MAX_WEIGHT};
use super::parse::Query;
use super::sort::Sort;
use crate::cursor::Cursor;
use crate::error::SearchError;

/// What one tenant asks; cannot be made without saying whose moments are searched.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    tenant: TenantId,
    query: Query,
    filter: Filter,
    grouping: Grouping,
    sort: Sort,
    spread: Spread,
    expansion: Expansion,
    weights: Vec<(Modality, f32)>,
    min_probability: Option<f32>,
    beside: Vec<SpaceRole>,
    rerank: Option<usize>,
    first: usize,
    after: Option<Cursor>,
}

/// How answers are arranged; part of what a cursor belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// One by one, best first.
    #[default]
    Flat,
    /// By asset, the asset with the best hit first.
    ByAsset,
    /// By scene, the scene with the best hit first.
    ByScene,
}

/// Whether many answers of one asset make room for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Spread {
    /// Each further answer of an asset counts a little less.
    #[default]
    OverAssets,
    /// Every answer counts for itself.
    None,
}

/// How far a vocabulary widens a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expansion {
    /// By all labels of a concept, and of concepts so many levels below it.
    Narrower(u8),
    /// Not at all.
    Off,
}

impl Default for Expansion {
    fn default() -> Self {
        Self::Narrower(2)
    }
}

impl Expansion {
    /// Levels of narrower concepts; `None` where it is off.
    pub(crate) fn depth(self) -> Option<u8> {
        match self {
            Self::Narrower(depth) => Some(depth.min(MAX_NARROWER_LEVELS)),
            Self::Off => None,
        }
    }
}

impl SearchRequest {
    /// Reads a query string.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn parse(tenant: TenantId, text: &str) -> Result<Self, SearchError> {
        Query::parse(text).map(|query| Self::new(tenant, query))
    }

    /// Asks a query of all moments of a tenant.
    pub fn new(tenant: TenantId, query: Query) -> Self {
        Self {
            tenant,
            query,
            filter: Filter::default(),
            grouping: Grouping::default(),
            sort: Sort::default(),
            spread: Spread::default(),
            expansion: Expansion::default(),
            weights: Vec::new(),
            min_probability: None,
            beside: Vec::new(),
            rerank: None,
            first: DEFAULT_PAGE_HITS,
            after: None,
        }
    }

    /// Sets the filter.
    ///
    /// # Errors
    /// [`SearchError::FilterTooLarge`] where one of its lists is longer than its limit.
    pub fn with_filter(self, filter: Filter) -> Result<Self, SearchError> {
        filter.check()?;
        Ok(Self { filter, ..self })
    }

    /// Sets the page: `1..=`[`MAX_PAGE_HITS`] answers, those after the cursor where one is given.
    ///
    /// # Errors
    /// [`SearchError::PageSize`] where `first` is out of range; [`SearchError::BadCursor`] where the cursor cannot be read.
    /// That it belongs to this search is checked by the searcher.
    pub fn with_page(self, first: usize, after: Option<&str>) -> Result<Self, SearchError> {
        if !(1..=MAX_PAGE_HITS).contains(&first) {
            return Err(SearchError::PageSize { first, limit: MAX_PAGE_HITS });
        }
        let after = after.map(Cursor::decode).transpose()?;
        Ok(Self { first, after, ..self })
    }

    /// Sets how answers are arranged.
    #[must_use]
    pub fn with_grouping(self, grouping: Grouping) -> Self {
        Self { grouping, ..self }
    }

    /// Sets the order of answers.
    #[must_use]
    pub fn with_sort(self, sort: Sort) -> Self {
        Self { sort, ..self }
    }

    /// Sets whether answers are spread over assets.
    #[must_use]
    pub fn with_spread(self, spread: Spread) -> Self {
        Self { spread, ..self }
    }

    /// Sets how far a vocabulary widens the query.
    #[must_use]
    pub fn with_expansion(self, expansion: Expansion) -> Self {
        Self { expansion, ..self }
    }

    /// Sets factors for the weights of channels of evidence; those that are not named keep theirs.
    ///
    /// # Errors
    /// [`SearchError::BadWeight`] where a factor is not in `0..=`[`MAX_WEIGHT`].
    pub fn with_weights(self, weights: Vec<(Modality, f32)>) -> Result<Self, SearchError> {
        match weights.iter().find(|(_, factor)| !(0.0..=MAX_WEIGHT).contains(factor)) {
            Some((modality, _)) => Err(SearchError::BadWeight { modality: *modality, limit: MAX_WEIGHT }),
            None => Ok(Self { weights, ..self }),
        }
    }

    /// Leaves out answers that are less likely than that to be what was asked for.
    ///
    /// # Errors
    /// [`SearchError::BadProbability`] where it is not in `0..=1`.
    pub fn with_min_probability(self, least: Option<f32>) -> Result<Self, SearchError> {
        match least {
            Some(least) if !(0.0..=1.0).contains(&least) => Err(SearchError::BadProbability),
            min_probability => Ok(Self { min_probability, ..self }),
        }
    }

    /// Asks, for these roles, the space that is kept beside the serving one where there is one: to compare them.
    #[must_use]
    pub fn with_spaces_beside(self, roles: Vec<SpaceRole>) -> Self {
        Self { beside: roles, ..self }
    }

    /// Orders the best so many answers by a model that reads the query and their words together; `None` for not at all.
    ///
    /// # Errors
    /// [`SearchError::BadRerank`] where it is not in `1..=`[`MAX_RERANKED_HITS`].
    pub fn with_rerank(self, rerank: Option<usize>) -> Result<Self, SearchError> {
        match rerank {
            Some(count) if !(1..=MAX_RERANKED_HITS).contains(&count) => {
                Err(SearchError::BadRerank { limit: MAX_RERANKED_HITS })
            }
            rerank => Ok(Self { rerank, ..self }),
        }
    }

    pub(crate) fn map_query(self, map: impl FnOnce(Query) -> Query) -> Self {
        Self { query: map(self.query), ..self }
    }

    /// Whose moments are searched.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The words.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The conditions.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How answers are arranged.
    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// What answers are ordered by.
    pub fn sort(&self) -> &Sort {
        &self.sort
    }

    /// Whether answers are spread over assets.
    pub fn spread(&self) -> Spread {
        self.spread
    }

    /// How far a vocabulary widens the query.
    pub fn expansion(&self) -> Expansion {
        self.expansion
    }

    /// Factors for the weights of channels.
    pub fn weights(&self) -> &[(Modality, f32)] {
        &self.weights
    }

    /// Answers that are less likely than that are left out.
    pub fn min_probability(&self) -> Option<f32> {
        self.min_probability
    }

    /// Roles of which the space beside the serving one is asked.
    pub fn spaces_beside(&self) -> &[SpaceRole] {
        &self.beside
    }

    /// How many of the best answers a model orders.
    pub fn rerank(&self) -> Option<usize> {
        self.rerank
    }

    /// Most answers of the page.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Where the page begins.
    pub(crate) fn after(&self) -> Option<&Cursor> {
        self.after.as_ref()
    }
}
