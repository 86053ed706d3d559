//! Tasks, and the events that tell of their changes.

use domain::{
    Cursor, Listing, NewTask, Origin, Task, TaskPatch, TaskQuery, TaskSearch, TasksFound, User,
};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::database::{document, event, execute, json, list, nullable, page, text, uuid};
use crate::statements::{
    TASK_COMPLETE, TASK_DELETE, TASK_INSERT, TASK_LIST_BY_USER, TASK_LIST_BY_USER_AND_STATUS,
    TASK_SEARCH, TASK_SELECT, TASK_UPDATE,
};
use crate::{Error, Result};

/// Creates a task.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if its time zone doesn't exist.
pub fn insert(user: &User, origin: &Origin, task: &NewTask) -> Result<Task> {
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
    document(TASK_INSERT, &parameters)?.ok_or_else(|| Error::Failed("no task came back".to_owned()))
}

/// The task, unless it isn't there or is in the trash.
pub fn select(user: &User, id: Uuid) -> Result<Option<Task>> {
    document(TASK_SELECT, &[uuid(user.id), uuid(id)])
}

/// A page of tasks, the newest first, without those in the trash.
pub fn list_by_user(user: &User, wanted: &TaskQuery) -> Result<Listing<Task>> {
    let mut parameters = vec![uuid(user.id)];
    parameters.extend(page(&wanted.page));
    let statement = match wanted.status {
        Some(status) => {
            parameters.push(text(status.as_str()));
            TASK_LIST_BY_USER_AND_STATUS
        }
        None => TASK_LIST_BY_USER,
    };
    let tasks = list(statement, &parameters)?;
    Ok(Listing::new(&wanted.page, tasks, |task: &Task| Cursor {
        time: task.created_at,
        id: task.id,
    }))
}

/// The tasks that a sentence may mean; what is due is told in `timezone`.
pub fn search(user: &User, timezone: &str, wanted: &TaskSearch) -> Result<TasksFound> {
    let limit = ParameterValue::Int64(wanted.limit.into());
    let parameters = [uuid(user.id), text(timezone), json(wanted), limit];
    document(TASK_SEARCH, &parameters)?
        .ok_or_else(|| Error::Failed("no search came back".to_owned()))
}

/// Changes a task; a patch that changes nothing writes nothing. `None`: there is no such task.
///
/// # Errors
/// [`Rejected`](Error::Rejected) if the new time zone doesn't exist.
pub fn update(user: &User, origin: &Origin, id: Uuid, patch: &TaskPatch) -> Result<Option<Task>> {
    let mut parameters = vec![uuid(user.id), uuid(id), json(patch)];
    parameters.extend(event(origin));
    document(TASK_UPDATE, &parameters)
}

/// Completes a task; one that is completed stays as it is, without another event. `None`: there is
/// no such task.
pub fn complete(user: &User, origin: &Origin, id: Uuid) -> Result<Option<Task>> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    document(TASK_COMPLETE, &parameters)
}

/// Moves a task to the trash. `false`: there is no such task, or it is there already.
pub fn delete(user: &User, origin: &Origin, id: Uuid) -> Result<bool> {
    let mut parameters = vec![uuid(user.id), uuid(id)];
    parameters.extend(event(origin));
    Ok(execute(TASK_DELETE, &parameters)? > 0)
}
