//! Resources: lists that an assistant can look at without choosing arguments, and each task.

use chrono::Days;
use domain::{Clock, Scope, Status, TaskQuery, TaskSearch, User};
use serde_json::{Map, Value, json};
use service::Result;
use uuid::Uuid;

use crate::message::Failure;
use crate::{Answer, Asked};

/// A list of tasks.
#[derive(Clone, Copy)]
pub struct List {
    pub uri: &'static str,
    name: &'static str,
    title: &'static str,
    about: &'static str,
    of: Of,
}

#[derive(Clone, Copy)]
enum Of {
    Overdue,
    /// Due on so many days, from today on.
    Days(u64),
    /// Done since so many days.
    Done,
}

pub const TODAY: List = List {
    uri: "spindle://tasks/today",
    name: "today",
    title: "Due today",
    about: "Active tasks that are due today in the user's time zone.",
    of: Of::Days(1),
};
pub const OVERDUE: List = List {
    uri: "spindle://tasks/overdue",
    name: "overdue",
    title: "Overdue",
    about: "Active tasks whose due date has passed.",
    of: Of::Overdue,
};
pub const WEEK: List = List {
    uri: "spindle://tasks/week",
    name: "week",
    title: "Due within a week",
    about: "Active tasks that are due today or on the six days after.",
    of: Of::Days(7),
};
pub const DONE: List = List {
    uri: "spindle://tasks/done",
    name: "done",
    title: "Done within a week",
    about: "Tasks that were completed today or on the seven days before.",
    of: Of::Done,
};
const LISTS: [List; 4] = [TODAY, OVERDUE, WEEK, DONE];
/// What a task's id follows.
const TASKS: &str = "spindle://tasks/";
/// How many tasks a list shows.
const MOST: u32 = 100;

pub fn listed() -> Value {
    let shown = |list: List| {
        let List { uri, name, title, about, .. } = list;
        json!({
            "uri": uri, "name": name, "title": title, "description": about, "mimeType": "application/json",
        })
    };
    LISTS.map(shown).into_iter().collect()
}

pub fn templates() -> Value {
    json!([{
        "uriTemplate": "spindle://tasks/{id}",
        "name": "task",
        "title": "A task",
        "description": "One of the user's tasks that is not in the trash.",
        "mimeType": "application/json",
    }])
}

/// `resources/read`
pub fn read(asked: &Asked<'_>, params: &Map<String, Value>) -> Result<Answer> {
    let Some(uri) = params.get("uri").and_then(Value::as_str) else {
        return Ok(Err(Failure::invalid_params("uri must be a text")));
    };
    let user = asked.user(Scope::TasksRead)?;
    let found = match LISTS.iter().find(|list| list.uri == uri) {
        Some(list) => Some(list.contents(&user)?),
        None => match uri.strip_prefix(TASKS).and_then(|id| Uuid::try_parse(id).ok()) {
            Some(id) => store::tasks::select(&user, id)?.map(|task| json!(task)),
            None => None,
        },
    };
    Ok(match found {
        Some(document) => Ok(json!({ "contents": [embedded(uri, &document)] })),
        None => {
            let code = if asked.revision.is_stateless() {
                Failure::INVALID_PARAMS
            } else {
                Failure::RESOURCE_NOT_FOUND
            };
            let failure = Failure::new(code, "Resource not found");
            Err(Failure { data: Some(json!({ "uri": uri })), ..failure })
        }
    })
}

/// A document as a resource.
pub fn embedded(uri: &str, document: &Value) -> Value {
    json!({ "uri": uri, "mimeType": "application/json", "text": document.to_string() })
}

impl List {
    /// The tasks, in the user's time zone.
    pub fn contents(self, user: &User) -> Result<Value> {
        let Clock { timezone, local, .. } = store::users::clock(user, None)?;
        let today = local.date();
        let mut wanted = TaskSearch {
            ids: None,
            words: None,
            statuses: vec![Status::Active],
            overdue: false,
            due_from: None,
            due_before: None,
            priority: None,
            tags: Vec::new(),
            limit: MOST,
        };
        match self.of {
            Of::Overdue => wanted.overdue = true,
            Of::Days(days) => {
                wanted.due_from = Some(today);
                wanted.due_before = today.checked_add_days(Days::new(days));
            }
            Of::Done => return done(user, &timezone),
        }
        let found = store::tasks::search(user, &timezone, &wanted)?;
        let tasks: Vec<_> = found.tasks.into_iter().map(|found| found.task).collect();
        Ok(json!({ "items": tasks, "total": found.total, "timezone": timezone, "today": today }))
    }
}

fn done(user: &User, timezone: &str) -> Result<Value> {
    let limit = MOST.to_string();
    let parameters = [
        ("status", "completed"),
        ("filter", "completed >= today-7d"),
        ("sort", "-updated"),
        ("timezone", timezone),
        ("limit", &limit),
    ];
    let parameters = parameters.map(|(name, value)| (name.into(), value.into()));
    let items = match TaskQuery::parse(parameters)? {
        TaskQuery::Newest { status, page } => {
            json!(store::tasks::list_newest(user, status, &page)?.items)
        }
        TaskQuery::Chosen(wanted) => json!(store::tasks::list_chosen(user, &wanted)?.items),
    };
    Ok(json!({ "items": items, "timezone": timezone }))
}
