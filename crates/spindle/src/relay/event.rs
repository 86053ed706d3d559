//! An event's row, and the Kafka records made of it.

use anyhow::{Context as _, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;
use serde::Serialize;
use serde_json::value::RawValue;
use spin_host::telemetry::{At, Kind, Place, Span};
use tokio_postgres::Row;
use uuid::Uuid;

/// The compacted topic that has each task as it is now.
pub const TASK_UPDATES: &str = "task-updates";

/// A committed event with its place in the order.
pub struct Event {
    pub position: i64,
    pub committed_at: DateTime<Utc>,
    topic: String,
    /// The Kafka key.
    subject: String,
    value: Vec<u8>,
    headers: OwnedHeaders,
    /// Until Kafka has it.
    _span: Span,
    /// For a task's event: the task as it is now, or none if it was deleted.
    task: Option<Option<Vec<u8>>>,
}

/// The customer's envelope, and `user_id` beside it, so that a record stands alone.
#[derive(Serialize)]
struct Envelope<'a> {
    event_id: Uuid,
    event_type: &'a str,
    topic_name: &'a str,
    correlation_id: &'a str,
    timestamp: &'a str,
    source_service: &'a str,
    user_id: Uuid,
    payload: &'a RawValue,
}

#[derive(serde::Deserialize)]
struct TaskPayload<'a> {
    #[serde(borrow)]
    task: Option<&'a RawValue>,
}

impl Event {
    /// Reads a row of `event_position_assign` or `event_list_unpublished`.
    pub fn from_row(row: &Row) -> Result<Self> {
        let position: i64 = column(row, "position")?;
        Self::parse(row, position).with_context(|| format!("event at position {position}"))
    }

    fn parse(row: &Row, position: i64) -> Result<Self> {
        let id: Uuid = column(row, "id")?;
        let event_type: String = column(row, "event_type")?;
        let topic: String = column(row, "topic_name")?;
        let correlation_id: String = column(row, "correlation_id")?;
        let subject: String = column(row, "subject")?;
        let source: String = column(row, "source_service")?;
        let created_at: DateTime<Utc> = column(row, "created_at")?;
        let payload: &str = column(row, "payload")?;
        let timestamp = created_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let value = serde_json::to_vec(&Envelope {
            event_id: id,
            event_type: &event_type,
            topic_name: &topic,
            correlation_id: &correlation_id,
            timestamp: &timestamp,
            source_service: &source,
            user_id: column(row, "user_id")?,
            payload: serde_json::from_str(payload)?,
        })?;
        let task = match event_type.strip_prefix("task.") {
            None => None,
            Some("deleted" | "purged") => Some(None),
            Some(_) => {
                let payload: TaskPayload = serde_json::from_str(payload)?;
                let task = payload.task.context("its payload has no task")?;
                Some(Some(task.get().as_bytes().to_owned()))
            }
        };
        let place = Place::of_correlation(&correlation_id);
        let mut span = Span::begin(Kind::Producer, At::Under(place), || format!("send {topic}"));
        span.set("messaging.system", || "kafka");
        span.set("messaging.destination.name", || topic.clone());
        span.set("messaging.message.id", || id.to_string());
        span.set("spindle.event_type", || event_type.clone());
        // CloudEvents 1.0, Kafka protocol binding 3.2 (binary content mode); `ce_correlationid` is
        // an extension attribute.
        let headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", &id.to_string()),
            ("ce_type", &event_type),
            ("ce_source", &format!("/spindle/{source}")),
            ("ce_subject", &subject),
            ("ce_time", &timestamp),
            ("ce_correlationid", &correlation_id),
            ("traceparent", &span.place().unwrap_or(place).to_string()),
            ("content-type", "application/json"),
        ]
        .into_iter()
        .fold(OwnedHeaders::new_with_capacity(9), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        Ok(Self {
            position,
            committed_at: created_at,
            topic,
            subject,
            value,
            headers,
            _span: span,
            task,
        })
    }

    /// The records to publish: the event, and for a task's event the task as it is now. The latter is no event: other
    /// data under the event's `ce_id` would be a second event that readers take for a duplicate (CloudEvents 1.0, `id`).
    pub fn records(&self) -> impl Iterator<Item = FutureRecord<'_, str, [u8]>> {
        let event = FutureRecord::to(&self.topic)
            .key(self.subject.as_str())
            .payload(self.value.as_slice())
            .headers(self.headers.clone());
        let update = self.task.as_ref().map(|task| {
            let record = FutureRecord::to(TASK_UPDATES).key(self.subject.as_str());
            match task {
                Some(task) => record.payload(task.as_slice()),
                None => record,
            }
        });
        std::iter::once(event).chain(update)
    }
}

fn column<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, name: &str) -> Result<T> {
    row.try_get(name).with_context(|| format!("column {name}"))
}
