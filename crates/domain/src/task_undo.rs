use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{ChangeKind, Status, Task};

/// A task, and what its last change has changed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LastChange {
    /// As it is.
    pub task: Task,
    /// Whether the change is known: it may be older than what is kept.
    pub is_known: bool,
    /// As it was before; none if it is new.
    pub old: Option<Map<String, Value>>,
}

/// What a change can set; the rest of a task is who it is and when it was.
const FIELDS: [&str; 14] = [
    "title",
    "description",
    "due_date",
    "timezone",
    "priority",
    "tags",
    "reminder_config",
    "recurrence_rule",
    "series_id",
    "occurrence",
    "series_start",
    "series_fields",
    "status",
    "completed_at",
];

impl LastChange {
    /// What takes it back, and the fields that this sets. It is a change like any other: taken back itself, what it took
    /// back is made again. What is new goes to the trash. `None`: the last change isn't known.
    pub fn undo(self) -> Option<(ChangeKind, Map<String, Value>)> {
        let Self { task, is_known, old } = self;
        if !is_known {
            return None;
        }
        let fields = match old {
            Some(mut old) => {
                old.retain(|field, _| FIELDS.contains(&field.as_str()));
                old
            }
            None => Map::from_iter([("status".to_owned(), json!(Status::Deleted))]),
        };
        let status = fields.get("status").and_then(|it| Status::deserialize(it).ok());
        let kind = match (task.status, status.unwrap_or(task.status)) {
            (from, to) if from == to => ChangeKind::Updated,
            (_, Status::Deleted) => ChangeKind::Deleted,
            (Status::Active, Status::Completed) => ChangeKind::Completed,
            (Status::Completed, Status::Active) => ChangeKind::Reopened,
            (_, Status::Active | Status::Completed) => ChangeKind::Updated,
        };
        Some((kind, fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: &str) -> Map<String, Value> {
        let id = "0190aaaa-0000-7000-8000-000000000001";
        let document = json!({
            "id": id, "user_id": id, "version": 3, "title": "Buy milk", "description": null, "due_date": null,
            "all_day": false, "timezone": "UTC", "priority": "low", "tags": [], "status": status,
            "reminder_config": null, "recurrence_rule": null, "reminder_id": null, "parent_task_id": null,
            "series_id": null, "occurrence": null, "series_start": null, "series_fields": null,
            "created_at": "2026-11-21T09:00:00Z", "updated_at": "2026-11-21T09:00:00Z", "completed_at": null,
            "deleted_at": null,
        });
        serde_json::from_value(document).unwrap()
    }

    fn undo(now: &str, old: Option<&str>) -> (ChangeKind, Map<String, Value>) {
        let change = json!({ "task": task(now), "is_known": true, "old": old.map(task) });
        serde_json::from_value::<LastChange>(change).unwrap().undo().unwrap()
    }

    #[test]
    fn what_takes_a_change_back_is_told_as_what_it_is() {
        for (now, old, expected) in [
            ("active", "active", ChangeKind::Updated),
            ("completed", "active", ChangeKind::Reopened),
            ("active", "completed", ChangeKind::Completed),
            ("deleted", "active", ChangeKind::Updated),
            ("deleted", "completed", ChangeKind::Updated),
            ("active", "deleted", ChangeKind::Deleted),
        ] {
            let (kind, fields) = undo(now, Some(old));
            assert_eq!((kind, &fields["status"]), (expected, &json!(old)), "{now} was {old}");
            assert_eq!(fields.len(), FIELDS.len(), "each is a task's, and nothing else is set");
        }
    }

    #[test]
    fn what_is_new_goes_to_the_trash() {
        let (kind, fields) = undo("active", None);
        assert_eq!(kind, ChangeKind::Deleted);
        assert_eq!(Value::Object(fields), json!({ "status": "deleted" }));
    }

    #[test]
    fn what_is_not_known_is_not_taken_back() {
        let change = json!({ "task": task("active"), "is_known": false, "old": null });
        assert_eq!(serde_json::from_value::<LastChange>(change).unwrap().undo(), None);
    }
}
