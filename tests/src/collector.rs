//! A collector of traces: it takes what is exported by OTLP over HTTP (opentelemetry-proto, `ExportTraceServiceRequest`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use tokio::net::TcpStream;

use crate::server::{Memory, Server, hear, respond};

/// A span as it came.
#[derive(Debug, Clone)]
pub struct Span {
    /// Which process began it.
    pub service: String,
    /// Its name.
    pub name: String,
    /// `internal`, `server`, `client`, `producer` or `consumer`.
    pub kind: &'static str,
    /// When it began, in nanoseconds since 1970.
    pub began: u64,
    /// How long it lasted, in nanoseconds.
    pub lasted: u64,
    trace: String,
    id: String,
    parent: String,
}

/// The collector. It ends when it is dropped.
pub struct Collector {
    server: Server<()>,
    spans: Memory<Span>,
}

impl Collector {
    /// Starts one.
    pub async fn start() -> Result<Self> {
        let spans = Memory::default();
        let memory = spans.clone();
        let server = Server::start((), move |stream, ()| serve(stream, memory.clone())).await?;
        Ok(Self { server, spans })
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    /// What has come of a trace, in the order in which it began. The id is in hexadecimal.
    pub fn trace(&self, id: &str) -> Vec<Span> {
        let mut spans: Vec<Span> =
            self.spans.all().into_iter().filter(|span| span.trace == id).collect();
        spans.sort_by_key(|span| span.began);
        spans
    }
}

/// The spans from the first of a trace to this one.
pub fn path_to<'a>(spans: &'a [Span], last: &'a Span) -> Vec<&'a Span> {
    let mut path = vec![last];
    while let Some(parent) = spans.iter().find(|span| span.id == path[path.len() - 1].parent) {
        path.push(parent);
        assert!(path.len() <= spans.len(), "a circle: {path:?}");
    }
    path.reverse();
    path
}

/// A trace as people read it: each span below its parent, with when it began after the first and how long it lasted.
pub fn tree(spans: &[Span]) -> String {
    let ids: BTreeSet<&str> = spans.iter().map(|span| span.id.as_str()).collect();
    let began = spans.iter().map(|span| span.began).min().unwrap_or_default();
    let mut text = String::new();
    for root in spans.iter().filter(|span| !ids.contains(span.parent.as_str())) {
        write(&mut text, spans, root, began, 0);
    }
    text
}

fn write(text: &mut String, spans: &[Span], span: &Span, began: u64, depth: usize) {
    let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    let line = format!("{}{} ({}, {})", "  ".repeat(depth), span.name, span.kind, span.service);
    let (after, lasted) = (milliseconds(span.began - began), milliseconds(span.lasted));
    writeln!(text, "{line:<80} at {after:>9.1} ms, {lasted:>8.1} ms").expect("text takes all");
    for child in spans.iter().filter(|child| child.parent == span.id) {
        write(text, spans, child, began, depth + 1);
    }
}

async fn serve(stream: TcpStream, memory: Memory<Span>) -> Result<()> {
    let (heard, mut stream) = hear(stream).await?;
    ensure!(heard.path == "/v1/traces", "{}", heard.path);
    for resource in ExportTraceServiceRequest::decode(heard.body.as_slice())?.resource_spans {
        let attributes = resource.resource.unwrap_or_default().attributes;
        let service = attributes.into_iter().find(|it| it.key == "service.name");
        let service = match service.and_then(|it| it.value?.value) {
            Some(Value::StringValue(name)) => name,
            _ => String::new(),
        };
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            memory.push(Span {
                service: service.clone(),
                kind: match span.kind {
                    2 => "server",
                    3 => "client",
                    4 => "producer",
                    5 => "consumer",
                    _ => "internal",
                },
                name: span.name,
                began: span.start_time_unix_nano,
                lasted: span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
            });
        }
    }
    respond(&mut stream, 200, "application/x-protobuf", b"").await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
