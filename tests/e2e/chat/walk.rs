//! The customer's walk, in both languages.

use anyhow::Result;
use serde_json::{Value, json};
use spindle_tests::Spindle;

use super::{due, say, say_in, task, text, titles};

#[tokio::test]
async fn a_task_is_created_changed_completed_and_deleted_by_talking() -> Result<()> {
    let spindle = Spindle::start().await?;
    let zone = Some("Asia/Karachi");
    let created =
        say_in(&spindle, "test-1", "Create a task to buy milk tomorrow at 5pm", zone).await?;
    assert_eq!(created["intent_detected"], "create_task");
    assert_eq!(created["skill_agent_used"], "TaskAgent");
    assert!(created["confidence_score"].as_f64() > Some(0.8), "{created}");
    assert_eq!(created["clarification_needed"], false);
    assert!(text(&created).starts_with("I've created a task 'buy milk' for you."), "{created}");
    assert_eq!(created["task_created"], task(&spindle, "buy milk").await?);
    assert_eq!(created["task_created"]["timezone"], "Asia/Karachi");
    assert_eq!(due(&spindle, "buy milk").await?, (1, "17:00".to_owned()));

    // The conversation remembers the time zone.
    let reminded = say(&spindle, "test-1", "remind me to call mom tomorrow at 9am").await?;
    assert_eq!(reminded["skill_agent_used"], "ReminderAgent");
    assert_eq!(due(&spindle, "call mom").await?, (1, "09:00".to_owned()));
    assert_eq!(task(&spindle, "call mom").await?["reminder_config"], json!({"lead_time": "PT0S"}));

    let updated = say(&spindle, "test-1", "Update the milk task to tomorrow at 6pm").await?;
    assert_eq!(updated["intent_detected"], "update_task");
    assert_eq!(due(&spindle, "buy milk").await?, (1, "18:00".to_owned()));

    let listed = say(&spindle, "test-1", "show my tasks").await?;
    assert_eq!(listed["intent_detected"], "query_tasks");
    assert_eq!(listed["tasks"].as_array().map(Vec::len), Some(2), "{listed}");
    assert!(
        text(&listed).starts_with("You have 2 tasks:\n1. call mom (tomorrow at 9am)"),
        "{listed}"
    );

    let completed = say(&spindle, "test-1", "complete the milk task").await?;
    assert_eq!(completed["intent_detected"], "complete_task");
    assert_eq!(completed["tasks"][0]["status"], "completed");

    let asked = say(&spindle, "test-1", "delete the task call mom").await?;
    assert_eq!(asked["intent_detected"], "delete_task");
    assert_eq!(asked["clarification_needed"], true);
    assert_eq!(text(&asked), "I'll delete 'call mom'. Is that correct?");
    assert_eq!(titles(&spindle, "active").await?, ["call mom"]);
    say(&spindle, "test-1", "yes").await?;
    assert_eq!(titles(&spindle, "active").await?, Vec::<String>::new());

    // What talking changes is told like any other change.
    let id = created["task_created"]["id"].as_str().unwrap_or_default();
    let rows = spindle.audit(id, 3).await?;
    let actions: Vec<&Value> = rows.iter().rev().map(|row| &row["action"]).collect();
    assert_eq!(actions, ["created", "updated", "completed"]);
    spindle.stop().await
}

#[tokio::test]
async fn urdu_is_understood_and_answered() -> Result<()> {
    let spindle = Spindle::start().await?;
    let created = say(&spindle, "u", "کل شام پانچ بجے دودھ خریدنا").await?;
    assert_eq!(created["intent_detected"], "create_task");
    assert!(text(&created).contains("'دودھ خریدنا'"), "{created}");
    assert_eq!(due(&spindle, "دودھ خریدنا").await?, (1, "17:00".to_owned()));

    let reminded = say(&spindle, "u", "مجھے کل صبح ۹ بجے امی کو فون کرنا یاد دلانا").await?;
    assert_eq!(reminded["skill_agent_used"], "ReminderAgent", "{reminded}");
    assert_eq!(due(&spindle, "امی کو فون کرنا").await?, (1, "09:00".to_owned()));

    let listed = say(&spindle, "u", "میرے کام دکھاؤ").await?;
    assert!(text(&listed).starts_with("آپ کے 2 کام ہیں"), "{listed}");

    let completed = say(&spindle, "u", "دودھ والا کام مکمل ہو گیا").await?;
    assert_eq!(completed["intent_detected"], "complete_task");
    assert_eq!(titles(&spindle, "completed").await?, ["دودھ خریدنا"]);

    let asked = say(&spindle, "u", "دودھ والا کام حذف کرو").await?;
    assert!(asked["clarification_needed"] == true && text(&asked).ends_with('؟'), "{asked}");
    say(&spindle, "u", "نہیں").await?;
    assert_eq!(titles(&spindle, "completed").await?, ["دودھ خریدنا"], "no is no");
    say(&spindle, "u", "دودھ والا کام حذف کرو").await?;
    say(&spindle, "u", "ہاں").await?;
    assert_eq!(titles(&spindle, "completed").await?, Vec::<String>::new());
    spindle.stop().await
}

#[tokio::test]
async fn a_wrong_document_is_refused_with_what_it_may_be() -> Result<()> {
    let spindle = Spindle::start().await?;
    for (body, says) in [
        (json!({}), "user_input"),
        (json!({"user_input": "x".repeat(2001)}), "2,000 characters"),
        (json!({"user_input": "a\u{0}"}), "U+0000"),
        (json!({"user_input": "x", "user_id": "y"}), "user_id"),
        (json!({"user_input": "x", "timezone": "Mars/Base"}), "IANA"),
        (json!({"user_input": "x", "language": "fr"}), "en, ur or null"),
    ] {
        let (status, problem) = spindle.post("/chat/command", &body).await?;
        assert_eq!(status, 422, "{body}: {problem}");
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.contains(says)),
            "{problem}"
        );
    }
    let (_, list) = spindle.get("/api/conversations").await?;
    assert_eq!(list, json!({"items": [], "next": null}));
    // Without a name, the conversation gets one.
    let (_, answer) =
        spindle.post("/chat/command", &json!({"user_input": "show my tasks"})).await?;
    let name = answer["conversation_id"].as_str().unwrap_or_default();
    assert_eq!(say(&spindle, name, "show my tasks").await?["conversation"], answer["conversation"]);
    spindle.stop().await
}

#[tokio::test]
async fn counted_time_is_exact_and_a_local_time_is_the_zones() -> Result<()> {
    let spindle = Spindle::start().await?;
    say_in(&spindle, "z", "remind me to stretch in 2 hours", Some("America/New_York")).await?;
    say_in(&spindle, "z", "Create a task to vote on July 4 2027 at 9am", Some("America/New_York"))
        .await?;
    let database = spindle.database().await?;
    let row = database
        .query_one(
            "select due_date - created_at between '1:59' and '2:00:01' from tasks where title = 'stretch'",
            &[],
        )
        .await?;
    assert!(row.get::<_, bool>(0), "two hours from now");
    assert_eq!(task(&spindle, "vote").await?["due_date"], "2027-07-04T13:00:00Z");
    spindle.stop().await
}
