//! What a server of the tests hears, and how it answers: HTTP/1.1, one request a connection.

use anyhow::{Context as _, Result};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};

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
