//! Tools, and calls of them.

mod tasks;

use domain::tool::{Tool, ToolCall};
use domain::{IdempotencyKey, TaskQuery, Time};
use serde_json::{Map, Value, json};
use service::{Error, Problem, Result};

use crate::message::Failure;
use crate::{Answer, Asked};

/// What the tools are, made by `crates/contract` of the types that they take and give.
const TOOLS: &str = include_str!("../../tools.json");

/// The tools that the caller may use.
pub fn listed(asked: &Asked<'_>) -> Value {
    // Our own document, which a test reads.
    let tools: Vec<Value> = serde_json::from_str(TOOLS).unwrap_or_default();
    let may = |tool: &Value| {
        let tool = tool["name"].as_str().and_then(Tool::parse);
        tool.is_some_and(|tool| asked.caller.scopes.contains(tool.scope()))
    };
    tools.into_iter().filter(may).collect()
}

/// `tools/call`
///
/// # Errors
/// If the caller may not use the tool. What goes wrong with it is a result, from which an assistant can learn.
pub fn call(asked: &Asked<'_>, mut params: Map<String, Value>) -> Result<Answer> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(tool) = Tool::parse(name) else {
        return Ok(Err(Failure::invalid_params(format!("Unknown tool: {name:.50}"))));
    };
    let user = asked.user(tool.scope())?;
    let arguments = match params.remove("arguments") {
        None => json!({}),
        Some(arguments @ Value::Object(_)) => arguments,
        Some(_) => return Ok(Err(Failure::invalid_params("arguments must be an object"))),
    };
    let call = Calling { asked, user, tool, arguments: arguments.to_string() };
    Ok(Ok(match call.done(arguments) {
        Ok(document) => json!({
            "content": [{ "type": "text", "text": document.to_string() }],
            "structuredContent": document,
            "isError": false,
        }),
        Err(error) => {
            let problem = Problem::from(&error).of(&asked.origin.correlation_id);
            if problem.status() >= 500 {
                service::warn(asked.origin, "a tool failed", &error);
            }
            json!({ "content": [{ "type": "text", "text": told(&problem) }], "isError": true })
        }
    }))
}

/// What is wrong, a line for each argument.
fn told(problem: &Problem) -> String {
    let document = json!(problem);
    let detail = |of: &Value| of["detail"].as_str().unwrap_or_default().to_owned();
    match document["errors"].as_array() {
        Some(errors) => errors.iter().map(detail).collect::<Vec<_>>().join("\n"),
        None => detail(&document),
    }
}

/// A call while it is done.
struct Calling<'a> {
    asked: &'a Asked<'a>,
    user: domain::User,
    tool: Tool,
    /// As they were given, in the order of their names.
    arguments: String,
}

impl Calling<'_> {
    fn done(&self, mut arguments: Value) -> Result<Value> {
        let user = &self.user;
        if self.tool == Tool::FindTasks {
            self.name_timezone(&mut arguments)?;
        }
        Ok(match ToolCall::parse(self.tool, arguments, Time::now())? {
            ToolCall::Find(TaskQuery::Newest { status, page }) => {
                json!(store::tasks::list_newest(user, status, &page)?)
            }
            ToolCall::Find(TaskQuery::Chosen(wanted)) => {
                json!(store::tasks::list_chosen(user, &wanted)?)
            }
            ToolCall::Activity(wanted) => json!(store::audit_logs::list_by_user(user, &wanted)?),
            ToolCall::Parse(line) => {
                let clock = store::users::clock_at(user, line.timezone.as_deref(), line.now)?;
                let instants = |walls: &[_]| store::users::instants(user, &clock.timezone, walls);
                json!(assistant::draft::tasks(&line, &clock, instants)?)
            }
            ToolCall::Add { tasks, key } => self.add(tasks, key)?,
            ToolCall::Change { operations, key } => self.change(operations, key)?,
            ToolCall::Reschedule { tasks, timezone, language, key } => {
                self.reschedule(tasks, timezone.as_deref(), language.as_deref(), key)?
            }
            ToolCall::Remind { reminder, key } => {
                let key = self.key(key)?;
                let origin = self.asked.origin;
                let (reminder, made_by) = service::remind(user, origin, reminder, key.as_ref())?;
                json!({ "reminder": reminder, "correlation_id": made_by })
            }
        })
    }

    /// Days are meant where the user is, if the caller says nothing else.
    fn name_timezone(&self, arguments: &mut Value) -> Result<()> {
        let names_days = ["filter", "due_before", "due_after"];
        let is_given = |name: &str| arguments.get(name).is_some_and(|value| !value.is_null());
        if !is_given("timezone") && names_days.into_iter().any(is_given) {
            arguments["timezone"] = json!(store::users::clock(&self.user, None)?.timezone);
        }
        Ok(())
    }

    /// What the call is named, if it has a name.
    fn key(&self, key: Option<String>) -> Result<Option<IdempotencyKey>> {
        let Some(key) = key else { return Ok(None) };
        let call = format!("mcp {}\n{}", self.tool.as_str(), self.arguments);
        let key = IdempotencyKey::new(key.as_bytes(), identity::fingerprint(call.as_bytes()));
        Ok(Some(key.map_err(Error::from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_tool() {
        let tools: Vec<Value> = serde_json::from_str(TOOLS).unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, Tool::ALL.map(Tool::as_str));
    }
}
