//! Messages at once.

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::json;
use spindle_tests::Spindle;

use super::{say, titles};

#[tokio::test]
async fn two_messages_at_once_are_both_obeyed() -> Result<()> {
    let spindle = Spindle::start().await?;
    for round in 0..10 {
        let sentences = [
            format!("Create a task to buy milk {round}a"),
            format!("Create a task to buy milk {round}b"),
        ];
        try_join_all(sentences.iter().map(|sentence| say(&spindle, "race", sentence))).await?;
    }
    assert_eq!(titles(&spindle, "active").await?.len(), 20);
    let (_, list) = spindle.get("/api/conversations").await?;
    let id = list["items"][0]["id"].as_str().unwrap_or_default();
    let (_, one) = spindle.get(&format!("/api/conversations/{id}?limit=100")).await?;
    let messages = one["messages"]["items"].as_array().cloned().unwrap_or_default();
    assert_eq!(messages.len(), 40, "nothing is lost");
    // The newest first: each answer stands after what it answers.
    for pair in messages.chunks(2) {
        assert_eq!((&pair[0]["role"], &pair[1]["role"]), (&json!("assistant"), &json!("user")));
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_confirmation_that_is_sent_twice_at_once_acts_once() -> Result<()> {
    let spindle = Spindle::start().await?;
    for round in 0..5 {
        let title = format!("errand {round}");
        spindle.create(&title).await?;
        say(&spindle, "twice", &format!("delete the task {title}")).await?;
        let answers = try_join_all((0..2).map(|_| say(&spindle, "twice", "yes"))).await?;
        let acted = answers.iter().filter(|answer| answer["tasks"] != json!([])).count();
        assert_eq!(acted, 1, "{answers:?}");
    }
    let database = spindle.database().await?;
    let row = database
        .query_one("select count(*) from events where event_type = 'task.deleted'", &[])
        .await?;
    assert_eq!(row.get::<_, i64>(0), 5);
    spindle.stop().await
}

#[tokio::test]
async fn of_many_messages_at_once_each_is_obeyed_once_or_told_to_come_again() -> Result<()> {
    let spindle = Spindle::start().await?;
    let answers = try_join_all((0..30).map(|number| {
        let body = json!({
            "user_input": format!("Create a task to write letter {number}"),
            "conversation_id": "many",
        });
        let spindle = &spindle;
        async move { spindle.post("/chat/command", &body).await }
    }))
    .await?;
    let obeyed = answers.iter().filter(|(status, _)| *status == 200).count();
    for (status, answer) in &answers {
        assert!([200, 409].contains(status), "{status}: {answer}");
    }
    assert!(obeyed > 0);
    assert_eq!(titles(&spindle, "active").await?.len(), obeyed);
    let database = spindle.database().await?;
    let row = database
        .query_one("select version, (select count(*) from messages) from conversations", &[])
        .await?;
    let obeyed = i64::try_from(obeyed)?;
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (obeyed, 2 * obeyed));
    spindle.stop().await
}
