//! The list of a saved search as a file: what it met since it stands and what was pinned to it, without what was excluded.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::try_join_all;
use reelgraph_models::export::{ExportFormat, ExportedAsset, ExportedMoment, ResultSet};
use reelgraph_models::id::{MomentId, SavedSearchId};
use reelgraph_models::moment::{Moment, MomentTexts};
use reelgraph_models::standing_search::StandingMatch;
use reelgraph_models::store::{MatchCursor, PageRequest};

use super::{MAX_CONCEPTS, asset, title};
use crate::graphql::error::PublicError;
use crate::graphql::links::Links;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// A list whose moments are wanted as a file.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) search: SavedSearchId,
    pub(super) name: String,
}

impl List {
    /// Its moments, newest first, page after page.
    pub(super) async fn gather(
        &self,
        session: &Session,
        first: usize,
        format: ExportFormat,
    ) -> Result<ResultSet, PublicError> {
        let links = Links::new(&session.state().settings.public_url);
        let page_items = session.state().settings.limits.page_items as usize;
        let (mut assets, mut moments, mut after) = (HashMap::new(), Vec::new(), None::<MatchCursor>);
        while moments.len() < first {
            let page = PageRequest { after, limit_rows: u32::try_from(page_items).unwrap_or(u32::MAX) };
            let page = session.store().list_matches(self.search, page).await?;
            let ids: Vec<MomentId> = page.rows.iter().map(|row| row.moment).collect();
            let rows = session.store().moments_by_ids(&ids).await?;
            after = page.rows.last().map(|row| MatchCursor { matched_at: row.matched_at, moment: row.moment });
            let found = try_join_all(page.rows.iter().map(|row| session.loaders().asset(row.asset))).await?;
            for (listed, found) in page.rows.iter().zip(found) {
                // An asset that is deleted takes its moments along.
                let Some(found) = found else { continue };
                let of = assets.entry(listed.asset).or_insert_with(|| Arc::new(asset(links, &found.0)));
                moments.push(exported(listed, rows.get(&listed.moment), Arc::clone(of)));
            }
            if !page.has_next || after.is_none() {
                break;
            }
        }
        moments.truncate(first);
        let url = self.url(first, links, format);
        Ok(ResultSet { title: self.name.clone(), url, notes: Vec::new(), moments })
    }

    /// Where the file can be had.
    pub(super) fn url(&self, first: usize, links: Links<'_>, format: ExportFormat) -> String {
        let (list, first) = (GlobalId::from(self.search).to_string(), first.to_string());
        links.export(format, &[("list", &list), ("first", &first)])
    }
}

/// A moment that is not there any more, since another analysis has drawn other bounds, still has its time and its asset.
fn exported(listed: &StandingMatch, row: Option<&Moment>, asset: Arc<ExportedAsset>) -> ExportedMoment {
    let none = MomentTexts::default();
    let texts = row.map_or(&none, |row| &row.texts);
    let seen = texts.seen.first().map_or("", String::as_str);
    let named = [texts.said.as_str(), texts.written.as_str(), seen].into_iter().find(|text| !text.is_empty());
    ExportedMoment {
        id: GlobalId::from(listed.moment).to_string(),
        span: listed.span,
        title: title(named.unwrap_or(&asset.title)),
        asset,
        evidence: Vec::new(),
        score: listed.score.unwrap_or(1.0),
        concepts: texts.seen.iter().take(MAX_CONCEPTS).cloned().collect(),
        language: texts.language.clone(),
    }
}
