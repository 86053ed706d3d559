use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Priority, Status, Task};

/// Which tasks a sentence may mean; what is `None` or empty doesn't matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskSearch {
    /// Those of these ids.
    pub ids: Option<Vec<Uuid>>,
    /// Those whose title has at least one of these, in lower case; the more, the earlier.
    pub words: Option<Vec<String>>,
    /// Of which status.
    pub statuses: Vec<Status>,
    /// Due in the past.
    pub overdue: bool,
    /// Due on this local day or later.
    pub due_from: Option<NaiveDate>,
    /// Due before this local day.
    pub due_before: Option<NaiveDate>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// With all of these tags, whatever their case.
    pub tags: Vec<String>,
    /// How many at most.
    #[serde(skip)]
    pub limit: u32,
}

/// What was found of a [`TaskSearch`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct TasksFound {
    /// The best first, then what is due first; as many as were wanted at most.
    pub tasks: Vec<FoundTask>,
    /// How many there are in all.
    pub total: i64,
}

/// A task, and when it is due on the wall of who asks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FoundTask {
    /// The task.
    pub task: Task,
    /// Local time; midnight of its own day where the task is all-day.
    pub due_local: Option<NaiveDateTime>,
}
