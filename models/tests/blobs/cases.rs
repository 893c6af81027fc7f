//! What holds for blobs wherever they are.

use std::io;

use anyhow::{Context, ensure};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use reelgraph_models::blob::{BlobError, BlobKey, BlobStore, LocalFiles, TenantBlobs};
use reelgraph_models::clock::SystemClock;
use reelgraph_models::content::ContentHash;
use reelgraph_models::id::TenantId;
use uuid::Uuid;

const OTHER_TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(7));
/// More than two parts.
const LARGE_BYTES: usize = 20 * 1024 * 1024 + 17;

pub(crate) fn key(text: &str) -> anyhow::Result<BlobKey> {
    Ok(BlobKey::new(text)?)
}

/// Bytes that are different everywhere.
pub(crate) fn bytes(length: usize) -> Bytes {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>().into()
}

/// The bytes in pieces of a size that divides no part.
pub(crate) fn pieces(all: &Bytes) -> impl stream::Stream<Item = io::Result<Bytes>> + Send + Unpin + use<> {
    let all = all.clone();
    let size = 1_000_003;
    stream::iter((0..all.len()).step_by(size).map(move |from| Ok(all.slice(from..all.len().min(from + size)))))
}

async fn part(blobs: &TenantBlobs, key: &BlobKey, range: std::ops::Range<u64>) -> Result<(u64, Bytes), BlobError> {
    let read = blobs.read(key, Some(range)).await?;
    let all = read.stream.try_fold(Vec::new(), |mut all, bytes| async move {
        all.extend_from_slice(&bytes);
        Ok(all)
    });
    let all = all.await?;
    assert_eq!(read.range.end - read.range.start, all.len() as u64);
    Ok((read.size_bytes, all.into()))
}

async fn is_empty(blobs: &TenantBlobs) -> anyhow::Result<bool> {
    Ok(blobs.list(None, None, 10).await?.is_empty())
}

pub(crate) async fn a_blob_is_read_back_whole_and_in_part(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let (key, all) = (blobs.originals_key(&SystemClock), bytes(5_000));
    let written = blobs.put_bytes(&key, all.clone()).await?;
    assert_eq!((&written.key, written.size_bytes, written.content), (&key, 5_000, ContentHash::of(&all)));
    assert_eq!(blobs.read_all(&key, 5_000).await?, all);
    assert_eq!(part(&blobs, &key, 100..200).await?, (5_000, all.slice(100..200)));
    assert_eq!(part(&blobs, &key, 4_999..5_000).await?, (5_000, all.slice(4_999..)));
    let info = blobs.head(&key).await?.context("not there")?;
    assert_eq!((info.key, info.size_bytes), (key.clone(), 5_000));
    let too_large = blobs.read_all(&key, 4_999).await;
    ensure!(matches!(too_large, Err(BlobError::TooLarge { limit_bytes: 4_999, .. })), "{too_large:?}");
    Ok(())
}

pub(crate) async fn a_large_blob_goes_in_parts_and_keeps_its_fingerprint(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let (key, all) = (key("originals/large")?, bytes(LARGE_BYTES));
    let written = blobs.put_stream(&key, pieces(&all), LARGE_BYTES as u64).await?;
    assert_eq!((written.size_bytes, written.content), (LARGE_BYTES as u64, ContentHash::of(&all)));
    ensure!(blobs.read_all(&key, u64::MAX).await? == all);
    let over_a_seam = 8 * 1024 * 1024 - 5..8 * 1024 * 1024 + 5;
    let expected = all.slice(over_a_seam.start as usize..over_a_seam.end as usize);
    assert_eq!(part(&blobs, &key, over_a_seam).await?.1, expected);
    Ok(())
}

pub(crate) async fn an_empty_blob_is_a_blob(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let key = key("empty")?;
    let written = blobs.put_stream(&key, stream::empty(), 10).await?;
    assert_eq!((written.size_bytes, written.content), (0, ContentHash::of(b"")));
    assert_eq!(blobs.read_all(&key, 0).await?, Bytes::new());
    Ok(())
}

pub(crate) async fn a_blob_beyond_the_limit_leaves_nothing(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let key = key("originals/too-large")?;
    // Found out before the first part, and after two.
    for (length, limit) in [(1_001, 1_000), (LARGE_BYTES, LARGE_BYTES as u64 - 1)] {
        let outcome = blobs.put_stream(&key, pieces(&bytes(length)), limit).await;
        ensure!(matches!(outcome, Err(BlobError::TooLarge { limit_bytes, .. }) if limit_bytes == limit), "{outcome:?}");
        ensure!(is_empty(&blobs).await?);
    }
    Ok(())
}

pub(crate) async fn a_stream_that_breaks_leaves_nothing_and_keeps_what_was_there(
    store: BlobStore,
) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let (key, fresh) = (key("originals/kept")?, key("originals/fresh")?);
    blobs.put_bytes(&key, Bytes::from_static(b"first")).await?;
    let broken = || io::Error::new(io::ErrorKind::ConnectionReset, "the sender went away");
    for (to, length) in [(&key, 10), (&key, LARGE_BYTES), (&fresh, LARGE_BYTES)] {
        let stream = pieces(&bytes(length)).chain(stream::iter([Err(broken())]));
        let error = blobs.put_stream(to, stream, u64::MAX).await.err().context("a broken stream was stored")?;
        assert_eq!((error.code(), error.is_retryable()), ("source_broken", true));
    }
    assert_eq!(blobs.read_all(&key, 100).await?, "first");
    ensure!(blobs.head(&fresh).await?.is_none());
    Ok(())
}

pub(crate) async fn a_dropped_upload_leaves_nothing_to_see(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let key = key("originals/dropped")?;
    let (started, has_started) = tokio::sync::oneshot::channel::<()>();
    let mut started = Some(started);
    let tell = stream::poll_fn(move |_| {
        if let Some(started) = started.take() {
            // The other side waits for this very message.
            let _ = started.send(());
        }
        std::task::Poll::<Option<io::Result<Bytes>>>::Pending
    });
    let all = bytes(LARGE_BYTES);
    let upload = tokio::spawn({
        let (blobs, key) = (blobs.clone(), key.clone());
        async move { blobs.put_stream(&key, pieces(&all).chain(tell), u64::MAX).await }
    });
    has_started.await?;
    upload.abort();
    ensure!(upload.await.is_err_and(|error| error.is_cancelled()));
    ensure!(blobs.head(&key).await?.is_none());
    ensure!(is_empty(&blobs).await?);
    Ok(())
}

pub(crate) async fn a_second_write_replaces_the_first(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let key = key("stills/a.jpg")?;
    blobs.put_bytes(&key, Bytes::from_static(b"first and longer")).await?;
    let before = blobs.head(&key).await?.context("not there")?;
    blobs.put_bytes(&key, Bytes::from_static(b"second")).await?;
    assert_eq!(blobs.read_all(&key, 100).await?, "second");
    assert_ne!(blobs.head(&key).await?.context("not there")?.etag, before.etag);
    Ok(())
}

pub(crate) async fn what_is_not_there_is_said_not_to_be_there(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let key = key("originals/none")?;
    ensure!(blobs.head(&key).await?.is_none());
    for range in [None, Some(0..10), Some(5..5)] {
        let error = blobs.read(&key, range).await.err().context("read what is not there")?;
        assert_eq!((error.code(), error.is_retryable()), ("blob_not_found", false));
    }
    ensure!(!blobs.delete(&key).await?);
    blobs.put_bytes(&key, Bytes::from_static(b"x")).await?;
    ensure!(blobs.delete(&key).await?);
    ensure!(!blobs.delete(&key).await?);
    ensure!(is_empty(&blobs).await?);
    Ok(())
}

pub(crate) async fn a_range_beyond_the_end_is_told_from_one_that_reaches_over_it(
    store: BlobStore,
) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let key = key("originals/a")?;
    blobs.put_bytes(&key, Bytes::from_static(b"0123456789")).await?;
    assert_eq!(part(&blobs, &key, 7..1_000).await?, (10, Bytes::from_static(b"789")));
    for range in [10..11, 500..600, 4..4, u64::MAX - 1..u64::MAX] {
        let outcome = blobs.read(&key, Some(range.clone())).await;
        ensure!(matches!(outcome, Err(BlobError::BadRange { size_bytes: 10, .. })), "{range:?}: {outcome:?}");
    }
    Ok(())
}

pub(crate) async fn one_tenant_does_not_see_anothers_blobs(store: BlobStore) -> anyhow::Result<()> {
    let (mine, theirs) = (store.tenant(TenantId::DEFAULT), store.tenant(OTHER_TENANT));
    let key = key("originals/same")?;
    mine.put_bytes(&key, Bytes::from_static(b"mine")).await?;
    ensure!(theirs.head(&key).await?.is_none());
    ensure!(is_empty(&theirs).await?);
    theirs.put_bytes(&key, Bytes::from_static(b"theirs")).await?;
    assert_eq!(mine.read_all(&key, 100).await?, "mine");
    ensure!(theirs.delete(&key).await?);
    assert_eq!(mine.list(None, None, 10).await?.len(), 1);
    Ok(())
}

pub(crate) async fn a_listing_goes_by_key_in_pages(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let names = ["originals/b", "originals/a", "stills/x/2.jpg", "stills/x/1.jpg", "stills/y.jpg", "stillsbeside"];
    for name in names {
        blobs.put_bytes(&key(name)?, Bytes::from_static(b"x")).await?;
    }
    let mut expected = names;
    expected.sort_unstable();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = blobs.list(None, after.as_ref(), 2).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.into_iter().map(|info| info.key.to_string()));
    }
    assert_eq!(seen, expected);
    let below = blobs.list(Some(&key("stills")?), None, 10).await?;
    let below: Vec<&str> = below.iter().map(|info| info.key.as_str()).collect();
    assert_eq!(below, ["stills/x/1.jpg", "stills/x/2.jpg", "stills/y.jpg"]);
    Ok(())
}

pub(crate) async fn a_copy_appears_whole(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let (key, all) = (key("originals/a")?, bytes(3_000_000));
    blobs.put_bytes(&key, all.clone()).await?;
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.mp4");
    assert_eq!(blobs.download_to(&key, &copy).await?, 3_000_000);
    ensure!(std::fs::read(&copy)? == all);
    if let Some(path) = blobs.local_path(&key) {
        ensure!(std::fs::read(path)? == all);
    }
    let nowhere = blobs.download_to(&key, &folder.path().join("no/such/folder")).await;
    ensure!(matches!(nowhere, Err(BlobError::Copy { .. })), "{nowhere:?}");
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}

pub(crate) async fn a_file_is_opened_in_place_or_as_one_copy_for_all(store: BlobStore) -> anyhow::Result<()> {
    let blobs = store.tenant(TenantId::DEFAULT);
    let (key, all) = (key("originals/a")?, bytes(3_000_000));
    blobs.put_bytes(&key, all.clone()).await?;
    let scratch = tempfile::tempdir()?;
    let copies = || std::fs::read_dir(scratch.path()).map(Iterator::count);
    let files = LocalFiles::new(scratch.path().to_owned(), 4 << 20);
    let (first, second) = tokio::join!(files.open(&blobs, &key), files.open(&blobs, &key));
    let (first, second) = (first?, second?);
    ensure!(std::fs::read(first.path())? == all);
    assert_eq!(first.path(), second.path());
    assert_eq!(copies()?, usize::from(blobs.local_path(&key).is_none()));
    ensure!(files.can_open(&blobs, &key, 4 << 20));
    assert_eq!(files.can_open(&blobs, &key, 5 << 20), blobs.local_path(&key).is_some());

    // What is open stays, also when it is kept no longer.
    drop(files);
    ensure!(std::fs::read(second.path())? == all);
    drop((first, second));
    assert_eq!(copies()?, 0);
    let alone = blobs.local_file(&key, scratch.path()).await?;
    ensure!(std::fs::read(alone.path())? == all);
    drop(alone);
    assert_eq!(copies()?, 0);
    Ok(())
}
