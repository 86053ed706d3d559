//! An HTTP client that sends exactly what a test wants to be sent.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The body ended as it should: at its length, or with its last chunk.
    pub whole: bool,
}

impl Reply {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A GET of a path.
pub async fn get(to: SocketAddr, path: &str) -> Reply {
    send(to, "GET", path, &[], b"").await
}

/// A request with these headers; `Host` is added if it is not among them.
pub async fn send(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    let host = ("Host", to.to_string());
    let has_host = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    for (name, value) in
        headers.iter().copied().chain((!has_host).then_some((host.0, host.1.as_str())))
    {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    raw(to, &[head.as_bytes(), b"\r\n", body].concat()).await
}

/// These bytes.
pub async fn raw(to: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // The server may answer, and close, before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    parse(&reply)
}

/// Sends a GET over a connection that stays open.
pub async fn get_again(stream: &mut TcpStream, path: &str) -> Reply {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    read_reply(stream).await
}

/// Reads a whole response. Its body has a length, or chunks where it wasn't at its end when its head was sent.
pub async fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = read_head(stream).await;
    loop {
        let reply = parse(&bytes);
        if reply.whole {
            return reply;
        }
        let count = stream.read_buf(&mut bytes).await.unwrap();
        assert_ne!(count, 0, "it ends early: {reply:?}");
    }
}

/// Reads until a head has come, and what came with it.
pub async fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read_buf(&mut bytes).await.unwrap();
        assert_ne!(count, 0, "it ends early: {}", String::from_utf8_lossy(&bytes));
    }
    bytes
}

fn parse(reply: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(reply);
    let (head, body) =
        text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {text:?}"));
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.contains(&("transfer-encoding".to_owned(), "chunked".to_owned()));
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok());
    let (body, whole) =
        if chunked { unchunk(body) } else { (body.to_owned(), Some(body.len()) == length) };
    Reply { status: status.unwrap_or(0), headers, body, whole }
}

fn unchunk(mut rest: &str) -> (String, bool) {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        let Some(chunk) = after.get(..size) else { break };
        body += chunk;
        let Some(more) = after.get(size + 2..) else { break };
        rest = more;
    }
    (body, false)
}
