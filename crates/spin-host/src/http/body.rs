//! Bodies on their way through the host.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use wasmtime_wasi_http::Error;

use super::Body;
use crate::call::Progress;

/// How much of a body that nobody wants we read all the same, and for how long: a client that is still sending can't
/// read our answer, and finds a broken connection instead of a reason (RFC 9112 section 9.6).
const DISCARDED: usize = 64 << 20;
const DISCARDING: Duration = Duration::from_secs(10);

/// A request's body, cut where it becomes too long. Dropped before its end, it lets the client finish, within bounds.
pub(super) struct Limited {
    /// Here until it is dropped.
    body: Option<Incoming>,
    left: u64,
    progress: Arc<Progress>,
}

impl Limited {
    pub fn new(body: Incoming, limit: u64, progress: Arc<Progress>) -> Self {
        Self { body: Some(body), left: limit, progress }
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            tokio::spawn(tokio::time::timeout(DISCARDING, discard(body)));
        }
    }
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

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(context) else {
            return Poll::Pending;
        };
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            match self.left.checked_sub(length) {
                Some(left) => self.left = left,
                None => {
                    self.progress.body_too_large.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
                }
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Error::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
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

/// The body of a response whose component is done: all of it is here, so its length is known. An error is the guest's,
/// whose `content-length` was wrong.
pub(super) fn finished(mut body: Body) -> Result<Body, Error> {
    let mut context = Context::from_waker(Waker::noop());
    let mut whole: Option<Bytes> = None;
    while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut context) {
        // Trailers would need chunks, and a client that asked for them.
        let Ok(data) = frame?.into_data() else { continue };
        whole = Some(match whole {
            None => data,
            Some(before) => {
                let mut joined = BytesMut::from(before);
                joined.extend_from_slice(&data);
                joined.freeze()
            }
        });
    }
    Ok(match whole {
        Some(whole) => full(whole),
        None => empty(),
    })
}

/// A body of these bytes.
pub(super) fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// No body.
pub(super) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
