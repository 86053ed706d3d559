//! Tasks, and the events that tell of their changes.

use domain::{
    ChangeKind, ChosenTasks, Cursor, EditScope, IdempotencyKey, LastChange, Listing, NewTask,
    Origin, Page, Place, Status, Task, TaskPatch, TaskSearch, TasksFound, Time, User, Versions,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::database::{document, event, json, list, nullable, page, text, uuid};
use crate::statements::{
    TASK_COMPLETE, TASK_DELETE, TASK_INSERT, TASK_LAST_CHANGE, TASK_LIST_BY_FILTER,
    TASK_LIST_BY_USER, TASK_LIST_BY_USER_AND_STATUS, TASK_PURGE, TASK_REOPEN, TASK_RESTORE,
    TASK_SEARCH, TASK_SELECT, TASK_SET, TASK_UPDATE,
};
use crate::{Error, Result, idempotency_keys};

/// Creates a task; where a request with this key has created one, that is what comes back.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if its time zone doesn't exist, [`KeyReused`](Error::KeyReused).
pub fn insert(
    user: &User,
    origin: &Origin,
    task: &NewTask,
    key: Option<&IdempotencyKey>,
) -> Result<Task> {
    let object = |object| nullable(object, json);
    let mut parameters = vec![
        uuid(user.id),
        uuid(Uuid::now_v7()),
        text(&task.title),
        nullable(task.description.as_ref(), text),
        nullable(task.due_date, text),
        text(&task.timezone),
        text(task.priority.as_str()),
        json(&task.tags),
        object(task.reminder_config.as_ref()),
        object(task.recurrence_rule.as_ref()),
    ];
    parameters.extend(event(origin));
    parameters.extend(idempotency_keys::parameters(key));
    idempotency_keys::once(user, key, document(TASK_INSERT, &parameters))?
        .ok_or_else(|| Error::Failed("no task came back".to_owned()))
}

/// The task, unless it isn't there or is in the trash.
pub fn select(user: &User, id: Uuid) -> Result<Option<Task>> {
    document(TASK_SELECT, &[uuid(user.id), uuid(id)])
}

/// A page of tasks, the newest first.
pub fn list_newest(user: &User, status: Option<Status>, wanted: &Page) -> Result<Listing<Task>> {
    let mut parameters = vec![uuid(user.id)];
    parameters.extend(page(wanted));
    let statement = match status {
        Some(status) => {
            parameters.push(text(status.as_str()));
            TASK_LIST_BY_USER_AND_STATUS
        }
        None => TASK_LIST_BY_USER,
    };
    let tasks = list(statement, &parameters)?;
    Ok(Listing::new(wanted, tasks, |task: &Task| Cursor { time: task.created_at, id: task.id }))
}

/// A page of the tasks that are chosen, in the order that is wanted.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the time zone doesn't exist.
pub fn list_chosen(user: &User, wanted: &ChosenTasks) -> Result<Listing<Task, String>> {
    #[derive(Deserialize)]
    struct Found {
        task: Task,
        key: String,
        id: Uuid,
    }
    let predicate = wanted.filter.predicate();
    let after = wanted.after.as_ref();
    let parameters = [
        uuid(user.id),
        nullable(predicate.as_ref().map(|it| &it.path), text),
        json(&predicate.map(|it| it.values).unwrap_or_default()),
        text(&wanted.timezone),
        nullable(wanted.text.as_ref(), text),
        text(wanted.sort.as_str()),
        ParameterValue::Boolean(wanted.descending),
        nullable(after.map(|place| &place.key), text),
        nullable(after.map(|place| place.id), uuid),
        ParameterValue::Int64(i64::from(wanted.limit) + 1),
        text(array(wanted.statuses().into_iter().map(Status::as_str))),
    ];
    let found: Vec<Found> = list(TASK_LIST_BY_FILTER, &parameters)?;
    let found = found.into_iter().map(|Found { task, key, id }| (task, Place { key, id }));
    Ok(Listing::of_places(wanted, found.collect()))
}

/// The tasks that a sentence may mean; what is due is told in `timezone`.
pub fn search(user: &User, timezone: &str, wanted: &TaskSearch) -> Result<TasksFound> {
    let limit = ParameterValue::Int64(wanted.limit.into());
    let parameters = [uuid(user.id), text(timezone), json(wanted), limit];
    document(TASK_SEARCH, &parameters)?
        .ok_or_else(|| Error::Failed("no search came back".to_owned()))
}

/// Changes a task; a patch that changes nothing writes nothing. `None`: there is no such task. Where a request with this
/// key has done it, what was answered then. Of one of a series, `scope` says what the patch concerns: without it a due date
/// and a time zone are this one's, all else is the series'.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the new time zone doesn't exist, [`Changed`](Error::Changed),
/// [`KeyReused`](Error::KeyReused).
pub fn update(
    user: &User,
    origin: &Origin,
    id: Uuid,
    patch: &TaskPatch,
    scope: Option<EditScope>,
    expected: Option<&Versions>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    let mut parameters = vec![uuid(user.id), uuid(id), json(patch)];
    parameters.extend(event(origin));
    parameters.push(versions(expected));
    parameters.push(nullable(scope.map(EditScope::as_str), text));
    changed_once(user, TASK_UPDATE, parameters, key)
}

/// Moves a task to the trash. `None`: there is no such task, or it is there already. Where a request with this key has
/// done it, what was answered then.
///
/// # Errors
/// [`Changed`](Error::Changed), [`KeyReused`](Error::KeyReused).
pub fn delete(
    user: &User,
    origin: &Origin,
    id: Uuid,
    expected: Option<&Versions>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    parameters.push(versions(expected));
    changed_once(user, TASK_DELETE, parameters, key)
}

/// Deletes a task of the trash for good, and says what it was. `None`: no such task is in the trash.
///
/// # Errors
/// [`Changed`](Error::Changed).
pub fn purge(
    user: &User,
    origin: &Origin,
    id: Uuid,
    expected: Option<&Versions>,
) -> Result<Option<Task>> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    parameters.push(versions(expected));
    changed(TASK_PURGE, &parameters)
}

/// A step in a task's life that needs no words. What is there already stays as it is, without another event; but there is
/// always a last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is done.
    Complete,
    /// It is to be done again.
    Reopen,
    /// It comes back from the trash, as it was.
    Restore,
    /// Its last change is taken back, also of one in the trash.
    Undo,
}

/// Takes a task a step further. `None`: there is no such task. Where a request with this key has done it, what was
/// answered then.
///
/// # Errors
/// [`Changed`](Error::Changed), [`KeyReused`](Error::KeyReused); [`Forgotten`](Error::Forgotten) of an undo.
pub fn take(
    user: &User,
    origin: &Origin,
    id: Uuid,
    step: Step,
    expected: Option<&Versions>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    let statement = match step {
        Step::Complete => TASK_COMPLETE,
        Step::Reopen => TASK_REOPEN,
        Step::Restore => TASK_RESTORE,
        Step::Undo => return undo(user, origin, id, expected, key),
    };
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    parameters.push(versions(expected));
    changed_once(user, statement, parameters, key)
}

/// Moves a task to the next one of its series: this one is left out. `None`: there is no such task. Where a request with
/// this key has done it, what was answered then.
///
/// # Errors
/// [`CantSkip`](Error::CantSkip), [`OccurrenceTaken`](Error::OccurrenceTaken), [`Changed`](Error::Changed),
/// [`KeyReused`](Error::KeyReused).
pub fn skip(
    user: &User,
    origin: &Origin,
    id: Uuid,
    expected: Option<&Versions>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    decided(user, expected, key, || {
        let Some(task) = select(user, id)? else { return Ok(None) };
        expect(expected, &task)?;
        set(user, origin, &task, ChangeKind::Updated, &task.skip(Time::now())?, key)
    })
}

/// What [`Step::Undo`] does: a look at the last change, and a statement that takes back just that.
fn undo(
    user: &User,
    origin: &Origin,
    id: Uuid,
    expected: Option<&Versions>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    decided(user, expected, key, || {
        let last: Option<LastChange> = document(TASK_LAST_CHANGE, &[uuid(user.id), uuid(id)])?;
        let Some(last) = last else { return Ok(None) };
        expect(expected, &last.task)?;
        let task = last.task.clone();
        let (kind, fields) = last.undo().ok_or(Error::Forgotten)?;
        set(user, origin, &task, kind, &fields, key)
    })
}

/// A change that is decided on the task as it is, and decided anew where others come between.
fn decided(
    user: &User,
    expected: Option<&Versions>,
    key: Option<&IdempotencyKey>,
    change: impl Fn() -> Result<Option<Task>>,
) -> Result<Option<Task>> {
    for _ in 0..ATTEMPTS {
        match idempotency_keys::once(user, key, change()) {
            // It was decided on what is not there any more.
            Err(Error::Changed) if expected.is_none() => {}
            result => return result,
        }
    }
    Err(Error::Unavailable("the task is changed all the time".to_owned()))
}

/// How often to decide while others come between.
const ATTEMPTS: u32 = 3;

fn expect(expected: Option<&Versions>, task: &Task) -> Result<()> {
    let is_expected = expected.is_none_or(|expected| expected.contain(task.version));
    is_expected.then_some(()).ok_or(Error::Changed)
}

/// Sets fields of a task that is still as it was read.
fn set(
    user: &User,
    origin: &Origin,
    task: &Task,
    kind: ChangeKind,
    fields: &Map<String, Value>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    let mut parameters = vec![uuid(user.id), uuid(task.id), json(fields)];
    parameters.extend(event(origin));
    parameters.extend([ParameterValue::Int64(task.version), text(kind.as_str())]);
    parameters.extend(idempotency_keys::parameters(key));
    changed(TASK_SET, &parameters)
}

/// As [`changed`], by a statement that ends with a key.
fn changed_once(
    user: &User,
    statement: &str,
    mut parameters: Vec<ParameterValue>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Task>> {
    parameters.extend(idempotency_keys::parameters(key));
    idempotency_keys::once(user, key, changed(statement, &parameters))
}

/// The task as a statement leaves it.
///
/// # Errors
/// [`Changed`](Error::Changed) if it was none of the expected versions, and stayed as it was.
fn changed(statement: &str, parameters: &[ParameterValue]) -> Result<Option<Task>> {
    #[derive(Deserialize)]
    struct Outcome {
        task: Task,
        is_expected: bool,
    }
    match document(statement, parameters)? {
        Some(Outcome { task, is_expected: true }) => Ok(Some(task)),
        Some(Outcome { is_expected: false, .. }) => Err(Error::Changed),
        None => Ok(None),
    }
}

/// An array's text, of what needs no quotes there.
fn array(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("{{{}}}", items.join(","))
}

/// The versions of which a task has to be one, as an array's text; null for any.
fn versions(expected: Option<&Versions>) -> ParameterValue {
    match expected {
        None | Some(Versions::Any) => ParameterValue::DbNull,
        Some(Versions::These(versions)) => text(array(versions)),
    }
}
