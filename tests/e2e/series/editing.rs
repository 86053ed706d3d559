//! This one is changed, or its series.

use anyhow::Result;
use serde_json::{Value, json};
use spindle_tests::Spindle;

use super::{edit, new, next_of, step};

fn weekly() -> Value {
    json!({
        "title": "Report", "due_date": "2099-01-05T09:00:00Z", "priority": "low",
        "recurrence_rule": { "pattern": "weekly" },
    })
}

/// What comes after a task.
async fn complete(spindle: &Spindle, task: &Value) -> Result<Value> {
    step(spindle, task, "complete").await?;
    next_of(spindle, task).await
}

#[tokio::test]
async fn a_due_date_is_this_ones_and_all_else_is_the_series() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    let patch = json!({ "due_date": "2099-01-03T18:00:00Z", "title": "Weekly report" });
    let moved = edit(&spindle, &first, "", patch).await?;
    assert_eq!(moved["series_fields"], json!({ "due_date": "2099-01-05T09:00:00Z" }));
    assert_eq!(moved["series_start"], first["series_start"]);
    let second = complete(&spindle, &moved).await?;
    let expected = (&json!("Weekly report"), &json!("2099-01-12T09:00:00Z"), &Value::Null);
    assert_eq!((&second["title"], &second["due_date"], &second["series_fields"]), expected);
    // As it was is nothing of its own.
    let there = edit(&spindle, &second, "", json!({ "due_date": "2099-01-14" })).await?;
    assert_eq!(there["series_fields"], json!({ "due_date": "2099-01-12T09:00:00Z" }));
    let back = edit(&spindle, &second, "", json!({ "due_date": "2099-01-12T09:00:00Z" })).await?;
    assert_eq!(back["series_fields"], Value::Null);
    spindle.stop().await
}

#[tokio::test]
async fn this_one_alone_is_changed() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    let patch = json!({ "title": "Long report", "priority": "high", "tags": ["now"] });
    let changed = edit(&spindle, &first, "?scope=this", patch).await?;
    let kept = json!({ "title": "Report", "priority": "low", "tags": [] });
    assert_eq!(changed["series_fields"], kept);
    // One of them for all, after all.
    let all = edit(&spindle, &first, "?scope=series", json!({ "priority": "medium" })).await?;
    assert_eq!(all["series_fields"], json!({ "title": "Report", "tags": [] }));
    let next = complete(&spindle, &first).await?;
    let expected = (&json!("Report"), &json!("medium"), &json!([]), &Value::Null);
    assert_eq!(
        (&next["title"], &next["priority"], &next["tags"], &next["series_fields"]),
        expected
    );
    spindle.stop().await
}

#[tokio::test]
async fn a_due_date_of_the_series_begins_it_anew() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    let moved = edit(&spindle, &first, "", json!({ "due_date": "2099-01-06T10:00:00Z" })).await?;
    let again = json!({ "due_date": "2099-01-06T10:00:00Z" });
    let begun = edit(&spindle, &moved, "?scope=series", again.clone()).await?;
    let of_series = |task: &Value| {
        [&task["series_start"], &task["series_fields"], &task["occurrence"]].map(Value::clone)
    };
    assert_eq!(of_series(&begun), [json!("2099-01-06T10:00:00"), Value::Null, json!(1)]);
    assert_ne!(begun["series_id"], first["series_id"]);
    assert_eq!(
        edit(&spindle, &moved, "?scope=series", again).await?,
        begun,
        "it begins there already"
    );
    assert_eq!(complete(&spindle, &begun).await?["due_date"], "2099-01-13T10:00:00Z");
    spindle.stop().await
}

#[tokio::test]
async fn a_new_rule_begins_with_the_due_date() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    let second = complete(&spindle, &first).await?;
    let own = edit(&spindle, &second, "?scope=this", json!({ "title": "Mine" })).await?;
    let rule = json!({ "recurrence_rule": { "pattern": "daily", "count": 2 } });
    let begun = edit(&spindle, &own, "?scope=this", rule).await?;
    assert_eq!(
        (&begun["occurrence"], &begun["series_start"]),
        (&json!(1), &json!("2099-01-12T09:00:00"))
    );
    assert_eq!(
        begun["series_fields"],
        json!({ "title": "Report" }),
        "the series has its title still"
    );
    let third = complete(&spindle, &begun).await?;
    assert_eq!(
        (&third["title"], &third["due_date"]),
        (&json!("Report"), &json!("2099-01-13T09:00:00Z"))
    );

    let ended = edit(&spindle, &third, "", json!({ "recurrence_rule": null })).await?;
    for field in ["recurrence_rule", "series_id", "occurrence", "series_start", "series_fields"] {
        assert_eq!(ended[field], Value::Null, "{field}");
    }
    // Taken back, it is as it was.
    let back = step(&spindle, &third, "undo").await?;
    for field in ["recurrence_rule", "series_id", "occurrence", "series_start", "series_fields"] {
        assert_eq!(back[field], third[field], "{field}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_time_zone_is_this_ones_unless_it_is_said_to_be_the_series() -> Result<()> {
    let spindle = Spindle::start().await?;
    let document = json!({
        "title": "x", "due_date": "2099-06-30T07:00:00Z", "timezone": "Europe/Madrid",
        "recurrence_rule": { "pattern": "monthly" },
    });
    let first = new(&spindle, document).await?;
    let abroad = edit(&spindle, &first, "", json!({ "timezone": "asia/karachi" })).await?;
    assert_eq!(abroad["series_fields"], json!({ "timezone": "Europe/Madrid" }));
    let second = complete(&spindle, &abroad).await?;
    assert_eq!(
        (&second["timezone"], &second["due_date"]),
        (&json!("Europe/Madrid"), &json!("2099-07-30T07:00:00Z"))
    );
    let moved =
        edit(&spindle, &second, "?scope=series", json!({ "timezone": "Asia/Karachi" })).await?;
    assert_eq!(moved["series_start"], "2099-07-30T12:00:00");
    assert_eq!(complete(&spindle, &moved).await?["timezone"], "Asia/Karachi");
    spindle.stop().await
}

#[tokio::test]
async fn what_ends_it_or_is_left_out_leaves_a_series_where_it_began() -> Result<()> {
    let spindle = Spindle::start().await?;
    let document = json!({
        "title": "Rent", "due_date": "2099-01-31", "recurrence_rule": { "pattern": "monthly" },
    });
    let first = new(&spindle, document).await?;
    let second = complete(&spindle, &first).await?;
    assert_eq!(second["due_date"], "2099-02-28");
    let rule = json!({ "pattern": "monthly", "until": "2099-12-31", "exceptions": ["2099-04-30"] });
    let ends = edit(&spindle, &second, "", json!({ "recurrence_rule": rule })).await?;
    for field in ["series_id", "occurrence", "series_start"] {
        assert_eq!(ends[field], second[field], "{field}");
    }
    let third = complete(&spindle, &ends).await?;
    assert_eq!(third["due_date"], "2099-03-31");
    assert_eq!(complete(&spindle, &third).await?["due_date"], "2099-05-31");
    spindle.stop().await
}

#[tokio::test]
async fn a_series_that_is_moved_has_what_its_rule_has_left() -> Result<()> {
    let spindle = Spindle::start().await?;
    for (rule, left) in [
        (json!({ "pattern": "daily", "count": 3 }), json!({ "pattern": "daily", "count": 2 })),
        (json!({ "rrule": "FREQ=DAILY;COUNT=3" }), json!({ "rrule": "FREQ=DAILY;COUNT=2" })),
    ] {
        let due = "2099-01-05T09:00:00Z";
        let document = json!({ "title": "Pills", "due_date": due, "recurrence_rule": rule });
        let first = new(&spindle, document).await?;
        let second = complete(&spindle, &first).await?;
        let later = json!({ "due_date": "2099-01-06T10:00:00Z" });
        let moved = edit(&spindle, &second, "?scope=series", later).await?;
        assert_eq!(moved["recurrence_rule"], left);
        let third = complete(&spindle, &moved).await?;
        assert_eq!(third["due_date"], "2099-01-07T10:00:00Z");
        step(&spindle, &third, "complete").await?;
        let path = format!("{}/occurrences", super::path(&third)?);
        assert_eq!(spindle.get(&path).await?.1, json!({ "items": [] }));
    }
    spindle.stop().await
}

#[tokio::test]
async fn in_another_time_zone_a_series_is_not_moved_with_this_one() -> Result<()> {
    let spindle = Spindle::start().await?;
    let first = new(&spindle, weekly()).await?;
    let wednesday = json!({ "due_date": "2099-01-07T15:00:00Z" });
    let moved = edit(&spindle, &first, "", wednesday).await?;
    let patch = json!({ "timezone": "Asia/Karachi" });
    let abroad = edit(&spindle, &moved, "?scope=series", patch.clone()).await?;
    assert_eq!(
        (&abroad["series_start"], &abroad["series_fields"], &abroad["due_date"]),
        (&json!("2099-01-05T14:00:00"), &moved["series_fields"], &moved["due_date"])
    );
    let again = edit(&spindle, &abroad, "?scope=series", patch).await?;
    assert_eq!(again["series_id"], abroad["series_id"], "it is there already");
    assert_eq!(complete(&spindle, &abroad).await?["due_date"], "2099-01-12T09:00:00Z");
    spindle.stop().await
}

#[tokio::test]
async fn that_a_reminder_was_put_off_is_this_ones_alone() -> Result<()> {
    let spindle = Spindle::start().await?;
    for config in [json!({ "lead_time": "PT1H" }), Value::Null] {
        let mut document = weekly();
        document["reminder_config"] = config.clone();
        let first = new(&spindle, document).await?;
        let mut put_off = config.as_object().cloned().unwrap_or_default();
        put_off.insert("snoozed_until".to_owned(), json!("2099-01-05T12:00:00Z"));
        let snoozed = edit(&spindle, &first, "", json!({ "reminder_config": put_off })).await?;
        assert_eq!(snoozed["series_fields"], json!({ "reminder_config": config }));
        assert_eq!(complete(&spindle, &snoozed).await?["reminder_config"], config);
    }
    spindle.stop().await
}

/// What doesn't speak of the rule leaves it alone.
#[tokio::test]
async fn no_other_edit_wipes_the_rule() -> Result<()> {
    let spindle = Spindle::start().await?;
    let say = async |words: &str| {
        spindle.post("/chat/command", &json!({ "user_input": words, "conversation_id": "c" })).await
    };
    let task = new(&spindle, weekly()).await?;
    let rule = task["recurrence_rule"].clone();
    let operation = json!({ "op": "update", "id": task["id"], "patch": { "tags": ["a"] } });
    spindle.post("/api/tasks/batch", &json!({ "operations": [operation] })).await?;
    for (words, field) in [
        ("move the report task to january 7 2099 at 10am", "due_date"),
        ("make the report high priority", "priority"),
    ] {
        let (_, before) = spindle.get(&super::path(&task)?).await?;
        let (_, answer) = say(words).await?;
        let (_, after) = spindle.get(&super::path(&task)?).await?;
        assert_ne!(before[field], after[field], "{answer}");
        assert_eq!(
            (&after["recurrence_rule"], &after["series_start"]),
            (&rule, &task["series_start"])
        );
    }
    let (_, moved) = spindle.get(&super::path(&task)?).await?;
    assert_eq!(moved["series_fields"], json!({ "due_date": "2099-01-05T09:00:00Z" }));
    // A new rule that is said is taken back with all that it did.
    say("make the report repeat every day").await?;
    let (_, daily) = spindle.get(&super::path(&task)?).await?;
    assert_ne!(
        (&daily["recurrence_rule"], &daily["series_id"]),
        (&rule, &moved["series_id"]),
        "{daily}"
    );
    assert_eq!(daily["due_date"], moved["due_date"], "it is due when it was");
    say("undo").await?;
    let (_, back) = spindle.get(&super::path(&task)?).await?;
    for field in
        ["recurrence_rule", "series_id", "occurrence", "series_start", "series_fields", "due_date"]
    {
        assert_eq!(back[field], moved[field], "{field}");
    }
    spindle.stop().await
}
