//! `/...`: the web app. It shows; what a person does goes to the API, by `assets/script`.
//!
//! Pages are rendered here, whole: `page` is what all have around them, and each has a module. After a change the script
//! asks for the same page again and takes over what differs, so there is one place that knows how a task looks. What
//! stands in a page is escaped by `maud`, which has no way to forget it.

mod activity;
mod assets;
mod chat;
mod entry;
mod list;
mod page;
mod repeat;
mod settings;
mod site;
mod task;
mod when;
mod words;

use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use uuid::Uuid;

use crate::list::View;
use crate::site::Site;

/// What begins so is asked for by programs alone: to them, a page to log in at would be a wrong answer.
const PROGRAMS: [&str; 4] = ["/api/", "/auth/", "/chat/", "/.well-known/"];

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("web", &[Method::Get], request, async |request| answer(&request)).await
}

fn answer(request: &Request) -> Result<Response> {
    let path = request.path();
    if let Some(asset) = assets::find(request, path) {
        return Ok(asset);
    }
    // What only programs ask for is theirs to read.
    if PROGRAMS.iter().any(|prefix| path.starts_with(prefix)) {
        return Err(Error::NotFound("Resource"));
    }
    if let "/login" | "/signup" = path {
        return Ok(entry::show(request));
    }
    let site = match Site::open(request) {
        Ok(site) => site,
        Err(Error::Unauthenticated | Error::InvalidToken(_)) => return Ok(entry::send(request)),
        Err(error) => return page::failed(entry::words_of(request), None, error),
    };
    let mut response =
        show(&site, request, path).or_else(|error| page::failed(site.words, Some(&site), error))?;
    if let Some(cookie) = &site.renewed_cookie {
        response.set_header("set-cookie", cookie);
    }
    Ok(response)
}

fn show(site: &Site, request: &Request, path: &str) -> Result<Response> {
    if path == "/" {
        return Ok(page::redirect("/today"));
    }
    if let Some(view) = View::at(path) {
        return list::show(site, request, view);
    }
    match path {
        "/chat" => chat::show(site),
        "/activity" => activity::show(site, request),
        "/settings" => settings::show(site),
        _ => match task_of(path) {
            Some(id) => task::show(site, id),
            None => Ok(page::not_found(site)),
        },
    }
}

/// `/tasks/<id>`
fn task_of(path: &str) -> Option<Uuid> {
    path.strip_prefix("/tasks/").and_then(|id| id.parse().ok())
}
