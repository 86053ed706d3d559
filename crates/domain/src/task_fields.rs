//! What each field of a task may be. A rule gives the value as it is kept, or nothing.

use serde_json::{Map, Value};

use crate::{DueDate, FieldError, Priority};

/// What a client may set, and what each field may be: "`title` must be …".
pub(crate) const FIELDS: [(&str, &str); 8] = [
    ("title", "1 to 500 characters, none of them U+0000"),
    ("description", "at most 10,000 characters, none of them U+0000, or null"),
    (
        "due_date",
        "an RFC 3339 date-time such as 2026-11-21T09:00:00Z, a day such as 2026-11-21, or null",
    ),
    ("timezone", "a name of IANA's time zones such as Europe/Madrid, or UTC"),
    ("priority", "low, medium or high"),
    ("tags", "a list of at most 50 different texts of 1 to 100 characters"),
    ("reminder_config", "an object of at most 4096 bytes, or null"),
    ("recurrence_rule", "an object of at most 4096 bytes, or null"),
];

/// The other fields of a task, and what changes them.
const READ_ONLY: [(&str, Option<&str>); 11] = [
    ("id", None),
    ("user_id", None),
    ("version", None),
    ("all_day", Some("it follows from due_date")),
    ("status", Some("complete the task by POST to its /complete, or DELETE it")),
    ("reminder_id", None),
    ("parent_task_id", None),
    ("created_at", None),
    ("updated_at", None),
    ("completed_at", None),
    ("deleted_at", None),
];

pub(crate) const DEFAULT_TIMEZONE: &str = "UTC";

impl FieldError {
    /// The value of a task's `field` is not what it may be; `None` if no client can set it.
    ///
    /// For what only Postgres finds: it knows every time zone, and how large a number gets.
    pub fn of_task(field: &str) -> Option<Self> {
        let is_known = FIELDS.iter().any(|(name, _)| *name == field);
        is_known.then(|| wrong(field))
    }
}

/// What to say about a field that a client should not have set, or not like this.
pub(crate) fn wrong(field: &str) -> FieldError {
    match READ_ONLY.into_iter().find(|(name, _)| *name == field) {
        Some((field, instead)) => FieldError::ReadOnly { field, instead },
        None => FieldError::among(&FIELDS, field, "a field of a task"),
    }
}

pub(crate) fn title(value: Value) -> Option<String> {
    let title = value.as_str()?.trim();
    is_text(title, 1, 500).then(|| title.to_owned())
}

pub(crate) fn description(value: Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) if is_text(&text, 0, 10_000) => Some(Some(text)),
        _ => None,
    }
}

pub(crate) fn due_date(value: Value) -> Option<Option<DueDate>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => text.parse().ok().map(Some),
        _ => None,
    }
}

/// Lets through what can be a name of IANA's database. Postgres would also take POSIX's rules such
/// as `Foo5`, which are no places.
pub(crate) fn timezone(value: Value) -> Option<String> {
    let name = match value {
        Value::Null => DEFAULT_TIMEZONE.to_owned(),
        Value::String(name) if name.len() <= 64 => name,
        _ => return None,
    };
    let is_place = |(area, place): (&str, &str)| {
        let letters = |text: &str, others: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || others.contains(c))
        };
        letters(area, "") && letters(place, "/_-")
    };
    let is_offset = |hours: &str| hours.parse().is_ok_and(|hours: u8| hours <= 14);
    let fixed = name.strip_prefix("Etc/GMT").and_then(|it| it.strip_prefix(['+', '-']));
    let can_be = name == DEFAULT_TIMEZONE
        || name.split_once('/').is_some_and(is_place)
        || fixed.is_some_and(is_offset);
    can_be.then_some(name)
}

pub(crate) fn priority(value: Value) -> Option<Priority> {
    match value {
        Value::Null => Some(Priority::default()),
        Value::String(name) => Priority::parse(&name),
        _ => None,
    }
}

pub(crate) fn tags(value: Value) -> Option<Vec<String>> {
    let values = match value {
        Value::Null => return Some(Vec::new()),
        Value::Array(values) if values.len() <= 50 => values,
        _ => return None,
    };
    let mut tags: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let tag = value.as_str()?.trim();
        if !is_text(tag, 1, 100) || tags.iter().any(|other| other == tag) {
            return None;
        }
        tags.push(tag.to_owned());
    }
    Some(tags)
}

pub(crate) fn object(value: Value) -> Option<Option<Map<String, Value>>> {
    let fits = has_no_nul(&value) && value.to_string().len() <= 4096;
    match value {
        Value::Null => Some(None),
        Value::Object(object) if fits => Some(Some(object)),
        _ => None,
    }
}

/// `\u0000` is legal in JSON and impossible in Postgres.
fn is_text(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.contains('\0')
}

fn has_no_nul(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.contains('\0'),
        Value::Array(values) => values.iter().all(has_no_nul),
        Value::Object(object) => {
            object.iter().all(|(name, value)| !name.contains('\0') && has_no_nul(value))
        }
    }
}
