//! GraphiQL, served from the binary: no page of ours loads anything from elsewhere.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY};
use actix_web::web::{self, ServiceConfig};

const PAGE: &str = include_str!("../../assets/graphiql/index.html");
const START: &str = include_str!("../../assets/graphiql/start.js");

/// What the page may do: run the scripts below, style itself, and talk to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// A file of the page; all but the first two are kept compressed.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset {
        path: "/graphiql/graphiql.min.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../../assets/graphiql/graphiql.min.js.gz"),
    },
    Asset {
        path: "/graphiql/graphiql.min.css",
        content_type: "text/css; charset=utf-8",
        gzip: include_bytes!("../../assets/graphiql/graphiql.min.css.gz"),
    },
    Asset {
        path: "/graphiql/react.min.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../../assets/graphiql/react.min.js.gz"),
    },
    Asset {
        path: "/graphiql/react-dom.min.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../../assets/graphiql/react-dom.min.js.gz"),
    },
];

/// The page and its files.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/graphiql", web::get().to(page)).route("/graphiql/start.js", web::get().to(start));
    for Asset { path, content_type, gzip } in ASSETS {
        let file = move || async move {
            HttpResponse::Ok()
                .content_type(content_type)
                .insert_header((CONTENT_ENCODING, "gzip"))
                .insert_header((CACHE_CONTROL, "public, max-age=86400"))
                .insert_header(("x-content-type-options", "nosniff"))
                .body(gzip)
        };
        config.route(path, web::get().to(file));
    }
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("referrer-policy", "no-referrer"))
        .body(PAGE)
}

async fn start() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header(("x-content-type-options", "nosniff"))
        .body(START)
}
