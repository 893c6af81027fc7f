//! `reelgraph serve`: the server and its workers.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Background};
use crate::arguments::{Common, ServeArguments};
use crate::config::{self, Config};
use crate::{library, output, shutdown};

pub async fn run(common: &Common, arguments: ServeArguments) -> anyhow::Result<ExitCode> {
    let mut config = config::load(common)?;
    config.listen = config::loopback(arguments.listen.unwrap_or(config.listen))?;
    config.workers = arguments.workers.unwrap_or(config.workers);
    let shutdown = shutdown::on_signal()?;
    let server = start(config, &shutdown).await?;
    if common.json {
        output::json(&serde_json::json!({ "address": server.address.to_string() }))?;
    } else {
        let address = server.address;
        output::line(format!("Reelgraph listens on http://{address}\n  GraphQL   http://{address}/graphql"));
        if server.app.has_explorer() {
            output::line(format!("  GraphiQL  http://{address}/graphiql"));
        }
        output::line("Stop it with Ctrl-C.");
    }
    server.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// A server that accepts connections once it is run.
pub struct Server {
    pub address: SocketAddr,
    pub app: App,
    listener: TcpListener,
    background: Background,
    shutdown: CancellationToken,
}

/// Opens the library, binds the address and starts the workers.
pub async fn start(config: Config, shutdown: &CancellationToken) -> anyhow::Result<Server> {
    let lock = library::take_exclusively(&config.data)?;
    let listener = TcpListener::bind(config.listen).with_context(|| {
        format!("cannot listen on {}; another program may have it, choose another with --listen", config.listen)
    })?;
    let address = listener.local_addr()?;
    let mut app = App::open(config, lock, address).await?;
    let background = app.start_background(shutdown)?;
    app.announce(address)?;
    Ok(Server { address, app, listener, background, shutdown: shutdown.clone() })
}

impl Server {
    /// Serves until the shutdown token is cancelled, then waits for the workers to give their jobs back.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { app, listener, background, shutdown, .. } = self;
        let served =
            reelgraph_api::http::server(listener, app.state().clone(), app.schema().clone(), shutdown.cancelled())
                .await;
        shutdown.cancel();
        background.ended().await;
        served.context("the server ended with an error")
    }
}
