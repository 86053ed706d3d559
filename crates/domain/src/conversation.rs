use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Listing, Task, TaskChange, Time};

/// A conversation as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct Conversation {
    pub id: Uuid,
    /// What the caller named it.
    pub client_key: String,
    /// IANA's name of the time zone in which its author speaks of times.
    pub timezone: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub last_message_at: Option<Time>,
}

/// A conversation and a page of what was said in it, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transcript {
    /// Which one.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// What was said.
    pub messages: Listing<Message>,
}

/// What was said, and what we made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct Message {
    pub id: Uuid,
    /// `user`, `assistant` or `system`.
    pub role: String,
    pub content: String,
    pub intent_detected: Option<String>,
    pub skill_agent_used: Option<String>,
    pub confidence_score: Option<f64>,
    pub processing_time_ms: Option<i32>,
    pub created_at: Time,
}

/// Where a conversation stands when somebody speaks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Standing {
    /// Its id; `None`: it begins now.
    pub id: Option<Uuid>,
    /// Grows by one with each turn; 0 before the first.
    pub version: i64,
    /// What the last turn left to be remembered.
    pub state: Option<Value>,
    /// The time zone in which the author speaks of times.
    pub timezone: String,
    /// What Postgres' clock says.
    pub now: Time,
    /// The same on a wall in that time zone.
    pub local: NaiveDateTime,
}

/// One turn: what was said, what we say to it, what changes. It is written as a whole or not at
/// all.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The conversation's id; of a new one, its id to be.
    pub conversation: Uuid,
    /// What the caller named it.
    pub client_key: String,
    /// The version on which the turn was decided.
    pub version: i64,
    /// The time zone of this and later turns.
    pub timezone: String,
    /// What the next turn is to know.
    pub state: Value,
    /// The user's message and ours.
    pub messages: [NewMessage; 2],
    /// The tasks that change, each once.
    pub changes: Vec<TaskChange>,
}

/// A message to be written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of Message")]
pub struct NewMessage {
    pub id: Uuid,
    pub role: &'static str,
    pub content: String,
    pub intent_detected: Option<&'static str>,
    pub skill_agent_used: Option<&'static str>,
    pub confidence_score: Option<f64>,
    pub processing_time_ms: Option<i32>,
}

/// What has come of a turn.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TurnOutcome {
    /// Its conversation.
    pub conversation: Uuid,
    /// The tasks that changed, as they are now, in the order of the changes.
    pub tasks: Vec<Task>,
}
