//! What a guest writes to stdout and stderr, line by line.
//!
//! In the log, a line that is a JSON object with a `message` keeps its level and its fields; any other is logged as it is, at info.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError};

use crate::sink::Sink;

/// A longer line is cut into pieces.
const LINE: usize = 64 << 10;

/// One of a call's two streams. Clones share the unfinished line.
#[derive(Clone)]
pub(crate) struct GuestOutput(Arc<Shared>);

struct Shared {
    sink: Arc<Sink>,
    correlation_id: Option<Arc<str>>,
    line: Mutex<Vec<u8>>,
}

impl GuestOutput {
    pub fn new(sink: Arc<Sink>, correlation_id: Option<Arc<str>>) -> Self {
        Self(Arc::new(Shared { sink, correlation_id, line: Mutex::new(Vec::new()) }))
    }
}

impl Shared {
    fn write(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.ends_with(b"\n") || line.len() >= LINE {
                self.sink.take(&line, self.correlation_id.as_deref());
                line.clear();
            }
        }
    }
}

/// A last line without its end counts, too.
impl Drop for Shared {
    fn drop(&mut self) {
        let line = std::mem::take(self.line.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.sink.take(&line, self.correlation_id.as_deref());
    }
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only WASI 0.1 and 0.3 take this one.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for GuestOutput {
    fn write(&mut self, bytes: Bytes) -> Result<(), StreamError> {
        self.0.write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        Ok(())
    }

    fn check_write(&mut self) -> Result<usize, StreamError> {
        Ok(LINE)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for GuestOutput {
    async fn ready(&mut self) {}
}

/// Logs one line. Fields of a JSON line besides the usual five travel as `fields`, one JSON object.
pub(crate) fn emit(component: &str, correlation_id: Option<&str>, line: &str) {
    let mut object = match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(object)) if object.get("message").is_some_and(Value::is_string) => object,
        _ => return log("info", component, correlation_id.unwrap_or_default(), line, ""),
    };
    let mut take = |name: &str| match object.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (level, message, own_id) = (take("level"), take("message"), take("correlation_id"));
    for ours in ["time", "component"] {
        take(ours);
    }
    let correlation_id =
        if own_id.is_empty() { correlation_id.unwrap_or_default() } else { &own_id };
    log(&level, component, correlation_id, &message, &render(object));
}

fn render(fields: Map<String, Value>) -> String {
    if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() }
}

/// The level of a tracing event is part of its call site, so each level has its own.
fn log(level: &str, component: &str, correlation_id: &str, message: &str, fields: &str) {
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(target: "guest", tracing::Level::$level, component, correlation_id, fields, "{message}")
        };
    }
    match level.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "critical" => event!(ERROR),
        "warn" | "warning" => event!(WARN),
        "debug" => event!(DEBUG),
        "trace" => event!(TRACE),
        _ => event!(INFO),
    }
}
