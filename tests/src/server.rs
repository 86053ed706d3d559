//! The servers of the tests that answer by a script: HTTP/1.1, one request a connection.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A server. It ends when it is dropped.
pub(crate) struct Server<S> {
    pub port: u16,
    script: watch::Sender<S>,
    serving: JoinHandle<()>,
}

impl<S: Clone + Send + Sync + 'static> Server<S> {
    /// Starts one. Each connection is served by what the script is when it comes.
    pub async fn start<F: Future<Output = Result<()>> + Send + 'static>(
        script: S,
        serve: impl Fn(TcpStream, S) -> F + Send + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (script, follow) = watch::channel(script);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = follow.borrow().clone();
                let served = serve(stream, script);
                // Whoever hangs up has heard enough.
                tokio::spawn(async move { served.await.ok() });
            }
        });
        Ok(Self { port, script, serving })
    }

    /// From now on it does this.
    pub fn follow(&self, script: S) {
        self.script.send_replace(script);
    }
}

impl<S> Drop for Server<S> {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What a server was told, in order.
pub(crate) struct Memory<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Memory<T> {
    pub fn push(&self, it: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(it);
    }

    pub fn all(&self) -> Vec<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Memory<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The path and the query.
    pub path: String,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Heard {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Reads a request.
pub(crate) async fn hear<S: AsyncRead + Unpin>(stream: S) -> Result<(Heard, S)> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let path = line.split(' ').nth(1).context("no path")?.to_owned();
    let mut heard = Heard { path, headers: Vec::new(), body: Vec::new() };
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        heard.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = heard.header("content-length");
    if !length.is_empty() {
        heard.body = vec![0; length.parse()?];
        stream.read_exact(&mut heard.body).await?;
    }
    Ok((heard, stream.into_inner()))
}

/// Answers, and hangs up.
pub(crate) async fn respond(
    stream: &mut (impl AsyncWrite + Unpin),
    status: u16,
    kind: &str,
    body: &[u8],
) -> Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    Ok(stream.shutdown().await?)
}

/// Says nothing until the other side hangs up.
pub(crate) async fn be_silent(stream: &mut (impl AsyncRead + Unpin)) -> Result<()> {
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
