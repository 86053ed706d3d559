use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Envelope, Time};

/// Who changed what: one row per event, under the event's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct AuditEntry {
    pub id: Uuid,
    pub user_id: Uuid,
    pub entity_type: String,
    pub entity_id: String,
    pub action: String,
    /// `user`, `system` or `service`.
    pub actor_type: String,
    pub actor_id: String,
    /// The entity before the change.
    pub old_values: Option<Value>,
    /// The entity after the change.
    pub new_values: Option<Value>,
    pub timestamp: Time,
    pub correlation_id: String,
}

/// Why a record's value is no event that could be written down.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It is not JSON, or no [`Envelope`].
    #[error("the value is no event: {0}")]
    Envelope(serde_json::Error),
    /// The type is not `<entity>.<what happened>`.
    #[error("{0:?} is no event type")]
    Type(String),
    /// The payload doesn't say which entity changed.
    #[error("payload.{0}.{1} is missing")]
    Entity(String, &'static str),
}

impl AuditEntry {
    /// What an event of any type says happened: `task.created` is the action `created` on the
    /// `task` whose id stands in `payload.task.id`.
    ///
    /// # Errors
    /// If `value`, a Kafka record's, is no such event.
    pub fn from_event(value: &[u8]) -> Result<Self, EventError> {
        let event: Envelope = serde_json::from_slice(value).map_err(EventError::Envelope)?;
        let Some((entity_type, action)) = event.event_type.split_once('.') else {
            return Err(EventError::Type(event.event_type));
        };
        let (entity_type, action) = (entity_type.to_owned(), action.to_owned());
        let Value::Object(mut payload) = event.payload else {
            return Err(EventError::Entity(entity_type, "id"));
        };
        let new_values = payload.remove(&entity_type);
        // What happens to a reminder is told in its task's history.
        let name = if entity_type == "reminder" { "task_id" } else { "id" };
        let Some(Value::String(entity_id)) = new_values.as_ref().and_then(|it| it.get(name)) else {
            return Err(EventError::Entity(entity_type, name));
        };
        // What these do by themselves, nobody has asked for.
        let (actor_type, actor_id) = match event.source_service.as_str() {
            "relay" | "reminder-fire" | "recurrence-spawn" => ("system", event.source_service),
            _ => ("user", event.user_id.to_string()),
        };
        Ok(Self {
            id: event.event_id,
            user_id: event.user_id,
            entity_id: entity_id.clone(),
            entity_type,
            action,
            actor_type: actor_type.to_owned(),
            actor_id,
            old_values: payload.remove("old").filter(|old| !old.is_null()),
            new_values,
            timestamp: event.timestamp,
            correlation_id: event.correlation_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{
        "event_id": "0190aaaa-0000-7000-8000-000000000001", "event_type": "task.completed",
        "topic_name": "task-events", "correlation_id": "c1",
        "timestamp": "2026-11-21T09:00:00.5+00:00", "source_service": "task-complete",
        "user_id": "00000000-0000-7000-8000-000000000001",
        "payload": {"task": {"id": "t1", "status": "completed"}, "old": {"id": "t1", "status": "active"}}
    }"#;

    #[test]
    fn an_event_becomes_the_audit_row_of_its_entity() {
        let entry = AuditEntry::from_event(EVENT.as_bytes()).unwrap();
        assert_eq!(
            serde_json::to_value(entry).unwrap(),
            serde_json::json!({
                "id": "0190aaaa-0000-7000-8000-000000000001",
                "user_id": "00000000-0000-7000-8000-000000000001",
                "entity_type": "task", "entity_id": "t1", "action": "completed",
                "actor_type": "user", "actor_id": "00000000-0000-7000-8000-000000000001",
                "old_values": {"id": "t1", "status": "active"},
                "new_values": {"id": "t1", "status": "completed"},
                "timestamp": "2026-11-21T09:00:00.5Z", "correlation_id": "c1",
            })
        );
    }

    #[test]
    fn a_new_entity_has_no_old_values() {
        let event = EVENT.replace(r#"{"id": "t1", "status": "active"}"#, "null");
        assert_eq!(AuditEntry::from_event(event.as_bytes()).unwrap().old_values, None);
    }

    #[test]
    fn what_is_done_without_anybodys_asking_is_the_systems() {
        for service in ["relay", "recurrence-spawn"] {
            let event = EVENT.replace("task-complete", service).replace("completed", "purged");
            let entry = AuditEntry::from_event(event.as_bytes()).unwrap();
            assert_eq!((&*entry.actor_type, &*entry.actor_id), ("system", service));
            assert_eq!((entry.action, entry.entity_id), ("purged".to_owned(), "t1".to_owned()));
        }
    }

    #[test]
    fn what_happens_to_a_reminder_stands_in_its_tasks_history() {
        let event = EVENT
            .replace("task.completed", "reminder.failed")
            .replace("task-complete", "reminder-fire")
            .replace(r#""task": {"id": "t1","#, r#""reminder": {"id": "r1", "task_id": "t1","#);
        let entry = AuditEntry::from_event(event.as_bytes()).unwrap();
        assert_eq!(
            (&*entry.entity_type, &*entry.entity_id, &*entry.action),
            ("reminder", "t1", "failed")
        );
        assert_eq!((&*entry.actor_type, &*entry.actor_id), ("system", "reminder-fire"));
        assert_eq!(entry.new_values.unwrap()["id"], "r1");
    }

    #[test]
    fn what_is_no_event_says_why() {
        for (value, expected) in [
            (
                "{".to_owned(),
                "the value is no event: EOF while parsing an object at line 1 column 1",
            ),
            ("{}".to_owned(), "the value is no event: missing field `event_id` at line 1 column 2"),
            (EVENT.replace("task.completed", "completed"), "\"completed\" is no event type"),
            (
                EVENT.replace("task.completed", "reminder.due"),
                "payload.reminder.task_id is missing",
            ),
            (EVENT.replace(r#""id": "t1","#, ""), "payload.task.id is missing"),
        ] {
            let error = AuditEntry::from_event(value.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
