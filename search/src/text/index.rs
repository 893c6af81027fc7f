//! The text index as others use it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use reelgraph_models::asset::Revision;
use reelgraph_models::id::{MomentId, TenantId};
use reelgraph_models::observation::Modality;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyError};
use tokio::sync::{mpsc, oneshot};

use super::build::entries;
use super::concept_facet::Concepts;
use super::dictionary::Dictionary;
use super::facets::FacetCollector;
use super::frequent::frequent;
use super::ordered::Stretch;
use super::query::{Facts, TextCandidate, TextMatches, count, count_these, facts, holding, orders, search, stretch};
use super::schema::{FORMAT, Fields, Scope};
use super::snapshot::{Newest, Snapshot};
use super::writer::{self, Changes, Command, Reply};
use crate::document::{AssetDocument, AssetKey};
use crate::error::{SearchError, boxed};
use crate::facet::{Facet, FacetField};
use crate::order::Order;
use crate::query::condition::object_word;
use crate::query::filter::Filter;
use crate::query::{Retrieval, Sort};
use crate::read_ahead::read_ahead;

/// How the index is written.
#[derive(Debug, Clone, Copy)]
pub struct TextSettings {
    /// Memory of the writer before it writes a segment, in bytes; at least 15 MB.
    pub writer_heap_bytes: usize,
}

impl Default for TextSettings {
    fn default() -> Self {
        Self { writer_heap_bytes: 64 * 1024 * 1024 }
    }
}

/// The text index in one folder. One process at a time can have it open.
pub struct TextIndex {
    folder: PathBuf,
    shared: Arc<Shared>,
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

/// What searches read.
pub(super) struct Shared {
    pub(super) fields: Fields,
    pub(super) newest: Newest,
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextIndex").finish_non_exhaustive()
    }
}

impl TextIndex {
    /// Opens the index in `folder`, made where absent. An index that is damaged or of an older format is made anew, empty
    /// with watermark 0: it is derived, so publishing again brings everything back. Blocks while it reads from disk.
    ///
    /// # Errors
    /// [`SearchError::OpenTextIndex`] where the folder cannot be read or written or another process has the index open.
    pub fn open(folder: &Path, settings: TextSettings) -> Result<Self, SearchError> {
        let failed = |source| SearchError::OpenTextIndex { path: folder.to_path_buf(), source };
        std::fs::create_dir_all(folder).map_err(|error| failed(boxed(error)))?;
        let fields = Fields::new();
        let (index, reader) = match open_existing(folder, &fields) {
            Ok(Some(opened)) => opened,
            Ok(None) => create_anew(folder, &fields)?,
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the text index is damaged and is built anew");
                create_anew(folder, &fields)?
            }
            Err(error) => return Err(failed(boxed(error))),
        };
        let newest = Newest::new(&fields, reader.clone()).map_err(|error| failed(boxed(error)))?;
        let (commands, thread) = writer::start(folder, index, reader, settings.writer_heap_bytes)?;
        let shared = Arc::new(Shared { fields, newest });
        Ok(Self { folder: folder.to_path_buf(), shared, commands: Some(commands), thread: Some(thread) })
    }

    /// Replaces what is known of the documents' assets and removes others; visible after [`TextIndex::commit`].
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`]; nothing can be committed then until [`TextIndex::watermark`] was asked for.
    pub async fn apply(&self, documents: Arc<[AssetDocument]>, removed: &[AssetKey]) -> Result<(), SearchError> {
        let fields = &self.shared.fields;
        let published = documents.iter().map(|document| (document.tenant, document.asset));
        let keys = published.chain(removed.iter().map(|key| (key.tenant, key.asset)));
        let deletions = keys.map(|(tenant, asset)| Scope::of(tenant).asset_term(fields, asset)).collect();
        let shared = Arc::clone(&self.shared);
        let build = move || documents.iter().flat_map(|document| entries(&shared.fields, document)).collect();
        let additions = tokio::task::spawn_blocking(build).await;
        let additions = additions.map_err(|error| SearchError::WriteTextIndex { source: boxed(error) })?;
        self.ask(|reply| Command::Apply(Changes { deletions, additions }, reply)).await
    }

    /// Makes everything applied durable and visible to searches, together with the watermark.
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`], also where an earlier change failed.
    pub async fn commit(&self, watermark: Revision) -> Result<(), SearchError> {
        self.ask(|reply| Command::Commit(watermark, reply)).await
    }

    /// Merges all its parts into one, so that searches are as fast as they will be; takes a minute for a million moments. Does
    /// nothing while something waits for a commit.
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`].
    pub async fn settle(&self) -> Result<(), SearchError> {
        self.ask(Command::Settle).await
    }

    /// Returns the committed watermark, 0 for an empty index. After a failure, also makes the index writable again, without
    /// what was applied since the last commit.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`] or [`SearchError::WriteTextIndex`].
    pub async fn watermark(&self) -> Result<Revision, SearchError> {
        self.ask(Command::Watermark).await
    }

    /// Removes everything and sets the watermark to 0.
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`].
    pub async fn clear(&self) -> Result<(), SearchError> {
        self.ask(Command::Clear).await
    }

    /// How many moments are findable, of all tenants.
    pub fn count(&self) -> u64 {
        self.shared.newest.count()
    }

    /// Reads its files into memory, at most so many bytes of them; returns how many it read. Blocks.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub(crate) fn read_ahead(&self, most_bytes: u64) -> std::io::Result<u64> {
        read_ahead(&self.folder, most_bytes)
    }

    /// Words that many moments have, with whose they are; at most `most`.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn frequent_words(&self, most: usize) -> Result<Vec<(TenantId, String)>, SearchError> {
        self.read(TenantId::DEFAULT, move |fields, snapshot, _| frequent(fields, &snapshot.searcher, most)).await
    }

    /// The words of a tenant, as they are now; opening and reading them blocks.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub(crate) fn dictionary(&self, tenant: TenantId) -> tantivy::Result<Dictionary> {
        Dictionary::new(Arc::clone(&self.shared), tenant)
    }

    /// Finds moments of a tenant by words: of each channel the best, with which clauses of the query matched.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub async fn search(
        &self,
        tenant: TenantId,
        retrieval: &Retrieval,
        filter: &Filter,
        candidates_per_channel: usize,
    ) -> Result<TextMatches, SearchError> {
        let (retrieval, filter) = (retrieval.clone(), filter.clone());
        self.read(tenant, move |fields, snapshot, scope| {
            search(fields, snapshot, scope, &retrieval, &filter, candidates_per_channel)
        })
        .await
    }

    /// Those of `moments`, which are near to the query by a vector of that kind, of which everything else that it demands
    /// holds as well.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn holding(
        &self,
        tenant: TenantId,
        retrieval: &Retrieval,
        near: Modality,
        moments: Vec<MomentId>,
    ) -> Result<HashSet<MomentId>, SearchError> {
        let retrieval = retrieval.clone();
        self.read(tenant, move |fields, snapshot, scope| holding(fields, snapshot, scope, &retrieval, near, &moments))
            .await
    }

    /// A stretch of all moments of which everything holds that is asked, in the order of a property. Words do not rank them.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn stretch(
        &self,
        tenant: TenantId,
        retrieval: &Retrieval,
        filter: &Filter,
        of: Stretch,
    ) -> Result<Vec<(Order, TextCandidate)>, SearchError> {
        let (retrieval, filter) = (retrieval.clone(), filter.clone());
        self.read(tenant, move |fields, snapshot, scope| stretch(fields, snapshot, scope, &retrieval, &filter, of))
            .await
    }

    /// Where moments stand in an order that is not by relevance; those that are not there any more are left out.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn orders(
        &self,
        tenant: TenantId,
        sort: Sort,
        moments: Vec<MomentId>,
    ) -> Result<HashMap<MomentId, Order>, SearchError> {
        self.read(tenant, move |fields, snapshot, scope| orders(fields, snapshot, scope, sort, &moments)).await
    }

    /// What is known of moments; those that are not there any more are left out.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn facts(
        &self,
        tenant: TenantId,
        moments: Vec<MomentId>,
    ) -> Result<HashMap<MomentId, Facts>, SearchError> {
        self.read(tenant, move |fields, snapshot, scope| facts(fields, snapshot, scope, &moments)).await
    }

    /// Counts what all moments have in common that have any of the query's words, and of which everything else that it demands
    /// holds.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn facets(
        &self,
        tenant: TenantId,
        retrieval: &Retrieval,
        filter: &Filter,
        wanted: Vec<FacetField>,
        concepts: Concepts,
        values_each: usize,
    ) -> Result<Vec<Facet>, SearchError> {
        let (retrieval, filter) = (retrieval.clone(), filter.clone());
        self.read(tenant, move |fields, snapshot, scope| {
            let collector = FacetCollector::new(fields, scope, &wanted, &concepts);
            let counted = count(fields, snapshot, scope, &retrieval, &filter, &collector)?;
            Ok(collector.facets(counted, values_each))
        })
        .await
    }

    /// Counts what moments have in common.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn facets_of(
        &self,
        tenant: TenantId,
        moments: Vec<MomentId>,
        wanted: Vec<FacetField>,
        concepts: Concepts,
        values_each: usize,
    ) -> Result<Vec<Facet>, SearchError> {
        self.read(tenant, move |fields, snapshot, scope| {
            let collector = FacetCollector::new(fields, scope, &wanted, &concepts);
            let counted = count_these(fields, snapshot, scope, &moments, &collector)?;
            Ok(collector.facets(counted, values_each))
        })
        .await
    }

    /// Reads from the present state of the index on a thread that may block.
    /// Those of the labels (folded) that no object of the tenant is called by.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`].
    pub(crate) async fn absent_objects(
        &self,
        tenant: TenantId,
        labels: BTreeSet<String>,
    ) -> Result<Vec<String>, SearchError> {
        self.read(tenant, move |fields, snapshot, scope| {
            let mut absent = Vec::new();
            for label in labels {
                if snapshot.searcher.doc_freq(&scope.term(fields.object, &object_word(&label, 1)))? == 0 {
                    absent.push(label);
                }
            }
            Ok(absent)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        tenant: TenantId,
        read: impl FnOnce(&Fields, &Snapshot, &Scope) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, SearchError> {
        let shared = Arc::clone(&self.shared);
        let run = move || {
            let snapshot = shared.newest.get(&shared.fields)?;
            read(&shared.fields, &snapshot, &Scope::of(tenant))
        };
        let found = tokio::task::spawn_blocking(run).await;
        let found = found.map_err(|error| SearchError::SearchTextIndex { source: boxed(error) })?;
        found.map_err(|error| SearchError::SearchTextIndex { source: boxed(error) })
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, SearchError> {
        let stopped = SearchError::Stopped { index: "text" };
        let (reply, answer) = oneshot::channel();
        let Some(commands) = &self.commands else { return Err(stopped) };
        if commands.send(command(reply)).await.is_err() {
            return Err(stopped);
        }
        answer.await.unwrap_or(Err(stopped))
    }
}

/// Waits for the thread, so that the folder can be opened again at once.
impl Drop for TextIndex {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the text index panicked");
        }
    }
}

/// Opens what is there; `None` where there is nothing or something of another format.
fn open_existing(folder: &Path, fields: &Fields) -> Result<Option<(Index, IndexReader)>, TantivyError> {
    let directory = MmapDirectory::open(folder)?;
    if !Index::exists(&directory)? {
        return Ok(None);
    }
    let index = Index::open(directory)?;
    if index.schema() != fields.schema || writer::committed(&index)?.format != FORMAT {
        tracing::info!("the text index is of another format and is built anew");
        return Ok(None);
    }
    let reader = open_reader(&index)?;
    Ok(Some((index, reader)))
}

fn open_reader(index: &Index) -> Result<IndexReader, TantivyError> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

/// Removes an index, if any, and makes an empty one.
fn create_anew(folder: &Path, fields: &Fields) -> Result<(Index, IndexReader), SearchError> {
    let failed = |source| SearchError::OpenTextIndex { path: folder.to_path_buf(), source };
    for file in files_of(folder).map_err(|error| failed(boxed(error)))? {
        std::fs::remove_file(file).map_err(|error| failed(boxed(error)))?;
    }
    let index = Index::create_in_dir(folder, fields.schema.clone()).map_err(|error| failed(boxed(error)))?;
    let reader = open_reader(&index).map_err(|error| failed(boxed(error)))?;
    Ok((index, reader))
}

/// Files in the folder itself, where there is an index; whoever names a folder of something else by mistake loses nothing.
fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !folder.join("meta.json").exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

/// Whether the files are there but are not an index that can be used, as opposed to not being allowed or able to read.
fn is_damage(error: &TantivyError) -> bool {
    matches!(
        error,
        TantivyError::DataCorruption(_)
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::SchemaError(_)
            | TantivyError::DeserializeError(_)
            | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_))
    )
}
