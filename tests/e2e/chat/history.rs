//! What was said can be read and forgotten.

use anyhow::Result;
use serde_json::{Value, json};
use spindle_tests::Spindle;

use super::say;
use crate::delete;

#[tokio::test]
async fn every_message_is_kept_with_what_was_made_of_it() -> Result<()> {
    let spindle = Spindle::start().await?;
    let answer = say(&spindle, "h", "Create a task to buy milk").await?;
    say(&spindle, "other", "show my tasks").await?;
    let (_, list) = spindle.get("/api/conversations?limit=1").await?;
    assert_eq!(list["items"][0]["client_key"], "other", "the one that was spoken in last is first");
    let cursor = list["next"].as_str().unwrap_or_default();
    let (_, rest) = spindle.get(&format!("/api/conversations?cursor={cursor}")).await?;
    assert_eq!((&rest["items"][0]["client_key"], &rest["next"]), (&json!("h"), &Value::Null));
    assert_eq!(rest["items"][0]["id"], answer["conversation"]);

    let path =
        format!("/api/conversations/{}", answer["conversation"].as_str().unwrap_or_default());
    let (_, one) = spindle.get(&path).await?;
    assert_eq!(one["client_key"], "h");
    let [reply, question] = [&one["messages"]["items"][0], &one["messages"]["items"][1]];
    assert_eq!((&reply["role"], &question["role"]), (&json!("assistant"), &json!("user")));
    assert_eq!(question["content"], "Create a task to buy milk");
    assert_eq!(reply["content"], answer["response"]);
    for message in [reply, question] {
        assert_eq!(message["intent_detected"], "create_task");
        assert_eq!(message["skill_agent_used"], "TaskAgent");
        assert_eq!(message["confidence_score"], answer["confidence_score"]);
    }
    assert!(reply["processing_time_ms"].is_number(), "{reply}");

    let (_, page) = spindle.get(&format!("{path}?limit=1")).await?;
    let cursor = page["messages"]["next"].as_str().unwrap_or_default();
    let (_, rest) = spindle.get(&format!("{path}?limit=1&cursor={cursor}")).await?;
    assert_eq!(
        (&rest["messages"]["items"][0], &rest["messages"]["next"]),
        (question, &Value::Null)
    );
    spindle.stop().await
}

#[tokio::test]
async fn a_conversation_is_forgotten_with_its_messages() -> Result<()> {
    let spindle = Spindle::start().await?;
    let answer = say(&spindle, "h", "Create a task to buy milk").await?;
    let id = answer["conversation"].as_str().unwrap_or_default();
    let path = format!("/api/conversations/{id}");
    let deleted = json!({"status": "deleted", "conversation_id": id});
    assert_eq!(delete(&spindle, &path).await?, (200, deleted));
    assert_eq!(spindle.get(&path).await?.0, 404);
    assert_eq!(delete(&spindle, &path).await?.0, 404, "deleting twice");
    let database = spindle.database().await?;
    let row = database
        .query_one("select (select count(*) from messages), (select count(*) from tasks)", &[])
        .await?;
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 1), "what it did stays");
    let rows = spindle.audit(id, 1).await?;
    assert_eq!(
        (&rows[0]["entity_type"], &rows[0]["action"]),
        (&json!("conversation"), &json!("deleted"))
    );
    // Its name is free again, and remembers nothing.
    let again = say(&spindle, "h", "undo").await?;
    assert_ne!(again["conversation"], answer["conversation"]);
    assert_eq!(again["tasks"], json!([]));
    spindle.stop().await
}

#[tokio::test]
async fn another_users_conversation_is_not_there() -> Result<()> {
    let spindle = Spindle::start().await?;
    let answer = say(&spindle, "h", "Create a task to buy milk").await?;
    let database = spindle.database().await?;
    database
        .batch_execute(
            "alter table messages drop constraint messages_conversation_fkey;
             update conversations set user_id = '00000000-0000-7000-8000-000000000002';
             update messages set user_id = '00000000-0000-7000-8000-000000000002';",
        )
        .await?;
    let path =
        format!("/api/conversations/{}", answer["conversation"].as_str().unwrap_or_default());
    for (status, problem) in [spindle.get(&path).await?, delete(&spindle, &path).await?] {
        assert_eq!((status, &problem["detail"]), (404, &json!("Conversation not found")));
    }
    assert_eq!(spindle.get("/api/conversations").await?.1, json!({"items": [], "next": null}));
    let again = say(&spindle, "h", "show my tasks").await?;
    assert_ne!(again["conversation"], answer["conversation"], "of the same name, and one's own");
    spindle.stop().await
}
