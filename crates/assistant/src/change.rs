//! Changes of tasks, and what takes them back.

use domain::{ChangeKind, FoundTask, Status, TaskChange, TaskPatch};
use language::Intent;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::memory::UndoStep;
use crate::plan::{Draft, Fields, Rule, Verb, When, add_tag, recurrence_rule, reminder_config};
use crate::talk::{Talk, World, due, item};
use crate::texts::{Item, Say};

/// How many characters a title may have, and how many tags a task; as `domain::NewTask` has them.
pub(crate) const MOST_TITLE: usize = 500;
pub(crate) const MOST_TAGS: usize = 50;
const MOST_TAG: usize = 100;
/// What says which series a task is one of.
const SERIES: [&str; 4] = ["series_id", "occurrence", "series_start", "series_fields"];

impl<W: World> Talk<'_, W> {
    /// Does what a draft says with the tasks that are known.
    pub fn perform(&mut self, draft: &Draft) {
        if draft.fields.title.as_ref().is_some_and(|title| title.chars().count() > MOST_TITLE) {
            self.says.push(Say::TitleTooLong);
            return;
        }
        if draft.fields.recurrence.as_ref().is_some_and(|rule| !can_be_kept(rule)) {
            self.says.push(Say::CantRepeat);
            return;
        }
        if draft.verb == Verb::Create {
            self.insert(draft);
            return;
        }
        let found: Vec<FoundTask> =
            draft.tasks.iter().filter_map(|id| self.known.get(id)).cloned().collect();
        let mut done = Vec::new();
        for found in found {
            if let Some(item) = self.change(draft, &found) {
                done.push(item);
            }
        }
        let titles = || done.iter().map(|item: &Item| item.title.clone()).collect();
        match (draft.verb, done.first()) {
            (_, None) => {}
            (Verb::Complete, _) => self.says.push(Say::Completed(titles())),
            (Verb::Reopen, _) => self.says.push(Say::Reopened(titles())),
            (Verb::Delete, _) => self.says.push(Say::Deleted(titles())),
            (Verb::Snooze, _) => self.says.extend(done.into_iter().map(Say::Snoozed)),
            (Verb::Create | Verb::Update, _) => {
                self.says.extend(done.into_iter().map(Say::Updated))
            }
        }
    }

    fn insert(&mut self, draft: &Draft) {
        let Draft { fields, reminds, .. } = draft;
        let title = fields.title.as_deref().unwrap_or_default().trim();
        let tags = tags(&[], &fields.tags);
        if tags.len() > MOST_TAGS {
            self.says.push(Say::TooManyTags(title.to_owned()));
            return;
        }
        let id = Uuid::now_v7();
        let lead = fields.lead.clone().or_else(|| reminds.then(|| "PT0S".to_owned()));
        let document = json!({
            "title": title,
            "due_date": fields.due.map(|due| due.to_due_date()),
            "timezone": self.said.standing.timezone,
            "priority": fields.priority.unwrap_or_default(),
            "tags": tags,
            "reminder_config": lead.map(|lead| reminder_config(None, "lead_time", lead)),
            "recurrence_rule": fields.recurrence.as_ref().map(recurrence_rule),
        });
        self.says.push(Say::Created(Item {
            title: title.to_owned(),
            due: fields.due,
            is_completed: false,
            repeats: fields.recurrence.is_some(),
            reminds: fields.lead.is_some() || *reminds,
        }));
        let trash = Map::from_iter([("status".to_owned(), json!(Status::Deleted))]);
        self.undo.push(UndoStep { id, version: 1, kind: ChangeKind::Deleted, fields: trash });
        self.push(id, 0, ChangeKind::Created, object(document));
    }

    /// Changes one task, and gives it as it will be; says so where there is nothing to change.
    fn change(&mut self, draft: &Draft, found: &FoundTask) -> Option<Item> {
        let (task, title) = (&found.task, found.task.title.clone());
        let mut item = item(found);
        let (kind, fields) = match draft.verb {
            Verb::Create => return None,
            Verb::Complete | Verb::Reopen => {
                let (kind, status) = if draft.verb == Verb::Complete {
                    (ChangeKind::Completed, Status::Completed)
                } else {
                    (ChangeKind::Reopened, Status::Active)
                };
                if task.status == status {
                    self.says.push(Say::Already(draft.verb, title));
                    return None;
                }
                (kind, Map::from_iter([("status".to_owned(), json!(status))]))
            }
            Verb::Delete => {
                let trash = Map::from_iter([("status".to_owned(), json!(Status::Deleted))]);
                (ChangeKind::Deleted, trash)
            }
            Verb::Snooze => {
                let until = draft.fields.due.map(|due| due.to_due_date())?;
                item.due = draft.fields.due;
                let old = task.reminder_config.as_ref();
                let config = reminder_config(old, "snoozed_until", until);
                (ChangeKind::Updated, Map::from_iter([("reminder_config".to_owned(), config)]))
            }
            Verb::Update => {
                let fields = self.update(&draft.fields, found, &mut item);
                if tags(&task.tags, &draft.fields.tags).len() > MOST_TAGS {
                    self.says.push(Say::TooManyTags(title));
                    return None;
                }
                (ChangeKind::Updated, fields)
            }
        };
        let old = object(serde_json::to_value(task).unwrap_or_default());
        let is_new = |(key, value): &(&String, &Value)| old.get(*key) != Some(*value);
        if !fields.iter().any(|it| is_new(&it)) {
            self.says.push(Say::Unchanged(title));
            return None;
        }
        // What a change does to a task's series is taken back with it.
        let series: &[&str] = if kind == ChangeKind::Updated { &SERIES } else { &[] };
        let changed = fields.keys().map(String::as_str).chain(series.iter().copied());
        let before = changed.map(|key| (key.to_owned(), old.get(key).cloned().unwrap_or_default()));
        let back = match kind {
            ChangeKind::Completed => ChangeKind::Reopened,
            ChangeKind::Reopened => ChangeKind::Completed,
            ChangeKind::Created | ChangeKind::Updated | ChangeKind::Deleted => ChangeKind::Updated,
        };
        let step = UndoStep {
            id: task.id,
            version: task.version + 1,
            kind: back,
            fields: before.collect(),
        };
        match self.undo.iter_mut().find(|it| it.id == step.id) {
            // A second change of one turn: what was before the first is what to go back to.
            Some(first) => {
                let mut fields = step.fields;
                fields.append(&mut first.fields);
                first.fields = fields;
            }
            None => self.undo.push(step),
        }
        self.push(task.id, task.version, kind, fields);
        Some(item)
    }

    /// The fields that an update sets: those that it names.
    fn update(&self, wanted: &Fields, found: &FoundTask, item: &mut Item) -> Map<String, Value> {
        let task = &found.task;
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        if let Some(title) = &wanted.title {
            title.trim().clone_into(&mut item.title);
            set("title", title.trim().into());
        }
        let local = self.local();
        let own = due(found);
        let lies_ahead =
            |own: When| own.at >= local || own.all_day && own.at.date() >= local.date();
        let fits = |wanted: When| wanted.assumed && own.is_some_and(lies_ahead);
        if let Some(wanted) = wanted.due.filter(|wanted| !fits(*wanted)) {
            let moved = wanted.beside(own, local);
            item.due = Some(moved);
            set("due_date", moved.to_due_date().into());
            set("timezone", self.said.standing.timezone.clone().into());
        }
        if let Some(rule) = &wanted.recurrence {
            item.repeats = true;
            set("recurrence_rule", recurrence_rule(rule));
        }
        if let Some(lead) = &wanted.lead {
            item.reminds = true;
            let old = task.reminder_config.as_ref();
            set("reminder_config", reminder_config(old, "lead_time", lead.clone()));
        }
        if let Some(priority) = wanted.priority {
            set("priority", json!(priority));
        }
        if !wanted.tags.is_empty() {
            set("tags", json!(tags(&task.tags, &wanted.tags)));
        }
        fields
    }

    /// One change a task and turn.
    fn push(&mut self, id: Uuid, version: i64, kind: ChangeKind, fields: Map<String, Value>) {
        if !self.touched.contains(&id) {
            self.touched.push(id);
        }
        if let Some(first) = self.changes.iter_mut().find(|change| change.id == id) {
            first.fields.extend(fields);
            first.event_type = kind;
            return;
        }
        let event_id = Uuid::now_v7();
        self.changes.push(TaskChange { id, event_id, event_type: kind, version, fields });
    }

    /// Takes back what the conversation changed last.
    pub fn take_back(&mut self) -> Result<(), W::Error> {
        self.note(Intent::Undo, false);
        let steps = std::mem::take(&mut self.memory.undo);
        let ids: Vec<Uuid> = steps.iter().map(|step| step.id).collect();
        let found = self.look_up(&ids)?;
        let (mut undone, mut changed_since) = (Vec::new(), Vec::new());
        for step in steps {
            let Some(task) = found.iter().map(|it| &it.task).find(|task| task.id == step.id) else {
                continue;
            };
            if task.version == step.version {
                undone.push(task.title.clone());
                self.push(step.id, step.version, step.kind, step.fields);
            } else {
                changed_since.push(task.title.clone());
            }
        }
        if undone.is_empty() && changed_since.is_empty() {
            self.says.push(Say::NothingToUndo);
        }
        if !undone.is_empty() {
            self.says.push(Say::Undone(undone));
        }
        if !changed_since.is_empty() {
            self.says.push(Say::ChangedSince(changed_since));
        }
        Ok(())
    }
}

/// Whether a task may have the rule.
pub(crate) fn can_be_kept(rule: &Rule) -> bool {
    TaskPatch::parse(json!({ "recurrence_rule": recurrence_rule(rule) })).is_ok()
}

/// A task's tags with new ones, each as it may be.
pub(crate) fn tags(old: &[String], new: &[String]) -> Vec<String> {
    let mut tags = old.to_vec();
    for tag in new {
        let tag: String = tag.trim().chars().take(MOST_TAG).collect();
        if !tag.is_empty() {
            add_tag(&mut tags, tag);
        }
    }
    tags
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_only_if_it_can_be_followed() {
        for (rrule, expected) in
            [("FREQ=DAILY;COUNT=2", true), ("FREQ=DAILY;COUNT=2;UNTIL=20270101", false)]
        {
            let rule = Rule { rrule: rrule.to_owned(), after_completion: true };
            assert_eq!(can_be_kept(&rule), expected, "{rrule}");
        }
    }
}
