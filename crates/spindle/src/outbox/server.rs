//! HTTP: `POST /v3/mail/send`; and pages, on loopback.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use chrono::Utc;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use spin_host::http::is_loopback;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, warn};

use super::folder::Folder;
use super::mail_send::{self, Mail, Problem};
use super::mailpit::{self, Mailpit};
use super::{message, pages};

/// What SendGrid takes at once, in bytes.
const MOST_BYTES: u64 = 30 * 1024 * 1024;
/// How long a client may take for a request, and between two.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections at once.
const CONNECTIONS: usize = 64;

type Answer = Response<Full<Bytes>>;

/// Where mails end up.
pub enum Keeper {
    Folder(Arc<Folder>),
    Mailpit(Mailpit),
}

pub struct Site {
    keeper: Keeper,
    /// Of the key, so that comparing tells nothing of it.
    fingerprint: String,
}

impl Site {
    pub fn new(keeper: Keeper, key: &str) -> Self {
        Self { keeper, fingerprint: identity::fingerprint(key.as_bytes()) }
    }
}

/// Serves until `stop`, then ends what is under way.
pub async fn serve(site: Arc<Site>, listener: TcpListener, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    while let Some(Ok(slot)) = stop.run_until_cancelled(slots.clone().acquire_owned()).await {
        let stream = match stop.run_until_cancelled(listener.accept()).await {
            Some(Ok((stream, _))) => stream,
            Some(Err(error)) => {
                warn!(%error, "can't accept a connection for mail");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            None => break,
        };
        let (site, stop) = (site.clone(), stop.clone());
        connections.spawn(async move {
            connection(site, stream, stop).await;
            drop(slot);
        });
    }
    connections.close();
    if tokio::time::timeout(PATIENCE, connections.wait()).await.is_err() {
        warn!("connections for mail did not finish in time");
    }
}

async fn connection(site: Arc<Site>, stream: TcpStream, stop: CancellationToken) {
    let service = service_fn(move |request| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(answer(site, request).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection for mail broke");
    }
}

async fn answer(site: Arc<Site>, request: Request<Incoming>) -> Answer {
    // A site that points its own name here, to have a browser read mails for it.
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if matches!(site.keeper, Keeper::Folder(_)) && !host.is_some_and(is_loopback) {
        let said = "the Host must be localhost or a loopback address";
        return problem(StatusCode::FORBIDDEN, said);
    }
    match (request.method(), request.uri().path(), &site.keeper) {
        (&Method::POST, "/v3/mail/send", _) => mail_send(&site, request).await,
        (_, "/v3/mail/send", _) => problem(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
        (&Method::GET | &Method::HEAD, path, Keeper::Folder(folder)) => {
            let (folder, path) = (folder.clone(), path.trim_start_matches('/').to_owned());
            blocking(move || show(&folder, &path)).await
        }
        (&Method::GET, "/livez", Keeper::Mailpit(_)) => {
            text(StatusCode::OK, "text/plain", "ok\n".to_owned())
        }
        _ => problem(StatusCode::NOT_FOUND, "not found"),
    }
}

async fn mail_send(site: &Site, request: Request<Incoming>) -> Answer {
    if !lets_in(request.headers(), &site.fingerprint) {
        let said = "The provided authorization grant is invalid, expired, or revoked";
        return problem(StatusCode::UNAUTHORIZED, said);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"application/json")) {
        let said = "Content-Type should be application/json.";
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, said);
    }
    let body = match read(request.into_body()).await {
        Ok(body) => body,
        Err(status @ StatusCode::PAYLOAD_TOO_LARGE) => {
            return problem(
                status,
                "The JSON payload you have included in your request is too large.",
            );
        }
        Err(status) => return problem(status, "Bad Request"),
    };
    let Ok(document) = serde_json::from_slice::<Value>(&body) else {
        return problem(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let mails = match mail_send::mails(&document) {
        Ok(mails) => mails,
        Err(problems) => return problems_of(StatusCode::BAD_REQUEST, &problems),
    };
    match &site.keeper {
        Keeper::Folder(folder) => {
            let folder = folder.clone();
            blocking(move || keep(&folder, &mails)).await
        }
        Keeper::Mailpit(mailpit) => hand_over(mailpit, &mails).await,
    }
}

fn lets_in(headers: &HeaderMap, fingerprint: &str) -> bool {
    let shown = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let key = shown.and_then(|shown| shown.strip_prefix(b"Bearer "));
    key.is_some_and(|key| identity::fingerprint(key) == fingerprint)
}

async fn read(body: Incoming) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > MOST_BYTES {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
    match tokio::time::timeout(PATIENCE, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Writes each mail.
fn keep(folder: &Folder, mails: &[Mail]) -> Result<Answer> {
    let mut first = None;
    for mail in mails {
        let name = Folder::new_name();
        folder.write(&name, &message::message(mail, &name, Utc::now())?)?;
        first.get_or_insert(name);
    }
    accepted(&first.unwrap_or_default())
}

/// Sends each mail on. If Mailpit is away for the second of two, both are asked for again, and the first comes twice.
async fn hand_over(mailpit: &Mailpit, mails: &[Mail]) -> Answer {
    let mut first = None;
    for mail in mails {
        match mailpit.send(mail).await {
            Ok(mailpit::Answer::Taken(id)) => {
                first.get_or_insert(id);
            }
            Ok(mailpit::Answer::Refused(said)) => return problem(StatusCode::BAD_REQUEST, &said),
            Err(error) => {
                error!(error = format!("{error:#}"), "a mail was not handed over");
                return problem(StatusCode::SERVICE_UNAVAILABLE, "Mailpit didn't take it");
            }
        }
    }
    accepted(&first.unwrap_or_default()).unwrap_or_else(|error| {
        error!(error = format!("{error:#}"), "Mailpit calls a mail so that no header can");
        problem(StatusCode::BAD_GATEWAY, "Mailpit gave a strange answer")
    })
}

fn accepted(id: &str) -> Result<Answer> {
    let mut accepted = text(StatusCode::ACCEPTED, "application/json", String::new());
    accepted.headers_mut().insert("x-message-id", HeaderValue::from_str(id)?);
    Ok(accepted)
}

/// A page, or a mail as it was sent.
fn show(folder: &Folder, path: &str) -> Result<Answer> {
    const HTML: &str = "text/html; charset=utf-8";
    if path.is_empty() {
        return Ok(text(StatusCode::OK, HTML, pages::list(folder)?));
    }
    if let Some(name) = path.strip_suffix(".eml")
        && let Some(message) = folder.read(name)?
    {
        return Ok(bytes(StatusCode::OK, "message/rfc822", message.into()));
    }
    Ok(match pages::mail(folder, path)? {
        Some(page) => text(StatusCode::OK, HTML, page),
        None => text(StatusCode::NOT_FOUND, "text/plain", "there is no such mail\n".to_owned()),
    })
}

/// What uses the disk, beside what waits for the network.
async fn blocking(work: impl FnOnce() -> Result<Answer> + Send + 'static) -> Answer {
    let outcome = tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from).flatten();
    outcome.unwrap_or_else(|error| {
        error!(error = format!("{error:#}"), "the outbox failed");
        problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the outbox of spindle up failed; its log says why",
        )
    })
}

fn problem(status: StatusCode, said: &str) -> Answer {
    problems_of(status, &[Problem::new(said, None)])
}

fn problems_of(status: StatusCode, problems: &[Problem]) -> Answer {
    text(status, "application/json", json!({ "errors": problems }).to_string())
}

fn text(status: StatusCode, kind: &'static str, text: String) -> Answer {
    bytes(status, kind, text.into())
}

fn bytes(status: StatusCode, kind: &'static str, body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
