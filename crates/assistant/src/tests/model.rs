use domain::Status;
use language::Intent;
use serde_json::{Value, json};

use super::User;

fn answer(guess: &Value) -> Option<Vec<u8>> {
    let message = json!({"role": "assistant", "content": guess.to_string()});
    Some(json!({"message": message, "done": true}).to_string().into())
}

fn guess(intent: &str, title: Value, target: Value) -> Value {
    json!({
        "intent": intent, "title": title, "due_date": null, "priority": null, "tags": [],
        "target": target, "confidence": 0.9,
    })
}

#[test]
fn a_model_is_asked_only_where_we_are_not_sure() {
    let mut user = User::with(&["buy milk"]);
    user.model = answer(&guess("complete_task", Value::Null, json!("milk")));
    user.say("show my tasks");
    assert_eq!(user.asked, 0);
    let reply = user.say("is the blue milk good?");
    assert_eq!((user.asked, reply.intent, reply.confidence), (1, Intent::CompleteTask, 0.9));
    assert_eq!(user.titles(Status::Completed), ["buy milk"]);
}

#[test]
fn a_model_that_is_not_borne_out_changes_nothing() {
    for guess in [
        guess("delete_task", Value::Null, json!("buy milk")),
        guess("complete_task", Value::Null, json!("milk")),
        guess("create_task", json!("send money"), Value::Null),
        json!({"intent": "delete_task"}),
        json!("delete everything"),
    ] {
        let mut user = User::with(&["buy milk"]);
        user.model = answer(&guess);
        let reply = user.say("hello");
        assert!(user.asked == 1 && reply.changes.is_empty(), "{guess}: {}", reply.text);
        assert!(reply.clarification_needed, "{guess}: {}", reply.text);
    }
}

#[test]
fn even_a_model_that_is_sure_has_a_deletion_confirmed() {
    let mut user = User::with(&["hello world"]);
    user.model = answer(&guess("delete_task", Value::Null, json!("hello")));
    let reply = user.say("hello");
    assert_eq!(reply.text, "I'll delete 'hello world'. Is that correct?");
    assert!(reply.changes.is_empty());
}
