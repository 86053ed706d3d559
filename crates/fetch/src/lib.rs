//! Requests of components to other services: with a deadline for everything together, from connecting to the last byte, and
//! a limit to what is read.
//!
//! [`send`] is a future that spin-sdk's executor drives, so a component can have many under way. It knows HTTP, and nothing of
//! what is asked for.

use std::task::Poll;
use std::time::Duration;

use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use wasi::clocks::monotonic_clock;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use wasi::io::poll::Pollable;
use wasi::io::streams::{InputStream, OutputStream, StreamError};

/// How much is read at once.
const CHUNK: u64 = 16 * 1024;

/// What to ask, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `http://` or `https://`.
    pub url: &'a str,
    /// Beside `content-length`, which is added.
    pub headers: Vec<(&'static str, String)>,
    /// It is sent by POST; without one, it is a GET.
    pub body: Option<&'a [u8]>,
    /// For everything together.
    pub budget: Duration,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    response: IncomingResponse,
    deadline: u64,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("the address is not http:// or https:// and a host")]
    Address,
    /// The host doesn't let us ask there.
    #[error("the address may not be reached")]
    Denied,
    /// Nobody is reached there: nothing of the request has been sent.
    #[error("there is no answer: {0}")]
    Unreachable(String),
    /// It breaks off. Whether the request has arrived, nobody knows.
    #[error("there is no answer: {0}")]
    BrokenOff(String),
    /// It takes longer than it may. The request may have arrived.
    #[error("there is no answer in time")]
    TimedOut,
    /// The answer is larger than anybody would read, in bytes.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Runs futures of this crate where nothing else is under way.
pub fn wait_for<T>(future: impl Future<Output = T>) -> T {
    spin_executor::run(future)
}

/// Asks, and waits until the answer begins.
///
/// # Errors
/// If there is none.
pub async fn send(request: Request<'_>) -> Result<Answer, Error> {
    let budget = u64::try_from(request.budget.as_nanos()).unwrap_or(u64::MAX);
    let deadline = monotonic_clock::now().saturating_add(budget);
    let response = ask(&request, budget, deadline).await?;
    Ok(Answer { status: response.status(), response, deadline })
}

impl Answer {
    /// Its status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header's value, the first if there are several.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.response.headers().get(&name.to_owned()).into_iter().next()
    }

    /// Its body, of at most `most` bytes.
    ///
    /// # Errors
    /// If it is larger, comes late or breaks off.
    pub async fn body(self, most: usize) -> Result<Vec<u8>, Error> {
        let body = self.response.consume().map_err(|()| gone())?;
        let read = match body.stream() {
            Ok(stream) => read(&stream, self.deadline, most).await,
            Err(()) => Err(gone()),
        };
        IncomingBody::finish(body);
        read
    }
}

async fn ask(request: &Request<'_>, budget: u64, deadline: u64) -> Result<IncomingResponse, Error> {
    let (scheme, authority, path) = parts(request.url).ok_or(Error::Address)?;
    let text = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone().into_bytes());
    let mut headers: Vec<_> = request.headers.iter().map(text).collect();
    if let Some(body) = request.body {
        headers.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    let refused = |()| Error::Address;
    let outgoing = OutgoingRequest::new(Fields::from_list(&headers).map_err(|_| Error::Address)?);
    let method = if request.body.is_some() { Method::Post } else { Method::Get };
    outgoing.set_method(&method).map_err(refused)?;
    outgoing.set_scheme(Some(&scheme)).map_err(refused)?;
    outgoing.set_authority(Some(&authority)).map_err(refused)?;
    outgoing.set_path_with_query(Some(&path)).map_err(refused)?;
    let sent = outgoing.body().map_err(refused)?;
    let options = RequestOptions::new();
    // A host that doesn't know one of them still has the deadline. Who can't be connected to is given up before it: then
    // it is certain that nothing has been sent.
    let _ = options.set_connect_timeout(Some(budget / 2));
    let _ = options.set_first_byte_timeout(Some(budget));
    let coming = outgoing_handler::handle(outgoing, Some(options)).map_err(because)?;
    if let Some(body) = request.body {
        let stream = sent.write().map_err(|()| gone())?;
        write(&stream, body, deadline).await?;
    }
    // Whoever answers before having read everything is heard all the same.
    let _ = OutgoingBody::finish(sent, None);
    until(deadline, || coming.subscribe()).await?;
    match coming.get() {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(error))) => Err(because(error)),
        _ => Err(gone()),
    }
}

/// Writes as much as is taken, and stops where nobody takes it: a server may answer before it has
/// read everything.
async fn write(stream: &OutputStream, mut bytes: &[u8], deadline: u64) -> Result<(), Error> {
    while !bytes.is_empty() {
        let Ok(room) = stream.check_write() else { return Ok(()) };
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 {
            until(deadline, || stream.subscribe()).await?;
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

async fn read(stream: &InputStream, deadline: u64, most: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    loop {
        match stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() => until(deadline, || stream.subscribe()).await?,
            Ok(chunk) if body.len() + chunk.len() > most => return Err(Error::TooLarge(most)),
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(_)) => return Err(gone()),
        }
    }
}

/// Waits for an event, or for the deadline.
async fn until(deadline: u64, subscribe: impl Fn() -> Pollable) -> Result<(), Error> {
    // What isn't waited for any more must be dropped before what it belongs to.
    let mut waiting: Vec<CancelOnDropToken> = Vec::new();
    std::future::poll_fn(|context| {
        waiting.clear();
        let event = subscribe();
        if event.ready() {
            return Poll::Ready(Ok(()));
        }
        if monotonic_clock::now() >= deadline {
            return Poll::Ready(Err(Error::TimedOut));
        }
        let timer = monotonic_clock::subscribe_instant(deadline);
        waiting.extend(
            [event, timer].map(|it| push_waker_and_get_token(it, context.waker().clone()).into()),
        );
        Poll::Pending
    })
    .await
}

fn because(error: ErrorCode) -> Error {
    let unreachable = |why: &str| Error::Unreachable(why.to_owned());
    match error {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Error::Denied,
        ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => Error::TimedOut,
        ErrorCode::ConnectionTimeout => unreachable("it can't be connected to in time"),
        ErrorCode::ConnectionRefused => unreachable("the connection is refused"),
        ErrorCode::DnsError(_) => unreachable("there is no such name"),
        ErrorCode::TlsCertificateError => unreachable("its certificate is not good"),
        // What a connection ends with before there is one, and what a host says of a request before it is sent.
        error @ (ErrorCode::DnsTimeout
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsAlertReceived(_)
        | ErrorCode::HttpRequestLengthRequired
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_)
        | ErrorCode::LoopDetected
        | ErrorCode::ConfigurationError) => Error::Unreachable(named(&error)),
        error => Error::BrokenOff(named(&error)),
    }
}

fn named(error: &ErrorCode) -> String {
    format!("{error:?}").replace("ErrorCode::", "")
}

fn gone() -> Error {
    Error::BrokenOff("the connection was closed".to_owned())
}

/// Scheme, authority, and path of an address.
fn parts(url: &str) -> Option<(Scheme, String, String)> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = match uri.scheme_str()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let authority = uri.authority()?.as_str();
    let is_host = !uri.host()?.is_empty() && !authority.contains('@');
    // `http` leaves the path out where only a query follows the host.
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_host.then(|| (scheme, authority.to_owned(), format!("{}{query}", uri.path())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_arrived_is_told_from_what_may_have() {
        for code in [
            ErrorCode::ConnectionRefused,
            ErrorCode::ConnectionTimeout,
            ErrorCode::DnsTimeout,
            ErrorCode::TlsCertificateError,
            ErrorCode::TlsProtocolError,
            ErrorCode::DestinationUnavailable,
        ] {
            assert!(matches!(because(code.clone()), Error::Unreachable(_)), "{code:?}");
        }
        for code in [
            ErrorCode::ConnectionTerminated,
            ErrorCode::HttpProtocolError,
            ErrorCode::HttpResponseIncomplete,
            ErrorCode::InternalError(None),
        ] {
            assert!(matches!(because(code.clone()), Error::BrokenOff(_)), "{code:?}");
        }
        assert!(matches!(because(ErrorCode::ConnectionReadTimeout), Error::TimedOut));
        assert!(matches!(because(ErrorCode::DestinationIpProhibited), Error::Denied));
    }

    #[test]
    fn an_address_has_a_host() {
        for (url, expected) in [
            ("http://127.0.0.1:11434/api/chat", Some(("127.0.0.1:11434", "/api/chat"))),
            ("https://ollama.example", Some(("ollama.example", "/"))),
            ("https://example.com?a=1", Some(("example.com", "/?a=1"))),
            ("ollama:11434", None),
            ("ftp://ollama", None),
            ("http://", None),
            ("http://user:secret@ollama/", None),
        ] {
            let found = parts(url).map(|(_, authority, path)| (authority, path));
            let expected = expected.map(|(host, path)| (host.to_owned(), path.to_owned()));
            assert_eq!(found, expected, "{url}");
        }
    }
}
