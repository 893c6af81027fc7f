//! A checked search: inside, values out of range cannot exist.

use reelgraph_models::id::TenantId;

use super::filter::Filter;
use super::limits::{DEFAULT_PAGE_HITS, MAX_PAGE_HITS};
use super::parse::ParsedQuery;
use crate::cursor::Cursor;
use crate::error::SearchError;

/// What one tenant asks; cannot be made without saying whose moments are searched.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    tenant: TenantId,
    query: ParsedQuery,
    filter: Filter,
    grouping: Grouping,
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
}

impl SearchRequest {
    /// Reads a query, which any string is.
    ///
    /// # Errors
    /// [`SearchError::QueryTooLong`] beyond [`super::limits::MAX_QUERY_CHARS`].
    pub fn parse(tenant: TenantId, text: &str) -> Result<Self, SearchError> {
        let query = ParsedQuery::parse(text)?;
        let filter = Filter::default();
        Ok(Self { tenant, query, filter, grouping: Grouping::Flat, first: DEFAULT_PAGE_HITS, after: None })
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

    pub(crate) fn with_grouping(self, grouping: Grouping) -> Self {
        Self { grouping, ..self }
    }

    /// Whose moments are searched.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The words.
    pub fn query(&self) -> &ParsedQuery {
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

    /// Most answers of the page.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Where the page begins.
    pub(crate) fn after(&self) -> Option<&Cursor> {
        self.after.as_ref()
    }
}
