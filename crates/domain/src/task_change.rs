use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A task that is made or changed, decided on one of its versions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskChange {
    /// The task; of a new one, its id to be.
    pub id: Uuid,
    /// The id of the event that tells of it.
    pub event_id: Uuid,
    /// What happens to it.
    pub event_type: ChangeKind,
    /// The version on which the change was decided; 0: it is new.
    pub version: i64,
    /// The fields to set, named as in `task_json`, and `status`. A `due_date` may be a local
    /// date-time without offset, in the task's time zone.
    pub fields: Map<String, Value>,
}

/// What happens to a task, by the name of its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ChangeKind {
    #[serde(rename = "task.created")]
    Created,
    /// It was changed, or came back from the trash.
    #[serde(rename = "task.updated")]
    Updated,
    #[serde(rename = "task.completed")]
    Completed,
    #[serde(rename = "task.reopened")]
    Reopened,
    #[serde(rename = "task.deleted")]
    Deleted,
}

impl ChangeKind {
    /// Its event's type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "task.created",
            Self::Updated => "task.updated",
            Self::Completed => "task.completed",
            Self::Reopened => "task.reopened",
            Self::Deleted => "task.deleted",
        }
    }
}
