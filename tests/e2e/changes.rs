//! What changed since a place: `/api/changes`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use spindle_tests::{PASSWORD, PATIENCE, Person, Spindle, answer, eventually};

/// The time between two looks of a stream at its client, and some; less than a client may wait for a change.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn every_change_is_told_once_and_in_order() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("one").await?;
    let path = format!("/api/tasks/{}", task["id"].as_str().context("no id")?);
    let patch = spindle.client.patch(spindle.url(&path)).json(&json!({ "title": "two" }));
    let (status, changed) = answer(patch.send().await?).await?;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(spindle.post(&format!("{path}/complete"), &json!({})).await?.0, 200);

    let mut told = Vec::new();
    let mut cursor = "0".to_owned();
    while told.len() < 3 {
        let page = changes(&spindle, &format!("cursor={cursor}&limit=1&wait=25")).await?;
        let items = page["items"].as_array().context("no items")?;
        ensure!(items.len() == 1, "{page}");
        told.extend(items.clone());
        cursor = page["next"].as_str().context("no next")?.to_owned();
    }
    let types: Vec<_> = told.iter().map(|change| &change["event_type"]).collect();
    assert_eq!(types, ["task.created", "task.updated", "task.completed"]);
    assert_eq!(told[0]["payload"], json!({ "task": task, "old": null }));
    assert_eq!(told[1]["payload"], json!({ "task": changed, "old": task }));

    let rest = changes(&spindle, &format!("cursor={cursor}")).await?;
    assert_eq!(rest, json!({ "items": [], "next": cursor }));
    let now = changes(&spindle, "cursor=now").await?;
    assert_eq!(now, json!({ "items": [], "next": cursor }));
    spindle.stop().await
}

#[tokio::test]
async fn who_waits_hears_of_a_change_when_it_comes() -> Result<()> {
    let spindle = Spindle::start().await?;
    let now = changes(&spindle, "cursor=now").await?;
    let query = format!("cursor={}&wait=25", now["next"].as_str().context("no next")?);
    let (waited, created) = tokio::join!(changes(&spindle, &query), spindle.create("at last"));
    assert_eq!(waited?["items"][0]["payload"]["task"], created?);
    spindle.stop().await
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_left() -> Result<()> {
    let spindle = Spindle::start().await?;
    let mut events = Events::open(&spindle, None).await?;
    let one = spindle.create("one").await?;
    let first = events.next().await?;
    assert_eq!((first.kind.as_str(), &first.data["payload"]["task"]), ("task.created", &one));
    drop(events);

    // What comes meanwhile is not lost.
    let two = spindle.create("two").await?;
    let three = spindle.create("three").await?;
    let mut events = Events::open(&spindle, Some(&first.id)).await?;
    assert_eq!(events.next().await?.data["payload"]["task"], two);
    assert_eq!(events.next().await?.data["payload"]["task"], three);
    spindle.stop().await
}

#[tokio::test]
async fn a_cursor_of_what_is_not_kept_any_more_is_gone() -> Result<()> {
    let spindle = Spindle::start().await?;
    for title in ["one", "two", "three"] {
        spindle.create(title).await?;
    }
    let database = spindle.database().await?;
    let published = "select published from relay_lease";
    eventually("three published events", async || {
        Ok((database.query_one(published, &[]).await?.get::<_, i64>(0) == 3).then_some(()))
    })
    .await?;
    // As if they were old; the relay's own tests make it do it.
    let purge = "delete from events where position < 3; update relay_lease set purged = 2";
    database.batch_execute(purge).await?;
    let (status, problem) = spindle.get("/api/changes?cursor=1").await?;
    assert_eq!((status, &problem["type"]), (410, &json!("/problems/gone")));
    assert_eq!(spindle.get("/api/changes?cursor=2").await?.0, 200);
    // Whoever begins gets what there is.
    assert_eq!(changes(&spindle, "").await?["items"].as_array().map(Vec::len), Some(1));
    let request = spindle.client.get(spindle.url("/api/changes"));
    let stream = request.header("accept", "text/event-stream").header("last-event-id", "1");
    assert_eq!(answer(stream.send().await?).await?.0, 410);
    spindle.stop().await
}

#[tokio::test]
async fn a_stream_has_no_body_for_head_and_no_place_for_strangers() -> Result<()> {
    let spindle = Spindle::start().await?;
    let request = spindle.client.head(spindle.url("/api/changes"));
    let head = request.header("accept", "text/event-stream").send().await?;
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], "text/event-stream");
    for wrong in ["cursor=x", "wait=26", "limit=0", "since=1"] {
        assert_eq!(spindle.get(&format!("/api/changes?{wrong}")).await?.0, 422, "{wrong}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_stream_ends_soon_after_what_let_its_client_in() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let own_page = |method, path| {
        let request: RequestBuilder = spindle.client.request(method, spindle.url(path));
        request.header("sec-fetch-site", "same-origin")
    };
    let account = json!({ "email": person.email, "password": PASSWORD });
    let begun = own_page(Method::POST, "/auth/session").json(&account).send().await?;
    let cookie = begun.headers().get("set-cookie").context("no cookie")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default();
    let (token, id) = person.token(&spindle, &["tasks:read"]).await?;
    let bearer = format!("Bearer {token}");
    let by_cookie = Events::open_with(&spindle, Some(("cookie", cookie))).await?;
    let by_token = Events::open_with(&spindle, Some(("authorization", &bearer))).await?;

    let ended = own_page(Method::DELETE, "/auth/session").header("cookie", cookie).send().await?;
    assert_eq!(ended.status(), 204);
    let path = format!("/auth/tokens/{id}");
    assert_eq!(spindle.ask(&person.access, Method::DELETE, &path, None).await?.0, 200);
    tokio::try_join!(by_cookie.end(), by_token.end())?;
    spindle.stop().await
}

#[tokio::test]
async fn nobody_takes_every_stream() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("stream_rate", "2/2h")]).await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let bearer = format!("Bearer {}", person.access);
    let open = || Events::open_with(&spindle, Some(("authorization", &bearer)));
    let held = (open().await?, open().await?);
    let request = spindle.client.get(spindle.url("/api/changes")).bearer_auth(&person.access);
    let refused = request.header("accept", "text/event-stream").send().await?;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));

    let waits = spindle.look(&person.access, "/api/changes?cursor=now&wait=25");
    let (status, page) = tokio::time::timeout(SOON, waits).await.context("it waits")??;
    assert_eq!((status, &page["items"]), (200, &json!([])));
    // This machine's own user has no rate.
    for _ in 0..3 {
        Events::open(&spindle, None).await?;
    }
    drop(held);
    spindle.stop().await
}

async fn changes(spindle: &Spindle, query: &str) -> Result<Value> {
    let (status, page) = spindle.get(&format!("/api/changes?{query}")).await?;
    ensure!(status == 200, "{status}: {page}");
    Ok(page)
}

/// A stream of server-sent events, read as a browser does.
struct Events {
    response: Response,
    text: String,
}

struct Event {
    id: String,
    kind: String,
    data: Value,
}

impl Events {
    async fn open(spindle: &Spindle, last: Option<&str>) -> Result<Self> {
        Self::open_with(spindle, last.map(|last| ("last-event-id", last))).await
    }

    async fn open_with(spindle: &Spindle, header: Option<(&str, &str)>) -> Result<Self> {
        let mut request = spindle.client.get(spindle.url("/api/changes"));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let response = request.header("accept", "text/event-stream, */*").send().await?;
        ensure!(response.status() == 200, "{}", response.status());
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self { response, text: String::new() })
    }

    /// Waits for its end, which is to come soon.
    async fn end(mut self) -> Result<()> {
        let end = async {
            while self.response.chunk().await?.is_some() {}
            anyhow::Ok(())
        };
        tokio::time::timeout(SOON, end).await.context("the stream goes on")?
    }

    /// The next event; what has no data is none.
    async fn next(&mut self) -> Result<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    block.lines().find_map(|line| Some(line.strip_prefix(name)?.to_owned()))
                };
                if let Some(data) = field("data: ") {
                    return Ok(Event {
                        id: field("id: ").context("no id")?,
                        kind: field("event: ").context("no event")?,
                        data: serde_json::from_str(&data)?,
                    });
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk())
                .await
                .context("silence")??;
            self.text.push_str(str::from_utf8(&chunk.context("the stream has ended")?)?);
        }
    }
}
