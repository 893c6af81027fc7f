//! Both indexes as one: changed together, committed together, asked how far they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::TenantId;

use crate::document::{AssetDocument, AssetKey};
use crate::error::SearchError;
use crate::space::VectorSpace;
use crate::text::TextIndex;
use crate::vector::VectorIndex;

/// The text index and, where there is one, the vector index.
#[derive(Debug, Clone)]
pub struct SearchIndex {
    text: Arc<TextIndex>,
    vectors: Option<Arc<dyn VectorIndex>>,
    /// Counts changes that searches may see.
    generation: Arc<AtomicU64>,
}

/// Changes to publish together.
#[derive(Debug, Default)]
pub struct Batch {
    /// Assets as they are now; each replaces what was published of it before.
    pub documents: Vec<AssetDocument>,
    /// Assets that are gone.
    pub removed: Vec<AssetKey>,
}

/// How much an index holds.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexStats {
    /// Findable moments of all tenants.
    pub moments: u64,
    /// Vectors of the tenant by space.
    pub vectors: Vec<(EmbeddingSpace, u64)>,
    /// See [`SearchIndex::watermark`].
    pub watermark: Revision,
}

impl SearchIndex {
    /// Joins two indexes.
    pub fn new(text: Arc<TextIndex>, vectors: Arc<dyn VectorIndex>) -> Self {
        Self { text, vectors: Some(vectors), generation: Arc::default() }
    }

    /// Searches by words alone.
    pub fn text_only(text: Arc<TextIndex>) -> Self {
        Self { text, vectors: None, generation: Arc::default() }
    }

    /// Publishes changes to both indexes; findable after [`SearchIndex::commit`]. Applying the same twice is the same as once.
    /// Vectors that can be no answer are left out with a warning; see [`VectorIndex::apply`].
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`], [`SearchError::WriteVectorIndex`]. Ask for
    /// [`SearchIndex::watermark`] then and publish again from there.
    pub async fn apply(&self, batch: Batch) -> Result<(), SearchError> {
        let documents: Arc<[AssetDocument]> = batch.documents.into();
        let removed = batch.removed;
        let vectors = async {
            match &self.vectors {
                Some(vectors) => vectors.apply(Arc::clone(&documents), &removed).await,
                None => Ok(()),
            }
        };
        let (text, vectors) = tokio::join!(self.text.apply(Arc::clone(&documents), &removed), vectors);
        self.generation.fetch_add(1, Ordering::Relaxed);
        text.and(vectors)
    }

    /// Makes everything applied durable and findable, and remembers the watermark in both indexes.
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`], [`SearchError::WriteVectorIndex`], also where an earlier change failed.
    pub async fn commit(&self, watermark: Revision) -> Result<(), SearchError> {
        let vectors = async {
            match &self.vectors {
                Some(vectors) => vectors.commit(watermark).await,
                None => Ok(()),
            }
        };
        let (text, vectors) = tokio::join!(self.text.commit(watermark), vectors);
        self.generation.fetch_add(1, Ordering::Relaxed);
        text.and(vectors)
    }

    /// Returns the revision up to which both indexes hold every change: publish again from here. After a crash between two
    /// commits the lower one counts; after a failed change, asking makes the indexes writable again.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`], [`SearchError::SearchVectorIndex`].
    pub async fn watermark(&self) -> Result<Revision, SearchError> {
        let text = self.text.watermark().await?;
        match &self.vectors {
            Some(vectors) => Ok(text.min(vectors.watermark().await?)),
            None => Ok(text),
        }
    }

    /// Empties both indexes and sets the watermark to 0, so that everything is published again.
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`], [`SearchError::WriteVectorIndex`].
    pub async fn clear(&self) -> Result<(), SearchError> {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.text.clear().await?;
        match &self.vectors {
            Some(vectors) => vectors.clear().await,
            None => Ok(()),
        }
    }

    /// Waits until searches are as fast as they will be: see [`TextIndex::settle`] and [`VectorIndex::settle`].
    ///
    /// # Errors
    /// [`SearchError::WriteTextIndex`], [`SearchError::WriteVectorIndex`].
    pub async fn settle(&self) -> Result<(), SearchError> {
        self.text.settle().await?;
        match &self.vectors {
            Some(vectors) => vectors.settle().await,
            None => Ok(()),
        }
    }

    /// Reads what searches read into memory, at most so many bytes; what cannot be read is logged.
    pub(crate) async fn read_ahead(&self, most_bytes: u64) {
        let text = Arc::clone(&self.text);
        let read = tokio::task::spawn_blocking(move || text.read_ahead(most_bytes)).await;
        let read = read.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        let read = read.inspect_err(|error| tracing::warn!(%error, "the text index could not be read ahead"));
        if let Some(vectors) = &self.vectors {
            vectors.read_ahead(most_bytes.saturating_sub(read.unwrap_or_default())).await;
        }
    }

    /// Counts what the indexes hold; vectors of one tenant.
    ///
    /// # Errors
    /// [`SearchError::SearchTextIndex`], [`SearchError::SearchVectorIndex`].
    pub async fn stats(&self, tenant: TenantId) -> Result<IndexStats, SearchError> {
        let mut counts = Vec::new();
        if let Some(vectors) = &self.vectors {
            for space in vectors.spaces() {
                counts.push((space.space().clone(), vectors.count(space.space(), tenant).await?));
            }
        }
        Ok(IndexStats { moments: self.text.count(), vectors: counts, watermark: self.watermark().await? })
    }

    /// The embedding spaces that can be searched.
    pub fn spaces(&self) -> &[VectorSpace] {
        self.vectors.as_ref().map(|vectors| vectors.spaces()).unwrap_or_default()
    }

    /// The text index.
    pub(crate) fn text(&self) -> &Arc<TextIndex> {
        &self.text
    }

    /// The vector index.
    pub(crate) fn vectors(&self) -> Option<&Arc<dyn VectorIndex>> {
        self.vectors.as_ref()
    }

    /// Counts up with every change that this process made.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }
}
