//! A real server on a free port of loopback.

use std::sync::Arc;

use reelgraph_api::http;
use reqwest::{Client, Method, RequestBuilder, Response};
use tokio::sync::oneshot;

use crate::world::World;

/// A server over a world; stops when dropped.
pub(crate) struct Server {
    pub port: u16,
    pub client: Client,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) fn over(world: &World) -> Self {
        let listener = http::listen_on_loopback("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let (state, schema) = (Arc::clone(&world.state), world.schema.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let shutdown = async move { drop(stopped.await) };
            runtime.block_on(http::server(listener, state, schema, shutdown)).unwrap();
        });
        Self { port, client: Client::builder().no_proxy().build().unwrap(), _stop: stop }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }
}

/// The `code` of a problem body.
pub(crate) async fn problem(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
