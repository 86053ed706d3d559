use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{Envelope, EventError, Status};

/// That a task is completed or active by now, and wasn't before: its series, if it has one, may have to go on, or to go
/// back. Which of the two, and whether, the task as it is says, so it doesn't matter when and how often this arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesEvent {
    /// Whose task it is.
    pub user_id: Uuid,
    /// The task.
    pub task_id: Uuid,
    /// What the request is called that did it.
    pub correlation_id: String,
}

impl SeriesEvent {
    /// Of an event as Kafka has it. `None`: no series goes on by it.
    ///
    /// # Errors
    /// If `value` is no event, or one of a task that it doesn't name.
    pub fn from_event(value: &[u8]) -> Result<Option<Self>, EventError> {
        #[derive(Deserialize)]
        struct Before {
            status: Status,
        }
        #[derive(Deserialize)]
        struct After {
            id: Uuid,
            status: Status,
            recurrence_rule: Option<Value>,
        }
        let event: Envelope = serde_json::from_slice(value).map_err(EventError::Envelope)?;
        if !event.event_type.starts_with("task.") {
            return Ok(None);
        }
        // What is new was never done, and of what was purged there is nothing but its id.
        let Ok(before) = Before::deserialize(&event.payload["old"]) else { return Ok(None) };
        if event.event_type == "task.purged" {
            return Ok(None);
        }
        let after = After::deserialize(&event.payload["task"])
            .map_err(|_| EventError::Entity("task".to_owned(), "id"))?;
        // One that is active may have had its rule, and a next one, when it was done.
        let is_followed = match after.status {
            Status::Active => before.status != Status::Active,
            Status::Completed => {
                before.status != Status::Completed && after.recurrence_rule.is_some()
            }
            Status::Deleted => false,
        };
        if !is_followed {
            return Ok(None);
        }
        let (user_id, correlation_id) = (event.user_id, event.correlation_id);
        Ok(Some(Self { user_id, task_id: after.id, correlation_id }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0190aaaa-0000-7000-8000-000000000001";

    fn event(kind: &str, old: &Value, task: &Value) -> Vec<u8> {
        let event = json!({
            "event_id": ID, "event_type": kind, "topic_name": "task-events", "correlation_id": "c1",
            "timestamp": "2026-11-21T09:00:00Z", "source_service": "tasks", "user_id": ID,
            "payload": { "task": task, "old": old },
        });
        event.to_string().into_bytes()
    }

    #[test]
    fn a_series_goes_on_or_back_where_its_task_is_done_or_not_any_more() {
        let rule = json!({ "pattern": "daily" });
        for (kind, old, new, rule, expected) in [
            ("task.completed", Some("active"), "completed", &rule, true),
            ("task.reopened", Some("completed"), "active", &rule, true),
            // Out of the trash.
            ("task.updated", Some("deleted"), "completed", &rule, true),
            ("task.updated", Some("active"), "active", &rule, false),
            ("task.deleted", Some("active"), "deleted", &rule, false),
            ("task.created", None, "active", &rule, false),
            ("task.completed", Some("active"), "completed", &Value::Null, false),
            ("task.reopened", Some("completed"), "active", &Value::Null, true),
            ("reminder.due", Some("active"), "completed", &rule, false),
        ] {
            let old = old.map_or(Value::Null, |status| json!({ "status": status }));
            let task = json!({ "id": ID, "status": new, "recurrence_rule": rule });
            let found = SeriesEvent::from_event(&event(kind, &old, &task)).unwrap();
            assert_eq!(found.is_some(), expected, "{kind}: {old} to {task}");
            if let Some(found) = found {
                assert_eq!(
                    (found.task_id.to_string().as_str(), &*found.correlation_id),
                    (ID, "c1")
                );
            }
        }
    }

    #[test]
    fn what_is_purged_is_nobodys_to_continue() {
        let (old, task) = (json!({ "status": "deleted" }), json!({ "id": ID }));
        assert_eq!(SeriesEvent::from_event(&event("task.purged", &old, &task)).unwrap(), None);
    }

    #[test]
    fn what_is_no_event_says_why() {
        let old = json!({ "status": "active" });
        for (value, expected) in [
            (
                b"{".to_vec(),
                "the value is no event: EOF while parsing an object at line 1 column 1",
            ),
            (
                event("task.completed", &old, &json!({ "id": "t1", "status": "completed" })),
                "payload.task.id is missing",
            ),
        ] {
            assert_eq!(SeriesEvent::from_event(&value).unwrap_err().to_string(), expected);
        }
    }
}
