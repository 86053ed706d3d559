use domain::ChangeKind;
use language::Intent;
use serde_json::json;

use super::User;

/// Tasks of several days, one of them completed.
fn user() -> User {
    let mut user = User::with(&["pay rent", "call mom", "write report", "buy milk"]);
    for (title, fields) in [
        ("pay rent", json!({"due_date": "2026-11-20T09:00:00"})),
        ("call mom", json!({"due_date": "2026-11-22T17:00:00", "priority": "high"})),
        ("write report", json!({"due_date": "2026-11-26", "tags": ["work"]})),
        ("buy milk", json!({"status": "completed"})),
    ] {
        let id = user.task(title).id;
        user.write(id, ChangeKind::Updated, fields.as_object().unwrap());
    }
    user
}

#[test]
fn a_question_lists_what_it_asks_for() {
    for (question, expected) in [
        ("show my tasks", vec!["pay rent", "call mom", "write report"]),
        ("what is due tomorrow?", vec!["call mom"]),
        ("show my tasks for next week", vec!["write report"]),
        ("show overdue tasks", vec!["pay rent"]),
        ("list completed tasks", vec!["buy milk"]),
        ("show tasks tagged work", vec!["write report"]),
        ("show high priority tasks", vec!["call mom"]),
        ("what is due on december 5?", vec![]),
    ] {
        let reply = user().hear(question);
        let titles: Vec<&str> = reply.listed.iter().map(|task| task.title.as_str()).collect();
        assert_eq!(
            (titles, reply.intent),
            (expected, Intent::QueryTasks),
            "{question}: {}",
            reply.text
        );
        assert!(reply.changes.is_empty());
    }
}

#[test]
fn what_was_listed_can_be_named_by_its_place() {
    let mut user = user();
    let reply = user.say("show my tasks");
    assert_eq!(
        reply.text,
        "You have 3 tasks:\n1. pay rent (yesterday at 9am)\n2. call mom (tomorrow at 5pm)\n\
         3. write report (Thursday)"
    );
    assert!(user.say("complete the second one").text.contains("'call mom'"));
    assert!(user.say("delete the last one").text.contains("'write report'"));
}

#[test]
fn a_list_without_tasks_says_so() {
    assert_eq!(User::with(&[]).say("show my tasks").text, "I found no tasks for that.");
}
