//! The server as a whole.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::http::header::UPGRADE;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{
    App, FromRequest, Handler, HttpResponse, HttpServer, Resource, Responder, ResponseError, guard as route,
};
use tracing_actix_web::TracingLogger;

use super::guard::{guard, is_own_origin};
use super::problem::Problem;
use super::spans::RequestSpan;
use super::{analysis, captions, explorer, export, graphql, health, original, picture, still, upload, websocket};
use crate::graphql::Schema;
use crate::settings::Explorer;
use crate::state::ApiState;

/// Connections that the system keeps waiting while all workers are busy.
const BACKLOG: u32 = 1_024;
/// Connections that one worker serves at once.
const CONNECTIONS_PER_WORKER: usize = 4_096;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long requests under way may take to end once the server is told to stop, seconds.
const SHUTDOWN_TIMEOUT_S: u64 = 10;
/// Threads that serve HTTP. Resolvers wait for the database and for search, which have threads of their own.
const WORKERS: usize = 2;

/// Serves on `listener` (see [`super::listen_on_loopback`]) until `shutdown` completes, then lets requests under way end.
///
/// # Errors
/// What the system says where the listener cannot be used.
pub async fn server(
    listener: TcpListener,
    state: Arc<ApiState>,
    schema: Schema,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let server = HttpServer::new(move || {
        let (state, schema) = (web::Data::from(Arc::clone(&state)), web::Data::new(schema.clone()));
        App::new()
            .wrap(cors(&state))
            .wrap(from_fn(guard))
            .wrap(TracingLogger::<RequestSpan>::new())
            .app_data(web::PathConfig::default().error_handler(|_, _| Problem::not_found("page").into()))
            .app_data(web::QueryConfig::default().error_handler(|error, _| Problem::of_url(&error).into()))
            .configure(routes(state.settings.explorer))
            .app_data(state)
            .app_data(schema)
    })
    .workers(WORKERS)
    .backlog(BACKLOG)
    .max_connections(CONNECTIONS_PER_WORKER)
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_TIMEOUT_S)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => return ended,
        () = shutdown => {}
    }
    let (ended, ()) = tokio::join!(server, handle.stop(true));
    ended
}

/// Which origins browsers let read our answers: those that the guard lets call us.
fn cors(state: &web::Data<ApiState>) -> Cors {
    let settings = state.settings.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| is_own_origin(origin, &settings)))
        .allowed_methods(["GET", "HEAD", "POST", "PUT"])
        .allowed_headers(["accept", "content-type", "range", "if-range", "if-none-match"])
        .expose_headers(["content-disposition", "content-range", "accept-ranges", "etag", "location", "content-length"])
        .max_age(3_600)
}

fn routes(explorer: Explorer) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let upgrades = route::Header(UPGRADE.as_str(), "websocket");
        config
            .service(
                web::resource("/graphql")
                    .route(web::get().guard(upgrades).to(websocket::websocket))
                    .route(web::get().to(graphql::get))
                    .route(web::post().to(graphql::post))
                    .default_service(web::to(|| method_not_allowed("GET, POST"))),
            )
            .service(read_only("/v1/assets/{id}/original", original::original))
            .service(read_only("/v1/assets/{id}/thumbnail.jpg", still::thumbnail))
            .service(read_only("/v1/assets/{id}/storyboard.jpg", still::storyboard))
            .service(read_only("/v1/assets/{id}/storyboard.vtt", still::storyboard_map))
            .service(read_only("/v1/assets/{id}/stills/{micros}.jpg", still::still))
            .service(read_only("/v1/assets/{id}/crops/{seen}.jpg", still::crop))
            .service(
                web::resource("/v1/assets/{id}/captions.{format}")
                    .route(web::get().to(captions::captions))
                    .route(web::put().to(analysis::put_captions))
                    .default_service(web::to(|| method_not_allowed("GET, PUT"))),
            )
            .service(
                web::resource("/v1/assets/{id}/analysis.json")
                    .route(web::get().to(analysis::get))
                    .route(web::put().to(analysis::put))
                    .default_service(web::to(|| method_not_allowed("GET, PUT"))),
            )
            .service(
                web::resource("/v1/assets/{file_name}")
                    .route(web::put().to(upload::put))
                    .default_service(web::to(|| method_not_allowed("PUT"))),
            )
            .service(
                web::resource("/v1/search/export.{format}")
                    .route(web::get().to(export::get))
                    .default_service(web::to(|| method_not_allowed("GET"))),
            )
            .service(
                web::resource("/v1/search/picture")
                    .route(web::post().to(picture::post))
                    .default_service(web::to(|| method_not_allowed("POST"))),
            )
            .route("/health/live", web::get().to(health::live))
            .route("/health/ready", web::get().to(health::ready))
            .default_service(web::to(|| async { Problem::not_found("page").error_response() }));
        if explorer == Explorer::Served {
            config.configure(explorer::routes);
        }
    }
}

/// What is there to be read, or to be asked about.
fn read_only<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(|| method_not_allowed("GET, HEAD")))
}

async fn method_not_allowed(allowed: &'static str) -> HttpResponse {
    let detail = format!("this path takes {allowed}");
    Problem::new(actix_web::http::StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
        .with_header("allow", allowed)
        .error_response()
}
