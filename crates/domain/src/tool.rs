//! The tools of an assistant: what they are called, what they take.

use serde_json::Value;
use uuid::Uuid;

use crate::error::Errors;
use crate::fields::Fields;
use crate::names::names;
use crate::query::{CURSOR, LIMIT};
use crate::task_batch::canonical;
use crate::task_fields::{is_text, timezone};
use crate::{
    AuditQuery, DeliveryMethod, DueDate, Error, FieldError, NewReminder, NewTask, QuickAdd, Scope,
    TaskEdit, TaskOperation, TaskPatch, TaskQuery, Time, Versions,
};

/// What an assistant can do, by the Model Context Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Tool {
    FindTasks,
    Parse,
    AddTasks,
    UpdateTasks,
    RescheduleTasks,
    CompleteTasks,
    DeleteTasks,
    AddReminder,
    Activity,
}

names!(
    Tool:
    FindTasks = "find_tasks",
    Parse = "parse",
    AddTasks = "add_tasks",
    UpdateTasks = "update_tasks",
    RescheduleTasks = "reschedule_tasks",
    CompleteTasks = "complete_tasks",
    DeleteTasks = "delete_tasks",
    AddReminder = "add_reminder",
    Activity = "activity",
);

impl Tool {
    /// What a token must let its holder do.
    pub fn scope(self) -> Scope {
        match self {
            Self::FindTasks | Self::Parse => Scope::TasksRead,
            Self::Activity => Scope::Audit,
            Self::AddTasks
            | Self::UpdateTasks
            | Self::RescheduleTasks
            | Self::CompleteTasks
            | Self::DeleteTasks
            | Self::AddReminder => Scope::TasksWrite,
        }
    }
}

/// A call of a tool: its arguments, of which those of one task may be wrong while the others are not.
#[derive(Debug, PartialEq)]
pub enum ToolCall {
    /// Lists tasks.
    Find(TaskQuery),
    /// Shows what a line would become.
    Parse(QuickAdd),
    /// Makes tasks.
    Add {
        /// 1 to [`MOST`] of them.
        tasks: Vec<Result<TaskOrLine, Error>>,
        /// What the caller names the call.
        key: Option<String>,
    },
    /// Changes tasks that there are.
    Change {
        /// 1 to [`MOST`] of them.
        operations: Vec<Result<TaskOperation, Error>>,
        /// What the caller names the call.
        key: Option<String>,
    },
    /// Says anew when tasks are due.
    Reschedule {
        /// 1 to [`MOST`] of them.
        tasks: Vec<Result<Reschedule, Error>>,
        /// IANA's name of the time zone that is meant; else it is the user's.
        timezone: Option<String>,
        /// `en` or `ur`.
        language: Option<String>,
        /// What the caller names the call.
        key: Option<String>,
    },
    /// Makes a reminder.
    Remind {
        /// Of which task, when and how; or what is wrong with it by now.
        reminder: Result<NewReminder, Error>,
        /// What the caller names the call.
        key: Option<String>,
    },
    /// Lists what happened.
    Activity(AuditQuery),
}

/// A new task, by its fields or as one says it.
#[derive(Debug, PartialEq)]
pub enum TaskOrLine {
    /// Its fields.
    Task {
        /// What they say.
        task: Box<NewTask>,
        /// Whether they say in which time zone; else it is the user's.
        names_zone: bool,
    },
    /// What one says.
    Line(QuickAdd),
}

/// When a task is to be due.
#[derive(Debug, PartialEq)]
pub struct Reschedule {
    /// Which task.
    pub id: Uuid,
    /// The versions that it may have, if not any.
    pub expected: Option<Versions>,
    /// When.
    pub due: NewDue,
}

/// A due date as an assistant says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewDue {
    /// Not at all.
    Never,
    /// As a document has it.
    At(DueDate),
    /// In words, such as "next friday 5pm".
    Words(String),
}

/// How many tasks one call may name.
pub const MOST: usize = 100;
/// How many characters may say when something is due.
pub(crate) const MOST_WORDS: usize = 200;
/// How long a call's name may be: its parts have longer ones.
pub(crate) const MOST_KEY: usize = 251;

const KEY: (&str, &str) = (
    "idempotency_key",
    "1 to 251 visible ASCII characters: a call that is sent again with the same key and arguments has no further effect",
);
const ID: (&str, &str) = ("id", "a task's id");
const IF_VERSION: (&str, &str) =
    ("if_version", "the version that the task must still have, or null for any");
const IDS: (&str, &str) = ("ids", "a list of 1 to 100 ids of tasks");
const ZONE: (&str, &str) = (
    "timezone",
    "a name of IANA's time zones such as Europe/Madrid; without it, it is the user's own",
);
const LANGUAGE: (&str, &str) = ("language", "en, ur or null, for words that don't show theirs");

pub(crate) const ADD: [(&str, &str); 2] = [
    (
        "tasks",
        "a list of 1 to 100 tasks, each an object with text, which is understood as people type it, or with a task's fields",
    ),
    KEY,
];
pub(crate) const UPDATE: [(&str, &str); 2] =
    [("tasks", "a list of 1 to 100 objects with id and changes"), KEY];
pub(crate) const UPDATED: [(&str, &str); 3] =
    [ID, ("changes", "the fields that change, with their new values"), IF_VERSION];
pub(crate) const STEP: [(&str, &str); 2] = [IDS, KEY];
pub(crate) const RESCHEDULE: [(&str, &str); 4] =
    [("tasks", "a list of 1 to 100 objects with id and due"), ZONE, LANGUAGE, KEY];
pub(crate) const RESCHEDULED: [(&str, &str); 3] = [
    ID,
    (
        "due",
        "a day such as 2026-12-01, an RFC 3339 date-time, words of at most 200 characters such as next friday 5pm, or \
         null for no due date",
    ),
    IF_VERSION,
];
pub(crate) const FIND: [(&str, &str); 11] = [
    ("filter", "an expression such as due < today+7d & (priority = high | tag = work)"),
    ("search", "1 to 200 characters of words to look for in title and description"),
    ("status", "active, completed, or deleted for the trash"),
    ("priority", "low, medium or high"),
    ("tag", "1 to 100 characters"),
    ("due_before", "an RFC 3339 date-time, a day such as 2026-11-21, now, today, or today+7d"),
    ("due_after", "an RFC 3339 date-time, a day such as 2026-11-21, now, today, or today+7d"),
    ("sort", "created, updated, due, priority or title, with - before it for the greatest first"),
    ZONE,
    LIMIT,
    CURSOR,
];
pub(crate) const ACTIVITY: [(&str, &str); 7] = [
    ("task_id", "a task's id"),
    ("correlation_id", "1 to 100 characters: what a request is called in its answer"),
    ("action", "1 to 50 characters, such as created, updated, completed or deleted"),
    ("since", "an RFC 3339 date-time such as 2026-12-01T09:00:00Z"),
    ("until", "an RFC 3339 date-time such as 2026-12-01T09:00:00Z"),
    LIMIT,
    CURSOR,
];
pub(crate) const REMIND: [(&str, &str); 1] = [KEY];
const OF: &str = "an argument of this tool";
/// A task's short form of a reminder.
const CONFIG: &str = "reminder_config";

impl ToolCall {
    /// Reads a call's arguments.
    ///
    /// # Errors
    /// If they are no object, or for each one that is missing, unknown or wrong.
    pub fn parse(tool: Tool, arguments: Value, now: Time) -> Result<Self, Error> {
        Ok(match tool {
            Tool::FindTasks => Self::Find(query(arguments, &FIND, in_list, TaskQuery::parse)?),
            Tool::Activity => {
                Self::Activity(query(arguments, &ACTIVITY, in_trail, AuditQuery::parse)?)
            }
            Tool::Parse => Self::Parse(QuickAdd::parse(arguments, now)?),
            Tool::AddTasks => {
                let mut fields = Fields::new(arguments, &ADD, OF)?;
                let tasks = fields.required("tasks", |it| each(it, |task| task_or_line(task, now)));
                let key = fields.optional(KEY.0, key);
                fields.finish(Self::Add { tasks, key })?
            }
            Tool::UpdateTasks => {
                let mut fields = Fields::new(arguments, &UPDATE, OF)?;
                let operations = fields.required("tasks", |it| each(it, updated));
                let key = fields.optional(KEY.0, key);
                fields.finish(Self::Change { operations, key })?
            }
            Tool::CompleteTasks => steps(arguments, || TaskEdit::Complete)?,
            Tool::DeleteTasks => steps(arguments, || TaskEdit::Delete)?,
            Tool::RescheduleTasks => {
                let mut fields = Fields::new(arguments, &RESCHEDULE, OF)?;
                let tasks = fields.required("tasks", |it| each(it, rescheduled));
                let timezone = fields.optional(ZONE.0, timezone);
                let language = fields.optional(LANGUAGE.0, crate::quick_add::language);
                let key = fields.optional(KEY.0, key);
                fields.finish(Self::Reschedule { tasks, timezone, language, key })?
            }
            Tool::AddReminder => remind(arguments, now)?,
        })
    }
}

fn remind(arguments: Value, now: Time) -> Result<ToolCall, Error> {
    let Value::Object(mut document) = arguments else { return Err(Error::NotAnObject) };
    let named = document.remove_entry(KEY.0);
    let mut fields = Fields::new(named.into_iter().collect(), &REMIND, OF)?;
    let key = fields.optional(KEY.0, key);
    let document = Value::from(document);
    let reminder =
        is_to_user("delivery_method", &document).and_then(|()| NewReminder::parse(document, now));
    match (reminder, fields.finish(key)) {
        (reminder, Ok(key)) => Ok(ToolCall::Remind { reminder, key }),
        (Err(Error::Fields(mut errors)), Err(Error::Fields(more))) => {
            errors.extend(more);
            Err(Error::Fields(errors))
        }
        (_, Err(error)) => Err(error),
    }
}

/// A reminder that an assistant makes goes to its user: what it reads may tell it to send one elsewhere, where it would go for
/// as long as the task comes back, whatever becomes of the token.
fn is_to_user(field: &'static str, reminder: &Value) -> Result<(), Error> {
    if reminder["delivery_method"] != DeliveryMethod::Webhook.as_str()
        && reminder["destination"].is_null()
    {
        return Ok(());
    }
    let reason = "a reminder that an assistant makes goes to its user, by email or push; where else, only a person says, in the \
                  app or through the API";
    Err(Error::Fields(vec![FieldError::Malformed { field, reason: reason.to_owned() }]))
}

/// 1 to 100 of them, each right or wrong by itself.
fn each<T>(
    value: Value,
    read: impl Fn(Value) -> Result<T, Error>,
) -> Option<Vec<Result<T, Error>>> {
    match value {
        Value::Array(items) if (1..=MOST).contains(&items.len()) => {
            Some(items.into_iter().map(read).collect())
        }
        _ => None,
    }
}

fn task_or_line(document: Value, now: Time) -> Result<TaskOrLine, Error> {
    if document.get("text").is_some() {
        return QuickAdd::parse(document, now).map(TaskOrLine::Line);
    }
    is_to_user(CONFIG, &document[CONFIG])?;
    let names_zone = !document["timezone"].is_null();
    NewTask::parse(document).map(|task| TaskOrLine::Task { task: Box::new(task), names_zone })
}

fn updated(document: Value) -> Result<TaskOperation, Error> {
    let mut fields = Fields::new(document, &UPDATED, "a field of an update")?;
    let id = fields.required("id", id);
    let expected = fields.optional(IF_VERSION.0, version);
    let changes = fields.required("changes", |it| it.is_object().then_some(Some(it)));
    let (id, changes) = fields.finish((id, changes))?;
    let changes = changes.unwrap_or_default();
    is_to_user(CONFIG, &changes[CONFIG])?;
    let edit = TaskEdit::Update(TaskPatch::parse(changes)?);
    Ok(TaskOperation::Change { id, expected, edit })
}

fn rescheduled(document: Value) -> Result<Reschedule, Error> {
    // Fields take null for nothing; here it says something.
    let is_never = document.get("due").is_some_and(Value::is_null);
    let mut fields = Fields::new(document, &RESCHEDULED, "a field of a due date")?;
    let id = fields.required("id", id);
    let expected = fields.optional(IF_VERSION.0, version);
    let due = if is_never {
        let _null = fields.optional::<()>("due", |_| None);
        None
    } else {
        fields.required("due", |it| due(&it).map(Some))
    };
    fields.finish(Reschedule { id, expected, due: due.unwrap_or(NewDue::Never) })
}

fn due(value: &Value) -> Option<NewDue> {
    let text = value.as_str()?.trim();
    if let Ok(date) = text.parse() {
        return Some(NewDue::At(date));
    }
    is_text(text, 1, MOST_WORDS).then(|| NewDue::Words(text.to_owned()))
}

fn steps(arguments: Value, edit: impl Fn() -> TaskEdit) -> Result<ToolCall, Error> {
    let mut fields = Fields::new(arguments, &STEP, OF)?;
    let operation = |it: Value| {
        let wrong = || Error::Fields(vec![FieldError::among(&[ID], ID.0, "")]);
        let id = id(it).ok_or_else(wrong)?;
        Ok(TaskOperation::Change { id, expected: None, edit: edit() })
    };
    let operations = fields.required("ids", |it| each(it, operation));
    let key = fields.optional(KEY.0, key);
    fields.finish(ToolCall::Change { operations, key })
}

fn id(value: Value) -> Option<Uuid> {
    canonical(value.as_str()?)
}

fn version(value: Value) -> Option<Versions> {
    value.as_i64().map(|version| Versions::These(vec![version]))
}

fn key(value: Value) -> Option<String> {
    let key = value.as_str()?;
    let is_key = (1..=MOST_KEY).contains(&key.len()) && key.bytes().all(|it| it.is_ascii_graphic());
    is_key.then(|| key.to_owned())
}

/// Arguments as the parameters of a list's query string, which have other names where they are told to nobody but an API's
/// clients.
fn query<'a, Q>(
    arguments: Value,
    known: &'static [(&'static str, &'static str)],
    parameter: fn(&'static str) -> &'static str,
    parse: impl FnOnce(Vec<(std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>) -> Result<Q, Error>,
) -> Result<Q, Error> {
    let Value::Object(arguments) = arguments else { return Err(Error::NotAnObject) };
    let (mut errors, mut pairs) = (Errors::default(), Vec::new());
    for (name, value) in arguments {
        let Some((name, _)) = known.iter().find(|(known, _)| *known == name) else {
            errors.push(FieldError::among(known, &name, OF));
            continue;
        };
        let text = match value {
            Value::Null => continue,
            Value::String(text) if *name != LIMIT.0 => Some(text),
            Value::Number(number) if *name == LIMIT.0 => Some(number.to_string()),
            _ => None,
        };
        if let Some(text) = errors.keep(text, || FieldError::among(known, name, OF)) {
            pairs.push((parameter(name).into(), text.into()));
        }
    }
    match parse(pairs) {
        Ok(query) => errors.finish(query),
        Err(Error::Fields(wrong)) => {
            for error in wrong {
                let named = known.iter().find(|(name, _)| parameter(name) == error.field());
                errors.push(match (error, named) {
                    (FieldError::Invalid { .. }, Some((name, _))) => {
                        FieldError::among(known, name, OF)
                    }
                    (error, _) => error,
                });
            }
            errors.finish(()).and(Err(Error::Fields(Vec::new())))
        }
        Err(error) => Err(error),
    }
}

fn in_list(name: &'static str) -> &'static str {
    if name == "search" { "q" } else { name }
}

fn in_trail(name: &'static str) -> &'static str {
    if name == "task_id" { "entity_id" } else { name }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TASK: &str = "0190aaaa-0000-7000-8000-000000000001";

    fn call(tool: Tool, arguments: Value) -> Result<ToolCall, Error> {
        ToolCall::parse(tool, arguments, "2026-11-26T09:00:00Z".parse().unwrap())
    }

    /// What is said of wrong arguments, field by field.
    fn wrong(tool: Tool, arguments: Value) -> Vec<String> {
        match call(tool, arguments.clone()) {
            Err(Error::Fields(errors)) => errors.iter().map(|it| it.field().to_owned()).collect(),
            other => panic!("{arguments}: {other:?}"),
        }
    }

    #[test]
    fn every_wrong_argument_is_named() {
        for (tool, arguments, expected) in [
            (Tool::AddTasks, json!({}), vec!["tasks"]),
            (
                Tool::AddTasks,
                json!({"tasks": [], "idempotency_key": "a b", "x": 1}),
                vec!["tasks", "idempotency_key", "x"],
            ),
            (
                Tool::FindTasks,
                json!({"status": "gone", "limit": "5", "serch": "x"}),
                vec!["limit", "serch", "status"],
            ),
            (
                Tool::FindTasks,
                json!({"search": "", "q": "x", "filter": "due <"}),
                vec!["q", "filter", "search"],
            ),
            (Tool::Activity, json!({"task_id": "", "since": 7}), vec!["since", "task_id"]),
            (Tool::CompleteTasks, json!({"ids": TASK}), vec!["ids"]),
            (Tool::DeleteTasks, json!({"ids": vec![TASK; 101]}), vec!["ids"]),
            (
                Tool::AddReminder,
                json!({"lead_time": "soon", "idempotency_key": ""}),
                vec!["task_id", "lead_time", "idempotency_key"],
            ),
            (Tool::Parse, json!({"line": "x"}), vec!["text", "line"]),
        ] {
            assert_eq!(wrong(tool, arguments.clone()), expected, "{arguments}");
        }
        for tool in Tool::ALL {
            assert_eq!(call(tool, json!([])), Err(Error::NotAnObject));
        }
    }

    #[test]
    fn what_is_wrong_with_one_task_says_nothing_of_the_others() {
        let tasks =
            json!([{"title": "a"}, {"titel": "b"}, {"text": "c tomorrow"}, {"text": ""}, 7]);
        let Ok(ToolCall::Add { tasks, key }) =
            call(Tool::AddTasks, json!({"tasks": tasks, "idempotency_key": "k"}))
        else {
            panic!()
        };
        assert_eq!(key.as_deref(), Some("k"));
        let is_right: Vec<bool> = tasks.iter().map(Result::is_ok).collect();
        assert_eq!(is_right, [true, false, true, false, false]);

        let Ok(ToolCall::Change { operations, .. }) =
            call(Tool::CompleteTasks, json!({"ids": [TASK, "x", 1]}))
        else {
            panic!()
        };
        let is_right: Vec<bool> = operations.iter().map(Result::is_ok).collect();
        assert_eq!(is_right, [true, false, false]);
    }

    #[test]
    fn a_reminder_goes_to_its_user_and_nowhere_else() {
        let place = "https://example.com/x";
        let said = |error: &Error| error.to_string().contains("only a person says");
        for reminder in [
            json!({"delivery_method": "webhook", "destination": place}),
            json!({"delivery_method": "webhook"}),
            json!({"destination": place}),
            json!({"delivery_method": "email", "destination": "mom@example.com"}),
        ] {
            let mut arguments = reminder.clone();
            arguments["task_id"] = TASK.into();
            arguments["lead_time"] = "1h".into();
            let Ok(ToolCall::Remind { reminder: Err(error), .. }) =
                call(Tool::AddReminder, arguments)
            else {
                panic!("{reminder}")
            };
            assert!(said(&error), "{error}");

            let tasks = json!([{"title": "a", "reminder_config": reminder}, {"title": "b"}]);
            let Ok(ToolCall::Add { tasks, .. }) = call(Tool::AddTasks, json!({"tasks": tasks}))
            else {
                panic!("{reminder}")
            };
            assert!(tasks[0].as_ref().is_err_and(said) && tasks[1].is_ok(), "{tasks:?}");

            let changes = json!([{"id": TASK, "changes": {"reminder_config": reminder}}]);
            let Ok(ToolCall::Change { operations, .. }) =
                call(Tool::UpdateTasks, json!({"tasks": changes}))
            else {
                panic!("{reminder}")
            };
            assert!(operations[0].as_ref().is_err_and(said), "{operations:?}");
        }
        for method in ["email", "push"] {
            let reminder = json!({"task_id": TASK, "lead_time": "1h", "delivery_method": method, "destination": null});
            let call = call(Tool::AddReminder, reminder);
            assert!(matches!(call, Ok(ToolCall::Remind { reminder: Ok(_), .. })), "{call:?}");
        }
    }

    #[test]
    fn a_due_date_is_a_time_a_day_words_or_none() {
        for (due, expected) in [
            (json!("2026-12-01"), NewDue::At("2026-12-01".parse().unwrap())),
            (json!("2026-12-01T09:00:00Z"), NewDue::At("2026-12-01T09:00:00Z".parse().unwrap())),
            (json!(" next friday 5pm "), NewDue::Words("next friday 5pm".to_owned())),
            (Value::Null, NewDue::Never),
        ] {
            let task = json!({"id": TASK, "due": due, "if_version": 3});
            let task = rescheduled(task).unwrap();
            assert_eq!((task.due, task.expected), (expected, Some(Versions::These(vec![3]))));
        }
        for wrong in [json!({"id": TASK}), json!({"id": TASK, "due": ""}), json!({"due": null})] {
            assert!(rescheduled(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_is_asked_as_by_a_query_string() {
        let arguments = json!({"search": "milk", "limit": 7, "status": "active", "cursor": null});
        let Ok(ToolCall::Find(TaskQuery::Chosen(chosen))) = call(Tool::FindTasks, arguments) else {
            panic!()
        };
        assert_eq!((chosen.text.as_deref(), chosen.limit), (Some("milk"), 7));
        let Ok(ToolCall::Activity(query)) = call(Tool::Activity, json!({"task_id": TASK})) else {
            panic!()
        };
        assert_eq!(query.entity_id.as_deref(), Some(TASK));
    }
}
