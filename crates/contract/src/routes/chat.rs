use domain::{
    ChatAnswer, ChatCommand, Conversation, Drafts, Listing, Page, QuickAdd, Scope, Transcript,
};
use serde_json::json;

use crate::operation::Operation;
use crate::types::{Types, status};

pub fn operations(types: &mut Types) -> Vec<Operation> {
    vec![
        Operation::new("post", "/chat/command", "say", "Say something")
            .about(
                "In English or Urdu. What is not clear is asked back, and what can't be undone is done after a yes: say that \
                 in the same conversation.",
            )
            .needs(Scope::Chat)
            .idempotent()
            .takes(
                types.json::<ChatCommand>(),
                json!({ "user_input": "add a task to buy milk tomorrow at 5pm", "conversation_id": "kitchen" }),
            )
            .problems(&[409, 429])
            .answers("What was understood, done and said.", types.json::<ChatAnswer>())
            .leads_to(200, &["getConversation", "forgetConversation"], "id", "/conversation"),
        Operation::new("post", "/api/parse", "parseLine", "Look at what a line would become")
            .about(
                "A line that is typed to become a task, in English or Urdu: tasks as `createTask` takes them, of which none is \
                 made, and the pieces of the line that say more than a title. A piece that comes back in `ignore` stays in the \
                 title. Places in the line are counted in UTF-16 code units. Of a line that waited, `now` says when it was \
                 typed: tomorrow is the day after that.",
            )
            .needs(Scope::TasksRead)
            .takes(
                types.json::<QuickAdd>(),
                json!({ "text": "call mom tomorrow at 5pm #family", "timezone": "Asia/Karachi" }),
            )
            .problems(&[429])
            .answers("What the line would become.", types.json::<Drafts>()),
        Operation::new("get", "/api/conversations", "listConversations", "List conversations")
            .needs(Scope::Chat)
            .queries(Page::parameters())
            .answers("A page of conversations.", types.json::<Listing<Conversation>>())
            .leads_to(200, &["listConversations"], "cursor", "/next")
            .leads_to(200, &["getConversation"], "id", "/items/0/id"),
        Operation::new("get", "/api/conversations/{id}", "getConversation", "Show what was said")
            .needs(Scope::Chat)
            .queries(Page::parameters())
            .answers("The conversation and a page of its messages.", types.json::<Transcript>()),
        Operation::new("delete", "/api/conversations/{id}", "forgetConversation", "Forget a conversation")
            .needs(Scope::Chat)
            .answers("It is forgotten.", status("deleted", Some("conversation_id"))),
    ]
}
