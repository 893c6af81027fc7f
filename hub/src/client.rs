//! One way to ask the library: GraphQL, answered by the running server or by this process.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Background};
use crate::config::Config;
use crate::library::{self, Holder};

/// Who answers.
pub enum Client {
    /// This process has the library open.
    Local(Box<App>),
    /// A server has; it is asked over HTTP.
    Remote { http: reqwest::Client, address: SocketAddr },
}

impl Client {
    /// Asks the server that has the library open; opens it here where none has.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        match library::take(&config.data)? {
            Holder::Server(address) => Self::remote(address),
            Holder::Us(lock) => {
                let address = config.listen;
                let app = App::open(config, lock, address).await?;
                app.reconciler().catch_up(|_| {}).await?;
                Ok(Self::Local(Box::new(app)))
            }
            Holder::Command => bail!("another command has the library open; try again when it is done"),
        }
    }

    /// The same, where there is a library already: whoever mistypes its folder is told, and gets no empty one.
    pub async fn of_library(config: Config) -> anyhow::Result<Self> {
        ensure!(
            config.data.is_dir(),
            "there is no library in {}; name its folder with --data, or bring files in with `reelgraph ingest`",
            config.data.display()
        );
        Self::open(config).await
    }

    /// Starts what a server would have running anyway.
    pub fn start_background(&self, shutdown: &CancellationToken) -> anyhow::Result<Option<Background>> {
        match self {
            Self::Local(app) => app.start_background(shutdown).map(Some),
            Self::Remote { .. } => Ok(None),
        }
    }

    /// A client of the server at `address`.
    pub fn remote(address: SocketAddr) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("the HTTP client cannot be started")?;
        Ok(Self::Remote { http, address })
    }

    /// Executes a document and returns its `data`; GraphQL errors become one error that lists them.
    pub async fn execute(&self, document: &str, variables: Value) -> anyhow::Result<Value> {
        let mut answer = match self {
            Self::Local(app) => app.execute(document, variables).await?,
            Self::Remote { http, address } => {
                let request = http.post(format!("http://{address}/graphql"));
                let sent = request.json(&json!({ "query": document, "variables": variables })).send().await;
                let answer = sent.with_context(|| format!("the server at http://{address} does not answer"))?;
                answer
                    .json()
                    .await
                    .with_context(|| format!("the server at http://{address} did not answer with JSON"))?
            }
        };
        if let Some(errors) = answer.get("errors").and_then(Value::as_array).filter(|errors| !errors.is_empty()) {
            let messages: Vec<String> = errors.iter().map(describe).collect();
            bail!("{}", messages.join("; "));
        }
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }
}

fn describe(error: &Value) -> String {
    let message = error.get("message").and_then(Value::as_str).unwrap_or("the server reported an error");
    match error.pointer("/extensions/code").and_then(Value::as_str) {
        Some(code) => format!("{message} ({code})"),
        None => message.to_owned(),
    }
}
