//! `/mcp` as it is on the wire: what the protocol demands of a server, and what an assistant changes.
//!
//! `tests/mcp` has the protocol's own client beside it.

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use spindle_tests::{Person, Spindle, answer};

const CURRENT: &str = "2026-07-28";
const BEFORE: &str = "2025-11-25";
const NOWHERE: &str = "0190aaaa-0000-7000-8000-00000000dead";

/// A request of the revision before, which has fewer headers.
fn before(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// Sends a body with headers, and answers whatever comes.
async fn send(spindle: &Spindle, headers: &[(&str, &str)], body: String) -> Result<(u16, Value)> {
    let mut request = spindle.client.post(spindle.url("/mcp")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.send().await?).await
}

/// A request of the current revision, as its clients make it.
async fn current(spindle: &Spindle, method: &str, mut params: Value) -> Result<(u16, Value)> {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": CURRENT,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default().to_owned();
    let mut headers = vec![
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", CURRENT),
        ("mcp-method", method),
    ];
    if !name.is_empty() {
        headers.push(("mcp-name", &name));
    }
    send(spindle, &headers, before(method, params).to_string()).await
}

/// Calls a tool, and answers its result.
async fn result(spindle: &Spindle, tool: &str, arguments: Value) -> Result<Value> {
    let params = json!({ "name": tool, "arguments": arguments });
    let (status, body) = current(spindle, "tools/call", params).await?;
    ensure!(status == 200, "{tool} answered {status}: {body}");
    Ok(body["result"].clone())
}

/// The same of one that succeeds: its structured content.
async fn call(spindle: &Spindle, tool: &str, arguments: Value) -> Result<Value> {
    let result = result(spindle, tool, arguments).await?;
    ensure!(result["isError"] == false, "{tool}: {result}");
    let text = result["content"][0]["text"].as_str().context("no text")?;
    let structured = result["structuredContent"].clone();
    assert_eq!(serde_json::from_str::<Value>(text)?, structured, "text and structure say the same");
    Ok(structured)
}

#[tokio::test]
async fn every_revision_finds_its_way_in() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (status, found) = current(&spindle, "server/discover", json!({})).await?;
    assert_eq!(status, 200, "{found}");
    let versions = json!([CURRENT, BEFORE, "2025-06-18"]);
    assert_eq!(found["result"]["supportedVersions"], versions);
    assert_eq!(found["result"]["resultType"], "complete");
    let info = &found["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(info["name"], "spindle");

    for (wanted, agreed) in
        [(BEFORE, BEFORE), ("2025-06-18", "2025-06-18"), (CURRENT, BEFORE), ("1999-01-01", BEFORE)]
    {
        let client = json!({ "name": "a test", "version": "1" });
        let params = json!({ "protocolVersion": wanted, "capabilities": {}, "clientInfo": client });
        let (status, body) = send(&spindle, &[], before("initialize", params).to_string()).await?;
        assert_eq!((status, &body["result"]["protocolVersion"]), (200, &json!(agreed)), "{body}");
    }
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let request = spindle.client.post(spindle.url("/mcp")).header("mcp-protocol-version", BEFORE);
    let taken = request.json(&initialized).send().await?;
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    assert_eq!(taken.headers().get("mcp-session-id"), None, "nothing is kept");
    assert!(taken.bytes().await?.is_empty());
    for version in [BEFORE, "2025-06-18"] {
        let headers = [("mcp-protocol-version", version)];
        let (status, body) =
            send(&spindle, &headers, before("ping", json!({})).to_string()).await?;
        assert_eq!((status, &body["result"]), (200, &json!({})));
        let list = before("tools/list", json!({})).to_string();
        let (_, list) = send(&spindle, &headers, list).await?;
        assert_eq!(list["result"]["tools"].as_array().map(Vec::len), Some(9), "{version}");
        assert_eq!(list["result"].get("resultType"), None, "which {version} doesn't know");
    }
    spindle.stop().await
}

#[tokio::test]
async fn what_is_no_request_is_refused_as_the_protocol_says() -> Result<()> {
    let spindle = Spindle::start().await?;
    let old = ("mcp-protocol-version", BEFORE);
    let list = before("tools/list", json!({})).to_string();
    for (headers, body, status, code) in [
        (vec![old], "{".to_owned(), 400, -32700),
        (vec![old], "[]".to_owned(), 400, -32600),
        (vec![old], format!("[{list}]"), 400, -32600),
        (vec![old], json!({ "id": 1, "method": "ping" }).to_string(), 400, -32600),
        (vec![old], before("nonsense", json!({})).to_string(), 200, -32601),
        (vec![old], before("server/discover", json!({})).to_string(), 200, -32601),
        (vec![old], before("tools/call", json!({ "name": "nonsense" })).to_string(), 200, -32602),
        (
            vec![old],
            before("tools/call", json!({ "name": "parse", "arguments": [] })).to_string(),
            200,
            -32602,
        ),
        (vec![old], before("tools/list", json!({ "cursor": "x" })).to_string(), 200, -32602),
        (
            vec![old],
            before("resources/read", json!({ "uri": "file:///x" })).to_string(),
            200,
            -32002,
        ),
        (vec![old], before("prompts/get", json!({ "name": "x" })).to_string(), 200, -32602),
        (vec![old], before("initialize", json!({})).to_string(), 200, -32602),
        (vec![], list.clone(), 400, -32020),
        (vec![("mcp-protocol-version", "2024-11-05")], list.clone(), 400, -32022),
        (vec![("mcp-protocol-version", CURRENT)], list.clone(), 400, -32602),
        (vec![old, ("accept", "text/html")], list.clone(), 406, -32600),
        (vec![old, ("origin", "https://evil.example")], list.clone(), 403, -32600),
    ] {
        let (got, answer) = send(&spindle, &headers, body.clone()).await?;
        // Local mode looks at the Origin before anybody else.
        if headers.iter().any(|(name, _)| *name == "origin") && answer["error"].is_null() {
            assert_eq!(got, 403, "{answer}");
            continue;
        }
        assert_eq!((got, &answer["error"]["code"]), (status, &json!(code)), "{body}: {answer}");
        assert!(answer["error"]["message"].is_string(), "{answer}");
        let sent: Value = serde_json::from_str(&body).unwrap_or_default();
        let id = sent.get("id").filter(|_| status != 406);
        assert_eq!(answer.get("id"), id, "an id is repeated or left out: {answer}");
    }
    let (status, answer) = current(&spindle, "nonsense", json!({})).await?;
    assert_eq!((status, &answer["error"]["code"], &answer["id"]), (404, &json!(-32601), &json!(1)));
    let (status, answer) =
        current(&spindle, "resources/read", json!({ "uri": "file:///x" })).await?;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32602)), "{answer}");
    let (status, answer) = current(&spindle, "initialize", json!({})).await?;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!(-32601)), "{answer}");

    for method in [Method::GET, Method::DELETE] {
        let response = spindle.client.request(method, spindle.url("/mcp")).send().await?;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["allow"], "POST, OPTIONS");
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_token_may_use_the_tools_of_its_scopes() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("mcp_rate", "3/1h")]).await?;
    let person = Person::register(&spindle, "ayesha@example.com").await?;
    let (reads, _) = person.token(&spindle, &["tasks:read"]).await?;
    let client = reqwest::Client::new();
    let ask = async |token: &str, method: &str, params: Value| -> Result<reqwest::Response> {
        let request = client.post(spindle.url("/mcp")).header("mcp-protocol-version", BEFORE);
        Ok(request.bearer_auth(token).json(&before(method, params)).send().await?)
    };
    let list: Value = ask(&reads, "tools/list", json!({})).await?.json().await?;
    let tools = list["result"]["tools"].as_array().context("no tools")?;
    let names: Vec<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["find_tasks", "parse"]);

    let adding = json!({ "name": "add_tasks", "arguments": { "tasks": [{ "title": "x" }] } });
    let refused = ask(&reads, "tools/call", adding).await?;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let challenge = refused.headers()["www-authenticate"].to_str()?;
    assert!(challenge.contains("scope=\"tasks:write\""), "{challenge}");
    let gone = ask("spindle_pat_nonsense", "tools/list", json!({})).await?;
    assert_eq!(gone.status(), StatusCode::UNAUTHORIZED);
    assert!(gone.headers()["www-authenticate"].to_str()?.starts_with("Bearer"));

    let today = json!({ "uri": "spindle://tasks/today" });
    assert_eq!(ask(&reads, "resources/read", today.clone()).await?.status(), StatusCode::OK);
    let plan = json!({ "name": "plan_my_day" });
    assert_eq!(ask(&reads, "prompts/get", plan.clone()).await?.status(), StatusCode::OK);
    let finding = json!({ "name": "find_tasks", "arguments": {} });
    for (method, params) in
        [("tools/call", finding), ("resources/read", today), ("prompts/get", plan)]
    {
        let often = ask(&reads, method, params).await?;
        assert_eq!(often.status(), StatusCode::TOO_MANY_REQUESTS, "{method}");
        assert!(often.headers().contains_key("retry-after"));
    }
    assert_eq!(ask(&reads, "tools/list", json!({})).await?.status(), StatusCode::OK);
    spindle.stop().await
}

#[tokio::test]
async fn tasks_are_added_as_they_are_said_and_each_is_told() -> Result<()> {
    let spindle = Spindle::start().await?;
    let tasks = json!([
        { "text": "call mom 2099-06-01 at 5pm #family !high", "timezone": "Asia/Karachi" },
        { "title": "file the report", "tags": ["work"] },
        { "titel": "x" },
        { "text": "add milk and then add call dad" },
        { "title": "where", "timezone": "Mars/Base" },
    ]);
    let added = call(&spindle, "add_tasks", json!({ "tasks": tasks })).await?;
    let results = added["results"].as_array().context("no results")?;
    let told: Vec<_> =
        results.iter().map(|it| (it["index"].as_u64(), it["ok"].as_bool())).collect();
    let expected = [(0, true), (1, true), (2, false), (3, true), (3, true), (4, false)];
    assert_eq!(told, expected.map(|(index, ok)| (Some(index), Some(ok))), "{added}");
    let task = &results[0]["task"];
    assert_eq!(
        (&task["title"], &task["due_date"], &task["timezone"], &task["priority"]),
        (
            &json!("call mom"),
            &json!("2099-06-01T12:00:00Z"),
            &json!("Asia/Karachi"),
            &json!("high")
        )
    );
    assert_eq!(results[2]["error"]["errors"][0]["field"], "titel");
    assert_eq!(results[5]["error"]["errors"][0]["field"], "timezone");

    let id = task["id"].as_str().context("no id")?;
    let trail = spindle.audit(id, 1).await?;
    let (_, changes) = spindle.get("/api/changes").await?;
    assert_eq!(changes["items"][0]["source_service"], "mcp");
    assert_eq!(trail[0]["correlation_id"], added["correlation_id"]);

    // The same call again is the same call; with the key of another it is none.
    let mut named = json!({ "tasks": [{ "text": "once" }], "idempotency_key": "k-1" });
    let first = call(&spindle, "add_tasks", named.clone()).await?;
    assert_eq!(call(&spindle, "add_tasks", named.clone()).await?, first);
    let found = call(&spindle, "find_tasks", json!({ "search": "once" })).await?;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    named["tasks"] = json!([{ "text": "twice" }]);
    let refused = result(&spindle, "add_tasks", named).await?;
    assert_eq!(refused["isError"], true, "{refused}");

    let many = json!({ "tasks": vec![json!({ "title": "x" }); 101] });
    let refused = result(&spindle, "add_tasks", many).await?;
    assert_eq!(refused["isError"], true);
    let said = refused["content"][0]["text"].as_str().unwrap_or_default();
    assert!(said.starts_with("tasks must be"), "{said}");
    spindle.stop().await
}

#[tokio::test]
async fn due_dates_move_by_days_times_and_words() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = json!({ "title": "x", "due_date": "2099-06-01T09:00:00Z" });
    let (_, task) = spindle.post("/api/tasks", &task).await?;
    let id = &task["id"];
    let due = async |due: Value| -> Result<Value> {
        let tasks = json!([{ "id": id, "due": due }]);
        let arguments = json!({ "tasks": tasks, "timezone": "Asia/Karachi" });
        let moved = call(&spindle, "reschedule_tasks", arguments).await?;
        Ok(moved["results"][0].clone())
    };
    // The task's own day, and then its own time.
    assert_eq!(due(json!("6pm")).await?["task"]["due_date"], "2099-06-01T13:00:00Z");
    assert_eq!(
        due(json!("2099-07-01 شام 5 بجے")).await?["task"]["due_date"],
        "2099-07-01T12:00:00Z"
    );
    assert_eq!(
        due(json!("2099-07-02")).await?["task"]["due_date"],
        "2099-07-02T12:00:00Z",
        "a day keeps the task's time"
    );
    assert_eq!(
        due(json!("2099-07-03T01:02:03Z")).await?["task"]["due_date"],
        "2099-07-03T01:02:03Z"
    );
    assert_eq!(due(Value::Null).await?["task"]["due_date"], Value::Null);
    let on_a_day = due(json!("2099-07-04")).await?;
    assert_eq!(
        (&on_a_day["task"]["due_date"], &on_a_day["task"]["timezone"]),
        (&json!("2099-07-04"), &json!("Asia/Karachi")),
        "there is no time to keep"
    );
    for words in ["soonish", "every monday", "buy milk tomorrow"] {
        let refused = due(json!(words)).await?;
        assert_eq!(
            (&refused["ok"], &refused["error"]["errors"][0]["field"]),
            (&json!(false), &json!("due"))
        );
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_task_without_a_time_zone_is_where_the_user_is() -> Result<()> {
    let spindle = Spindle::start().await?;
    spindle
        .database()
        .await?
        .execute("update users set timezone = 'America/New_York'", &[])
        .await?;
    let tasks = json!([
        { "title": "own", "due_date": "2099-12-01" },
        { "title": "another", "due_date": "2099-12-01", "timezone": "Asia/Karachi" },
        { "text": "a line 2099-12-01", "timezone": null },
    ]);
    let added = call(&spindle, "add_tasks", json!({ "tasks": tasks })).await?;
    let zones: Vec<_> = (0..3).map(|at| &added["results"][at]["task"]["timezone"]).collect();
    assert_eq!(zones, ["America/New_York", "Asia/Karachi", "America/New_York"], "{added}");
    let on_the_day = json!({ "filter": "due = 2099-12-01" });
    let found = call(&spindle, "find_tasks", on_the_day).await?;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(3), "{found}");
    spindle.stop().await
}

#[tokio::test]
async fn a_reminder_of_an_assistant_goes_to_its_user() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = spindle.create("x").await?;
    let id = &task["id"];
    let elsewhere = json!({ "lead_time": "1h", "delivery_method": "webhook", "destination": "https://evil.example/" });
    let mut reminder = elsewhere.clone();
    reminder["task_id"] = id.clone();
    let refused = result(&spindle, "add_reminder", reminder).await?;
    let said = refused["content"][0]["text"].as_str().unwrap_or_default();
    assert!(refused["isError"] == true && said.contains("only a person says"), "{refused}");
    let tasks = json!([{ "title": "a", "reminder_config": elsewhere }, { "title": "b" }]);
    let added = call(&spindle, "add_tasks", json!({ "tasks": tasks })).await?;
    let changes = json!([{ "id": id, "changes": { "reminder_config": elsewhere } }]);
    let changed = call(&spindle, "update_tasks", json!({ "tasks": changes })).await?;
    assert_eq!(added["results"][1]["ok"], true, "{added}");
    for refused in [&added["results"][0], &changed["results"][0]] {
        let error = &refused["error"]["errors"][0];
        assert_eq!((&refused["ok"], &error["field"]), (&json!(false), &json!("reminder_config")));
        assert!(error["detail"].as_str().is_some_and(|it| it.contains("only a person says")));
    }
    let (_, reminders) = spindle.get("/api/reminders").await?;
    assert_eq!(reminders["items"], json!([]));
    spindle.stop().await
}

#[tokio::test]
async fn a_reminder_that_is_asked_for_again_is_the_one_that_was_made() -> Result<()> {
    let spindle = Spindle::start().await?;
    let task = json!({ "title": "x", "due_date": "2099-06-01T09:00:00Z" });
    let (_, task) = spindle.post("/api/tasks", &task).await?;
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(5);
    let at = soon.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let wanted = json!({ "task_id": task["id"], "at": at, "idempotency_key": "k-1" });
    let first = call(&spindle, "add_reminder", wanted.clone()).await?;
    assert_eq!(call(&spindle, "add_reminder", wanted.clone()).await?, first);
    let path =
        format!("/api/audit?correlation_id={}", first["correlation_id"].as_str().unwrap_or(""));
    spindle_tests::eventually("the reminder's audit row", async || {
        let (_, rows) = spindle.get(&path).await?;
        Ok(rows["items"].as_array().is_some_and(|rows| !rows.is_empty()).then_some(()))
    })
    .await?;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(call(&spindle, "add_reminder", wanted.clone()).await?, first, "its time is over");
    let late = json!({ "task_id": task["id"], "at": at, "idempotency_key": "k-2" });
    assert_eq!(result(&spindle, "add_reminder", late).await?["isError"], true);
    spindle.stop().await
}

#[tokio::test]
async fn the_hints_of_tools_are_true() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (_, list) = current(&spindle, "tools/list", json!({})).await?;
    let tools = list["result"]["tools"].as_array().context("no tools")?.clone();
    let database = spindle.database().await?;
    let events = async || -> Result<i64> {
        Ok(database.query_one("select count(*) from events", &[]).await?.get(0))
    };
    for tool in tools {
        let name = tool["name"].as_str().context("no name")?;
        let hint = |hint: &str| tool["annotations"][hint] == true;
        let task = json!({ "title": "x", "due_date": "2099-06-01T09:00:00Z" });
        let (_, task) = spindle.post("/api/tasks", &task).await?;
        let id = &task["id"];
        let arguments = match name {
            "find_tasks" | "activity" => json!({}),
            "parse" => json!({ "text": "call mom tomorrow" }),
            "add_tasks" => json!({ "tasks": [{ "title": "y" }] }),
            "update_tasks" => json!({ "tasks": [{ "id": id, "changes": { "title": "z" } }] }),
            "reschedule_tasks" => json!({ "tasks": [{ "id": id, "due": "in 2 hours" }] }),
            "complete_tasks" | "delete_tasks" => json!({ "ids": [id] }),
            "add_reminder" => json!({ "task_id": id, "lead_time": "1h" }),
            other => anyhow::bail!("{other} is new: call it here"),
        };
        let start = events().await?;
        call(&spindle, name, arguments.clone()).await?;
        let once = events().await?;
        call(&spindle, name, arguments).await?;
        let twice = events().await?;
        assert_eq!(hint("readOnlyHint"), once == start, "{name} writes");
        assert_eq!(hint("idempotentHint"), twice == once, "{name} writes again");
        // What was there is another by then, or gone.
        let after =
            spindle.get(&format!("/api/tasks/{}", id.as_str().unwrap_or_default())).await?.1;
        let is_overwritten = ["title", "due_date"].iter().any(|it| after[it] != task[it]);
        assert_eq!(hint("destructiveHint"), is_overwritten, "{name}: {after}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn resources_and_prompts_show_the_tasks_that_they_are_about() -> Result<()> {
    let spindle = Spindle::start().await?;
    let late = json!({ "title": "late", "due_date": "2001-01-01" });
    let (_, late) = spindle.post("/api/tasks", &late).await?;
    let added =
        call(&spindle, "add_tasks", json!({ "tasks": [{ "text": "buy bread today" }] })).await?;
    let today = &added["results"][0]["task"];
    assert!(today["due_date"].is_string(), "{today}");
    let done = spindle.create("done").await?;
    call(&spindle, "complete_tasks", json!({ "ids": [done["id"]] })).await?;

    let read = async |uri: &str| -> Result<Value> {
        let (status, body) = current(&spindle, "resources/read", json!({ "uri": uri })).await?;
        ensure!(status == 200, "{uri}: {status} {body}");
        let text = body["result"]["contents"][0]["text"].as_str().context("no text")?;
        Ok(serde_json::from_str(text)?)
    };
    let ids = |list: &Value| -> Vec<Value> {
        list["items"].as_array().into_iter().flatten().map(|it| it["id"].clone()).collect()
    };
    for (list, expected) in [
        ("overdue", &late["id"]),
        ("today", &today["id"]),
        ("week", &today["id"]),
        ("done", &done["id"]),
    ] {
        let found = read(&format!("spindle://tasks/{list}")).await?;
        assert_eq!(ids(&found), std::slice::from_ref(expected), "{list}");
    }
    let id = late["id"].as_str().context("no id")?;
    assert_eq!(read(&format!("spindle://tasks/{id}")).await?["title"], "late");
    let (_, body) =
        current(&spindle, "resources/read", json!({ "uri": format!("spindle://tasks/{NOWHERE}") }))
            .await?;
    assert_eq!(body["error"]["code"], -32602);

    let prompt = json!({ "name": "plan_my_day", "arguments": { "focus": "#home" } });
    let (_, body) = current(&spindle, "prompts/get", prompt).await?;
    let messages = body["result"]["messages"].as_array().context("no messages")?;
    assert!(messages[0]["content"]["text"].as_str().is_some_and(|it| it.contains("#home")));
    assert!(messages[1]["content"]["resource"]["text"].as_str().is_some_and(|it| it.contains(id)));
    let (status, body) = current(
        &spindle,
        "prompts/get",
        json!({ "name": "plan_my_day", "arguments": { "x": "" } }),
    )
    .await?;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(-32602)));
    spindle.stop().await
}
