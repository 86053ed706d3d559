//! Bodies on their way through the host.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as HttpBody, Frame, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::Error;

use super::Body;
use super::problem::Problem;
use crate::call::Progress;

/// How much of a body that nobody wants we read all the same, and for how long: a client that is still sending can't
/// read our answer, and finds a broken connection instead of a reason (RFC 9112 section 9.6).
const DISCARDED: usize = 64 << 20;
const DISCARDING: Duration = Duration::from_secs(10);

/// Bytes of request bodies that may be held for clients which haven't sent the rest yet.
pub(super) const GATHERED: usize = 256 << 20;

/// The bytes of a request's body, and the room that they take up until their call begins.
#[derive(Default)]
pub(super) struct Gathered {
    pub bytes: Bytes,
    pub room: Option<OwnedSemaphorePermit>,
}

/// Takes all of a request's body, so that a client which sends slowly keeps no component waiting. Where it is refused,
/// the client may finish sending, within bounds.
pub(super) async fn gather(
    mut body: Incoming,
    limit: u64,
    patience: Duration,
    room: &Arc<Semaphore>,
) -> Result<Gathered, Problem> {
    if body.is_end_stream() {
        return Ok(Gathered::default());
    }
    let gathered = tokio::time::timeout(patience, frames(&mut body, limit, room)).await;
    // A client that was given all that time needs no more of it.
    let gathered = gathered.map_err(|_| Problem::BodyTimedOut)?;
    gathered.inspect_err(|_| {
        tokio::spawn(tokio::time::timeout(DISCARDING, discard(body)));
    })
}

async fn frames(
    body: &mut Incoming,
    limit: u64,
    room: &Arc<Semaphore>,
) -> Result<Gathered, Problem> {
    // What was declared, at first.
    if body.size_hint().lower() > limit {
        return Err(Problem::BodyTooLarge);
    }
    let mut whole: Option<Bytes> = None;
    let mut held: Option<OwnedSemaphorePermit> = None;
    // A small body is one frame: nothing is copied, no room is taken.
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let Ok(data) = frame.map_err(|_| Problem::BadBody)?.into_data() else { continue };
        let length = whole.as_ref().map_or(0, Bytes::len) + data.len();
        if length as u64 > limit {
            return Err(Problem::BodyTooLarge);
        }
        if whole.is_some() {
            let more = u32::try_from(data.len()).map_err(|_| Problem::BodyTooLarge)?;
            let more =
                room.clone().try_acquire_many_owned(more).map_err(|_| Problem::Overloaded)?;
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
        }
        whole = Some(join(whole, data));
    }
    Ok(Gathered { bytes: whole.unwrap_or_default(), room: held })
}

fn join(before: Option<Bytes>, data: Bytes) -> Bytes {
    let Some(before) = before else { return data };
    let mut joined = BytesMut::from(before);
    joined.extend_from_slice(&data);
    joined.freeze()
}

async fn discard(mut body: Incoming) {
    let mut left = DISCARDED;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// The rest of a response whose component is still writing it. If the component fails, the body does not end well, and
/// the client learns that it is not all.
pub(super) struct Unfinished {
    pub body: Body,
    pub progress: Arc<Progress>,
}

impl HttpBody for Unfinished {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(None) if self.progress.failed.load(Ordering::Acquire) => {
                Poll::Ready(Some(Err(Error::HttpResponseIncomplete)))
            }
            poll => poll,
        }
    }
}

/// The body of a response whose component is done: all of it is here, so its length is known. An error is the guest's:
/// what it declared as `content-length` is not what it wrote. The server trusts that both are the same, and a client would
/// take the rest of one response for the beginning of the next.
pub(super) fn finished(mut body: Body, declared: Option<&HeaderValue>) -> Result<Body, Error> {
    let mut context = Context::from_waker(Waker::noop());
    let mut whole: Option<Bytes> = None;
    while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut context) {
        // Trailers would need chunks, and a client that asked for them.
        let Ok(data) = frame?.into_data() else { continue };
        whole = Some(join(whole, data));
    }
    let length = whole.as_ref().map_or(0, Bytes::len) as u64;
    if declared.is_some_and(|declared| declared_length(declared) != Some(length)) {
        return Err(Error::HttpResponseBodySize(Some(length)));
    }
    Ok(whole.map_or_else(empty, full))
}

fn declared_length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

/// A body of these bytes.
pub(super) fn full(bytes: Bytes) -> Body {
    of(bytes).boxed_unsync()
}

/// The same, of a type of its own.
pub(super) fn of(bytes: Bytes) -> impl HttpBody<Data = Bytes, Error = Error> {
    Full::new(bytes).map_err(|never| match never {})
}

/// No body.
pub(super) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
