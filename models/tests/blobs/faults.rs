//! A folder that has no room, or that is gone.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use reelgraph_models::blob::{BlobError, BlobStore};
use reelgraph_models::id::TenantId;

use crate::cases::{bytes, key, pieces};

/// Where the test that runs on a small disk finds it.
const SMALL_DISK: &str = "REELGRAPH_TEST_SMALL_DISK";

/// Mounts a file system of 12 MB in a name space of its own, and runs [`on_a_small_disk`] there in another process.
#[test]
fn a_full_disk_is_a_typed_error_and_leaves_nothing() -> anyhow::Result<()> {
    let disk = tempfile::tempdir()?;
    let program = std::env::current_exe()?;
    let mut shell = Command::new("unshare");
    shell.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    shell.arg(
        r#"mount -t tmpfs -o size=12m tmpfs "$1" || exit 77; exec "$2" --exact faults::on_a_small_disk --nocapture"#,
    );
    let outcome = shell.arg("sh").arg(disk.path()).arg(program).env(SMALL_DISK, disk.path()).output();
    match outcome {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            ensure!(said.contains("the disk was full"), "the other process tested nothing: {said}");
            Ok(())
        }
        Ok(output) if output.status.code() == Some(77) || said(&output.stderr).starts_with("unshare:") => {
            println!("skipped: this system lets no test mount a small disk: {}", said(&output.stderr));
            Ok(())
        }
        Ok(output) => anyhow::bail!("{}{}", said(&output.stdout), said(&output.stderr)),
        Err(error) => {
            println!("skipped: unshare cannot be run: {error}");
            Ok(())
        }
    }
}

fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// The other process of the test above; without a small disk there is nothing to do.
#[tokio::test]
async fn on_a_small_disk() -> anyhow::Result<()> {
    let Some(disk) = std::env::var_os(SMALL_DISK) else { return Ok(()) };
    let disk = Path::new(&disk);
    let blobs = BlobStore::folder(disk)?.tenant(TenantId::DEFAULT);
    let (kept, large) = (key("kept")?, key("originals/large")?);
    blobs.put_bytes(&kept, bytes(1_000)).await?;
    for to in [&large, &kept] {
        let outcome = blobs.put_stream(to, pieces(&bytes(30_000_000)), u64::MAX).await;
        let error = outcome.err().context("30 MB fitted into 12")?;
        ensure!(matches!(error, BlobError::DiskFull { .. }), "{error:?}");
        assert_eq!((error.code(), error.is_retryable()), ("disk_full", true));
    }
    let copy = disk.join("copy");
    blobs.put_bytes(&large, bytes(7_000_000)).await?;
    let error = blobs.download_to(&large, &copy).await.err().context("14 MB fitted into 12")?;
    ensure!(matches!(error, BlobError::DiskFull { .. }), "{error:?}");
    ensure!(!copy.exists() && !disk.join("copy.part").exists());
    // There is room again, and what was there is whole.
    ensure!(blobs.delete(&large).await?);
    ensure!(blobs.read_all(&kept, 1_000).await? == bytes(1_000));
    blobs.put_bytes(&large, bytes(10_000_000)).await?;
    println!("the disk was full");
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_said_so() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "x")?;
    let outcome = BlobStore::folder(&file.join("below"));
    ensure!(matches!(outcome, Err(BlobError::Open { .. })), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_retryable_error() -> anyhow::Result<()> {
    let settings = reelgraph_models::blob::S3Settings {
        bucket: "media".to_owned(),
        prefix: None,
        region: "us-east-1".to_owned(),
        // Nothing listens on the discard port of the loopback.
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        access_key_id: "x".to_owned(),
        secret_access_key: "x".to_owned(),
        allow_http: true,
    };
    let blobs = BlobStore::s3(settings)?.tenant(TenantId::DEFAULT);
    let error = blobs.head(&key("a")?).await.err().context("nobody answered")?;
    assert_eq!((error.code(), error.is_retryable()), ("blob_store_failed", true));
    Ok(())
}
