//! Calls that change tasks.

use std::collections::BTreeMap;

use assistant::draft::{self, DueWords};
use chrono::NaiveDateTime;
use domain::tool::{MOST, NewDue, Reschedule, TaskOrLine};
use domain::{
    Clock, DueDate, FieldError, NewTask, Status, Task, TaskEdit, TaskOperation, TaskPatch,
    TaskSearch, Time,
};
use serde_json::{Value, json};
use service::{Error, Problem, Result};
use uuid::Uuid;

use super::Calling;

/// One of the tasks that a call is about, and which one it was.
type Part = (usize, Result<TaskOperation>);
/// What clocks have shown: in which time zone, if not the user's, and when, if not now.
type Clocks = BTreeMap<(Option<String>, Option<Time>), Clock>;

impl Calling<'_> {
    /// New tasks. Those that one line makes have its index.
    pub fn add(
        &self,
        tasks: Vec<std::result::Result<TaskOrLine, domain::Error>>,
        key: Option<String>,
    ) -> Result<Value> {
        let mut clocks = Clocks::new();
        let mut parts: Vec<Part> = Vec::new();
        for (index, task) in tasks.into_iter().enumerate() {
            let made = match task {
                Err(error) => Err(error.into()),
                Ok(TaskOrLine::Task { task, names_zone: true }) => Ok(vec![*task]),
                Ok(TaskOrLine::Task { task, names_zone: false }) => self
                    .clock(&mut clocks, None, None)
                    .map(|Clock { timezone, .. }| vec![NewTask { timezone, ..*task }]),
                Ok(TaskOrLine::Line(line)) => self.lines(&line, &mut clocks),
            };
            match made {
                Err(error) => parts.push((index, Err(error))),
                Ok(tasks) => parts
                    .extend(tasks.into_iter().map(|task| (index, Ok(TaskOperation::Create(task))))),
            }
        }
        if parts.len() > MOST {
            let expected = "a list that makes at most 100 tasks";
            let error = FieldError::Invalid { field: "tasks", expected };
            return Err(domain::Error::Fields(vec![error]).into());
        }
        self.perform(parts, key)
    }

    /// A clock, at which each call looks once.
    fn clock(
        &self,
        clocks: &mut Clocks,
        timezone: Option<&str>,
        at: Option<Time>,
    ) -> Result<Clock> {
        let key = (timezone.map(str::to_owned), at);
        if let Some(clock) = clocks.get(&key) {
            return Ok(clock.clone());
        }
        let clock = store::users::clock_at(&self.user, timezone, at)?;
        clocks.insert(key, clock.clone());
        Ok(clock)
    }

    /// The tasks that a line makes.
    fn lines(&self, line: &domain::QuickAdd, clocks: &mut Clocks) -> Result<Vec<NewTask>> {
        let clock = self.clock(clocks, line.timezone.as_deref(), line.now)?;
        let drafts = draft::tasks(line, &clock, |walls: &[_]| self.instants(&clock, walls))?;
        let task = |draft: domain::Draft| Ok(NewTask::parse(json!(draft.task))?);
        drafts.tasks.into_iter().map(task).collect()
    }

    fn instants(&self, clock: &Clock, walls: &[NaiveDateTime]) -> store::Result<Vec<Time>> {
        store::users::instants(&self.user, &clock.timezone, walls)
    }

    /// Other changes of tasks that there are.
    pub fn change(
        &self,
        operations: Vec<std::result::Result<TaskOperation, domain::Error>>,
        key: Option<String>,
    ) -> Result<Value> {
        let parts = operations.into_iter().map(|it| it.map_err(Error::from)).enumerate().collect();
        self.perform(parts, key)
    }

    /// New due dates. What words or a day leave open, the task's own day or time says.
    pub fn reschedule(
        &self,
        tasks: Vec<std::result::Result<Reschedule, domain::Error>>,
        timezone: Option<&str>,
        language: Option<&str>,
        key: Option<String>,
    ) -> Result<Value> {
        let clock = store::users::clock(&self.user, timezone)?;
        let ids = tasks.iter().flatten().map(|task| task.id).collect();
        let known = self.due(&clock, ids)?;
        let part = |task: std::result::Result<Reschedule, domain::Error>| {
            let Reschedule { id, expected, due } = task?;
            let old = known.get(&id).copied().flatten();
            let moved = |due: DueWords| -> Result<_> {
                Ok((self.worded(due, old, &clock)?, Some(clock.timezone.clone())))
            };
            let (due_date, timezone) = match due {
                NewDue::Never => (None, None),
                NewDue::At(DueDate::On(day)) => moved(DueWords::on(day))?,
                NewDue::At(time) => (Some(time), timezone.map(|_| clock.timezone.clone())),
                NewDue::Words(words) => {
                    moved(draft::due(&words, language, &clock).ok_or_else(not_understood)?)?
                }
            };
            let patch = TaskPatch { due_date: Some(due_date), timezone, ..TaskPatch::default() };
            Ok(TaskOperation::Change { id, expected, edit: TaskEdit::Update(patch) })
        };
        let parts = tasks.into_iter().map(part).enumerate().collect();
        self.perform(parts, key)
    }

    fn worded(
        &self,
        due: DueWords,
        old: Option<(NaiveDateTime, bool)>,
        clock: &Clock,
    ) -> Result<Option<DueDate>> {
        Ok(due.of_task(old, clock, |walls: &[_]| self.instants(clock, walls))?)
    }

    /// When tasks are due on the wall of the clock, and whether on a day alone.
    fn due(
        &self,
        clock: &Clock,
        ids: Vec<Uuid>,
    ) -> Result<BTreeMap<Uuid, Option<(NaiveDateTime, bool)>>> {
        let wanted = TaskSearch {
            ids: Some(ids),
            words: None,
            statuses: Status::ALL.to_vec(),
            overdue: false,
            due_from: None,
            due_before: None,
            priority: None,
            tags: Vec::new(),
            limit: u32::try_from(MOST).unwrap_or(u32::MAX),
        };
        let found = store::tasks::search(&self.user, &clock.timezone, &wanted)?;
        let due = |found: domain::FoundTask| {
            (found.task.id, found.due_local.map(|at| (at, found.task.all_day)))
        };
        Ok(found.tasks.into_iter().map(due).collect())
    }

    /// Does them one after the other, and tells what came of each.
    fn perform(&self, parts: Vec<Part>, key: Option<String>) -> Result<Value> {
        let key = self.key(key)?;
        let origin = self.asked.origin;
        let (indexes, operations): (Vec<usize>, Vec<_>) = parts.into_iter().unzip();
        let told = |place: usize, done: &Result<Task>| {
            let index = indexes.get(place);
            match done {
                Ok(task) => json!({ "index": index, "ok": true, "task": task }),
                Err(error) => {
                    let problem = Problem::from(error).of(&origin.correlation_id);
                    json!({ "index": index, "ok": false, "error": problem })
                }
            }
        };
        service::in_parts(
            &self.user,
            origin,
            key.as_ref(),
            operations,
            |operation, key| service::perform(&self.user, origin, operation, key),
            told,
            |results| json!({ "results": results, "correlation_id": origin.correlation_id }),
        )
    }
}

fn not_understood() -> Error {
    let expected =
        "words that say when, and nothing else, such as tomorrow, next friday 5pm or in 2 hours";
    Error::Input(domain::Error::Fields(vec![FieldError::Invalid { field: "due", expected }]))
}
