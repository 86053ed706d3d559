use domain::{Origin, Task};
use serde::Serialize;

use crate::Result;
use crate::problem::Problem;

/// What came of one of several operations that one request asks for: its own status, and a task or a problem document.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<Task>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl Item {
    /// What is told of an operation.
    pub fn new(origin: &Origin, outcome: &Result<Task>) -> Self {
        match outcome {
            Ok(task) => Self { status: 200, task: Some(task.clone()), problem: None },
            Err(error) => {
                let problem = Problem::from(error).of(&origin.correlation_id);
                Self { status: problem.status(), task: None, problem: Some(problem) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Error;

    #[test]
    fn a_problem_stands_beside_its_status() {
        let origin = Origin { correlation_id: "c1".to_owned(), service: "test" };
        let item = Item::new(&origin, &Err(Error::NotFound("Task")));
        assert_eq!(
            serde_json::to_value(item).unwrap(),
            json!({
                "status": 404,
                "problem": {
                    "type": "/problems/not-found", "title": "Not found", "status": 404, "detail": "Task not found",
                    "correlation_id": "c1",
                },
            })
        );
    }
}
