use spin_sdk::http::OutgoingBody;
use wasi::io::streams::OutputStream;

/// An answer that goes on: server-sent events (HTML Living Standard, 9.2), to one client.
pub struct EventStream {
    stream: Option<OutputStream>,
    body: Option<OutgoingBody>,
}

/// The client has gone, or takes nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client has gone")]
pub struct ClientGone;

impl EventStream {
    /// Of a response that has been set, or is about to be.
    pub(crate) fn of(body: OutgoingBody) -> Self {
        Self { stream: body.write().ok(), body: Some(body) }
    }

    /// Sends an event; a client that comes back names `id` in `Last-Event-ID`.
    ///
    /// # Errors
    /// If nobody reads any more.
    pub fn send(&self, id: &str, kind: &str, data: &str) -> Result<(), ClientGone> {
        // None of them has a line break: a number, a name, JSON on one line.
        self.write(format!("id: {id}\nevent: {kind}\ndata: {data}\n\n").as_bytes())
    }

    /// Tells how long a client may wait before it comes back, in milliseconds.
    ///
    /// # Errors
    /// If nobody reads any more.
    pub fn retry_after(&self, milliseconds: u32) -> Result<(), ClientGone> {
        self.write(format!("retry: {milliseconds}\n\n").as_bytes())
    }

    /// Says nothing, so that whoever is between us and the client doesn't take the stream for dead.
    ///
    /// # Errors
    /// If nobody reads any more.
    pub fn heartbeat(&self) -> Result<(), ClientGone> {
        self.write(b":\n\n")
    }

    /// Whether the client is still there, as far as the host knows.
    ///
    /// # Errors
    /// If it is not.
    pub fn check(&self) -> Result<(), ClientGone> {
        let stream = self.stream.as_ref().ok_or(ClientGone)?;
        stream.check_write().map(drop).map_err(|_| ClientGone)
    }

    fn write(&self, mut bytes: &[u8]) -> Result<(), ClientGone> {
        let stream = self.stream.as_ref().ok_or(ClientGone)?;
        while !bytes.is_empty() {
            let room = stream.check_write().map_err(|_| ClientGone)?;
            let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
            if room == 0 {
                stream.subscribe().block();
                continue;
            }
            let (now, later) = bytes.split_at(room);
            stream.write(now).map_err(|_| ClientGone)?;
            bytes = later;
        }
        stream.flush().map_err(|_| ClientGone)
    }
}

impl Drop for EventStream {
    /// Ends the body as whole: what was sent is all that there was to send for now.
    fn drop(&mut self) {
        drop(self.stream.take());
        if let Some(body) = self.body.take() {
            let _ = OutgoingBody::finish(body, None);
        }
    }
}
