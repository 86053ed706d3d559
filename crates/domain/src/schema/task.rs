use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::recurrence::RecurrenceRule;
use super::{describe, document, nullable, one_of, text, timezone, visible_text};
use crate::task_batch::{FIELDS as BATCH, OPERATION};
use crate::task_fields::{FIELDS, MOST_DESCRIPTION, MOST_TAG, MOST_TAGS, MOST_TITLE};
use crate::{DueDate, NewTask, Priority, TaskBatch, TaskPatch, Time};

describe! {
    NewTask: "NewTask" = |of| task(of, &["title"]);
    TaskPatch: "TaskPatch" = |of| task(of, &[]);
    TaskBatch: "TaskBatch" = batch;
    Time: "Time" = |_| json_schema!({
        "type": "string", "format": "date-time",
        "description": "An instant to the microsecond, in UTC.",
    });
    DueDate: "DueDate" = |_| json_schema!({
        "anyOf": [{ "type": "string", "format": "date-time" }, { "type": "string", "format": "date" }],
        "description": "An instant, or a day of the task's time zone.",
    });
}

fn task(of: &mut SchemaGenerator, required: &[&str]) -> Schema {
    let rule = of.subschema_for::<RecurrenceRule>();
    document(&FIELDS, required, |name| match name {
        "recurrence_rule" => json!({ "oneOf": [rule, { "type": "null" }] }),
        name => field(name),
    })
}

/// What a client may set.
fn field(name: &str) -> Value {
    match name {
        "title" => visible_text(MOST_TITLE),
        "description" => nullable(text(0, MOST_DESCRIPTION)),
        "due_date" => json!({ "anyOf": [
            { "type": "string", "format": "date-time" },
            { "type": "string", "format": "date" },
            { "type": "null" },
        ]}),
        "timezone" => nullable(timezone()),
        "priority" => nullable(one_of(Priority::ALL.map(Priority::as_str))),
        "tags" => json!({
            "type": ["array", "null"], "items": visible_text(MOST_TAG), "maxItems": MOST_TAGS, "uniqueItems": true,
        }),
        "reminder_config" => super::reminder::config(),
        _ => json!({}),
    }
}

fn batch(of: &mut SchemaGenerator) -> Schema {
    let new = operation(of, &["create"], &["task"]);
    let changed = operation(of, &["update"], &["id", "patch"]);
    let steps = operation(of, &["complete", "reopen", "delete", "restore"], &["id"]);
    document(&BATCH, &["operations"], |name| match name {
        "operations" => json!({
            "type": "array", "minItems": 1, "maxItems": TaskBatch::MOST, "items": { "oneOf": [new, changed, steps] },
        }),
        _ => json!({}),
    })
}

fn operation(of: &mut SchemaGenerator, names: &[&'static str], required: &[&'static str]) -> Value {
    let (task, patch) = (of.subschema_for::<NewTask>(), of.subschema_for::<TaskPatch>());
    let is_new = required.contains(&"task");
    let fields: Vec<_> = OPERATION
        .into_iter()
        .filter(|(name, _)| match *name {
            "op" => true,
            "if_match" => !is_new,
            name => required.contains(&name),
        })
        .collect();
    let required: Vec<_> = ["op"].iter().chain(required).copied().collect();
    let operation = document(&fields, &required, |name| match name {
        "op" => one_of(names.iter().copied()),
        "id" => json!({ "type": "string", "format": "uuid" }),
        "if_match" => json!({ "type": ["string", "null"], "format": "entity-tags" }),
        "task" => task.clone().into(),
        "patch" => patch.clone().into(),
        _ => json!({}),
    });
    operation.into()
}
