//! Lists of tasks: filters, words, orders, pages.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use spindle_tests::{Spindle, answer};

#[tokio::test]
async fn a_list_is_chosen_and_ordered() -> Result<()> {
    let spindle = Spindle::start().await?;
    for task in [
        json!({"title": "buy milk", "priority": "high", "tags": ["Home", "shop"], "due_date": "2020-01-01T09:00:00Z"}),
        json!({"title": "Call mom", "priority": "low", "tags": ["home"], "due_date": "2020-01-02"}),
        json!({"title": "دودھ خریدنا", "description": "کل شام"}),
        json!({"title": "plan 2100", "due_date": "2100-01-01T00:00:00Z", "description": "buy a rocket"}),
        json!({"title": "a done one", "priority": "high"}),
        json!({"title": "gone", "tags": ["home"]}),
    ] {
        let (status, created) = spindle.post("/api/tasks", &task).await?;
        ensure!(status == 200, "{created}");
        let path = format!("/api/tasks/{}", created["id"].as_str().context("no id")?);
        match task["title"].as_str() {
            Some("a done one") => {
                assert_eq!(spindle.post(&format!("{path}/complete"), &json!({})).await?.0, 200);
            }
            Some("gone") => {
                let deleted = spindle.client.delete(spindle.url(&path)).send().await?;
                assert_eq!(deleted.status(), 200);
            }
            _ => {}
        }
    }
    for (query, expected) in [
        (&[("tag", "HOME")][..], &["Call mom", "buy milk"][..]),
        (&[("tag", "home"), ("tag", "shop")], &["buy milk"]),
        (&[("priority", "high"), ("status", "active")], &["buy milk"]),
        (&[("status", "deleted"), ("tag", "home")], &["gone"]),
        (&[("filter", "status = deleted | status = completed")], &["gone", "a done one"]),
        (&[("due_before", "now")], &["Call mom", "buy milk"]),
        (&[("due_after", "now+1y")], &["plan 2100"]),
        (&[("due_after", "2020-01-01")], &["plan 2100", "Call mom"]),
        (&[("due_before", "2020-01-01T09:00:00Z")], &[]),
        (&[("filter", "due < now & priority = high")], &["buy milk"]),
        (&[("filter", "due = null & !(priority = high)")], &["دودھ خریدنا"]),
        (&[("filter", "due = 2020-01-02")], &["Call mom"]),
        (&[("filter", "due = 2020-01-09-2w+7d")], &["Call mom"]),
        (&[("filter", "due <= today-1d+1d")], &["Call mom", "buy milk"]),
        (&[("filter", "due = 2020-01-01"), ("timezone", "Pacific/Kiritimati")], &["buy milk"]),
        (&[("filter", "due = 2020-01-02"), ("timezone", "Pacific/Kiritimati")], &["Call mom"]),
        (&[("filter", "due = 2019-12-31"), ("timezone", "America/Los_Angeles")], &[]),
        // A day is the same day wherever one is.
        (&[("filter", "due = 2020-01-01"), ("timezone", "America/Los_Angeles")], &["buy milk"]),
        (&[("filter", "due = 2020-01-02"), ("timezone", "America/Los_Angeles")], &["Call mom"]),
        (&[("due_before", "2020-01-02"), ("timezone", "Pacific/Kiritimati")], &["buy milk"]),
        (
            &[("filter", "priority >= medium & due > now-1000y"), ("sort", "title")],
            &["buy milk", "plan 2100"],
        ),
        (&[("filter", "title = \"CALL MOM\"")], &["Call mom"]),
        (&[("filter", "completed > now-1h & updated <= now+1h")], &["a done one"]),
        (&[("q", "buy")], &["plan 2100", "buy milk"]),
        (&[("q", "buy -rocket")], &["buy milk"]),
        (&[("q", "\"buy a rocket\" or دودھ"), ("sort", "created")], &["دودھ خریدنا", "plan 2100"]),
        (
            &[("sort", "due"), ("status", "active")],
            &["buy milk", "Call mom", "plan 2100", "دودھ خریدنا"],
        ),
        (&[("sort", "-due"), ("filter", "due != null")], &["plan 2100", "Call mom", "buy milk"]),
        (
            &[("sort", "-priority"), ("filter", "priority != medium")],
            &["a done one", "buy milk", "Call mom"],
        ),
        (&[("sort", "title"), ("filter", "title < call")], &["a done one", "buy milk"]),
    ] {
        let (_, found) = list(&spindle, query).await?;
        assert_eq!(titles(&found), expected, "{query:?}: {found}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_task_is_due_on_its_day_until_the_day_ends() -> Result<()> {
    let spindle = Spindle::start().await?;
    // Each is due today where whoever asks is, and of another time zone.
    for (asks, of) in [
        ("UTC", "Pacific/Kiritimati"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
    ] {
        let database = spindle.database().await?;
        let today = "select (now() at time zone $1)::date::text";
        let today: String = database.query_one(today, &[&asks]).await?.get(0);
        let task = json!({ "title": asks, "due_date": today, "timezone": of, "tags": [asks] });
        spindle.post("/api/tasks", &task).await?;
        for (filter, is_found) in [
            ("due = today", true),
            ("due < today", false),
            ("due > today", false),
            ("due < now", false),
            ("due > now", true),
            ("due < today+1d", true),
        ] {
            let (_, found) =
                list(&spindle, &[("filter", filter), ("tag", asks), ("timezone", asks)]).await?;
            let titles = titles(&found);
            assert_eq!(!titles.is_empty(), is_found, "{filter} in {asks}: {found}");
        }
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_filter_that_is_none_says_where() -> Result<()> {
    let spindle = Spindle::start().await?;
    for (name, value, detail) in [
        ("filter", "priority = urgent", "filter: at character 12: expected low, medium, high"),
        ("filter", "due < now+7x", "filter: at character 10: expected &, | or an end"),
        ("sort", "colour", "sort must be created, updated, due, priority or title"),
        ("due_before", "soon", "due_before must be an RFC 3339 date-time"),
        ("cursor", "1", "cursor must be the value of next in the page before"),
        ("colour", "red", "colour is not a parameter of this list"),
    ] {
        let (status, problem) = list(&spindle, &[(name, value)]).await?;
        assert_eq!(status, 422, "{problem}");
        let told = problem["detail"].as_str().unwrap_or_default();
        ensure!(told.starts_with(detail), "{told}");
    }
    let nowhere = [("timezone", "Mars/Base"), ("due_before", "today")];
    let (status, problem) = list(&spindle, &nowhere).await?;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("timezone")));
    // What looks like SQL or like a path is a text.
    for text in ["' or true --", "$.status", "\"$v0\"", "*", "\\", "a & | !", "🦀"] {
        let (status, found) = list(&spindle, &[("q", text)]).await?;
        assert_eq!((status, &found["items"]), (200, &json!([])), "{text}");
        let quoted = format!("title = \"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let (status, found) = list(&spindle, &[("filter", &quoted)]).await?;
        assert_eq!((status, &found["items"]), (200, &json!([])), "{quoted}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_tasks_change() -> Result<()> {
    let spindle = Spindle::start().await?;
    let mut ids = BTreeSet::new();
    for number in 0..30 {
        let priority = if number % 2 == 0 { "low" } else { "high" };
        let task = json!({ "title": format!("task {number}"), "priority": priority });
        let (_, created) = spindle.post("/api/tasks", &task).await?;
        ids.insert(created["id"].as_str().context("no id")?.to_owned());
    }
    for sort in ["-priority", "priority", "title", "-title", "created", "-updated", "due"] {
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = vec![("sort", sort), ("limit", "7")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let (status, page) = list(&spindle, &query).await?;
            ensure!(status == 200, "{page}");
            for task in page["items"].as_array().context("no items")? {
                seen.push(task["id"].as_str().context("no id")?.to_owned());
            }
            // One comes before the place where the next page begins, or after it.
            let (_, created) =
                spindle.post("/api/tasks", &json!({ "title": "late", "priority": "low" })).await?;
            let path = format!("/api/tasks/{}", created["id"].as_str().context("no id")?);
            ensure!(spindle.client.delete(spindle.url(&path)).send().await?.status() == 200);
            cursor = page["next"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        let once: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!((seen.len(), &once), (ids.len(), &ids), "{sort}");
    }
    // A place in one list is none in another.
    let (_, page) = list(&spindle, &[("sort", "title"), ("limit", "3")]).await?;
    let cursor = page["next"].as_str().context("no next")?;
    assert_eq!(list(&spindle, &[("sort", "-title"), ("cursor", cursor)]).await?.0, 422);
    assert_eq!(list(&spindle, &[("cursor", cursor)]).await?.0, 422);
    spindle.stop().await
}

async fn list(spindle: &Spindle, query: &[(&str, &str)]) -> Result<(u16, Value)> {
    let mut url = reqwest::Url::parse(&spindle.url("/api/tasks"))?;
    url.query_pairs_mut().extend_pairs(query);
    answer(spindle.client.get(url).send().await?).await
}

fn titles(found: &Value) -> Vec<&str> {
    let items = found["items"].as_array().into_iter().flatten();
    items.filter_map(|task| task["title"].as_str()).collect()
}
