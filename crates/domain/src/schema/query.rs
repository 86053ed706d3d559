use schemars::json_schema;
use serde_json::{Value, json};

use super::{describe, one_of, text, timezone};
use crate::delivery::DELIVERY_PARAMETERS;
use crate::query::{
    AUDIT_PARAMETERS, CHANGE_PARAMETERS, CURSOR, DELETE_PARAMETERS, LIMIT, MOST_ACTION, MOST_NAME,
    MOST_WAIT,
};
use crate::reminder::PARAMETERS as REMINDER_PARAMETERS;
use crate::series_query::{OCCURRENCE_PARAMETERS, PATCH_PARAMETERS};
use crate::task_fields::MOST_TAG;
use crate::task_query::{MOST_WORDS, PARAMETERS, SORTS};
use crate::{
    AuditQuery, ChangeQuery, Cursor, DeleteQuery, DeliveryQuery, DeliveryState, EditScope,
    OccurrenceQuery, Page, PatchQuery, Priority, ReminderQuery, ReminderStatus, Status, TaskQuery,
};

describe! {
    Cursor: "Cursor" = |_| json_schema!({ "type": "string" });
}

/// A parameter of a query string.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it must be.
    pub expected: &'static str,
    /// The same as a schema.
    pub schema: Value,
}

fn parameters(
    table: &[(&'static str, &'static str)],
    schema: impl Fn(&str) -> Value,
) -> Vec<Parameter> {
    let parameter = |&(name, expected): &_| Parameter { name, expected, schema: schema(name) };
    table.iter().map(parameter).collect()
}

/// What several lists have.
fn of_any(name: &str) -> Value {
    match name {
        "limit" => {
            let default = Page::default().limit;
            json!({ "type": "integer", "minimum": 1, "maximum": Page::MOST, "default": default })
        }
        "cursor" => json!({ "type": "string" }),
        "timezone" => timezone(),
        _ => Value::Null,
    }
}

impl Page {
    /// Of a list that has no others.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&[LIMIT, CURSOR], of_any)
    }
}

impl ReminderQuery {
    /// Of the list of reminders.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&REMINDER_PARAMETERS, |name| match name {
            "task_id" => json!({ "type": "string", "format": "uuid" }),
            "status" => one_of(ReminderStatus::ALL.map(ReminderStatus::as_str)),
            name => of_any(name),
        })
    }
}

impl TaskQuery {
    /// Of the list of tasks.
    pub fn parameters() -> Vec<Parameter> {
        let sorts = || SORTS.iter().map(|(name, _)| *name);
        parameters(&PARAMETERS, |name| match name {
            "status" => one_of(Status::ALL.map(Status::as_str)),
            "priority" => one_of(Priority::ALL.map(Priority::as_str)),
            "tag" => text(1, MOST_TAG),
            "due_before" | "due_after" => json!({ "type": "string", "format": "moment" }),
            "q" => text(1, MOST_WORDS),
            "filter" => json!({ "type": "string", "format": "task-filter" }),
            "sort" => {
                let both: Vec<_> =
                    sorts().map(str::to_owned).chain(sorts().map(|it| format!("-{it}"))).collect();
                json!({ "type": "string", "enum": both, "default": "-created" })
            }
            name => of_any(name),
        })
    }
}

impl AuditQuery {
    /// Of the audit trail.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&AUDIT_PARAMETERS, |name| match name {
            "entity_id" | "entity_type" | "actor_id" | "correlation_id" => text(1, MOST_NAME),
            "action" => text(1, MOST_ACTION),
            "since" | "until" => json!({ "type": "string", "format": "date-time" }),
            name => of_any(name),
        })
    }
}

impl ChangeQuery {
    /// Of what changed.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&CHANGE_PARAMETERS, |name| match name {
            "cursor" => json!({ "type": "string", "pattern": "^(now|[0-9]{1,18})$" }),
            "wait" => {
                json!({ "type": "integer", "minimum": 0, "maximum": MOST_WAIT, "default": 0 })
            }
            name => of_any(name),
        })
    }
}

impl DeleteQuery {
    /// Of a deletion.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&DELETE_PARAMETERS, |name| match name {
            "permanent" => json!({ "type": "boolean", "default": false }),
            _ => Value::Null,
        })
    }
}

impl OccurrenceQuery {
    /// Of what comes next.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&OCCURRENCE_PARAMETERS, |name| match name {
            "n" => {
                let default = Self::default().n;
                json!({ "type": "integer", "minimum": 1, "maximum": Self::MOST, "default": default })
            }
            _ => Value::Null,
        })
    }
}

impl PatchQuery {
    /// Of a change.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&PATCH_PARAMETERS, |name| match name {
            "scope" => one_of(EditScope::ALL.map(EditScope::as_str)),
            _ => Value::Null,
        })
    }
}

impl DeliveryQuery {
    /// Of what was posted to a webhook.
    pub fn parameters() -> Vec<Parameter> {
        parameters(&DELIVERY_PARAMETERS, |name| match name {
            "state" => one_of(DeliveryState::ALL.map(DeliveryState::as_str)),
            name => of_any(name),
        })
    }
}
