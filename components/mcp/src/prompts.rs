//! Prompts: what a person may ask an assistant to do with their tasks, with the tasks that it needs for that.

use domain::Scope;
use serde_json::{Map, Value, json};
use service::Result;

use crate::message::Failure;
use crate::resources::{DONE, List, OVERDUE, TODAY, WEEK, embedded};
use crate::{Answer, Asked};

struct Prompt {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    text: &'static str,
    /// What is shown with it.
    lists: &'static [List],
}

const FOCUS: &str = "focus";
const PROMPTS: [Prompt; 2] = [
    Prompt {
        name: "plan_my_day",
        title: "Plan my day",
        about: "Puts what is overdue and what is due today into an order that can be done.",
        text: "Plan my day with the tasks below. Put what matters most first, say what can't be done today, and propose when \
               it could be. Change nothing before I agree; then use reschedule_tasks and complete_tasks.",
        lists: &[OVERDUE, TODAY],
    },
    Prompt {
        name: "weekly_review",
        title: "Review my week",
        about: "Looks back at what was done within a week, and ahead at what is due.",
        text: "Review my week with the tasks below: what was done, what is overdue and why it may be, and what the next seven \
               days hold. Propose what to move, to drop or to break into smaller tasks. Change nothing before I agree; then use \
               update_tasks, reschedule_tasks, add_tasks and delete_tasks.",
        lists: &[DONE, OVERDUE, WEEK],
    },
];

pub fn listed() -> Value {
    let shown = |Prompt { name, title, about, .. }: &Prompt| {
        json!({
            "name": name,
            "title": title,
            "description": about,
            "arguments": [{
                "name": FOCUS,
                "description": "What it should be about, such as work or a tag; without it, all tasks.",
                "required": false,
            }],
        })
    };
    PROMPTS.iter().map(shown).collect()
}

/// `prompts/get`
pub fn get(asked: &Asked<'_>, params: &Map<String, Value>) -> Result<Answer> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(prompt) = PROMPTS.iter().find(|prompt| prompt.name == name) else {
        return Ok(Err(Failure::invalid_params(format!("there is no prompt {name:.50}"))));
    };
    let focus = match focus(params.get("arguments")) {
        Ok(focus) => focus,
        Err(failure) => return Ok(Err(failure)),
    };
    let user = asked.user(Scope::TasksRead)?;
    let mut text = prompt.text.to_owned();
    if let Some(focus) = focus {
        text.push_str("\nOnly what this is about: ");
        text.push_str(focus);
    }
    let mut messages = vec![said(&json!({ "type": "text", "text": text }))];
    for list in prompt.lists {
        let resource = embedded(list.uri, &list.contents(&user)?);
        messages.push(said(&json!({ "type": "resource", "resource": resource })));
    }
    Ok(Ok(json!({ "description": prompt.about, "messages": messages })))
}

fn focus(arguments: Option<&Value>) -> std::result::Result<Option<&str>, Failure> {
    let arguments = match arguments {
        None => return Ok(None),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(Failure::invalid_params("arguments must be an object")),
    };
    if let Some(other) = arguments.keys().find(|name| *name != FOCUS) {
        return Err(Failure::invalid_params(format!("{other:.50} is no argument of this prompt")));
    }
    match arguments.get(FOCUS) {
        None => Ok(None),
        Some(Value::String(focus)) if focus.chars().count() <= 500 => Ok(Some(focus)),
        Some(_) => Err(Failure::invalid_params("focus must be a text of at most 500 characters")),
    }
}

fn said(content: &Value) -> Value {
    json!({ "role": "user", "content": content })
}
