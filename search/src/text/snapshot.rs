//! One state of the index, with what every search of it would otherwise find out anew: where columns are, which languages a
//! tenant has, in which channels it has words at all.

use std::sync::{Arc, PoisonError, RwLock};

use reelgraph_models::id::TenantId;
use tantivy::{IndexReader, Searcher, SegmentReader};

use super::columns::Columns;
use super::schema::{Channel, Fields, Scope};
use crate::analysis::Language;
use crate::cache::Recent;

/// Tenants of whom is remembered what they have.
const REMEMBERED_TENANTS: usize = 64;

/// One state of the index.
pub(super) struct Snapshot {
    pub(super) searcher: Searcher,
    /// By place of the segment.
    columns: Vec<Columns>,
    holdings: Recent<TenantId, Arc<Holdings>>,
}

/// What a tenant has anywhere.
#[derive(Debug)]
pub(super) struct Holdings {
    /// Languages of any of the moments.
    pub(super) languages: Vec<Language>,
    /// Channels that have words.
    pub(super) channels: Vec<Channel>,
}

impl Snapshot {
    fn new(fields: &Fields, searcher: Searcher) -> tantivy::Result<Self> {
        let columns = searcher.segment_readers().iter().map(|segment| Columns::open(segment, fields));
        let columns = columns.collect::<tantivy::Result<_>>()?;
        Ok(Self { searcher, columns, holdings: Recent::new(REMEMBERED_TENANTS) })
    }

    /// What the entries of a segment say of their moments.
    pub(super) fn columns(&self, segment: u32) -> tantivy::Result<&Columns> {
        let columns = usize::try_from(segment).ok().and_then(|at| self.columns.get(at));
        columns.ok_or_else(|| tantivy::TantivyError::InternalError(format!("there is no segment {segment}")))
    }

    /// What the tenant of a scope has.
    pub(super) fn holdings(&self, fields: &Fields, scope: &Scope) -> tantivy::Result<Arc<Holdings>> {
        if let Some(known) = self.holdings.find(&scope.tenant()) {
            return Ok(known);
        }
        let mut holdings = Holdings { languages: Vec::new(), channels: Vec::new() };
        for language in Language::all() {
            if self.searcher.doc_freq(&scope.language_term(fields, language))? > 0 {
                holdings.languages.push(language);
            }
        }
        for channel in Channel::ALL {
            let segments = self.searcher.segment_readers().iter();
            let mut has_words = segments.map(|segment| has_words(segment, fields, scope, channel));
            if has_words.try_fold(false, |any, one| tantivy::Result::Ok(any || one?))? {
                holdings.channels.push(channel);
            }
        }
        let holdings = Arc::new(holdings);
        self.holdings.insert(scope.tenant(), Arc::clone(&holdings));
        Ok(holdings)
    }
}

/// Whether a segment has any word of the tenant in a channel.
fn has_words(segment: &SegmentReader, fields: &Fields, scope: &Scope, channel: Channel) -> tantivy::Result<bool> {
    let index = segment.inverted_index(fields.channel(channel).exact)?;
    let mut words = index.terms().range().ge(scope.word("").as_bytes()).into_stream()?;
    Ok(words.advance() && scope.bare(words.key()).is_some())
}

/// The newest state, made once for all searches of it.
pub(super) struct Newest {
    reader: IndexReader,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Newest {
    pub(super) fn new(fields: &Fields, reader: IndexReader) -> tantivy::Result<Self> {
        let snapshot = RwLock::new(Arc::new(Snapshot::new(fields, reader.searcher())?));
        Ok(Self { reader, snapshot })
    }

    /// The state as of the last commit.
    pub(super) fn get(&self, fields: &Fields) -> tantivy::Result<Arc<Snapshot>> {
        let known = Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner));
        let searcher = self.reader.searcher();
        if known.searcher.generation().generation_id() == searcher.generation().generation_id() {
            return Ok(known);
        }
        let new = Arc::new(Snapshot::new(fields, searcher)?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        Ok(new)
    }

    /// Entries that are not deleted.
    pub(super) fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }
}
