//! The tools of an assistant, as `tools/list` of the Model Context Protocol shows them.

use domain::tool::Tool;
use domain::{AuditEntry, Drafts, Listing, Reminder, Task};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Value, json};
use service::Problem;

/// All of them, in the order in which they are told.
pub fn tools() -> Value {
    Tool::ALL.map(tool).into_iter().collect()
}

fn tool(tool: Tool) -> Value {
    let Shown { title, about, output, reads, destroys, is_idempotent } = shown(tool);
    json!({
        "name": tool.as_str(),
        "title": title,
        "description": about,
        "inputSchema": whole(|of| tool.input(of).into()),
        "outputSchema": whole(output),
        "annotations": {
            "title": title,
            "readOnlyHint": reads,
            "destructiveHint": destroys,
            "idempotentHint": is_idempotent,
            // A reminder that an assistant makes goes to its user.
            "openWorldHint": false,
        },
    })
}

/// A schema with everything that it refers to.
fn whole(schema: impl FnOnce(&mut SchemaGenerator) -> Value) -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut schema = schema(&mut generator);
    // Until 2025-11-25 it must stand at the root, beside a reference, too.
    schema["type"] = json!("object");
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema["$defs"] = definitions.into();
    }
    schema
}

/// What is said of a tool beside its arguments. The hints are the protocol's: `destroys` is whether it may overwrite
/// something, `is_idempotent` whether a second call with the same arguments changes nothing more.
struct Shown {
    title: &'static str,
    about: &'static str,
    output: fn(&mut SchemaGenerator) -> Value,
    reads: bool,
    destroys: bool,
    is_idempotent: bool,
}

const READS: Shown = Shown {
    title: "",
    about: "",
    output: results,
    reads: true,
    destroys: false,
    is_idempotent: true,
};
const WRITES: Shown = Shown { reads: false, is_idempotent: false, ..READS };

fn shown(tool: Tool) -> Shown {
    match tool {
        Tool::FindTasks => Shown {
            title: "Find tasks",
            about: "Lists the user's tasks, newest first unless sort says otherwise. All arguments narrow it down. A filter \
                    compares due, created, updated, completed, priority, status, tag, title and text with = != < <= > >=, \
                    joined by & | and !; times are now, today, today+7d, now-1h, days and RFC 3339 date-times; a task that is \
                    due on a day is due until that day ends. The next page is asked for with cursor = next and the same arguments.",
            output: |of| of.subschema_for::<Listing<Task, String>>().into(),
            ..READS
        },
        Tool::Parse => Shown {
            title: "See what a line would become",
            about: "Shows which tasks a line such as \"call mom tomorrow at 5pm #family\" would become, in English or Urdu, and \
                    what its words mean. Nothing is made. start and end of pieces count UTF-16 code units.",
            output: |of| of.subschema_for::<Drafts>().into(),
            ..READS
        },
        Tool::AddTasks => Shown {
            title: "Add tasks",
            about: "Makes up to 100 tasks. One with text is understood as the user would type it, with dates, recurrences, \
                    reminders, !priority and #tags; one with a title is made as its fields say. Without a timezone it \
                    is in the user's own. A text may make several tasks, each with a result of its own under the text's \
                    index. What is wrong with one doesn't keep the others from being made.",
            ..WRITES
        },
        Tool::UpdateTasks => Shown {
            title: "Change tasks",
            about: "Changes fields of up to 100 tasks: only what stands in changes changes, and null clears. Of a task that \
                    comes back, due_date and timezone change this one and all else the series. To move a due date by words, \
                    use reschedule_tasks.",
            destroys: true,
            is_idempotent: true,
            ..WRITES
        },
        Tool::RescheduleTasks => Shown {
            title: "Reschedule tasks",
            about: "Says anew when up to 100 tasks are due: a day, a date-time, words such as \"next friday 5pm\" or \"in 2 \
                    hours\" in the user's time zone, or null. A time alone is of the task's own day, and a day alone keeps \
                    the task's time, unless that is over.",
            destroys: true,
            ..WRITES
        },
        Tool::CompleteTasks => Shown {
            title: "Complete tasks",
            about: "Marks up to 100 tasks as done. One that is done stays as it is; one that recurs is followed by the next.",
            is_idempotent: true,
            ..WRITES
        },
        Tool::DeleteTasks => Shown {
            title: "Delete tasks",
            about: "Moves up to 100 tasks to the trash, from which the user can restore them for thirty days.",
            destroys: true,
            is_idempotent: true,
            ..WRITES
        },
        Tool::AddReminder => Shown {
            title: "Add a reminder",
            about: "Reminds the user of a task, lead_time before it is due (15m, 2h, 1d) or at a time of its own, by email or \
                    push: whom else, only a person says. The reminder moves with the due date.",
            output: reminder,
            ..WRITES
        },
        Tool::Activity => Shown {
            title: "Show what happened",
            about: "The audit trail, newest first: who changed what and when, with what it was before. By task_id the history \
                    of a task, by correlation_id everything that one request did. It follows a change within moments.",
            output: |of| of.subschema_for::<Listing<AuditEntry>>().into(),
            ..READS
        },
    }
}

/// What came of each task.
fn results(of: &mut SchemaGenerator) -> Value {
    let result = |ok: bool, name: &str, what: Value| {
        json!({
            "type": "object",
            "properties": {
                "index": { "type": "integer", "minimum": 0, "description": "Its place in the list that was given." },
                "ok": { "const": ok },
                name: what,
            },
            "required": ["index", "ok", name],
        })
    };
    let task = result(true, "task", of.subschema_for::<Task>().into());
    let error = result(false, "error", of.subschema_for::<Problem>().into());
    changed("results", json!({ "type": "array", "items": { "anyOf": [task, error] } }))
}

fn reminder(of: &mut SchemaGenerator) -> Value {
    changed("reminder", of.subschema_for::<Reminder>().into())
}

fn changed(name: &str, what: Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            name: what,
            "correlation_id": { "type": "string", "description": "What activity knows these changes by." },
        },
        "required": [name, "correlation_id"],
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_served_tools_are_those_of_the_types() {
        // If this differs and should: UPDATE_EXPECT=1 cargo test --workspace --lib served_tools
        let text = serde_json::to_string_pretty(&tools()).unwrap() + "\n";
        expect_file!["../../../components/mcp/tools.json"].assert_eq(&text);
    }

    #[test]
    fn every_argument_is_described() {
        for tool in Tool::ALL {
            let schema = whole(|of| tool.input(of).into());
            for (name, property) in schema["properties"].as_object().unwrap() {
                assert!(property["description"].is_string(), "{}: {name}", tool.as_str());
            }
        }
    }
}
