//! Writes one audit row per event.
//!
//! A batch is one statement. An event that arrives twice is written once, under its own id.

use domain::AuditEntry;
use kafka_guest::{Failure, Message, Reason};

kafka_guest::handler!(handle);

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    let write = |entries: &[AuditEntry]| {
        store::audit_logs::insert_many(entries)
            .map_err(|error| Reason::reject_if(error.is_rejection(), error))
    };
    kafka_guest::together(&batch, entry, write)
}

fn entry(message: &Message) -> Result<AuditEntry, Reason> {
    AuditEntry::from_event(message.value.as_deref().unwrap_or_default()).map_err(Reason::reject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_an_event() {
        let value = br#"{
            "event_id": "0190aaaa-0000-7000-8000-000000000001",
            "event_type": "task.created", "topic_name": "task-events", "correlation_id": "c1",
            "timestamp": "2026-11-21T09:00:00Z", "source_service": "tasks",
            "user_id": "00000000-0000-7000-8000-000000000001",
            "payload": {"task": {"id": "t1"}, "old": null}
        }"#;
        let event = Message { value: Some(value.to_vec()), ..Message::default() };
        assert_eq!(entry(&event).unwrap().entity_id, "t1");
        for value in [None, Some(b"{}".to_vec())] {
            let refused = entry(&Message { value, ..Message::default() });
            assert!(matches!(refused, Err(Reason::Reject(_))), "{refused:?}");
        }
    }
}
