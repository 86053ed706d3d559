//! The server that the guest `kafka-probe` tells of each batch, and that says how it ends.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A record as the guest saw it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Record {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub attempt: u32,
}

impl Record {
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.value.as_deref().unwrap_or_default()).expect("text")
    }
}

/// One call of the handler.
#[derive(Clone, Debug)]
pub struct Call {
    pub at: Instant,
    pub records: Vec<Record>,
    /// The header of that name of the guest's request.
    pub traceparent: Option<String>,
    /// Whether the guest was answered.
    pub answered: bool,
}

impl Call {
    pub fn partition(&self) -> i32 {
        self.records[0].partition
    }

    pub fn attempt(&self) -> u32 {
        self.records[0].attempt
    }

    pub fn offsets(&self) -> Vec<i64> {
        self.records.iter().map(|record| record.offset).collect()
    }
}

/// How a call ends.
pub enum Verdict {
    Done,
    Panic,
    Misconduct(&'static str),
    Fail { index: usize, reason: &'static str },
}

type Decide = dyn Fn(Vec<Record>) -> BoxFuture<'static, Verdict> + Send + Sync;

pub struct Probe {
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    changed: watch::Receiver<()>,
}

impl Probe {
    /// Every batch is done at once.
    pub async fn done() -> Probe {
        Probe::deciding(|_| Box::pin(async { Verdict::Done })).await
    }

    pub async fn deciding(
        decide: impl Fn(Vec<Record>) -> BoxFuture<'static, Verdict> + Send + Sync + 'static,
    ) -> Probe {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (change, changed) = watch::channel(());
        let server =
            Arc::new(Server { decide: Box::new(decide), calls: Arc::clone(&calls), change });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = Arc::clone(&server);
                let service = service_fn(move |request| Arc::clone(&server).answer(request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Probe { url, calls, changed }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("not poisoned").clone()
    }

    /// The texts that were delivered in a partition, call by call.
    pub fn texts(&self, partition: i32) -> Vec<String> {
        let calls = self.calls();
        let records = calls
            .iter()
            .filter(|call| call.partition() == partition)
            .flat_map(|call| &call.records);
        records.map(|record| record.text().to_owned()).collect()
    }

    /// Waits until the calls are as expected.
    pub async fn until(&self, what: &str, mut expected: impl FnMut(&[Call]) -> bool) {
        let mut changed = self.changed.clone();
        let wait = async {
            while !expected(&self.calls()) {
                changed.changed().await.expect("the server runs");
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), wait).await.is_err() {
            let calls = self.calls();
            let last = &calls[calls.len().saturating_sub(5)..];
            panic!("{what}: not in a minute; the last of {} calls: {last:?}", calls.len());
        }
    }

    /// Waits until this many records were delivered, redeliveries included.
    pub async fn until_records(&self, count: usize) {
        let delivered = |calls: &[Call]| calls.iter().map(|call| call.records.len()).sum::<usize>();
        self.until(&format!("{count} records"), |calls| delivered(calls) >= count).await;
    }
}

struct Server {
    decide: Box<Decide>,
    calls: Arc<Mutex<Vec<Call>>>,
    change: watch::Sender<()>,
}

impl Server {
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let traceparent = request.headers().get("traceparent").cloned();
        let traceparent = traceparent.and_then(|value| value.to_str().map(str::to_owned).ok());
        let body = request.into_body().collect().await.expect("the guest's body").to_bytes();
        let records: Vec<Record> = serde_json::from_slice(&body).expect("the guest's records");
        let index = {
            let mut calls = self.calls.lock().expect("not poisoned");
            let (at, records) = (Instant::now(), records.clone());
            calls.push(Call { at, records, traceparent, answered: false });
            calls.len() - 1
        };
        self.change.send_replace(());
        let verdict = (self.decide)(records).await;
        self.calls.lock().expect("not poisoned")[index].answered = true;
        self.change.send_replace(());
        let (status, body) = match verdict {
            Verdict::Done => (200, String::new()),
            Verdict::Panic => (500, String::new()),
            Verdict::Misconduct(kind) => (418, kind.to_owned()),
            Verdict::Fail { index, reason } => {
                (409, serde_json::json!({ "index": index, "reason": reason }).to_string())
            }
        };
        Ok(Response::builder().status(status).body(Full::new(body.into())).expect("a response"))
    }
}

/// Holds calls until it is opened.
#[derive(Clone)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    pub fn closed() -> Gate {
        Gate(watch::Sender::new(false))
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub async fn passed(&self) {
        self.0.subscribe().wait_for(|open| *open).await.expect("the gate is there");
    }
}
