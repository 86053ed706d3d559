use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Errors;
use crate::reminder::config;
use crate::task_fields::{
    DEFAULT_TIMEZONE, description, due_date, priority, recurrence_rule, tags, timezone, title,
    wrong,
};
use crate::{DueDate, Error, Priority};

/// What a client may say about a new task.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// 1 to 500 characters, without white space around them.
    pub title: String,
    /// At most 10,000 characters.
    pub description: Option<String>,
    /// An instant or a day.
    pub due_date: Option<DueDate>,
    /// IANA's name of a time zone; whether it exists, and how it is spelt, only Postgres knows.
    pub timezone: String,
    /// Medium if nothing is said.
    pub priority: Priority,
    /// At most 50 different ones of 1 to 100 characters.
    pub tags: Vec<String>,
    /// The short form of a reminder.
    pub reminder_config: Option<Map<String, Value>>,
    /// What `recurrence::Rule` reads, of at most 4096 bytes.
    pub recurrence_rule: Option<Map<String, Value>>,
}

/// What a client wants changed. `None` leaves a field as it is; a field that was null gets the
/// value of a new task that doesn't name it.
///
/// In JSON only the fields to change stand, as SQL's `task_json` writes them: `task_update.sql`
/// lays it over the task.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of NewTask")]
pub struct TaskPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Option<DueDate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder_config: Option<Option<Map<String, Value>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_rule: Option<Option<Map<String, Value>>>,
}

impl NewTask {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let has_title = document.get("title").is_some();
        let (patch, mut errors) = parse_fields(document)?;
        if !has_title {
            errors.push(wrong("title"));
        }
        errors.finish(Self {
            title: patch.title.unwrap_or_default(),
            description: patch.description.flatten(),
            due_date: patch.due_date.flatten(),
            timezone: patch.timezone.unwrap_or_else(|| DEFAULT_TIMEZONE.to_owned()),
            priority: patch.priority.unwrap_or_default(),
            tags: patch.tags.unwrap_or_default(),
            reminder_config: patch.reminder_config.flatten(),
            recurrence_rule: patch.recurrence_rule.flatten(),
        })
    }
}

impl TaskPatch {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let (patch, errors) = parse_fields(document)?;
        errors.finish(patch)
    }
}

fn parse_fields(document: Value) -> Result<(TaskPatch, Errors), Error> {
    let Value::Object(document) = document else {
        return Err(Error::NotAnObject);
    };
    let mut patch = TaskPatch::default();
    let mut errors = Errors::default();
    for (field, value) in document {
        let wrong = || wrong(&field);
        match field.as_str() {
            "title" => patch.title = errors.keep(title(value), wrong),
            "description" => patch.description = errors.keep(description(value), wrong),
            "due_date" => patch.due_date = errors.keep(due_date(value), wrong),
            "timezone" => patch.timezone = errors.keep(timezone(value), wrong),
            "priority" => patch.priority = errors.keep(priority(value), wrong),
            "tags" => patch.tags = errors.keep(tags(value), wrong),
            "reminder_config" => patch.reminder_config = errors.keep(config(value), wrong),
            "recurrence_rule" => match recurrence_rule(value) {
                Ok(rule) => patch.recurrence_rule = Some(rule),
                Err(error) => errors.push(error),
            },
            _ => errors.push(wrong()),
        }
    }
    Ok((patch, errors))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::FieldError;
    use crate::task_fields::FIELDS;

    /// What a client hears, field by field.
    fn details(result: Result<impl std::fmt::Debug, Error>) -> Vec<String> {
        match result {
            Ok(value) => panic!("accepted: {value:?}"),
            Err(Error::Fields(errors)) => errors.iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    fn check_new(document: Value, expected: &str) {
        let shown = document.to_string();
        assert_eq!(details(NewTask::parse(document)).join("|"), expected, "{shown:.80}");
    }

    #[test]
    fn a_title_is_enough() {
        let task = NewTask::parse(json!({"title": "  Buy milk\n"})).unwrap();
        assert_eq!(
            task,
            NewTask {
                title: "Buy milk".to_owned(),
                description: None,
                due_date: None,
                timezone: "UTC".to_owned(),
                priority: Priority::Medium,
                tags: vec![],
                reminder_config: None,
                recurrence_rule: None,
            }
        );
    }

    #[test]
    fn null_is_the_same_as_nothing_in_a_new_task() {
        let nulls: Map<String, Value> =
            FIELDS.iter().skip(1).map(|(name, _)| ((*name).to_owned(), Value::Null)).collect();
        let mut document = json!({"title": "Buy milk"});
        let bare = NewTask::parse(document.clone());
        document.as_object_mut().unwrap().extend(nulls);
        assert_eq!(NewTask::parse(document), bare);
    }

    #[test]
    fn every_field_can_be_given() {
        let task = NewTask::parse(json!({
            "title": "آ".repeat(500), "description": "d".repeat(10_000), "due_date": "2026-12-01",
            "timezone": "America/Argentina/Buenos_Aires", "priority": "high", "tags": [" home ", "shop"],
            "reminder_config": {"lead_time": "15m"}, "recurrence_rule": {"pattern": "daily"},
        }))
        .unwrap();
        assert_eq!(task.title.chars().count(), 500);
        assert_eq!(task.due_date.unwrap().to_string(), "2026-12-01");
        assert_eq!(task.priority, Priority::High);
        assert_eq!(task.tags, ["home", "shop"]);
        assert_eq!(task.recurrence_rule.unwrap()["pattern"], "daily");
    }

    #[test]
    fn a_task_without_a_title_is_rejected() {
        for document in [
            json!({}),
            json!({"title": null}),
            json!({"title": 7}),
            json!({"title": ""}),
            json!({"title": " \t "}),
            json!({"title": "x".repeat(501)}),
            json!({"title": "x\u{0}"}),
        ] {
            check_new(document, "title must be 1 to 500 characters, none of them U+0000");
        }
    }

    #[test]
    fn a_wrong_field_is_named_with_what_it_may_be() {
        let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
        for (field, value) in [
            ("description", json!("x".repeat(10_001))),
            ("description", json!("a\u{0}b")),
            ("description", json!(["x"])),
            ("due_date", json!("tomorrow")),
            ("due_date", json!("2026-02-30")),
            ("due_date", json!(1_795_219_200)),
            ("timezone", json!("Foo5")),
            ("timezone", json!("right/Europe/Madrid")),
            ("timezone", json!(1)),
            ("priority", json!("urgent")),
            ("priority", json!("High")),
            ("priority", json!(1)),
            ("tags", json!("home")),
            ("tags", json!([""])),
            ("tags", json!(["home", " home"])),
            ("tags", json!([1])),
            ("tags", json!(["x".repeat(101)])),
            ("tags", json!(many)),
            ("reminder_config", json!("15m")),
            ("reminder_config", json!({"a": [{"b": "\u{0}"}]})),
            ("recurrence_rule", json!({"\u{0}": 1})),
            ("recurrence_rule", json!({"pattern": "x".repeat(4096)})),
            ("recurrence_rule", json!("daily")),
        ] {
            let expected = FieldError::of_task(field).unwrap().to_string();
            let mut document = json!({"title": "Buy milk"});
            document[field] = value;
            check_new(document, &expected);
        }
    }

    #[test]
    fn a_rule_that_nobody_could_follow_is_told_what_is_wrong_with_it() {
        for (rule, expected) in [
            (json!({}), "pattern is missing; expected daily, weekdays, weekly, monthly or yearly"),
            (
                json!({"rrule": "FREQ=DAILY;INTERVAL=0"}),
                "INTERVAL is 0; expected a number from 1 to 9999",
            ),
            (
                json!({"rrule": "FREQ=WEEKLY;COUNT=3;UNTIL=20261231"}),
                "COUNT can't be there: UNTIL ends the rule already",
            ),
            (
                json!({"pattern": "daily", "after": true}),
                "a key is after; expected pattern, interval, count, until, rrule, \
                 after_completion, exceptions",
            ),
        ] {
            let document = json!({"title": "Buy milk", "recurrence_rule": rule});
            check_new(document, &format!("recurrence_rule: {expected}"));
            let patch = TaskPatch::parse(json!({"recurrence_rule": rule}));
            assert_eq!(details(patch).join("|"), format!("recurrence_rule: {expected}"));
        }
    }

    #[test]
    fn an_unknown_field_is_named_with_what_was_meant() {
        for (document, expected) in [
            (
                json!({"titel": "x", "title": "x"}),
                "titel is not a field of a task; did you mean title?",
            ),
            (json!({"colour": 1, "title": "x"}), "colour is not a field of a task"),
            (json!({"id": 1, "title": "x"}), "id can't be set"),
            (
                json!({"all_day": true, "title": "x"}),
                "all_day can't be set; it follows from due_date",
            ),
        ] {
            check_new(document, expected);
        }
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        check_new(
            json!({"priority": "urgent", "user_id": "u", "tags": 1}),
            "priority must be low, medium or high\
             |tags must be a list of at most 50 different texts of 1 to 100 characters\
             |user_id can't be set|title must be 1 to 500 characters, none of them U+0000",
        );
        let many: Map<String, Value> = (0..1000).map(|n| (format!("f{n}"), Value::Null)).collect();
        assert_eq!(details(TaskPatch::parse(Value::Object(many))).len(), 20);
    }

    #[test]
    fn only_an_object_is_a_task() {
        for document in [json!([]), json!("x"), json!(1), Value::Null] {
            check_new(document, "the body must be a JSON object");
        }
    }

    #[test]
    fn a_patch_holds_only_what_changes() {
        for (document, expected) in [
            (json!({}), json!({})),
            (json!({"title": " a "}), json!({"title": "a"})),
            (json!({"description": null}), json!({"description": null})),
            (
                json!({"due_date": "2026-11-21T10:00:00.500+01:00", "recurrence_rule": null}),
                json!({"due_date": "2026-11-21T09:00:00.5Z", "recurrence_rule": null}),
            ),
            (
                json!({"priority": null, "tags": null, "timezone": null}),
                json!({"priority": "medium", "tags": [], "timezone": "UTC"}),
            ),
        ] {
            let patch = TaskPatch::parse(document).unwrap();
            assert_eq!(serde_json::to_value(patch).unwrap(), expected);
        }
    }

    #[test]
    fn a_patch_cannot_take_the_title_or_set_the_status() {
        assert_eq!(
            details(TaskPatch::parse(json!({"status": "completed", "title": null}))),
            [
                "status can't be set; POST to the task's /complete, /reopen or /restore, or DELETE it",
                "title must be 1 to 500 characters, none of them U+0000",
            ]
        );
    }
}
