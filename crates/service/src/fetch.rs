use std::time::Duration;

use serde_json::Value;
use wasi::clocks::monotonic_clock;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme,
};
use wasi::io::poll::{Pollable, poll};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

/// How much is read at once.
const CHUNK: u64 = 16 * 1024;

/// Why a request to another service brings no JSON.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none.
    #[error("the address is not http:// or https:// and a host")]
    Address,
    /// Nobody answers there, or we may not ask.
    #[error("there is no answer: {0}")]
    Unreachable(String),
    /// It takes longer than it may.
    #[error("there is no answer in time")]
    TimedOut,
    /// It answers, and not with 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// It answers with something else.
    #[error("the answer is not JSON")]
    NotJson,
    /// It answers more than anybody would read.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Asks another service for JSON, by GET or, with a body, by POST. Everything together, from
/// connecting to the last byte, takes `budget` at most.
pub(crate) fn fetch(
    url: &str,
    body: Option<&Value>,
    budget: Duration,
    most_bytes: usize,
) -> Result<Vec<u8>, FetchError> {
    let nanoseconds = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
    let timer = monotonic_clock::subscribe_duration(nanoseconds);
    let response = ask(url, body, nanoseconds, &timer)?;
    match response.status() {
        200 => {}
        status => return Err(FetchError::Status(status)),
    }
    let types = response.headers().get(&"content-type".to_owned());
    let is_json = |value: &Vec<u8>| {
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        let kinds = ["application/json", "application/x-ndjson", "application/jwk-set+json"];
        kinds.iter().any(|json| value.starts_with(json))
    };
    if !types.first().is_some_and(is_json) {
        return Err(FetchError::NotJson);
    }
    let body = response.consume().map_err(|()| gone())?;
    let read = match body.stream() {
        Ok(stream) => read(&stream, &timer, most_bytes),
        Err(()) => Err(gone()),
    };
    IncomingBody::finish(body);
    read
}

fn ask(
    url: &str,
    body: Option<&Value>,
    nanoseconds: u64,
    timer: &Pollable,
) -> Result<IncomingResponse, FetchError> {
    let (scheme, authority, path) = parts(url).ok_or(FetchError::Address)?;
    let body = body.map(Value::to_string);
    let mut headers = vec![("accept".to_owned(), b"application/json".to_vec())];
    if let Some(body) = &body {
        headers.push(("content-type".to_owned(), b"application/json".to_vec()));
        headers.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    let refused = |_| FetchError::Address;
    let request =
        OutgoingRequest::new(Fields::from_list(&headers).map_err(|_| FetchError::Address)?);
    let method = if body.is_some() { Method::Post } else { Method::Get };
    request.set_method(&method).map_err(refused)?;
    request.set_scheme(Some(&scheme)).map_err(refused)?;
    request.set_authority(Some(authority)).map_err(refused)?;
    request.set_path_with_query(Some(path)).map_err(refused)?;
    let sent = request.body().map_err(refused)?;
    let options = RequestOptions::new();
    // A host that doesn't know one of them still has the timer.
    let _ = options.set_connect_timeout(Some(nanoseconds));
    let _ = options.set_first_byte_timeout(Some(nanoseconds));
    let coming = outgoing_handler::handle(request, Some(options))
        .map_err(|error| FetchError::Unreachable(error.to_string()))?;
    if let Some(body) = &body {
        let stream = sent.write().map_err(|()| gone())?;
        write(&stream, body.as_bytes(), timer)?;
    }
    OutgoingBody::finish(sent, None).map_err(|error| FetchError::Unreachable(error.to_string()))?;
    wait(&coming.subscribe(), timer)?;
    match coming.get() {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(error))) => Err(FetchError::Unreachable(error.to_string())),
        _ => Err(gone()),
    }
}

/// Writes as much as is taken, and stops where nobody takes it: a server may answer before it has
/// read everything.
fn write(stream: &OutputStream, mut bytes: &[u8], timer: &Pollable) -> Result<(), FetchError> {
    while !bytes.is_empty() {
        let Ok(room) = stream.check_write() else { return Ok(()) };
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 {
            wait(&stream.subscribe(), timer)?;
            continue;
        }
        let (now, later) = bytes.split_at(room);
        if stream.write(now).is_err() {
            return Ok(());
        }
        bytes = later;
    }
    let _ = stream.flush();
    Ok(())
}

fn read(stream: &InputStream, timer: &Pollable, most: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    loop {
        match stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() => wait(&stream.subscribe(), timer)?,
            Ok(chunk) if body.len() + chunk.len() > most => return Err(FetchError::TooLarge(most)),
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(_)) => return Err(gone()),
        }
    }
}

fn wait(event: &Pollable, timer: &Pollable) -> Result<(), FetchError> {
    let ready = poll(&[event, timer]);
    if ready.contains(&0) { Ok(()) } else { Err(FetchError::TimedOut) }
}

fn gone() -> FetchError {
    FetchError::Unreachable("the connection was closed".to_owned())
}

/// Scheme, authority, and path of an address.
fn parts(url: &str) -> Option<(Scheme, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_host = !authority.is_empty() && !authority.contains(['@', '?', '#', ' ']);
    is_host.then_some((scheme, authority, if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host() {
        for (url, expected) in [
            ("http://127.0.0.1:11434/api/chat", Some(("127.0.0.1:11434", "/api/chat"))),
            ("https://ollama.example", Some(("ollama.example", "/"))),
            ("ollama:11434", None),
            ("ftp://ollama", None),
            ("http://", None),
            ("http://user:secret@ollama/", None),
        ] {
            assert_eq!(parts(url).map(|(_, authority, path)| (authority, path)), expected, "{url}");
        }
    }
}
