//! A reply as it is written down, and as it is answered.

use std::time::Duration;

use assistant::{Reply, Said};
use domain::{ChangeKind, ChatAnswer, NewMessage, Task, Turn, TurnOutcome};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The turn that a reply makes of what was said, and what is answered when it is written.
pub fn of(client_key: &str, said: &Said<'_>, reply: Reply, took: Duration) -> (Turn, Spoken) {
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
    let messages = [
        message("user", said.sentence, None),
        message("assistant", &reply.text, Some(milliseconds)),
    ];
    let created = reply.changes.iter().position(|it| it.event_type == ChangeKind::Created);
    let turn = Turn {
        conversation: said.standing.id.unwrap_or_else(Uuid::now_v7),
        client_key: client_key.to_owned(),
        version: said.standing.version,
        timezone: said.standing.timezone.clone(),
        state: reply.state,
        messages,
        changes: reply.changes,
    };
    let spoken = Spoken {
        response: reply.text,
        intent_detected: reply.intent.as_str().to_owned(),
        skill_agent_used: reply.skill.map(str::to_owned),
        confidence_score: reply.confidence,
        clarification_needed: reply.clarification_needed,
        conversation_id: client_key.to_owned(),
        created,
        listed: reply.listed,
    };
    (turn, spoken)
}

/// What is answered whatever becomes of the tasks.
#[derive(Serialize, Deserialize)]
pub struct Spoken {
    response: String,
    intent_detected: String,
    skill_agent_used: Option<String>,
    confidence_score: f64,
    clarification_needed: bool,
    conversation_id: String,
    /// Which of the changes makes a task, if one does.
    created: Option<usize>,
    listed: Vec<Task>,
}

/// An answer as it is kept with its idempotency key.
#[derive(Deserialize)]
pub struct Kept {
    spoken: Spoken,
    outcome: TurnOutcome,
}

impl Spoken {
    /// What the client hears.
    pub fn answer(self, outcome: TurnOutcome) -> ChatAnswer {
        ChatAnswer {
            response: self.response,
            intent_detected: self.intent_detected,
            skill_agent_used: self.skill_agent_used,
            confidence_score: self.confidence_score,
            task_created: self.created.and_then(|place| outcome.tasks.get(place).cloned()),
            clarification_needed: self.clarification_needed,
            tasks: if outcome.tasks.is_empty() { self.listed } else { outcome.tasks },
            conversation_id: self.conversation_id,
            conversation: outcome.conversation,
        }
    }
}

impl Kept {
    /// What the client heard.
    pub fn answer(self) -> ChatAnswer {
        self.spoken.answer(self.outcome)
    }
}
