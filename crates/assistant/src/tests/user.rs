//! Somebody with tasks, who talks.

use std::collections::BTreeMap;
use std::convert::Infallible;

use chrono::NaiveDateTime;
use domain::{ChangeKind, FoundTask, Standing, Status, Task, TaskSearch, TasksFound, Time};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::model::Consultation;
use crate::{Reply, Said, World, turn};

/// A user in UTC, on a Saturday at one.
pub struct User {
    pub tasks: BTreeMap<Uuid, Task>,
    pub state: Option<Value>,
    /// What the model answers.
    pub model: Option<Vec<u8>>,
    /// How often it was asked.
    pub asked: u32,
}

const LOCAL: &str = "2026-11-21T13:00:00";

impl World for User {
    type Error = Infallible;

    /// As `task_search.sql` does it.
    fn find(&mut self, wanted: &TaskSearch) -> Result<TasksFound, Infallible> {
        let local: NaiveDateTime = LOCAL.parse().unwrap();
        let matches = |task: &Task| {
            let title = task.title.to_lowercase();
            let words = wanted.words.iter().flatten();
            words.filter(|word| title.contains(word.as_str())).count()
        };
        let day = |found: &FoundTask| found.due_local.map(|at| at.date());
        let mut tasks: Vec<FoundTask> = self
            .tasks
            .values()
            .map(|task| FoundTask { task: task.clone(), due_local: local_of(task) })
            .filter(|found| wanted.statuses.contains(&found.task.status))
            .filter(|found| wanted.ids.as_ref().is_none_or(|ids| ids.contains(&found.task.id)))
            .filter(|found| wanted.words.is_none() || matches(&found.task) > 0)
            .filter(|found| !wanted.overdue || found.due_local.is_some_and(|at| at < local))
            .filter(|found| wanted.due_from.is_none_or(|from| day(found) >= Some(from)))
            .filter(|found| {
                wanted.due_before.is_none_or(|end| day(found).is_some_and(|day| day < end))
            })
            .filter(|found| wanted.priority.is_none_or(|it| it == found.task.priority))
            .filter(|found| wanted.tags.iter().all(|tag| found.task.tags.contains(tag)))
            .collect();
        tasks.sort_by_key(|found| std::cmp::Reverse(matches(&found.task)));
        let total = tasks.len() as i64;
        tasks.truncate(wanted.limit as usize);
        Ok(TasksFound { tasks, total })
    }

    fn consult(&mut self, _: &Consultation<'_>) -> Option<Vec<u8>> {
        self.asked += 1;
        self.model.clone()
    }
}

impl User {
    /// Somebody with these tasks, all to be done.
    pub fn with(titles: &[&str]) -> Self {
        let mut user = Self { tasks: BTreeMap::new(), state: None, model: None, asked: 0 };
        for title in titles {
            let fields =
                json!({"title": title, "due_date": null, "priority": "medium", "tags": []});
            user.write(Uuid::now_v7(), ChangeKind::Created, fields.as_object().unwrap());
        }
        user
    }

    /// Says something, and what comes of it is written.
    pub fn say(&mut self, sentence: &str) -> Reply {
        let reply = self.hear(sentence);
        self.state = Some(reply.state.clone());
        for change in &reply.changes {
            let version = self.tasks.get(&change.id).map_or(0, |task| task.version);
            assert_eq!(change.version, version, "{sentence}");
            self.write(change.id, change.event_type, &change.fields);
        }
        reply
    }

    /// What would come of it.
    pub fn hear(&mut self, sentence: &str) -> Reply {
        let standing = Standing {
            id: None,
            version: 0,
            state: self.state.clone(),
            timezone: "UTC".to_owned(),
            now: "2026-11-21T13:00:00Z".parse().unwrap(),
            local: LOCAL.parse().unwrap(),
        };
        let said = Said { sentence, language: None, standing: &standing };
        let Ok(reply) = turn(said, self);
        reply
    }

    /// As `conversation_turn.sql` does it.
    pub fn write(&mut self, id: Uuid, kind: ChangeKind, fields: &Map<String, Value>) {
        let now: Time = "2026-11-21T13:00:00Z".parse().unwrap();
        let mut task = match self.tasks.get(&id) {
            Some(task) => serde_json::to_value(task).unwrap(),
            None => {
                assert_eq!(kind, ChangeKind::Created);
                json!({
                    "id": id, "user_id": Uuid::nil(), "version": 0, "title": "", "description": null,
                    "due_date": null, "all_day": false, "timezone": "UTC", "priority": "medium",
                    "tags": [], "status": "active", "reminder_config": null,
                    "recurrence_rule": null, "reminder_id": null, "parent_task_id": null,
                    "series_id": null, "occurrence": null, "series_start": null, "series_fields": null,
                    "created_at": now, "updated_at": now, "completed_at": null, "deleted_at": null,
                })
            }
        };
        let object = task.as_object_mut().unwrap();
        object.extend(fields.clone());
        object["version"] = json!(object["version"].as_i64().unwrap() + 1);
        if let Some(due) = fields.get("due_date").and_then(Value::as_str) {
            object.insert("all_day".to_owned(), json!(due.len() == 10));
            if due.len() == 19 {
                object.insert("due_date".to_owned(), json!(format!("{due}Z")));
            }
        }
        self.tasks.insert(id, serde_json::from_value(task).unwrap());
    }

    /// The titles that have a status, as they were created.
    pub fn titles(&self, status: Status) -> Vec<&str> {
        let of = |task: &&Task| task.status == status;
        self.tasks.values().filter(of).map(|task| task.title.as_str()).collect()
    }

    pub fn task(&self, title: &str) -> &Task {
        self.tasks.values().find(|task| task.title == title).expect(title)
    }

    /// When a task is due, as the API says it.
    pub fn due(&self, title: &str) -> Option<String> {
        self.task(title).due_date.map(|due| due.to_string())
    }
}

fn local_of(task: &Task) -> Option<NaiveDateTime> {
    let due = task.due_date?.to_string();
    if task.all_day {
        format!("{due}T00:00:00").parse().ok()
    } else {
        due.trim_end_matches('Z').parse().ok()
    }
}
