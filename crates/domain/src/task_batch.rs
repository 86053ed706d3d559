use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Errors;
use crate::{Error, FieldError, NewTask, TaskPatch, Versions};

/// Many changes by one request: the document of `POST /api/tasks/batch`.
#[derive(Debug, PartialEq)]
pub struct TaskBatch {
    /// In their order, 1 to [`TaskBatch::MOST`]; what is wrong with one says nothing of the others.
    pub operations: Vec<Result<TaskOperation, Error>>,
}

/// One of them.
#[derive(Debug, PartialEq)]
pub enum TaskOperation {
    /// A new task.
    Create(NewTask),
    /// Something is done to one that there is.
    Change {
        /// Which.
        id: Uuid,
        /// The versions that it may have, if not any.
        expected: Option<Versions>,
        /// What.
        edit: TaskEdit,
    },
}

/// What can be done to a task.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TaskEdit {
    Update(TaskPatch),
    Complete,
    Reopen,
    Delete,
    Restore,
}

pub(crate) const FIELDS: [(&str, &str); 1] = [("operations", "a list of 1 to 100 operations")];
pub(crate) const OPERATION: [(&str, &str); 5] = [
    ("op", "create, update, complete, reopen, delete or restore"),
    ("id", "the id of a task; of a new one there is none"),
    ("if_match", "* or a list of entity tags such as \"3\"; of a new task there is none"),
    ("task", "a new task, where op is create"),
    ("patch", "what to change, where op is update"),
];

impl TaskBatch {
    /// How many operations a batch may have.
    pub const MOST: usize = 100;

    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or has something else than a list of operations. What is wrong with an operation stands in
    /// its place.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let Value::Object(document) = document else { return Err(Error::NotAnObject) };
        let wrong = |field: &str| FieldError::among(&FIELDS, field, "a field of a batch");
        let (mut errors, mut operations) = (Errors::default(), None);
        for (field, value) in document {
            match (field.as_str(), value) {
                ("operations", Value::Array(list)) if (1..=Self::MOST).contains(&list.len()) => {
                    operations = Some(list);
                }
                ("operations", _) => {}
                _ => errors.push(wrong(&field)),
            }
        }
        let operations = errors.keep(operations, || wrong("operations")).unwrap_or_default();
        let batch = Self { operations: operations.into_iter().map(operation).collect() };
        errors.finish(batch)
    }
}

fn operation(document: Value) -> Result<TaskOperation, Error> {
    let Value::Object(mut document) = document else {
        return Err(Error::Fields(vec![wrong("op")]));
    };
    let op = document.remove("op");
    let operation = match op.as_ref().and_then(Value::as_str) {
        Some("create") => TaskOperation::Create(part(&mut document, "task", NewTask::parse)?),
        Some(op) => {
            let edit = match op {
                "update" => TaskEdit::Update(part(&mut document, "patch", TaskPatch::parse)?),
                "complete" => TaskEdit::Complete,
                "reopen" => TaskEdit::Reopen,
                "delete" => TaskEdit::Delete,
                "restore" => TaskEdit::Restore,
                _ => return Err(Error::Fields(vec![wrong("op")])),
            };
            let id = document.remove("id").and_then(|id| canonical(id.as_str()?));
            let id = id.ok_or_else(|| Error::Fields(vec![wrong("id")]))?;
            let expected = match document.remove("if_match") {
                None | Some(Value::Null) => None,
                Some(tags) => Some(
                    tags.as_str()
                        .and_then(|tags| tags.parse().ok())
                        .ok_or_else(|| Error::Fields(vec![wrong("if_match")]))?,
                ),
            };
            TaskOperation::Change { id, expected, edit }
        }
        None => return Err(Error::Fields(vec![wrong("op")])),
    };
    let mut errors = Errors::default();
    for field in document.keys() {
        errors.push(wrong(field));
    }
    errors.finish(operation)
}

/// A document within an operation; where it is none, it is the operation that is wrong.
fn part<T>(
    document: &mut Map<String, Value>,
    field: &str,
    parse: impl FnOnce(Value) -> Result<T, Error>,
) -> Result<T, Error> {
    parse(document.remove(field).unwrap_or_default()).map_err(|error| match error {
        Error::NotAnObject => Error::Fields(vec![wrong(field)]),
        error => error,
    })
}

/// Only as we write it ourselves, as in a path.
pub(crate) fn canonical(id: &str) -> Option<Uuid> {
    Uuid::try_parse(id).ok().filter(|_| id.len() == 36)
}

fn wrong(field: &str) -> FieldError {
    FieldError::among(&OPERATION, field, "a field of an operation")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0190aaaa-0000-7000-8000-000000000001";

    fn parse(operations: Value) -> Vec<Result<TaskOperation, Error>> {
        TaskBatch::parse(json!({ "operations": operations })).unwrap().operations
    }

    #[test]
    fn operations_are_read_in_their_order() {
        let id = Uuid::try_parse(ID).unwrap();
        let change = |edit, expected| Ok(TaskOperation::Change { id, expected, edit });
        let tags = Some(Versions::These(vec![7]));
        let task = json!({ "title": "a" });
        assert_eq!(
            parse(json!([
                { "op": "create", "task": task },
                { "op": "update", "id": ID, "if_match": "\"7\"", "patch": task },
                { "op": "complete", "id": ID, "if_match": "*" },
                { "op": "reopen", "id": ID, "if_match": null },
                { "op": "delete", "id": ID },
                { "op": "restore", "id": ID },
            ])),
            [
                NewTask::parse(task.clone()).map(TaskOperation::Create),
                change(TaskEdit::Update(TaskPatch::parse(task).unwrap()), tags),
                change(TaskEdit::Complete, Some(Versions::Any)),
                change(TaskEdit::Reopen, None),
                change(TaskEdit::Delete, None),
                change(TaskEdit::Restore, None),
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_one_says_nothing_of_the_others() {
        let op = "op must be create, update, complete, reopen, delete or restore";
        let id = "id must be the id of a task; of a new one there is none";
        let task = "task must be a new task, where op is create";
        for (wrong, expected) in [
            (json!(1), op),
            (json!({}), op),
            (json!({ "op": "purge", "id": ID }), op),
            (json!({ "op": "delete" }), id),
            (json!({ "op": "delete", "id": 7 }), id),
            (json!({ "op": "delete", "id": "7" }), id),
            (json!({ "op": "create", "id": ID, "task": { "title": "a" } }), id),
            (json!({ "op": "create" }), task),
            (json!({ "op": "create", "task": [] }), task),
            (json!({ "op": "delete", "id": ID, "task": {} }), task),
            (
                json!({ "op": "update", "id": ID }),
                "patch must be what to change, where op is update",
            ),
            (
                json!({ "op": "create", "task": { "titel": "a", "title": "b" } }),
                "titel is not a field of a task; did you mean title?",
            ),
            (
                json!({ "op": "delete", "id": ID, "if_match": 7 }),
                "if_match must be * or a list of entity tags such as \"3\"; of a new task there is none",
            ),
            (
                json!({ "op": "delete", "id": ID, "ifmatch": "*" }),
                "ifmatch is not a field of an operation; did you mean if_match?",
            ),
        ] {
            let right = json!({ "op": "delete", "id": ID });
            let shown = wrong.to_string();
            let operations = parse(json!([right, wrong, right]));
            assert!(operations[0].is_ok() && operations[2].is_ok(), "{shown}");
            assert_eq!(operations[1].as_ref().unwrap_err().to_string(), expected, "{shown}");
        }
    }

    #[test]
    fn a_batch_is_a_list_of_so_many_operations() {
        let many = |count| json!({ "operations": vec![json!({}); count] });
        assert_eq!(TaskBatch::parse(many(100)).unwrap().operations.len(), 100);
        for document in [json!({}), many(0), many(101), json!({ "operations": {} })] {
            assert_eq!(
                TaskBatch::parse(document).unwrap_err().to_string(),
                "operations must be a list of 1 to 100 operations"
            );
        }
        let error = TaskBatch::parse(json!({ "operation": [] })).unwrap_err();
        assert_eq!(
            error.to_string(),
            "operation is not a field of a batch; did you mean operations?"
        );
        assert_eq!(TaskBatch::parse(json!([])), Err(Error::NotAnObject));
    }
}
