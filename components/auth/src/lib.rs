//! `/auth`: accounts, log-ins, and the tokens that act for a user.

mod account;
mod session;
mod tokens;

use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let path = service::path_of(&request);
    let methods: &[Method] = match path.as_str() {
        "/auth/me" => &[Method::Get, Method::Patch],
        "/auth/session" => &[Method::Post, Method::Delete],
        "/auth/tokens" => &[Method::Get, Method::Post],
        _ if path.starts_with("/auth/tokens/") => &[Method::Delete],
        _ => &[Method::Post],
    };
    service::serve("auth", methods, request, async |request| answer(&path, request).await).await
}

async fn answer(path: &str, mut request: Request) -> Result<Response> {
    match (path, &request.method) {
        ("/auth/register", _) => account::register(&mut request).await,
        ("/auth/login", _) => session::log_in(&mut request).await,
        ("/auth/refresh", _) => session::refresh(&mut request).await,
        ("/auth/logout", _) => session::log_out(&mut request).await,
        ("/auth/session", Method::Delete) => session::end(&request),
        ("/auth/session", _) => session::begin(&mut request).await,
        ("/auth/me", Method::Patch) => account::update(&mut request).await,
        ("/auth/me", _) => account::show(&request),
        ("/auth/tokens", Method::Post) => tokens::create(&mut request).await,
        ("/auth/tokens", _) => tokens::list(&request),
        (_, Method::Delete) => tokens::delete(&request),
        _ => Err(Error::NotFound("Resource")),
    }
}
