//! What a line would become, before it does.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::{Person, Spindle};

use crate::patch;

/// What a line would become: 200.
async fn parse(spindle: &Spindle, line: &Value) -> Result<Value> {
    let (status, drafts) = spindle.post("/api/parse", line).await?;
    anyhow::ensure!(status == 200, "POST /api/parse answered {status}: {drafts}");
    Ok(drafts)
}

#[tokio::test]
async fn a_line_is_shown_as_the_task_that_it_then_becomes() -> Result<()> {
    let spindle = Spindle::start().await?;
    let line = "pay the rent 2099-01-31 at 9am every month #home !high";
    let drafts = parse(&spindle, &json!({ "text": line, "timezone": "Asia/Karachi" })).await?;
    assert_eq!(drafts["language"], "en");
    let draft = &drafts["tasks"][0];
    let parts: Vec<_> = draft["pieces"]
        .as_array()
        .context("no pieces")?
        .iter()
        .map(|piece| piece["part"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(parts, ["due", "recurrence", "tag", "priority"], "{draft}");
    assert!(draft["confidence"].as_f64().is_some_and(|it| it > 0.7), "{draft}");
    let (_, list) = spindle.get("/api/tasks").await?;
    assert_eq!(list["items"], json!([]), "nothing is made");

    let (status, task) = spindle.post("/api/tasks", &draft["task"]).await?;
    assert_eq!(status, 200, "{task}");
    assert_eq!(
        (&task["title"], &task["due_date"], &task["timezone"], &task["priority"], &task["tags"]),
        (
            &json!("pay the rent"),
            &json!("2099-01-31T04:00:00Z"),
            &json!("Asia/Karachi"),
            &json!("high"),
            &json!(["home"]),
        )
    );
    assert!(task["recurrence_rule"]["rrule"].is_string(), "{task}");
    spindle.stop().await
}

#[tokio::test]
async fn a_piece_that_is_ignored_is_told_to_be_by_the_place_that_it_was_shown_at() -> Result<()> {
    let spindle = Spindle::start().await?;
    let line = "🎬 watch tomorrow #film";
    let drafts = parse(&spindle, &json!({ "text": line })).await?;
    assert_eq!(drafts["tasks"][0]["task"]["title"], "🎬 watch", "{drafts}");
    let piece = &drafts["tasks"][0]["pieces"][0];
    assert_eq!((&piece["part"], &piece["text"]), (&json!("due"), &json!("tomorrow")));
    assert_eq!((&piece["start"], &piece["end"]), (&json!(9), &json!(17)), "in UTF-16 code units");
    let ignore = json!([[piece["start"], piece["end"]]]);
    let drafts = parse(&spindle, &json!({ "text": line, "ignore": ignore })).await?;
    let task = &drafts["tasks"][0]["task"];
    assert_eq!((&task["title"], &task["tags"]), (&json!("🎬 watch tomorrow"), &json!(["film"])));
    assert_eq!(task.get("due_date"), None, "{task}");
    spindle.stop().await
}

#[tokio::test]
async fn times_are_meant_where_the_user_is() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "ayesha@example.com").await?;
    let (token, _) = person.token(&spindle, &["tasks:read"]).await?;
    let due = async |line: Value| -> Result<Value> {
        let post = reqwest::Method::POST;
        let (status, drafts) = spindle.ask(&token, post, "/api/parse", Some(&line)).await?;
        assert_eq!(status, 200, "{drafts}");
        Ok(drafts["tasks"][0]["task"].clone())
    };
    let text = "کام 2099-06-01 شام 5 بجے";
    let task = due(json!({ "text": text })).await?;
    assert_eq!(
        (&task["due_date"], &task["timezone"]),
        (&json!("2099-06-01T17:00:00Z"), &json!("UTC"))
    );
    let moved = spindle.client.patch(spindle.url("/auth/me")).bearer_auth(&person.access);
    let moved = moved.json(&json!({ "timezone": "Asia/Karachi" })).send().await?;
    assert_eq!(moved.status(), 200);
    let task = due(json!({ "text": text })).await?;
    assert_eq!(
        (&task["due_date"], &task["timezone"]),
        (&json!("2099-06-01T12:00:00Z"), &json!("Asia/Karachi"))
    );
    let task = due(json!({ "text": text, "timezone": "europe/madrid" })).await?;
    assert_eq!(
        (&task["due_date"], &task["timezone"]),
        (&json!("2099-06-01T15:00:00Z"), &json!("Europe/Madrid")),
        "the request says it, and Postgres how it is spelt"
    );
    spindle.stop().await
}

#[tokio::test]
async fn a_line_that_waited_says_when_it_was_typed() -> Result<()> {
    let spindle = Spindle::start().await?;
    let typed = chrono::Utc::now() - chrono::TimeDelta::days(3);
    let expected = (typed + chrono::TimeDelta::days(1)).date_naive().to_string();
    for (text, zone, due) in [
        ("buy milk tomorrow", "UTC", expected),
        ("stretch in 2 hours", "Asia/Karachi", {
            let at = typed + chrono::TimeDelta::hours(2);
            at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        }),
    ] {
        let now = typed.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let line = json!({ "text": text, "timezone": zone, "now": now });
        let drafts = parse(&spindle, &line).await?;
        assert_eq!(drafts["tasks"][0]["task"]["due_date"], due, "{drafts}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn lines_have_a_rate_but_for_local_mode() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("parse_rate", "2/2h")]).await?;
    let person = Person::register(&spindle, "ayesha@example.com").await?;
    let line = json!({ "text": "call mom tomorrow" });
    for expected in [200, 200, 429] {
        let post = reqwest::Method::POST;
        let asked = spindle.ask(&person.access, post, "/api/parse", Some(&line)).await?;
        assert_eq!(asked.0, expected);
        parse(&spindle, &line).await?;
    }
    spindle.stop().await
}

#[tokio::test]
async fn what_is_no_line_is_told() -> Result<()> {
    let spindle = Spindle::start().await?;
    for (line, field) in [
        (json!({}), "text"),
        (json!({ "text": "x".repeat(2001) }), "text"),
        (json!({ "text": "x", "timezone": "Mars/Base" }), "timezone"),
        (json!({ "text": "x", "ignore": [[0, 2]] }), "ignore"),
        (json!({ "text": "x", "now": "2001-01-01T00:00:00Z" }), "now"),
    ] {
        let (status, problem) = spindle.post("/api/parse", &line).await?;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    let (status, _) = patch(&spindle, "/api/parse", &json!({})).await?;
    assert_eq!(status, 405);
    spindle.stop().await
}
