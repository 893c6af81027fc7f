//! `reelgraph demo`: serve, ingest the sample, search it three ways.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{ingest, search, serve};
use crate::arguments::{Common, DemoArguments};
use crate::client::Client;
use crate::{config, output, shutdown};

/// Ports that are tried when none was named.
const PORTS: std::ops::Range<u16> = 8700..8800;
/// Folder of the demo's own library, beside the models' cache, so that it never mixes with a real one.
const FOLDER: &str = "demo";
/// Most hits printed a search.
const HITS: u16 = 3;

/// Something said, something written on screen, something seen in the sample.
const SEARCHES: [(&str, &str); 3] = [
    ("Something said", "what brings you to the land of the gatekeepers"),
    ("Something written on screen", "durian open movie project"),
    ("Something seen", "mountain in the snow"),
];

pub async fn run(common: &Common, arguments: DemoArguments) -> anyhow::Result<ExitCode> {
    if !arguments.file.is_file() {
        bail!(
            "{} is not there; run the demo from the repository's folder or name a video with --file",
            arguments.file.display()
        );
    }
    let mut config = config::load(common)?;
    if common.data.is_none() {
        config.move_to(&config.models.with_file_name(FOLDER));
    }
    config.listen = match arguments.listen {
        Some(address) => config::loopback(address)?,
        None => free_address()?,
    };
    config.worker_log = Some("error".to_owned());
    let shutdown = shutdown::on_signal()?;
    let server = serve::start(config, &shutdown).await?;
    let address = server.address;
    let serving = tokio::spawn(server.run());
    output::line(format!("Reelgraph listens on http://{address}"));
    let client = Client::remote(address)?;
    tokio::select! {
        shown = show(&client, &arguments) => shown?,
        () = shutdown.cancelled() => {}
    }
    output::line(format!("\nGraphiQL, to try queries: http://{address}/graphiql"));
    if arguments.exit {
        shutdown.cancel();
    } else {
        output::line("The server goes on, so that the links play. Stop it with Ctrl-C.");
    }
    serving.await.context("the server ended unexpectedly")??;
    Ok(ExitCode::SUCCESS)
}

async fn show(client: &Client, arguments: &DemoArguments) -> anyhow::Result<()> {
    let file = arguments.file.to_string_lossy();
    output::line(format!("Ingesting {file}"));
    let started = tokio::time::Instant::now();
    let brought = ingest::bring_in(client, &file).await?;
    let asset = ingest::wait_until_searchable(client, &brought.id, false).await?;
    match brought.is_already_known {
        true => output::line("It is in the demo's library already; nothing is done twice."),
        false => output::line(format!("Understood and searchable after {:.0} s.", started.elapsed().as_secs_f64())),
    }
    ingest::print_gaps(&asset);
    for (what, query) in SEARCHES {
        output::line(format!("\n{what}: “{query}”"));
        search::print(&search::find(client, query, HITS).await?);
    }
    Ok(())
}

fn free_address() -> anyhow::Result<SocketAddr> {
    let addresses = PORTS.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let mut free = addresses.filter(|address| TcpListener::bind(address).is_ok());
    free.next().context("no port from 8700 to 8799 is free; name an address with --listen")
}
