use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::Time;

/// What can happen to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum EventType {
    TaskCreated,
    TaskUpdated,
    TaskCompleted,
    TaskDeleted,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::TaskCreated, Self::TaskUpdated, Self::TaskCompleted, Self::TaskDeleted];

    /// `<entity>.<what happened>`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TaskCreated => "task.created",
            Self::TaskUpdated => "task.updated",
            Self::TaskCompleted => "task.completed",
            Self::TaskDeleted => "task.deleted",
        }
    }

    /// The Kafka topic that it goes to.
    pub fn topic(self) -> &'static str {
        match self {
            Self::TaskCreated | Self::TaskUpdated | Self::TaskCompleted | Self::TaskDeleted => {
                "task-events"
            }
        }
    }
}

/// The value of a Kafka record: the customer's envelope, and the user beside it.
///
/// `event_type` is text, because a consumer meets types that are newer than itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct Envelope {
    pub event_id: Uuid,
    pub event_type: String,
    pub topic_name: String,
    pub correlation_id: String,
    pub timestamp: Time,
    pub source_service: String,
    pub user_id: Uuid,
    /// `{"<entity>": …, "old": …}`: the entity after the change, and before it or null.
    pub payload: Value,
}
