//! Reminders: when they come, by what, and what becomes of them.

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use spindle_tests::{Heard, Person, Receiver, Reply, Spindle, eventually};

/// A system that hands its mail over to `mail`, and reaches this machine.
async fn start(mail: &Receiver) -> Result<Spindle> {
    let (url, port) = (mail.base(), mail.port());
    Spindle::start_with_variables(&[
        ("mail_url", &url),
        ("mail_host", "127.0.0.1"),
        ("mail_port", &port),
        ("mail_key", "the-key"),
        ("public_url", "https://todo.example"),
        ("webhook_blocked_networks", ""),
        ("reminders_per_task", "3"),
        // RFC 8291, section 5.
        ("vapid_private_key", "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
    ])
    .await
}

/// So far from now, to the second.
fn at(from_now: TimeDelta) -> String {
    (Utc::now() + from_now).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn id(document: &Value) -> Result<&str> {
    document["id"].as_str().with_context(|| format!("no id: {document}"))
}

async fn task(spindle: &Spindle, document: Value) -> Result<Value> {
    let (status, task) = spindle.post("/api/tasks", &document).await?;
    ensure!(status == 200, "{status}: {task}");
    Ok(task)
}

async fn remind(spindle: &Spindle, document: Value) -> Result<Value> {
    let (status, reminder) = spindle.post("/api/reminders", &document).await?;
    ensure!(status == 201, "{status}: {reminder}");
    Ok(reminder)
}

async fn reminders_of(spindle: &Spindle, task: &Value) -> Result<Vec<Value>> {
    let (_, page) = spindle.get(&format!("/api/reminders?task_id={}", id(task)?)).await?;
    page["items"].as_array().cloned().with_context(|| format!("no items: {page}"))
}

/// A reminder once it is that far.
async fn once(spindle: &Spindle, reminder: &Value, status: &str) -> Result<Value> {
    spindle.reminder(id(reminder)?, status, |it| it["status"] == status).await
}

/// What a mail says, and to whom.
fn mail(heard: &Heard) -> Result<(Value, String)> {
    let mail: Value = serde_json::from_slice(&heard.body)?;
    let to = mail["personalizations"][0]["to"][0]["email"].as_str().context("no address")?;
    Ok((mail.clone(), to.to_owned()))
}

#[tokio::test]
async fn a_reminder_is_made_shown_put_off_and_cancelled() -> Result<()> {
    let nobody = Receiver::start(Reply::Status(202)).await?;
    let spindle = start(&nobody).await?;
    let call =
        task(&spindle, json!({ "title": "call mom", "due_date": "2030-01-02T09:00:00Z" })).await?;
    let wanted = json!({ "task_id": call["id"], "lead_time": "1d" });
    let made = remind(&spindle, wanted.clone()).await?;
    assert_eq!(made["trigger_time"], "2030-01-01T09:00:00Z");
    assert_eq!((&made["status"], &made["lead_time"]), (&json!("pending"), &json!("P1D")));
    let path = format!("/api/reminders/{}", id(&made)?);
    assert_eq!(spindle.get(&path).await?, (200, made.clone()));
    let own = json!({
        "task_id": call["id"], "at": "2030-01-01T00:00:00Z", "delivery_method": "webhook",
        "destination": "ntfys://ntfy.example/mine",
    });
    let other = remind(&spindle, own).await?;
    assert_eq!(reminders_of(&spindle, &call).await?, [other, made]);

    let (status, snoozed) = spindle
        .post(&format!("{path}/snooze"), &json!({ "until": "2030-01-01T10:00:00Z" }))
        .await?;
    assert_eq!((status, &snoozed["trigger_time"]), (200, &json!("2030-01-01T10:00:00Z")));
    let (_, still) = spindle.get(&format!("/api/tasks/{}", id(&call)?)).await?;
    assert_eq!((&still["due_date"], &still["version"]), (&call["due_date"], &call["version"]));

    for (document, field) in [
        (json!({}), "task_id"),
        (json!({ "task_id": call["id"] }), "lead_time"),
        (json!({ "task_id": call["id"], "lead_time": "soon" }), "lead_time"),
        (json!({ "task_id": call["id"], "at": "2020-01-01T00:00:00Z" }), "at"),
        (
            json!({ "task_id": call["id"], "lead_time": "1h", "destination": "mom@example.com" }),
            "destination",
        ),
    ] {
        let (status, problem) = spindle.post("/api/reminders", &document).await?;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    remind(&spindle, wanted.clone()).await?;
    let (status, problem) = spindle.post("/api/reminders", &wanted).await?;
    assert_eq!(status, 409, "no more than a task may have: {problem}");

    assert_eq!(crate::delete(&spindle, &path).await?.0, 200);
    assert_eq!(crate::delete(&spindle, &path).await?.0, 404);
    assert_eq!(spindle.get(&path).await?.0, 404);
    assert_eq!(spindle.post(&format!("{path}/snooze"), &json!({ "for": "1h" })).await?.0, 404);
    let gone = json!({ "task_id": made_up(), "lead_time": "1h" });
    assert_eq!(spindle.post("/api/reminders", &gone).await?.0, 404);
    // All of it stands in the task's history.
    let history = spindle.audit(id(&call)?, 6).await?;
    let mut actions: Vec<_> = history.iter().filter_map(|it| it["action"].as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["cancelled", "created", "scheduled", "scheduled", "scheduled", "snoozed"]);
    assert!(nobody.heard().is_empty());
    spindle.stop().await
}

fn made_up() -> &'static str {
    "0190aaaa-0000-7000-8000-000000000001"
}

#[tokio::test]
async fn a_tasks_reminder_follows_it() -> Result<()> {
    let nobody = Receiver::start(Reply::Status(202)).await?;
    let spindle = start(&nobody).await?;
    let config = json!({ "lead_time": "15m", "delivery_method": "email" });
    let dentist = task(&spindle, json!({
        "title": "dentist", "due_date": "2030-03-31T07:00:00Z", "timezone": "Europe/Madrid", "reminder_config": config,
    }))
    .await?;
    let path = format!("/api/tasks/{}", id(&dentist)?);
    let standing = async || {
        let found = reminders_of(&spindle, &dentist).await?;
        anyhow::Ok(
            found
                .iter()
                .map(|it| (it["status"].clone(), it["trigger_time"].clone()))
                .collect::<Vec<_>>(),
        )
    };
    let pending = |time: &str| vec![(json!("pending"), json!(time))];
    assert_eq!(standing().await?, pending("2030-03-31T06:45:00Z"));
    let [reminder] = &reminders_of(&spindle, &dentist).await?[..] else { panic!("one") };
    assert_eq!((&dentist["reminder_id"], &dentist["reminder_config"]), (&reminder["id"], &config));

    crate::patch(&spindle, &path, &json!({ "due_date": "2030-04-01T07:00:00Z" })).await?;
    assert_eq!(standing().await?, pending("2030-04-01T06:45:00Z"));
    // A day is due at nine on the wall, summer or not, and a day before it is nine as well.
    let day = json!({ "due_date": "2030-03-31", "reminder_config": { "lead_time": "1d" } });
    crate::patch(&spindle, &path, &day).await?;
    assert_eq!(standing().await?, pending("2030-03-30T08:00:00Z"));
    crate::patch(&spindle, &path, &json!({ "due_date": "2030-04-01" })).await?;
    assert_eq!(standing().await?, pending("2030-03-31T07:00:00Z"));
    crate::patch(&spindle, &path, &json!({ "due_date": null })).await?;
    assert_eq!(standing().await?, [(json!("pending"), Value::Null)]);
    spindle.post(&format!("{path}/undo"), &json!({})).await?;
    assert_eq!(standing().await?, pending("2030-03-31T07:00:00Z"));

    let cancelled = [(json!("cancelled"), json!("2030-03-31T07:00:00Z"))];
    for (over, again) in [("complete", "reopen"), ("", "restore")] {
        if over.is_empty() {
            crate::delete(&spindle, &path).await?;
        } else {
            spindle.post(&format!("{path}/{over}"), &json!({})).await?;
        }
        assert_eq!(standing().await?, cancelled);
        spindle.post(&format!("{path}/{again}"), &json!({})).await?;
        assert_eq!(standing().await?, pending("2030-03-31T07:00:00Z"));
    }
    crate::patch(&spindle, &path, &json!({ "reminder_config": null })).await?;
    assert_eq!(standing().await?, []);
    for wrong in [
        json!({ "lead": "15m" }),
        json!({ "lead_time": "15" }),
        json!({ "destination": "mom@example.com" }),
    ] {
        let (status, problem) =
            crate::patch(&spindle, &path, &json!({ "reminder_config": wrong })).await?;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("reminder_config")));
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_mail_comes_when_its_task_is_due_once() -> Result<()> {
    let provider = Receiver::start(Reply::Status(202)).await?;
    let spindle = start(&provider).await?;
    let person = Person::register(&spindle, "mom@example.com").await?;
    let zone = json!({ "timezone": "Asia/Karachi", "language": "ur" });
    spindle.ask(&person.access, Method::PATCH, "/auth/me", Some(&zone)).await?;
    let due = at(TimeDelta::seconds(2));
    let document = json!({ "title": "دودھ خریدنا", "due_date": due, "reminder_config": { "lead_time": "0m" } });
    let (status, task) =
        spindle.ask(&person.access, Method::POST, "/api/tasks", Some(&document)).await?;
    ensure!(status == 200, "{task}");
    let heard = provider.hears(1).await?;
    let due: DateTime<Utc> = due.parse()?;
    assert!(Utc::now() >= due, "not before its time");
    assert_eq!(
        (heard[0].path.as_str(), heard[0].header("authorization")),
        ("/v3/mail/send", "Bearer the-key")
    );
    let (mail, to) = mail(&heard[0])?;
    assert_eq!(to, "mom@example.com");
    assert!(mail["subject"].as_str().is_some_and(|it| it.contains("دودھ خریدنا")), "{mail}");
    let text = mail["content"][0]["value"].as_str().context("no text")?;
    let local = due.naive_utc() + TimeDelta::hours(5);
    assert!(text.contains(&local.format("%M").to_string()), "the time is the user's: {text}");
    assert!(mail["content"][1]["value"].as_str().is_some_and(|it| it.contains("rtl")), "{mail}");
    assert!(
        mail["headers"]["List-Unsubscribe"]
            .as_str()
            .is_some_and(|it| it.contains("https://todo.example/unsubscribe?token="))
    );
    assert!(mail["headers"].get("X-Spindle-Possible-Duplicate").is_none());

    let sent = eventually("that it is sent", async || {
        let (_, page) = spindle.look(&person.access, "/api/reminders?status=sent").await?;
        Ok(page["items"].get(0).cloned())
    })
    .await?;
    assert_eq!(
        (&sent["late"], &sent["retry_count"], &sent["possible_duplicates"]),
        (&json!(false), &json!(0), &json!(0))
    );
    assert_eq!(provider.heard().len(), 1);
    spindle.stop().await
}

#[tokio::test]
async fn what_is_put_off_comes_again_and_what_is_done_does_not() -> Result<()> {
    let provider = Receiver::start(Reply::Status(202)).await?;
    let spindle = start(&provider).await?;
    let config = json!({ "lead_time": "0m" });
    let soon = at(TimeDelta::seconds(2));
    let done =
        task(&spindle, json!({ "title": "done", "due_date": soon, "reminder_config": config }))
            .await?;
    let open =
        task(&spindle, json!({ "title": "open", "due_date": soon, "reminder_config": config }))
            .await?;
    spindle.post(&format!("/api/tasks/{}/complete", id(&done)?), &json!({})).await?;
    let reminder = json!({ "id": open["reminder_id"] });
    once(&spindle, &reminder, "sent").await?;
    let snooze = format!("/api/reminders/{}/snooze", id(&reminder)?);
    let (status, snoozed) = spindle.post(&snooze, &json!({ "for": "1s" })).await?;
    assert_eq!((status, &snoozed["status"]), (200, &json!("pending")), "{snoozed}");
    provider.hears(2).await?;
    once(&spindle, &reminder, "sent").await?;
    let subjects: Vec<_> = provider
        .heard()
        .iter()
        .map(|it| mail(it).map(|it| it.0["subject"].clone()))
        .collect::<Result<_>>()?;
    assert!(
        subjects.iter().all(|it| it.as_str().is_some_and(|it| it.contains("open"))),
        "{subjects:?}"
    );
    let (status, problem) = spindle
        .post(
            &format!("/api/reminders/{}/snooze", done["reminder_id"].as_str().context("no id")?),
            &json!({ "for": "1s" }),
        )
        .await?;
    assert_eq!(status, 409, "{problem}");
    spindle.stop().await
}

#[tokio::test]
async fn a_refused_one_has_failed_and_its_task_tells_why() -> Result<()> {
    let provider = Receiver::start(Reply::Status(400)).await?;
    let spindle = start(&provider).await?;
    let call = task(&spindle, json!({
        "title": "call mom", "due_date": at(TimeDelta::hours(1)), "reminder_config": { "lead_time": "2h" },
    }))
    .await?;
    let failed = once(&spindle, &json!({ "id": call["reminder_id"] }), "failed").await?;
    assert_eq!(failed["last_error"], "400: not taken: no room");
    assert_eq!(failed["retry_count"], 0);
    let history = spindle.audit(id(&call)?, 4).await?;
    let line = history.iter().find(|it| it["action"] == "failed").context("no line")?;
    assert_eq!((&line["entity_type"], &line["actor_type"]), (&json!("reminder"), &json!("system")));
    assert_eq!(line["new_values"]["last_error"], "400: not taken: no room");
    assert_eq!(
        line["correlation_id"],
        history.last().context("none")?["correlation_id"],
        "the request's that scheduled it"
    );
    spindle.stop().await
}

#[tokio::test]
async fn webhooks_ntfy_and_browsers_are_told() -> Result<()> {
    let receiver = Receiver::start(Reply::Status(201)).await?;
    let spindle = start(&receiver).await?;
    let (_, before) = spindle.get("/api/push-subscriptions").await?;
    assert_eq!(before["items"], json!([]));
    let keys = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    let subscription = json!({ "endpoint": format!("{}/push", receiver.base()), "keys": keys });
    let (status, subscribed) = spindle.post("/api/push-subscriptions", &subscription).await?;
    assert_eq!(status, 201, "{subscribed}");
    let (_, again) = spindle.post("/api/push-subscriptions", &subscription).await?;
    assert_eq!(again["id"], subscribed["id"], "a browser that subscribes again is one");

    let call =
        task(&spindle, json!({ "title": "call mom", "due_date": at(TimeDelta::hours(1)) })).await?;
    let lead = "2h";
    let hook = format!("{}/hook", receiver.base());
    let ntfy = format!("ntfy://127.0.0.1:{}/mine", receiver.port());
    let webhook = |to: &str| json!({ "task_id": call["id"], "lead_time": lead, "delivery_method": "webhook", "destination": to });
    let push = json!({ "task_id": call["id"], "lead_time": lead, "delivery_method": "push" });
    let mut made = Vec::new();
    for document in [webhook(&hook), webhook(&ntfy), push] {
        made.push(remind(&spindle, document).await?);
    }
    for reminder in &made {
        once(&spindle, reminder, "sent").await?;
    }
    let heard = receiver.hears(3).await?;
    let of = |path: &str| {
        heard.iter().find(|it| it.path == path).with_context(|| format!("nothing at {path}"))
    };
    let told: Value = serde_json::from_slice(&of("/hook")?.body)?;
    assert_eq!((&told["title"], &told["reminder_id"]), (&json!("call mom"), &made[0]["id"]));
    assert!(
        String::from_utf8_lossy(&of("/mine")?.body).contains("call mom")
            || of("/mine")?.header("title").contains("call mom")
    );
    let pushed = of("/push")?;
    assert_eq!(pushed.header("content-encoding"), "aes128gcm");
    assert!(
        pushed.header("authorization").starts_with("vapid "),
        "{}",
        pushed.header("authorization")
    );

    // A browser that has gone is told no more.
    receiver.replies(Reply::Status(410));
    spindle
        .post(&format!("/api/reminders/{}/snooze", id(&made[2])?), &json!({ "for": "1s" }))
        .await?;
    once(&spindle, &made[2], "failed").await?;
    assert_eq!(spindle.get("/api/push-subscriptions").await?.1["items"], json!([]));
    spindle.stop().await
}

#[tokio::test]
async fn whoever_has_had_enough_of_mail_says_so_once() -> Result<()> {
    let provider = Receiver::start(Reply::Status(202)).await?;
    let spindle = start(&provider).await?;
    let person = Person::register(&spindle, "mom@example.com").await?;
    let document = json!({ "title": "x", "due_date": at(TimeDelta::hours(1)), "reminder_config": { "lead_time": "2h" } });
    spindle.ask(&person.access, Method::POST, "/api/tasks", Some(&document)).await?;
    let heard = provider.hears(1).await?;
    let (mail, _) = mail(&heard[0])?;
    let link = mail["headers"]["List-Unsubscribe"].as_str().context("no link")?;
    let link =
        link.trim_matches(['<', '>']).strip_prefix("https://todo.example").context("elsewhere")?;
    // Programs that look at links change nothing.
    let page = spindle.client.get(spindle.url(link)).send().await?;
    assert_eq!(page.status(), 200);
    assert!(page.text().await?.contains("<form method=\"post\">"));
    assert_eq!(
        spindle.ask(&person.access, Method::GET, "/auth/me", None).await?.1["email_reminders"],
        true
    );
    let one_click =
        spindle.client.post(spindle.url(link)).body("List-Unsubscribe=One-Click").send().await?;
    assert_eq!(one_click.status(), 200);
    assert_eq!(
        spindle.ask(&person.access, Method::GET, "/auth/me", None).await?.1["email_reminders"],
        false
    );
    let (_, task) =
        spindle.ask(&person.access, Method::POST, "/api/tasks", Some(&document)).await?;
    let path = format!("/api/reminders/{}", task["reminder_id"].as_str().context("no reminder")?);
    let failed = eventually("that it failed", async || {
        let (_, reminder) = spindle.ask(&person.access, Method::GET, &path, None).await?;
        Ok((reminder["status"] == "failed").then_some(reminder))
    })
    .await?;
    assert_eq!(failed["last_error"], "its user wants no reminders by mail");
    assert_eq!(provider.heard().len(), 1);
    for wrong in [
        "/unsubscribe",
        "/unsubscribe?token=x",
        "/unsubscribe?token=0190aaaa-0000-7000-8000-000000000001",
    ] {
        assert_eq!(spindle.client.post(spindle.url(wrong)).send().await?.status(), 404, "{wrong}");
    }
    spindle.stop().await
}
