//! A running server on a library.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};

use anyhow::Context;
use serde_json::{Value, json};

use crate::library::Library;

/// A server that is stopped with this value.
pub struct Server {
    child: Child,
    address: SocketAddr,
    http: reqwest::blocking::Client,
}

impl Server {
    /// Starts one on a free port and waits until it has said where it listens.
    pub fn start(library: &Library) -> anyhow::Result<Self> {
        let mut command = library.command(&["serve", "--listen", "127.0.0.1:0", "--json"])?;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("the server has no output")?).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("the server did not say where it listens")?;
        let address = told.get("address").and_then(Value::as_str).context("the server named no address")?.parse()?;
        Ok(Self { child, address, http: reqwest::blocking::Client::builder().no_proxy().build()? })
    }

    /// Where it listens.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client for plain HTTP.
    pub fn http(&self) -> &reqwest::blocking::Client {
        &self.http
    }

    /// Sends a GraphQL document and returns the whole answer.
    pub fn graphql(&self, document: &str, variables: Value) -> anyhow::Result<Value> {
        let request = self.http.post(self.url("/graphql")).json(&json!({ "query": document, "variables": variables }));
        Ok(request.send()?.json()?)
    }

    /// As [`Server::graphql`], for a document that must succeed: its data.
    pub fn data(&self, document: &str, variables: Value) -> anyhow::Result<Value> {
        let answer = self.graphql(document, variables)?;
        anyhow::ensure!(answer.get("errors").is_none(), "{answer}");
        answer.get("data").cloned().context("an answer without data")
    }

    /// Process ids of the workers it runs.
    pub fn workers(&self) -> anyhow::Result<Vec<u32>> {
        let path = format!("/proc/{0}/task/{0}/children", self.child.id());
        // Children are listed under the thread that made them.
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).with_context(|| path)?;
        let mut workers = Vec::new();
        for task in tasks {
            let children = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
            workers.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
        Ok(workers)
    }
}

/// Kills a process as a fault would: it cleans nothing up.
pub fn kill_hard(process: u32) -> anyhow::Result<()> {
    let status = std::process::Command::new("kill").args(["-9", &process.to_string()]).status()?;
    anyhow::ensure!(status.success(), "process {process} could not be killed");
    Ok(())
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ends the server as an operator would not: nothing may be lost by it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
