//! A server that speaks Ollama's API by a script, and misbehaves as told.

use anyhow::Result;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::server::{Heard, Memory, Server, be_silent, hear, respond};

/// The model that it has.
const MODEL: &str = "llama3.2";

/// What `/api/chat` answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Script {
    /// This, as the model's message.
    Says(String),
    /// The same, in pieces, as if it had been asked to stream.
    Streams(String),
    /// These bytes, as JSON.
    Bytes(Vec<u8>),
    /// A page.
    Page,
    /// Less than it has announced.
    Truncated,
    /// This status.
    Status(u16),
    /// Nothing, for as long as anybody waits.
    Silent,
    /// Without an end.
    Endless,
    /// It hangs up.
    Gone,
}

impl Script {
    /// A guess by the schema of the prompts.
    pub fn guess(guess: &Value) -> Self {
        Self::Says(guess.to_string())
    }
}

/// The server. It ends when it is dropped.
pub struct Ollama {
    /// Its address.
    pub url: String,
    server: Server<Script>,
    asked: Memory<Value>,
}

impl Ollama {
    /// Starts one that follows a script.
    pub async fn start(script: Script) -> Result<Self> {
        let asked = Memory::default();
        let heard = asked.clone();
        let server =
            Server::start(script, move |stream, script| serve(stream, script, heard.clone()))
                .await?;
        Ok(Self { url: format!("http://127.0.0.1:{}", server.port), server, asked })
    }

    /// From now on it does this.
    pub fn follow(&self, script: Script) {
        self.server.follow(script);
    }

    /// The bodies of the questions that it was asked, the oldest first.
    pub fn asked(&self) -> Vec<Value> {
        self.asked.all()
    }

    /// The variables that have Spindle ask it, and wait no longer than `timeout`.
    pub fn variables<'a>(&'a self, port: &'a str, timeout: &'a str) -> [(&'a str, &'a str); 4] {
        [
            ("ollama_url", &self.url),
            ("ollama_port", port),
            ("ollama_model", MODEL),
            ("ollama_timeout", timeout),
        ]
    }

    /// Its port, as a variable has it.
    pub fn port(&self) -> String {
        self.server.port.to_string()
    }
}

async fn serve(stream: TcpStream, script: Script, asked: Memory<Value>) -> Result<()> {
    let (Heard { path, body, .. }, mut stream) = hear(stream).await?;
    match path.as_str() {
        "/api/tags" if script == Script::Gone => Ok(()),
        "/api/tags" => {
            respond(&mut stream, 200, "application/json", tags().to_string().as_bytes()).await
        }
        "/api/chat" => {
            asked.push(serde_json::from_slice(&body)?);
            chat(&mut stream, script).await
        }
        _ => respond(&mut stream, 404, "text/plain", b"404 page not found").await,
    }
}

async fn chat(stream: &mut TcpStream, script: Script) -> Result<()> {
    match script {
        Script::Says(text) => {
            let answer = message(&text, true).to_string();
            respond(stream, 200, "application/json; charset=utf-8", answer.as_bytes()).await
        }
        Script::Streams(text) => {
            let characters: Vec<char> = text.chars().collect();
            let mut lines = String::new();
            for piece in characters.chunks(7) {
                let piece: String = piece.iter().collect();
                lines.push_str(&format!("{}\n", message(&piece, false)));
            }
            lines.push_str(&format!("{}\n", message("", true)));
            respond(stream, 200, "application/x-ndjson", lines.as_bytes()).await
        }
        Script::Bytes(bytes) => respond(stream, 200, "application/json", &bytes).await,
        Script::Page => respond(stream, 200, "text/html", b"<html>Welcome!</html>").await,
        Script::Truncated => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(br#"{"message":{"role":"assistant","content":"{\"int"#).await?;
            Ok(stream.shutdown().await?)
        }
        Script::Status(status) => {
            respond(stream, status, "application/json", br#"{"error":"model not found"}"#).await
        }
        Script::Silent => be_silent(stream).await,
        Script::Endless => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
        Script::Gone => Ok(()),
    }
}

/// As `/api/chat` answers with `"stream": false`, or the last of its pieces.
fn message(content: &str, done: bool) -> Value {
    let mut answer = json!({
        "model": MODEL,
        "created_at": "2026-11-21T09:00:00.123456789Z",
        "message": {"role": "assistant", "content": content},
        "done": done,
    });
    if done {
        answer["done_reason"] = json!("stop");
        for field in ["total_duration", "load_duration", "prompt_eval_count", "eval_count"] {
            answer[field] = json!(1);
        }
    }
    answer
}

/// As `/api/tags` answers.
fn tags() -> Value {
    json!({"models": [{
        "name": format!("{MODEL}:latest"),
        "model": format!("{MODEL}:latest"),
        "modified_at": "2026-11-01T09:00:00Z",
        "size": 2_019_393_189_u64,
        "digest": "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",
        "details": {"format": "gguf", "family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
    }]})
}
