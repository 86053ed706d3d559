//! Series of any users' tasks: the next one comes when one is completed, and goes when that is to be done again.

use domain::{NextTask, Origin, Task, User};
use serde::Deserialize;
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, event, execute, text, uuid};
use crate::system::{TASK_SERIES_STANDING, TASK_SPAWN, TASK_WITHDRAW};

/// How a task of a series is.
#[derive(Debug, Deserialize)]
pub struct Standing {
    /// Whatever its status.
    pub task: Task,
    /// Whether its completion was answered with a next one.
    pub is_continued: bool,
}

/// How a task is. `None`: there is none.
pub fn standing(user: &User, id: Uuid) -> Result<Option<Standing>> {
    document(TASK_SERIES_STANDING, &[uuid(user.id), uuid(id)])
}

/// Makes the next one after `task`, unless one was made for this completion. `false`: the task is not as it was read any
/// more, and nothing was done.
pub fn spawn(user: &User, origin: &Origin, task: &Task, next: &NextTask) -> Result<bool> {
    let mut parameters = vec![
        uuid(user.id),
        uuid(task.id),
        ParameterValue::Int64(task.version),
        uuid(Uuid::now_v7()),
        text(next.due_date),
        text(&next.series_start),
    ];
    parameters.extend(event(origin));
    Ok(document(TASK_SPAWN, &parameters)?.unwrap_or_default())
}

/// Takes the next one after a task back, if the task is active and nobody has changed the next one.
pub fn withdraw(user: &User, origin: &Origin, id: Uuid) -> Result<()> {
    let [now, _, correlation_id, service] = event(origin);
    execute(TASK_WITHDRAW, &[uuid(user.id), uuid(id), now, correlation_id, service]).map(drop)
}
