//! Tells an HTTP server of each batch and does as it answers: the hands and eyes of the trigger's tests.
//!
//! The server is `PROBE_URL`. It gets the records as JSON, and its status decides: 200 is done, 500 is a panic, 418 is
//! misconduct of the kind that the body names, and with any other the body, `{"index": 0, "reason": "unavailable" |
//! "retry" | "reject"}`, is the failure.

mod misconduct;

use kafka_guest::{Failure, Message, Reason};
use serde::{Deserialize, Serialize};
use spin_sdk::http::{Request, Response};

kafka_guest::handler!(handle);

#[derive(Serialize)]
struct Record {
    topic: String,
    partition: i32,
    offset: i64,
    timestamp: Option<i64>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    attempt: u32,
}

#[derive(Deserialize)]
struct Verdict {
    index: usize,
    reason: String,
}

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    let url = std::env::var("PROBE_URL").map_err(|error| Failure::reject(0, error))?;
    let records: Vec<Record> = batch.into_iter().map(Record::from).collect();
    let body = serde_json::to_vec(&records).map_err(|error| Failure::reject(0, error))?;
    let response: Response =
        spin_sdk::http::run(spin_sdk::http::send(Request::post(url, body).build()))
            .map_err(|error| Failure::unavailable(0, error))?;
    match *response.status() {
        200 => Ok(()),
        500 => panic!("the server said so"),
        418 => misconduct::of(&String::from_utf8_lossy(response.body())),
        _ => Err(failure(response.body())),
    }
}

fn failure(verdict: &[u8]) -> Failure {
    match serde_json::from_slice(verdict) {
        Ok(Verdict { index, reason }) => match reason.as_str() {
            "unavailable" => Reason::unavailable("the server said so").at(index),
            "retry" => Reason::retry("the server said so").at(index),
            _ => Reason::reject("the server said so").at(index),
        },
        Err(error) => Failure::reject(0, error),
    }
}

impl From<Message> for Record {
    fn from(message: Message) -> Self {
        Self {
            topic: message.topic,
            partition: message.partition,
            offset: message.offset,
            timestamp: message.timestamp_ms,
            key: message.key,
            value: message.value,
            headers: message.headers,
            attempt: message.attempt,
        }
    }
}
