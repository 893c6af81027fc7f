//! The bare engines, asked the same as the product: what it costs beside them is the product's own.

use std::path::Path;
use std::time::{Duration, Instant};

use qdrant_edge::{DEFAULT_VECTOR_NAME, EdgeShard, NamedQuery, QueryEnum, SearchRequest, VectorInternal};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TEXT};
use tantivy::{Index, IndexReader, TantivyDocument, Term};

use crate::Outcome;
use crate::library::{asset, assets_of, shard_folder, text_of};

/// Memory of the writer.
const HEAP_BYTES: usize = 64 << 20;

/// tantivy with all words of a moment in one field, and nothing else.
pub(crate) struct BareText {
    reader: IndexReader,
    words: Field,
}

impl BareText {
    /// Opens it, filled where it is not there yet.
    pub(crate) fn open(folder: &Path, moments: u64) -> Outcome<Self> {
        let folder = folder.join("bare-text");
        let mut schema = Schema::builder();
        let words = schema.add_text_field("words", TEXT);
        let number = schema.add_u64_field("number", FAST);
        let index = if folder.join("meta.json").exists() {
            Index::open_in_dir(&folder)?
        } else {
            std::fs::create_dir_all(&folder)?;
            let index = Index::create_in_dir(&folder, schema.build())?;
            let mut writer = index.writer_with_num_threads(1, HEAP_BYTES)?;
            for (at, moment) in (0..assets_of(moments)).flat_map(|number| asset(number).moments).enumerate() {
                let mut document = TantivyDocument::default();
                document.add_text(words, text_of(&moment));
                document.add_u64(number, at as u64);
                writer.add_document(document)?;
            }
            writer.commit()?;
            writer.wait_merging_threads()?;
            index
        };
        Ok(Self { reader: index.reader()?, words })
    }

    /// The time of a search for any of the words.
    pub(crate) fn time(&self, query: &str, limit: usize) -> Outcome<Duration> {
        let started = Instant::now();
        let any = query.split(' ').map(|word| {
            let term = Term::from_field_text(self.words, word);
            Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>
        });
        let searcher = self.reader.searcher();
        searcher.search(&BooleanQuery::union(any.collect()), &TopDocs::with_limit(limit).order_by_score())?;
        Ok(started.elapsed())
    }
}

/// qdrant-edge on the same vectors, without condition and payload.
pub(crate) struct BareVectors {
    shard: EdgeShard,
}

impl BareVectors {
    /// Opens a copy of the product's shard, which must be closed and is copied where that was not done yet.
    pub(crate) fn open(folder: &Path) -> Outcome<Self> {
        let copy = folder.join("bare-vectors");
        if !copy.exists() {
            let beside = folder.join("bare-vectors.new");
            copy_folder(&shard_folder(folder), &beside)?;
            std::fs::rename(&beside, &copy)?;
        }
        let shard = EdgeShard::load(&copy, None)?;
        bring_into_memory(&copy.join("segments"))?;
        Ok(Self { shard })
    }

    /// The time of a search for the nearest.
    pub(crate) fn time(&self, vector: &[f32], limit: usize) -> Outcome<Duration> {
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery {
                query: VectorInternal::Dense(vector.to_vec()),
                using: Some(DEFAULT_VECTOR_NAME.to_owned()),
            }),
            filter: None,
            params: None,
            limit,
            offset: 0,
            with_payload: None,
            with_vector: None,
            score_threshold: None,
        };
        let started = Instant::now();
        self.shard.search(request)?;
        Ok(started.elapsed())
    }

    /// What its graphs lie in.
    pub(crate) fn segments(&self) -> usize {
        self.shard.info().segments_count
    }
}

/// Reads all files, as the product does before it is ready.
fn bring_into_memory(folder: &Path) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            bring_into_memory(&entry.path())?;
        } else {
            std::io::copy(&mut std::fs::File::open(entry.path())?, &mut std::io::sink())?;
        }
    }
    Ok(())
}

/// Copies a folder without its log, which a reader does not need.
fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            std::fs::copy(entry.path(), target)?;
        } else if entry.file_name() != "wal" {
            copy_folder(&entry.path(), &target)?;
        }
    }
    Ok(())
}
