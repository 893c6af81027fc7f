//! Who may talk to a server on loopback at all.
//!
//! A page from anywhere, open in a browser on this machine, can send requests to loopback addresses. Two headers that pages
//! cannot forge tell such requests apart: `Host`, which after DNS rebinding still has the attacker's name in it, and `Origin`.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};
use url::{Host, Url};

use super::problem::Problem;
use crate::settings::Settings;
use crate::state::ApiState;

/// Refuses requests under a foreign name or from a foreign page.
pub(super) async fn guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let settings = request.app_data::<web::Data<ApiState>>().map(|state| &state.settings);
    let refusal = match settings {
        Some(settings) => check(&request, settings).err(),
        None => Some(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the server is not set up")),
    };
    match refusal {
        Some(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
        None => Ok(next.call(request).await?.map_into_left_body()),
    }
}

fn check(request: &ServiceRequest, settings: &Settings) -> Result<(), Problem> {
    let host = match request.headers().get(HOST) {
        Some(host) => host.to_str().ok(),
        None => request.uri().authority().map(|authority| authority.as_str()),
    };
    if !host.is_some_and(|host| is_own_host(host, settings)) {
        let detail = "this server answers only under localhost, a loopback address, or its configured public address";
        return Err(Problem::new(StatusCode::FORBIDDEN, "FOREIGN_HOST", detail));
    }
    let is_own = |origin: &actix_web::http::header::HeaderValue| {
        origin.to_str().is_ok_and(|origin| is_own_origin(origin, settings))
    };
    if !request.headers().get_all(ORIGIN).all(is_own) {
        let detail = "pages from other places may not call this server; list their origin under allowed_origins where they should";
        return Err(Problem::new(StatusCode::FORBIDDEN, "FOREIGN_ORIGIN", detail));
    }
    Ok(())
}

/// Whether a `Host` header names this machine, or the address that the operator gave.
fn is_own_host(host: &str, settings: &Settings) -> bool {
    let is_plain =
        host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    let Some(url) = is_plain.then(|| Url::parse(&format!("http://{host}/")).ok()).flatten() else { return false };
    is_loopback(&url) || (url.host().is_some() && url.host() == settings.public_url.host())
}

/// Whether an `Origin` is a page from this machine, or one that the operator named.
pub(super) fn is_own_origin(origin: &str, settings: &Settings) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let own = settings.public_url.origin();
    (matches!(url.scheme(), "http" | "https") && is_loopback(&url))
        || url.origin() == own
        || settings.allowed_origins.iter().any(|allowed| allowed == origin)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(number)) => number.is_loopback(),
        Some(Host::Ipv6(number)) => number.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Result<Settings, url::ParseError> {
        let allowed_origins = vec!["https://studio.example".to_owned()];
        Ok(Settings { allowed_origins, ..Settings::new(Url::parse("http://127.0.0.1:8080")?) })
    }

    #[test]
    fn only_names_of_this_machine_are_hosts() -> Result<(), url::ParseError> {
        let settings = settings()?;
        for own in
            ["127.0.0.1:8080", "localhost", "localhost:1", "[::1]:8080", "127.8.9.1", "app.localhost:3", "LOCALHOST"]
        {
            assert!(is_own_host(own, &settings), "{own}");
        }
        for foreign in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
            "127.0.0.1@evil",
            "evil/127.0.0.1",
            "192.168.1.1",
            "0.0.0.0:8080",
            "[::]:8080",
            "localhost:8080:evil",
            "evil#localhost",
        ] {
            assert!(!is_own_host(foreign, &settings), "{foreign}");
        }
        Ok(())
    }

    #[test]
    fn only_pages_of_this_machine_or_named_ones_are_origins() -> Result<(), url::ParseError> {
        let settings = settings()?;
        for own in ["http://localhost:5173", "http://127.0.0.1:8080", "https://studio.example"] {
            assert!(is_own_origin(own, &settings), "{own}");
        }
        for foreign in
            ["null", "https://studio.example.evil", "http://studio.example", "https://evil.example", "file://", "", "*"]
        {
            assert!(!is_own_origin(foreign, &settings), "{foreign}");
        }
        Ok(())
    }
}
