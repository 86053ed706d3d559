//! A reply as it is written down, and as it is answered.

use std::time::Duration;

use assistant::{Reply, Said};
use domain::{ChangeKind, NewMessage, Task, Turn, TurnOutcome};
use serde::Serialize;
use uuid::Uuid;

/// The turn that a reply makes of what was said.
pub fn of(client_key: &str, said: &Said<'_>, reply: &Reply, took: Duration) -> Turn {
    let message = |role, content: &str, took| NewMessage {
        id: Uuid::now_v7(),
        role,
        content: content.to_owned(),
        intent_detected: Some(reply.intent.as_str()),
        skill_agent_used: reply.skill,
        confidence_score: Some(reply.confidence),
        processing_time_ms: took,
    };
    let milliseconds = i32::try_from(took.as_millis()).unwrap_or(i32::MAX);
    Turn {
        conversation: said.standing.id.unwrap_or_else(Uuid::now_v7),
        client_key: client_key.to_owned(),
        version: said.standing.version,
        timezone: said.standing.timezone.clone(),
        state: reply.state.clone(),
        messages: [
            message("user", said.sentence, None),
            message("assistant", &reply.text, Some(milliseconds)),
        ],
        changes: reply.changes.clone(),
    }
}

/// The customer's answer, and what else a client can use.
#[derive(Serialize)]
pub struct Answer {
    response: String,
    intent_detected: &'static str,
    skill_agent_used: Option<&'static str>,
    confidence_score: f64,
    /// The first one, if several were.
    task_created: Option<Task>,
    clarification_needed: bool,
    /// Those that changed, as they are now; else those that the response lists.
    tasks: Vec<Task>,
    /// What the caller named it, or is to name it from now on.
    conversation_id: String,
    /// Its id in `/api/conversations/:id`.
    conversation: Uuid,
}

/// What the client hears.
pub fn answer(client_key: String, reply: Reply, outcome: TurnOutcome) -> Answer {
    let created = reply.changes.iter().position(|it| it.event_type == ChangeKind::Created);
    Answer {
        response: reply.text,
        intent_detected: reply.intent.as_str(),
        skill_agent_used: reply.skill,
        confidence_score: reply.confidence,
        task_created: created.and_then(|place| outcome.tasks.get(place).cloned()),
        clarification_needed: reply.clarification_needed,
        tasks: if outcome.tasks.is_empty() { reply.listed } else { outcome.tasks },
        conversation_id: client_key,
        conversation: outcome.conversation,
    }
}
