//! One suite for blobs, run on a folder and on a server that speaks S3.
//!
//! The server is `moto_server` (`pip install 'moto[server]'`), looked for on the `PATH` and where `scripts/setup test` puts
//! it. Without it that half says that it is skipped.

mod cases;
mod faults;
mod server;

use reelgraph_models::blob::{BlobStore, S3Settings};

/// Makes one test of each case on a folder, and one test of all cases on one S3 server.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod folder {
            $(#[tokio::test]
            async fn $name() -> anyhow::Result<()> {
                let root = tempfile::tempdir()?;
                super::cases::$name(reelgraph_models::blob::BlobStore::folder(&root.path().join("blobs"))?).await
            })*
        }

        #[tokio::test]
        async fn every_case_holds_on_a_server_that_speaks_s3() -> anyhow::Result<()> {
            let Some(server) = server::Server::start().await? else { return Ok(()) };
            $(
                println!("case: {}", stringify!($name));
                anyhow::Context::context(cases::$name(server.bucket(stringify!($name)).await?).await, stringify!($name))?;
            )*
            Ok(())
        }
    };
}

on_both!(
    a_blob_is_read_back_whole_and_in_part,
    a_large_blob_goes_in_parts_and_keeps_its_fingerprint,
    an_empty_blob_is_a_blob,
    a_blob_beyond_the_limit_leaves_nothing,
    a_stream_that_breaks_leaves_nothing_and_keeps_what_was_there,
    a_dropped_upload_leaves_nothing_to_see,
    a_second_write_replaces_the_first,
    what_is_not_there_is_said_not_to_be_there,
    a_range_beyond_the_end_is_told_from_one_that_reaches_over_it,
    one_tenant_does_not_see_anothers_blobs,
    a_listing_goes_by_key_in_pages,
    a_copy_appears_whole,
    a_file_is_opened_in_place_or_as_one_copy_for_all,
);

#[test]
fn settings_do_not_print_their_secret() -> anyhow::Result<()> {
    let settings = S3Settings {
        bucket: "media".to_owned(),
        prefix: None,
        region: "eu-central-1".to_owned(),
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        access_key_id: "name".to_owned(),
        secret_access_key: "hush".to_owned(),
        allow_http: true,
    };
    anyhow::ensure!(!format!("{settings:?}").contains("hush"));
    anyhow::ensure!(!format!("{:?}", BlobStore::s3(settings)?).contains("hush"));
    Ok(())
}
