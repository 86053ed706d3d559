use serde::Serialize;
use uuid::Uuid;

use crate::Task;

/// What `POST /chat/command` answers: the customer's fields, and what else a client can use.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct ChatAnswer {
    pub response: String,
    pub intent_detected: String,
    pub skill_agent_used: Option<String>,
    pub confidence_score: f64,
    /// The first one, if several were.
    pub task_created: Option<Task>,
    pub clarification_needed: bool,
    /// Those that changed, as they are now; else those that the response lists.
    pub tasks: Vec<Task>,
    /// What the caller named it, or is to name it from now on.
    pub conversation_id: String,
    /// Its id in `/api/conversations/:id`.
    pub conversation: Uuid,
}
