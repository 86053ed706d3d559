//! Conversations: questions, answers, corrections, and what is taken back.

use anyhow::Result;
use serde_json::json;
use spindle_tests::Spindle;

use super::{due, say, task, text, titles};
use crate::patch;

#[tokio::test]
async fn ten_turns_with_a_correction_a_clarification_a_refusal_and_an_undo() -> Result<()> {
    let spindle = Spindle::start().await?;
    let say = async |sentence: &str| say(&spindle, "ten", sentence).await;
    // 1, 2: a clarification.
    let asked = say("remind me to call mom").await?;
    assert_eq!(text(&asked), "When should I remind you?");
    assert_eq!(
        (&asked["clarification_needed"], &asked["task_created"]),
        (&json!(true), &json!(null))
    );
    let created = say("tomorrow at 5").await?;
    assert_eq!(created["task_created"]["title"], "call mom");
    assert_eq!(due(&spindle, "call mom").await?, (1, "17:00".to_owned()));
    // 3: a correction.
    let corrected = say("no, at 6").await?;
    assert_eq!(corrected["intent_detected"], "update_task", "{corrected}");
    assert_eq!(due(&spindle, "call mom").await?, (1, "18:00".to_owned()));
    // 4, 5: two more, and a list.
    say("Create a task to buy milk").await?;
    say("Create a task to buy bread").await?;
    // 6, 7: which one, and a confirmation that is refused.
    let which = say("delete the buy task").await?;
    assert!(text(&which).starts_with("Which task should I delete?\n1. "), "{which}");
    let confirm = say("the milk one").await?;
    assert_eq!(text(&confirm), "I'll delete 'buy milk'. Is that correct?");
    // 8
    let refused = say("no").await?;
    assert_eq!(refused["clarification_needed"], false);
    assert_eq!(titles(&spindle, "active").await?, ["call mom", "buy milk", "buy bread"]);
    // 9, 10: done, and taken back.
    say("complete the bread task").await?;
    assert_eq!(titles(&spindle, "completed").await?, ["buy bread"]);
    let undone = say("undo").await?;
    assert_eq!(undone["intent_detected"], "undo");
    assert_eq!(titles(&spindle, "active").await?, ["call mom", "buy milk", "buy bread"]);
    spindle.stop().await
}

#[tokio::test]
async fn a_deletion_can_be_taken_back_unless_somebody_has_changed_the_task_since() -> Result<()> {
    let spindle = Spindle::start().await?;
    let milk = spindle.create("buy milk").await?;
    say(&spindle, "c", "delete the milk task").await?;
    say(&spindle, "c", "yes").await?;
    assert_eq!(titles(&spindle, "active").await?, Vec::<String>::new());
    say(&spindle, "c", "undo").await?;
    let restored = task(&spindle, "buy milk").await?;
    assert_eq!((&restored["id"], &restored["deleted_at"]), (&milk["id"], &json!(null)));

    say(&spindle, "c", "rename buy milk to buy oat milk").await?;
    let path = format!("/api/tasks/{}", milk["id"].as_str().unwrap_or_default());
    patch(&spindle, &path, &json!({"priority": "high"})).await?;
    let kept = say(&spindle, "c", "undo").await?;
    assert!(text(&kept).contains("changed since"), "{kept}");
    assert_eq!(task(&spindle, "buy oat milk").await?["priority"], "high");
    spindle.stop().await
}

#[tokio::test]
async fn a_question_is_of_its_conversation() -> Result<()> {
    let spindle = Spindle::start().await?;
    spindle.create("buy milk").await?;
    let asked = say(&spindle, "one", "delete the milk task").await?;
    assert_eq!(asked["clarification_needed"], true);
    // A yes elsewhere confirms nothing, and leaves the question open.
    let elsewhere = say(&spindle, "two", "yes").await?;
    assert_eq!(elsewhere["clarification_needed"], false);
    assert_eq!(titles(&spindle, "active").await?, ["buy milk"]);
    say(&spindle, "two", "Create a task to buy bread").await?;
    say(&spindle, "one", "yes").await?;
    assert_eq!(titles(&spindle, "active").await?, ["buy bread"]);
    // Nor is another conversation's change taken back.
    let nothing = say(&spindle, "three", "undo").await?;
    assert_eq!(nothing["tasks"], json!([]));
    assert_eq!(titles(&spindle, "active").await?, ["buy bread"]);
    spindle.stop().await
}

#[tokio::test]
async fn state_that_is_old_or_broken_is_dropped() -> Result<()> {
    let spindle = Spindle::start().await?;
    spindle.create("buy milk").await?;
    let database = spindle.database().await?;
    for state in
        ["{}", r#"{"version": 0, "pending": "delete"}"#, r#"{"version": 1, "question": 7}"#]
    {
        say(&spindle, "c", "delete the milk task").await?;
        let update = format!("update conversations set state = '{state}'");
        assert_eq!(database.execute(&update, &[]).await?, 1);
        let answer = say(&spindle, "c", "yes").await?;
        assert_eq!(answer["tasks"], json!([]), "{state}: {answer}");
    }
    assert_eq!(titles(&spindle, "active").await?, ["buy milk"]);
    spindle.stop().await
}

#[tokio::test]
async fn another_users_task_is_never_found() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("secret plan").await?;
    say(&spindle, "c", "show my tasks").await?;
    say(&spindle, "c", "delete the secret task").await?;
    // It changes hands while the question is open.
    let database = spindle.database().await?;
    assert_eq!(database.execute("update tasks set user_id = gen_random_uuid()", &[]).await?, 1);
    let id = task["id"].as_str().unwrap_or_default();
    for sentence in [
        "yes".to_owned(),
        "delete the secret task".to_owned(),
        "complete the first one".to_owned(),
        "complete it".to_owned(),
        "delete all tasks".to_owned(),
        "undo".to_owned(),
        format!("complete task {id}"),
        "show my tasks".to_owned(),
    ] {
        let answer = say(&spindle, "c", &sentence).await?;
        assert!(!text(&answer).contains("secret plan"), "{sentence}: {answer}");
        assert_eq!(answer["tasks"], json!([]), "{sentence}");
    }
    let row = database
        .query_one("select version, status from tasks where title = 'secret plan'", &[])
        .await?;
    assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(1)), (1, "active"));
    spindle.stop().await
}
