use domain::{
    DeleteQuery, Listing, NewTask, Occurrence, OccurrenceQuery, PatchQuery, Scope, Task, TaskBatch,
    TaskPatch, TaskQuery,
};
use serde_json::{Value, json};
use service::Item;

use crate::operation::Operation;
use crate::types::{Types, content, items, status};

/// What can be done with one task.
const OF_ONE: [&str; 9] = [
    "getTask",
    "updateTask",
    "deleteTask",
    "completeTask",
    "reopenTask",
    "restoreTask",
    "undoTask",
    "listOccurrences",
    "skipTask",
];

pub fn operations(types: &mut Types) -> Vec<Operation> {
    let task = types.json::<Task>();
    vec![
        Operation::new("get", "/api/tasks", "listTasks", "List tasks")
            .about(
                "The newest first, without those in the trash, if nothing else is said. A cursor belongs to the list that \
                 it came from: the other parameters must be the same.",
            )
            .needs(Scope::TasksRead)
            .queries(TaskQuery::parameters())
            .answers("A page of tasks.", types.json::<Listing<Task, String>>())
            .leads_to(200, &["listTasks"], "cursor", "/next"),
        Operation::new("post", "/api/tasks", "createTask", "Create a task")
            .needs(Scope::TasksWrite)
            .idempotent()
            .takes(
                types.json::<NewTask>(),
                json!({ "title": "Buy milk", "due_date": "2026-12-01", "priority": "high", "tags": ["shopping"] }),
            )
            .answers_task("The new task.", task.clone())
            .header(200, "Location")
            .leads_to(200, &OF_ONE, "id", "/id")
            .leads_to(200, &["listAuditEntries"], "entity_id", "/id"),
        Operation::new("post", "/api/tasks/batch", "batchTasks", "Change many tasks")
            .about(
                "Up to a hundred operations in their order, each of which is done or not whatever becomes of the others. An \
                 operation that is wrong has its problem in its place, and the answer as a whole is 200.",
            )
            .needs(Scope::TasksWrite)
            .idempotent_in_parts()
            .takes(
                types.json::<TaskBatch>(),
                json!({ "operations": [{ "op": "create", "task": { "title": "Buy milk" } }] }),
            )
            .answers("What came of each.", results(types.schema::<Item>()))
            .leads_to(200, &OF_ONE, "id", "/results/0/task/id"),
        Operation::new("get", "/api/tasks/{id}", "getTask", "Show a task")
            .needs(Scope::TasksRead)
            .parameter("IfNoneMatch")
            .problems(&[422])
            .answers_task("The task.", task.clone())
            .answers_with(304, "It is the version that the client has.", Value::Null)
            .header(304, "ETag"),
        Operation::new("patch", "/api/tasks/{id}", "updateTask", "Change a task")
            .about(
                "Only what stands in the document changes; null is the value of a new task that doesn't name the field. Of a \
                 task that comes back, `due_date` and `timezone` change this one and all else the series, unless `scope` says \
                 what all of it changes. A new `recurrence_rule` begins the series anew with the due date, and so does a due \
                 date of the `series`.",
            )
            .needs(Scope::TasksWrite)
            .queries(PatchQuery::parameters())
            .conditional()
            .idempotent()
            .takes(types.json::<TaskPatch>(), json!({ "title": "Buy oat milk" }))
            .answers_task("The task as it is now.", task.clone()),
        Operation::new("delete", "/api/tasks/{id}", "deleteTask", "Delete a task")
            .about("Into the trash, from which it is purged after thirty days.")
            .needs(Scope::TasksWrite)
            .conditional()
            .queries(DeleteQuery::parameters())
            .answers("It is deleted.", status("deleted", Some("task_id"))),
        step("/api/tasks/{id}/complete", "completeTask", "Complete a task", task.clone()),
        step("/api/tasks/{id}/reopen", "reopenTask", "Make a completed task active again", task.clone()),
        step("/api/tasks/{id}/restore", "restoreTask", "Take a task out of the trash", task.clone())
            .about("If another one is this one of its series by now, it is 409.")
            .problems(&[409]),
        step("/api/tasks/{id}/undo", "undoTask", "Take a task's last change back", task.clone())
            .about("Whatever it was, and whoever made it. It is a change like any other: taken back itself, it is made again.")
            .problems(&[409]),
        Operation::new("get", "/api/tasks/{id}/occurrences", "listOccurrences", "List when a task comes back")
            .about(
                "The next ones after its due date, as if it were always completed in time; fewer where the series ends, none \
                 of a task without a rule or a due date.",
            )
            .needs(Scope::TasksRead)
            .queries(OccurrenceQuery::parameters())
            .problems(&[409])
            .answers("When it comes back.", items(types.schema::<Occurrence>())),
        step("/api/tasks/{id}/skip", "skipTask", "Leave one of a series out", task)
            .about("The task moves to the next one. Of the last one, and of a task that doesn't come back, it is 409.")
            .problems(&[409]),
    ]
}

/// There is nothing to say but which task.
fn step(path: &'static str, name: &str, summary: &str, task: Value) -> Operation {
    Operation::new("post", path, name, summary)
        .needs(Scope::TasksWrite)
        .conditional()
        .idempotent()
        .problems(&[413])
        .answers_task("The task as it is now.", task)
}

fn results(item: Value) -> Value {
    content(json!({
        "type": "object",
        "properties": { "results": { "type": "array", "items": item } },
        "required": ["results"],
    }))
}
