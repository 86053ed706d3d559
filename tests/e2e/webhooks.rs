//! Users' webhooks: who is told, how, and what becomes of what can't be delivered.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use spindle_tests::{Person, Receiver, Reply, Spindle, eventually};

/// A system whose webhooks reach this machine.
async fn start() -> Result<Spindle> {
    Spindle::start_with_variables(&[("webhook_blocked_networks", ""), ("webhooks_per_user", "3")])
        .await
}

struct Hook {
    path: String,
    secret: String,
}

impl Hook {
    /// The demo user's.
    async fn make(spindle: &Spindle, document: &Value) -> Result<Self> {
        let (status, made) = spindle.post("/api/webhooks", document).await?;
        ensure!(status == 201, "POST /api/webhooks answered {status}: {made}");
        let text = |field: &str| made[field].as_str().map(str::to_owned).context("no such field");
        Ok(Self { path: format!("/api/webhooks/{}", text("id")?), secret: text("secret")? })
    }

    async fn to(spindle: &Spindle, receiver: &Receiver) -> Result<Self> {
        Self::make(spindle, &json!({ "url": receiver.url })).await
    }

    async fn shown(&self, spindle: &Spindle) -> Result<Value> {
        let (status, hook) = spindle.get(&self.path).await?;
        ensure!(status == 200, "{status}: {hook}");
        Ok(hook)
    }

    async fn deliveries(&self, spindle: &Spindle) -> Result<Vec<Value>> {
        let (status, page) = spindle.get(&format!("{}/deliveries", self.path)).await?;
        ensure!(status == 200, "{status}: {page}");
        page["items"].as_array().cloned().context("no items")
    }

    /// The log, the newest first, once it is like this.
    async fn log(
        &self,
        spindle: &Spindle,
        what: &str,
        is_so: impl Fn(&[Value]) -> bool,
    ) -> Result<Vec<Value>> {
        let mut last = Vec::new();
        let found = eventually(what, async || {
            last = self.deliveries(spindle).await?;
            Ok(is_so(&last).then(|| last.clone()))
        })
        .await;
        found.with_context(|| format!("the log is {}", json!(last)))
    }

    /// What waits or has failed is due now.
    async fn retry(&self, spindle: &Spindle, expected: u64) -> Result<()> {
        let answer = spindle.post(&format!("{}/retry", self.path), &json!({})).await?;
        ensure!(answer == (200, json!({ "status": "due", "deliveries": expected })), "{answer:?}");
        Ok(())
    }
}

fn all_are(state: &str, count: usize) -> impl Fn(&[Value]) -> bool {
    move |log| log.len() == count && log.iter().all(|it| it["state"] == state)
}

fn was_tried(log: &[Value]) -> bool {
    log.len() == 1 && log[0]["attempts"] == 1
}

#[tokio::test]
async fn a_webhook_is_made_shown_changed_and_deleted() -> Result<()> {
    let spindle = start().await?;
    let wanted = json!({ "url": "https://example.com/hook", "event_types": ["task.completed"] });
    let hook = Hook::make(&spindle, &wanted).await?;
    assert!(hook.secret.starts_with("whsec_"), "{}", hook.secret);
    let shown = hook.shown(&spindle).await?;
    assert_eq!((&shown["url"], &shown["event_types"]), (&wanted["url"], &wanted["event_types"]));
    assert_eq!((&shown["active"], &shown["failures"]), (&json!(true), &json!(0)));
    assert!(shown.get("secret").is_none(), "{shown}");

    let patched = json!({ "url": "http://example.org/", "event_types": null, "active": false });
    let (status, changed) = crate::patch(&spindle, &hook.path, &patched).await?;
    assert_eq!((status, &changed["url"]), (200, &patched["url"]));
    assert_eq!((&changed["event_types"], &changed["active"]), (&Value::Null, &json!(false)));
    let (_, list) = spindle.get("/api/webhooks").await?;
    assert_eq!(list, json!({ "items": [changed] }));

    for (document, field) in [
        (json!({}), "url"),
        (json!({ "url": "example.com" }), "url"),
        (json!({ "url": "http://user:secret@example.com" }), "url"),
        (json!({ "url": "http://a", "event_types": ["task.eaten"] }), "event_types"),
        (json!({ "url": "http://a", "secret": "mine" }), "secret"),
    ] {
        let (status, problem) = spindle.post("/api/webhooks", &document).await?;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    for _ in 0..2 {
        Hook::make(&spindle, &wanted).await?;
    }
    let (status, problem) = spindle.post("/api/webhooks", &wanted).await?;
    assert_eq!(status, 409, "no more than a user may have: {problem}");

    assert_eq!(crate::delete(&spindle, &hook.path).await?.0, 200);
    for (status, _) in [
        spindle.get(&hook.path).await?,
        crate::delete(&spindle, &hook.path).await?,
        crate::patch(&spindle, &hook.path, &json!({ "active": true })).await?,
        spindle.get(&format!("{}/deliveries", hook.path)).await?,
        spindle.post(&format!("{}/retry", hook.path), &json!({})).await?,
    ] {
        assert_eq!(status, 404);
    }
    let id = hook.path.rsplit('/').next().unwrap_or_default();
    let actions: Vec<_> =
        spindle.audit(id, 3).await?.iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, ["deleted", "updated", "created"]);
    spindle.stop().await
}

#[tokio::test]
async fn an_event_is_posted_signed_and_noted() -> Result<()> {
    let spindle = start().await?;
    let receiver = Receiver::start(Reply::Status(204)).await?;
    spindle.create("before anybody wanted to be told").await?;
    let hook = Hook::to(&spindle, &receiver).await?;
    let other = Receiver::start(Reply::Status(200)).await?;
    let chosen = json!({ "url": other.url, "event_types": ["task.completed"] });
    Hook::make(&spindle, &chosen).await?;

    let task = spindle.create("دودھ").await?;
    let id = task["id"].as_str().context("no id")?;
    receiver.hears(1).await?;
    spindle.post(&format!("/api/tasks/{id}/complete"), &json!({})).await?;
    let heard = receiver.hears(2).await?;
    let (_, changes) = spindle.get("/api/changes").await?;
    let items = changes["items"].as_array().context("no items")?;
    for post in &heard {
        post.verify(&hook.secret)?;
        assert_eq!(post.path, "/hook?key=1");
        assert_eq!(post.header("content-type"), "application/json");
        let event = post.event()?;
        let change = items.iter().find(|it| it["event_id"] == event["event_id"]);
        assert_eq!(Some(&event), change, "as /api/changes has it");
        assert_eq!(post.header("x-correlation-id"), event["correlation_id"]);
    }
    let log = hook.log(&spindle, "two that were delivered", all_are("delivered", 2)).await?;
    assert_eq!(log[0]["event_type"], "task.completed");
    assert_eq!(log[1]["id"], heard[0].header("webhook-id"));
    for delivery in &log {
        assert_eq!((&delivery["attempts"], &delivery["last_status"]), (&json!(1), &json!(204)));
        assert_eq!(
            (&delivery["last_error"], &delivery["next_attempt_at"]),
            (&Value::Null, &Value::Null)
        );
    }
    let completed = other.hears(1).await?;
    assert_eq!(completed[0].event()?["event_type"], "task.completed", "only what it chose");
    spindle.stop().await
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_under_its_id() -> Result<()> {
    let spindle = start().await?;
    let receiver = Receiver::start(Reply::Status(500)).await?;
    let hook = Hook::to(&spindle, &receiver).await?;
    spindle.create("x").await?;
    let log = hook.log(&spindle, "an attempt", was_tried).await?;
    assert_eq!((&log[0]["state"], &log[0]["last_status"]), (&json!("pending"), &json!(500)));
    assert_eq!(log[0]["last_error"], "500: not taken: no room");
    assert!(log[0]["next_attempt_at"].is_string(), "{log:?}");
    let shown = hook.shown(&spindle).await?;
    assert!(shown["failures"] == 1 && shown["failing_since"].is_string(), "{shown}");

    for (reply, error) in [
        (Reply::Gone, "there is no answer: "),
        (Reply::Redirect, "302: a redirect, which is not followed"),
    ] {
        receiver.replies(reply);
        let before = hook.deliveries(&spindle).await?[0]["attempts"].clone();
        hook.retry(&spindle, 1).await?;
        let log = hook.log(&spindle, "another attempt", |log| log[0]["attempts"] != before).await?;
        let said = log[0]["last_error"].as_str().unwrap_or_default();
        assert!(said.starts_with(error), "{said}");
    }

    receiver.replies(Reply::Status(200));
    hook.retry(&spindle, 1).await?;
    let log = hook.log(&spindle, "its delivery", all_are("delivered", 1)).await?;
    assert_eq!(log[0]["attempts"], 4);
    let heard = receiver.heard();
    assert_eq!((heard.len(), spindle_tests::distinct(&heard)), (4, 1));
    let shown = hook.shown(&spindle).await?;
    assert_eq!((&shown["failures"], &shown["failing_since"]), (&json!(0), &Value::Null));
    hook.retry(&spindle, 0).await?;
    spindle.stop().await
}

#[tokio::test]
async fn one_event_that_is_not_taken_keeps_no_other_back() -> Result<()> {
    let spindle = start().await?;
    let receiver = Receiver::start(Reply::Unless("poison")).await?;
    let hook = Hook::to(&spindle, &receiver).await?;
    spindle.create("poison").await?;
    hook.log(&spindle, "an attempt", was_tried).await?;
    for title in ["one", "two", "three"] {
        spindle.create(title).await?;
    }
    hook.log(&spindle, "four deliveries", |log| log.len() == 4).await?;
    hook.retry(&spindle, 4).await?;
    let log = hook
        .log(&spindle, "three that were delivered", |log| {
            log[..3].iter().all(|it| it["state"] == "delivered") && log[3]["attempts"] == 2
        })
        .await?;
    assert_eq!(log[3]["state"], "pending");
    let titles: Result<Vec<_>> = receiver
        .heard()
        .iter()
        .map(|post| Ok(post.event()?["payload"]["task"]["title"].clone()))
        .collect();
    let titles = titles?;
    assert_eq!((titles.len(), &titles[0], &titles[4]), (5, &json!("poison"), &json!("poison")));

    // Nor does what is due much later.
    let later =
        "update deliveries set next_attempt_at = now() + interval '1 day' where state = 'pending';
        update webhooks set next_attempt_at = now() + interval '1 day', paused_until = null";
    spindle.database().await?.batch_execute(later).await?;
    spindle.create("four").await?;
    receiver.hears(6).await?;
    spindle.stop().await
}

#[tokio::test]
async fn a_dead_destination_holds_up_nobody() -> Result<()> {
    let spindle = start().await?;
    let silent = Receiver::start(Reply::Silent).await?;
    let dead = Hook::to(&spindle, &silent).await?;
    spindle.create("the first").await?;
    let log = dead.log(&spindle, "an attempt", was_tried).await?;
    assert_eq!(log[0]["last_error"], "there is no answer in time");

    let receiver = Receiver::start(Reply::Status(200)).await?;
    let live = Hook::to(&spindle, &receiver).await?;
    for round in 1..=3 {
        // Somebody waits for the dead one all the time.
        dead.retry(&spindle, round).await?;
        spindle.create("another").await?;
        receiver.hears(usize::try_from(round)?).await?;
    }
    live.log(&spindle, "three that were delivered", all_are("delivered", 3)).await?;
    let log = dead.deliveries(&spindle).await?;
    assert!(all_are("pending", 4)(&log), "nothing is lost: {log:?}");
    silent.replies(Reply::Status(200));
    dead.retry(&spindle, 4).await?;
    dead.log(&spindle, "four that were delivered", all_are("delivered", 4)).await?;
    spindle.stop().await
}

#[tokio::test]
async fn a_destination_that_is_gone_is_left_alone() -> Result<()> {
    let spindle = start().await?;
    let receiver = Receiver::start(Reply::Status(410)).await?;
    let hook = Hook::to(&spindle, &receiver).await?;
    spindle.create("x").await?;
    hook.log(&spindle, "an attempt", was_tried).await?;
    let shown = hook.shown(&spindle).await?;
    assert_eq!((&shown["active"], &shown["inactive_because"]), (&json!(false), &json!("gone")));
    let id = hook.path.rsplit('/').next().unwrap_or_default();
    let trail = spindle.audit(id, 2).await?;
    assert_eq!(trail[0]["action"], "deactivated", "its user is told");

    receiver.replies(Reply::Status(200));
    let task = spindle.create("that it is not told of").await?;
    // Its audit row is written from the same record of Kafka.
    spindle.audit(task["id"].as_str().context("no id")?, 1).await?;
    let (_, shown) = crate::patch(&spindle, &hook.path, &json!({ "active": true })).await?;
    assert_eq!((&shown["active"], &shown["inactive_because"]), (&json!(true), &Value::Null));
    hook.log(&spindle, "what waited", |log| log.iter().any(|it| it["state"] == "delivered"))
        .await?;
    spindle.stop().await
}

/// What the old address said of itself is nothing of the new one's.
#[tokio::test]
async fn a_new_address_is_not_judged_by_the_old_one() -> Result<()> {
    let spindle = start().await?;
    let silent = Receiver::start(Reply::Silent).await?;
    let hook = Hook::to(&spindle, &silent).await?;
    spindle.create("x").await?;
    silent.hears(1).await?;
    let receiver = Receiver::start(Reply::Status(200)).await?;
    let patched = json!({ "url": receiver.url });
    assert_eq!(crate::patch(&spindle, &hook.path, &patched).await?.0, 200);
    // While the post to the old one still waits for its answer.
    hook.log(&spindle, "its delivery", |log| log.len() == 1 && log[0]["state"] == "delivered")
        .await?;
    let shown = hook.shown(&spindle).await?;
    assert_eq!((&shown["active"], &shown["failures"]), (&json!(true), &json!(0)));
    assert_eq!(receiver.heard().len(), 1);
    spindle.stop().await
}

#[tokio::test]
async fn nobody_has_private_networks_reached() -> Result<()> {
    let spindle = Spindle::start().await?;
    let receiver = Receiver::start(Reply::Status(200)).await?;
    let port = receiver.url.replace("http://127.0.0.1", "");
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let hook = Hook::make(&spindle, &json!({ "url": format!("http://{host}{port}") })).await?;
        spindle.create("x").await?;
        let log = hook.log(&spindle, "an attempt", was_tried).await?;
        assert_eq!(log[0]["last_error"], "the address may not be reached", "{host}");
        assert_eq!(crate::delete(&spindle, &hook.path).await?.0, 200);
    }
    assert!(receiver.heard().is_empty());
    spindle.stop().await
}

#[tokio::test]
async fn users_are_told_of_their_own() -> Result<()> {
    let spindle = start().await?;
    let receiver = Receiver::start(Reply::Status(200)).await?;
    let ayesha = Person::register(&spindle, "ayesha@example.com").await?;
    let document = json!({ "url": receiver.url });
    let (status, _) =
        spindle.ask(&ayesha.access, Method::POST, "/api/webhooks", Some(&document)).await?;
    assert_eq!(status, 201);
    spindle.create("the demo user's").await?;
    let task = json!({ "title": "hers" });
    spindle.ask(&ayesha.access, Method::POST, "/api/tasks", Some(&task)).await?;
    let heard = receiver.hears(1).await?;
    assert_eq!(heard[0].event()?["payload"]["task"]["title"], "hers");
    let (token, _) = ayesha.token(&spindle, &["tasks:read", "tasks:write"]).await?;
    let (status, _) = spindle.ask(&token, Method::POST, "/api/webhooks", Some(&document)).await?;
    assert_eq!(status, 403, "a token makes nothing that outlives it");
    spindle.stop().await
}
