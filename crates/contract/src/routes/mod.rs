//! The routes, by what they are about.

mod accounts;
mod chat;
mod history;
mod reminders;
mod service;
mod tasks;
mod webhooks;

use serde_json::{Value, json};

use crate::operation::Operation;
use crate::types::Types;

/// All of them. Each group has a tag.
pub fn all(types: &mut Types) -> Vec<Operation> {
    let groups = [
        ("Tasks", tasks::operations(types)),
        ("Reminders", reminders::operations(types)),
        ("Chat", chat::operations(types)),
        ("History", history::operations(types)),
        ("Webhooks", webhooks::operations(types)),
        ("Accounts", accounts::operations(types)),
        ("Service", service::operations(types)),
    ];
    groups
        .into_iter()
        .flat_map(|(tag, operations)| {
            operations.into_iter().map(move |operation| operation.tag(tag))
        })
        .collect()
}

/// What the groups are.
pub fn tags() -> Value {
    json!([
        { "name": "Tasks", "description": "What is to be done." },
        { "name": "Reminders", "description": "When and where to hear of it." },
        { "name": "Chat", "description": "The same by talking, and what was said." },
        { "name": "History", "description": "What happened, and who did it." },
        { "name": "Webhooks", "description": "Whom to tell of it." },
        { "name": "Accounts", "description": "Who somebody is, and the tokens that act for them." },
        { "name": "Service", "description": "How the service is, and this document." },
    ])
}
