use domain::{Priority, Status};
use language::Intent;
use serde_json::json;

use super::User;
use crate::SURE;

#[test]
fn the_customers_sentence_becomes_a_task() {
    let mut user = User::with(&[]);
    let reply = user.say("Create a task to buy milk tomorrow at 5pm");
    assert_eq!(reply.intent, Intent::CreateTask);
    assert_eq!(reply.skill, Some("TaskAgent"));
    assert!(reply.confidence > 0.8 && !reply.clarification_needed);
    assert!(reply.text.starts_with("I've created a task 'buy milk' for you."), "{}", reply.text);
    assert_eq!(user.due("buy milk").as_deref(), Some("2026-11-22T17:00:00Z"));
    assert_eq!(user.task("buy milk").priority, Priority::Medium);
}

#[test]
fn a_reminder_without_a_time_is_asked_for_and_tomorrow_at_5_answers() {
    let mut user = User::with(&[]);
    let reply = user.say("remind me to call mom");
    assert_eq!(
        (reply.text.as_str(), reply.skill),
        ("When should I remind you?", Some("ReminderAgent"))
    );
    assert!(reply.clarification_needed && reply.changes.is_empty());
    let reply = user.say("hm");
    assert!(reply.text.contains("'tomorrow at 5pm' format") && reply.clarification_needed);
    let reply = user.say("tomorrow at 5");
    assert_eq!((reply.intent, reply.skill), (Intent::CreateTask, Some("ReminderAgent")));
    assert_eq!(user.due("call mom").as_deref(), Some("2026-11-22T17:00:00Z"));
    let config = user.task("call mom").reminder_config.clone().unwrap();
    assert_eq!(config["lead_time"], "PT0S");
}

#[test]
fn a_new_command_drops_the_question() {
    let mut user = User::with(&["buy milk"]);
    user.say("remind me to call mom");
    let reply = user.say("show my tasks");
    assert_eq!(reply.intent, Intent::QueryTasks);
    assert_eq!(reply.text, "You have 1 task:\n1. buy milk");
    let reply = user.say("yes");
    assert!(reply.changes.is_empty(), "nothing waits for a yes any more");
}

#[test]
fn a_deletion_is_confirmed_first() {
    for (answer, is_deleted) in [
        ("yes", true),
        ("no", false),
        ("never mind", false),
        ("ok", true),
        ("show my tasks", false),
    ] {
        let mut user = User::with(&["buy milk", "call mom"]);
        let reply = user.say("delete the milk task");
        assert_eq!(reply.text, "I'll delete 'buy milk'. Is that correct?");
        assert!(reply.clarification_needed && reply.changes.is_empty());
        user.say(answer);
        assert_eq!(user.titles(Status::Deleted).len(), usize::from(is_deleted), "{answer}");
        assert_eq!(user.task("call mom").version, 1);
    }
}

#[test]
fn an_unclear_answer_repeats_the_question() {
    let mut user = User::with(&["buy milk"]);
    user.say("delete the milk task");
    let reply = user.say("hm");
    assert_eq!(reply.text, "Please answer yes or no.\nI'll delete 'buy milk'. Is that correct?");
    user.say("yes");
    assert_eq!(user.titles(Status::Deleted), ["buy milk"]);
}

#[test]
fn no_may_bring_a_correction() {
    let mut user = User::with(&["buy milk", "buy bread"]);
    user.say("show my tasks");
    user.say("delete the first one");
    let reply = user.say("no, the second one");
    assert_eq!(reply.text, "I'll delete 'buy bread'. Is that correct?");
    user.say("yes");
    assert_eq!(user.titles(Status::Deleted), ["buy bread"]);

    let mut user = User::with(&[]);
    user.say("Create a task to call mom tomorrow at 5pm");
    user.say("no, at 6");
    assert_eq!(user.due("call mom").as_deref(), Some("2026-11-22T18:00:00Z"), "the day stays");
}

#[test]
fn several_hits_are_numbered_and_one_is_chosen() {
    for choice in ["2", "the second one", "the bread one", "buy bread", "۲"] {
        let mut user = User::with(&["buy milk", "buy bread"]);
        let reply = user.say("complete buy");
        assert_eq!(reply.text, "Which task should I complete?\n1. buy milk\n2. buy bread");
        assert!(reply.clarification_needed && reply.changes.is_empty());
        let reply = user.say(choice);
        assert_eq!(user.titles(Status::Completed), ["buy bread"], "{choice}: {}", reply.text);
    }
}

#[test]
fn what_is_not_found_is_offered_as_a_list() {
    let mut user = User::with(&["call mom"]);
    let reply = user.say("delete the milk task");
    assert_eq!(reply.text, "I couldn't find that task. Would you like me to list your tasks?");
    assert_eq!(user.say("yes").text, "You have 1 task:\n1. call mom");
}

#[test]
fn many_at_once_are_confirmed() {
    let mut user = User::with(&["buy milk", "call mom", "write"]);
    let reply = user.say("complete all tasks");
    assert!(reply.clarification_needed && reply.changes.is_empty(), "{}", reply.text);
    user.say("yes");
    assert_eq!(user.titles(Status::Completed).len(), 3);
    user.say("undo");
    assert_eq!(user.titles(Status::Active).len(), 3);
}

#[test]
fn more_than_a_hundred_are_too_many() {
    let titles: Vec<String> = (0..101).map(|number| format!("task {number}")).collect();
    let mut user = User::with(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let reply = user.say("delete all tasks");
    assert!(reply.text.contains("more than 100 tasks"), "{}", reply.text);
    assert!(user.say("yes").changes.is_empty());
    let list = user.say("show my tasks");
    assert_eq!(list.listed.len(), 20);
    assert!(list.text.ends_with("… and 81 more."), "{}", list.text);
}

#[test]
fn each_change_can_be_taken_back() {
    for (sentence, status) in [
        ("Create a task to write a letter", Status::Deleted),
        ("complete the milk task", Status::Active),
        ("delete the milk task", Status::Active),
        ("rename buy milk to buy oat milk", Status::Active),
    ] {
        let mut user = User::with(&["buy milk"]);
        user.say(sentence);
        user.say("yes");
        let reply = user.say("undo");
        assert_eq!(reply.intent, Intent::Undo, "{sentence}");
        assert_eq!(user.task("buy milk").status, Status::Active, "{sentence}: {}", reply.text);
        let last = user.tasks.values().last().unwrap();
        assert_eq!(last.status, status, "{sentence}");
        assert!(user.say("undo").changes.is_empty(), "once: {sentence}");
    }
}

#[test]
fn what_has_changed_since_is_not_taken_back() {
    let mut user = User::with(&["buy milk"]);
    user.say("complete the milk task");
    let id = user.task("buy milk").id;
    let renamed = json!({"title": "buy oat milk"});
    user.write(id, domain::ChangeKind::Updated, renamed.as_object().unwrap());
    let reply = user.say("undo");
    assert!(reply.changes.is_empty() && reply.text.contains("changed since"), "{}", reply.text);
}

#[test]
fn an_edit_leaves_what_it_does_not_name() {
    let mut user = User::with(&["buy milk"]);
    let id = user.task("buy milk").id;
    let fields = json!({
        "recurrence_rule": {"rrule": "FREQ=DAILY"}, "reminder_config": {"lead_time": "PT30M"},
        "due_date": "2026-11-22T17:00:00", "tags": ["home"],
    });
    user.write(id, domain::ChangeKind::Updated, fields.as_object().unwrap());
    user.say("move the milk task to friday");
    assert_eq!(user.due("buy milk").as_deref(), Some("2026-11-27T17:00:00Z"));
    let task = user.task("buy milk");
    assert_eq!(task.recurrence_rule.as_ref().unwrap()["rrule"], "FREQ=DAILY");
    assert_eq!(task.reminder_config.as_ref().unwrap()["lead_time"], "PT30M");
    assert_eq!(task.tags, ["home"]);
}

#[test]
fn a_piece_of_a_sentence_is_about_what_was_spoken_of_last() {
    let mut user = User::with(&[]);
    user.say("Create a task to buy milk");
    let reply = user.say("tomorrow at 5");
    assert_eq!(
        reply.text,
        "I think you want to move 'buy milk' to tomorrow at 5pm, but I'm only 60% sure. Is that right?"
    );
    assert!(reply.confidence < SURE && reply.changes.is_empty());
    user.say("yes");
    assert_eq!(user.due("buy milk").as_deref(), Some("2026-11-22T17:00:00Z"));
    user.say("make it high priority");
    assert_eq!(user.task("buy milk").priority, Priority::High);
}

#[test]
fn what_is_not_understood_is_said_back() {
    let mut user = User::with(&["buy milk"]);
    let reply = user.say("hello");
    assert_eq!(
        reply.text,
        "I'm not sure I understood correctly. You said: 'hello'. Could you clarify?"
    );
    assert!(reply.clarification_needed && reply.confidence < SURE);
    assert_eq!((reply.intent, reply.skill), (Intent::Unknown, None));
}

#[test]
fn urdu_is_answered_in_urdu() {
    let mut user = User::with(&[]);
    let reply = user.say("مجھے کل شام پانچ بجے دودھ خریدنا یاد دلاؤ");
    assert!(
        reply.text.starts_with("میں نے آپ کے لیے کام 'دودھ خریدنا' بنا دیا ہے۔"),
        "{}",
        reply.text
    );
    assert_eq!(user.due("دودھ خریدنا").as_deref(), Some("2026-11-22T17:00:00Z"));
    let reply = user.say("دودھ والا کام حذف کرو");
    assert!(reply.clarification_needed && reply.text.ends_with('؟'), "{}", reply.text);
    assert_eq!(user.say("نہیں").text, "ٹھیک ہے، میں نے سب ویسے ہی رہنے دیا۔");
    user.say("دودھ والا کام مکمل ہو گیا");
    assert_eq!(user.titles(Status::Completed), ["دودھ خریدنا"]);
    user.say("دودھ والا کام حذف کرو");
    user.say("ہاں");
    assert_eq!(user.titles(Status::Deleted), ["دودھ خریدنا"]);
}

#[test]
fn a_reminder_is_put_off_and_its_task_is_not() {
    let mut user = User::with(&[]);
    user.say("remind me to call mom tomorrow at 5pm");
    let reply = user.say("remind me again");
    assert_eq!(reply.text, "When should I remind you?", "{:?}", reply.intent);
    user.say("tomorrow at 6pm");
    let task = user.task("call mom");
    let config = json!({"lead_time": "PT0S", "snoozed_until": "2026-11-22T18:00:00"});
    assert_eq!(task.reminder_config.as_ref(), config.as_object());
    assert_eq!(user.due("call mom").as_deref(), Some("2026-11-22T17:00:00Z"));
}

#[test]
fn what_names_nothing_to_do_is_no_new_task() {
    let mut user = User::with(&[]);
    user.say("Create a task to call mom tomorrow at 5pm");
    user.say("actually make it 6pm");
    assert_eq!(user.tasks.len(), 1);
    assert_eq!(user.due("call mom").as_deref(), Some("2026-11-22T18:00:00Z"));
    user.say("remind me to buy milk");
    user.say("at 5pm please");
    assert_eq!(user.due("buy milk").as_deref(), Some("2026-11-21T17:00:00Z"));
}

#[test]
fn many_commands_at_once_are_confirmed() {
    let mut user = User::with(&[]);
    let reply = user.say("add milk; add bread; add eggs; add tea; add rice; add oil");
    assert_eq!(
        reply.text,
        "I'll create the tasks 'milk', 'bread', 'eggs', 'tea', 'rice' and 1 more. Is that correct?"
    );
    assert!(reply.changes.is_empty());
    assert_eq!(user.say("yes").changes.len(), 6);
}

#[test]
fn a_title_has_at_most_500_characters() {
    let mut user = User::with(&[]);
    let reply = user.say(&format!("Create a task to {}", "a".repeat(501)));
    assert!(reply.changes.is_empty(), "{}", reply.text);
}
