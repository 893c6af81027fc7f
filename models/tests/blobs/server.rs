//! A server that speaks S3, of the test's own, on a port that the system picks.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use reelgraph_models::blob::{BlobKey, BlobStore, S3Settings};

/// Ends with the value.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one, or says that it is skipped.
    pub(crate) async fn start() -> anyhow::Result<Option<Self>> {
        let Some(program) = find() else {
            println!("skipped: no moto_server is installed (scripts/setup test installs it)");
            return Ok(None);
        };
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let errors = child.stderr.take().context("no output")?;
        let mut server = Self { child, address: String::new() };
        let (say, hear) = tokio::sync::oneshot::channel();
        // Reads to the end, so that the server never waits for a full pipe.
        std::thread::spawn(move || {
            let mut say = Some(say);
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("Running on ")
                    && let Some(say) = say.take()
                {
                    // The test may have ended meanwhile.
                    let _ = say.send(address.trim().to_owned());
                }
            }
        });
        server.address = hear.await.context("the S3 server did not start")?;
        Ok(Some(server))
    }

    /// A fresh bucket.
    pub(crate) async fn bucket(&self, name: &str) -> anyhow::Result<BlobStore> {
        // S3's rules: lower case, digits and hyphens, at most 63.
        let name: String = name.replace('_', "-").chars().take(63).collect();
        let name = name.trim_end_matches('-').to_owned();
        reqwest::Client::new().put(format!("{}/{name}", self.address)).send().await?.error_for_status()?;
        Ok(BlobStore::s3(S3Settings {
            bucket: name,
            prefix: Some(BlobKey::new("reel/graph")?),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.address.clone()),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            allow_http: true,
        })?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is left to do where it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// On the `PATH`, or where the set-up puts it.
fn find() -> Option<PathBuf> {
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let cache = std::env::var_os("REELGRAPH_CACHE").map(PathBuf::from).or_else(|| {
        let home = |name: &str, below: &str| Some(PathBuf::from(std::env::var_os(name)?).join(below));
        home("XDG_CACHE_HOME", "reelgraph").or_else(|| home("HOME", ".cache/reelgraph"))
    });
    let set_up = cache.map(|cache| cache.join("venv/bin"));
    on_path.chain(set_up).map(|folder| folder.join("moto_server")).find(|program| program.is_file())
}
