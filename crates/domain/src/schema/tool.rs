use schemars::{JsonSchema as _, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::reminder::{config_to_user, field_to_user, to_user};
use super::{document, nullable, one_of, text, timezone, visible_text};
use crate::account::LANGUAGES;
use crate::query::{MOST_ACTION, MOST_NAME};
use crate::reminder::NEW as REMINDER;
use crate::task_fields::MOST_TAG;
use crate::task_query::{MOST_WORDS as MOST_SEARCH, SORTS};
use crate::tool::Tool;
use crate::tool::{
    ACTIVITY, ADD, FIND, MOST, MOST_KEY, MOST_WORDS, REMIND, RESCHEDULE, RESCHEDULED, STEP, UPDATE,
    UPDATED,
};
use crate::{NewTask, Page, Priority, QuickAdd, Status, TaskPatch};

impl Tool {
    /// What its arguments look like.
    pub fn input(self, of: &mut SchemaGenerator) -> Schema {
        match self {
            Self::FindTasks => document(&FIND, &[], |name| match name {
                "status" => one_of(Status::ALL.map(Status::as_str)),
                "priority" => one_of(Priority::ALL.map(Priority::as_str)),
                "tag" => text(1, MOST_TAG),
                "search" => text(1, MOST_SEARCH),
                "sort" => one_of(SORTS.iter().flat_map(|(name, _)| [*name, DOWN[place(name)]])),
                name => shared(name),
            }),
            Self::Activity => document(&ACTIVITY, &[], |name| match name {
                "task_id" => id(),
                "correlation_id" => text(1, MOST_NAME),
                "action" => text(1, MOST_ACTION),
                "since" | "until" => json!({ "type": "string", "format": "date-time" }),
                name => shared(name),
            }),
            Self::Parse => QuickAdd::json_schema(of),
            Self::AddTasks => {
                let line = of.subschema_for::<QuickAdd>();
                let task = by_assistant(NewTask::json_schema(of));
                document(&ADD, &["tasks"], |name| match name {
                    "tasks" => list(json!({ "anyOf": [line, task] })),
                    name => shared(name),
                })
            }
            Self::UpdateTasks => {
                let changes = by_assistant(TaskPatch::json_schema(of));
                let update = document(&UPDATED, &["id", "changes"], |name| match name {
                    "changes" => changes.clone().into(),
                    name => shared(name),
                });
                document(&UPDATE, &["tasks"], |name| match name {
                    "tasks" => list(update.clone().into()),
                    name => shared(name),
                })
            }
            Self::RescheduleTasks => {
                let task = document(&RESCHEDULED, &["id", "due"], |name| match name {
                    "due" => nullable(visible_text(MOST_WORDS)),
                    name => shared(name),
                });
                document(&RESCHEDULE, &["tasks"], |name| match name {
                    "tasks" => list(task.clone().into()),
                    name => shared(name),
                })
            }
            Self::CompleteTasks | Self::DeleteTasks => {
                document(&STEP, &["ids"], |name| match name {
                    "ids" => list(id()),
                    name => shared(name),
                })
            }
            Self::AddReminder => {
                let fields: Vec<_> = to_user(&REMINDER).chain(REMIND).collect();
                document(&fields, &["task_id"], |name| match name {
                    "task_id" => id(),
                    name if name == REMIND[0].0 => shared(name),
                    name => field_to_user(name),
                })
            }
        }
    }
}

/// The names of orders, the greatest first.
const DOWN: [&str; SORTS.len()] = ["-created", "-updated", "-due", "-priority", "-title"];

fn place(name: &str) -> usize {
    SORTS.iter().position(|(sort, _)| *sort == name).unwrap_or_default()
}

/// A task's fields as an assistant may set them: its reminders go to their user.
fn by_assistant(mut task: Schema) -> Schema {
    if let Some(config) = task.pointer_mut("/properties/reminder_config") {
        *config = config_to_user();
    }
    task
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1, "maxItems": MOST })
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// What arguments of several tools look like.
fn shared(name: &str) -> Value {
    match name {
        "id" => id(),
        "if_version" => json!({ "type": ["integer", "null"], "minimum": 1 }),
        "timezone" => nullable(timezone()),
        "language" => nullable(one_of(LANGUAGES)),
        "idempotency_key" => {
            json!({ "type": ["string", "null"], "minLength": 1, "maxLength": MOST_KEY, "pattern": "^[!-~]+$" })
        }
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": Page::MOST }),
        _ => json!({ "type": "string" }),
    }
}
