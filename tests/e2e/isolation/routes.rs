//! Every HTTP route of spin.toml, asked by those whom its data is none of their business.

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use spindle_tests::{Host, Person, Spindle, answer, repository};

use Of::{Everyone, One, OneOfPerson, OurPages, Own, OwnOfPerson, Page};

/// In everything that the owner keeps.
const MARK: &str = "nobody-elses-business";
/// What the owner calls their conversation.
const CONVERSATION: &str = "the owner's";
const SCOPES: [&str; 4] = ["tasks:read", "tasks:write", "chat", "audit"];

/// What the owner has.
struct Owned {
    task: String,
    conversation: String,
    token: String,
    webhook: String,
    reminder: String,
    subscription: String,
    refresh: String,
}

/// Who may ask, and what for.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// Anybody: it tells nothing of anybody.
    Everyone,
    /// Whoever it belongs to; others find that there is none. A token takes the scope.
    One(&'static str),
    /// Everyone's own of a kind. A token takes the scope.
    Own(&'static str),
    /// The person's own, whom a token does not replace.
    OwnOfPerson,
    /// A thing of the person's, whom a token does not replace.
    OneOfPerson,
    /// Anybody, from a page of ours, which these requests don't come from.
    OurPages,
    /// A page of the web app: of the person's own, or the one to log in at, or none.
    Page,
}

struct Probe {
    method: Method,
    path: String,
    body: Option<Value>,
    of: Of,
}

/// What to ask of a route; `None`: nobody has thought of it yet.
fn probes(route: &str, owned: &Owned) -> Option<Vec<Probe>> {
    let Owned { task, conversation, token, webhook, reminder, subscription, refresh } = owned;
    let get = |of| (Method::GET, None, of);
    let post = |body, of| (Method::POST, Some(body), of);
    let none = || json!({});
    let asked = match route {
        "/health" | "/ready" | "/api/openapi.json" => vec![get(Everyone)],
        "/api/tasks" => {
            vec![get(Own("tasks:read")), post(json!({ "title": "x" }), Own("tasks:write"))]
        }
        "/api/tasks/batch" => {
            let operation = |op| json!({ "op": op, "id": task, "patch": { "title": "taken" } });
            let without_patch = |op| json!({ "op": op, "id": task });
            let operations =
                [operation("update"), without_patch("complete"), without_patch("delete")];
            vec![post(json!({ "operations": operations }), Own("tasks:write"))]
        }
        "/api/tasks/:id" => vec![
            get(One("tasks:read")),
            (Method::PATCH, Some(json!({ "title": "taken" })), One("tasks:write")),
            (Method::DELETE, None, One("tasks:write")),
        ],
        "/api/tasks/:id/complete"
        | "/api/tasks/:id/reopen"
        | "/api/tasks/:id/restore"
        | "/api/tasks/:id/undo"
        | "/api/tasks/:id/skip" => {
            vec![post(none(), One("tasks:write"))]
        }
        "/api/tasks/:id/occurrences" => vec![get(One("tasks:read"))],
        "/chat/command" => vec![
            post(
                json!({ "user_input": "show my tasks", "conversation_id": CONVERSATION }),
                Own("chat"),
            ),
            post(json!({ "user_input": format!("delete the {MARK} task") }), Own("chat")),
        ],
        "/api/parse" => vec![post(json!({ "text": "call mom tomorrow" }), Own("tasks:read"))],
        "/mcp" => mcp(task),
        "/api/conversations" => vec![get(Own("chat"))],
        "/api/conversations/:id" => {
            vec![get(One("chat")), (Method::DELETE, None, One("chat"))]
        }
        "/api/audit" => vec![get(Own("audit"))],
        "/api/changes" => vec![get(Own("tasks:read"))],
        "/api/webhooks" => {
            vec![get(OwnOfPerson), post(json!({ "url": "http://127.0.0.1:1/" }), OwnOfPerson)]
        }
        "/api/webhooks/:id" => vec![
            get(OneOfPerson),
            (Method::PATCH, Some(json!({ "url": "http://127.0.0.1:1/" })), OneOfPerson),
            (Method::DELETE, None, OneOfPerson),
        ],
        "/api/webhooks/:id/deliveries" => vec![get(OneOfPerson)],
        "/api/webhooks/:id/retry" => vec![post(none(), OneOfPerson)],
        "/api/reminders" => vec![
            get(Own("tasks:read")),
            post(json!({ "task_id": task, "lead_time": "1h" }), One("tasks:write")),
        ],
        "/api/reminders/:id" => {
            vec![get(One("tasks:read")), (Method::DELETE, None, One("tasks:write"))]
        }
        "/api/reminders/:id/snooze" => vec![post(json!({ "for": "1h" }), One("tasks:write"))],
        "/api/push-subscriptions" => {
            vec![get(OwnOfPerson), post(browser("http://127.0.0.1:1/"), OwnOfPerson)]
        }
        "/api/push-subscriptions/:id" => vec![(Method::DELETE, None, OneOfPerson)],
        "/unsubscribe" => vec![get(Everyone), post(none(), Everyone)],
        "/auth/me" => vec![(Method::PATCH, Some(json!({ "language": "ur" })), OwnOfPerson)],
        "/auth/tokens" => {
            vec![get(OwnOfPerson), post(json!({ "name": "x", "scopes": ["chat"] }), OwnOfPerson)]
        }
        "/auth/tokens/:id" => vec![(Method::DELETE, None, OneOfPerson)],
        // What counts is what is shown, not by whom: there is nobody yet.
        "/auth/register" => vec![post(
            json!({ "email": "owner@example.com", "password": "to take it over" }),
            Everyone,
        )],
        "/auth/login" => {
            vec![post(json!({ "email": "owner@example.com", "password": "to guess it" }), Everyone)]
        }
        "/auth/refresh" | "/auth/logout" => {
            let last = if refresh.ends_with('0') { "1" } else { "0" };
            let guessed = format!("{}{last}", &refresh[..refresh.len() - 1]);
            vec![post(json!({ "refresh_token": guessed }), Everyone)]
        }
        "/auth/session" => vec![
            post(json!({ "email": "owner@example.com", "password": "to guess it" }), OurPages),
            (Method::DELETE, None, OurPages),
        ],
        "/..." => {
            let pages =
                ["/today", "/all", "/completed", "/trash", "/chat", "/activity", "/settings"];
            let theirs = [format!("/tasks/{task}"), "/activity?correlation_id=owners".to_owned()];
            let all = pages.into_iter().map(str::to_owned).chain(theirs);
            let page = |path| Probe { method: Method::GET, path, body: None, of: Page };
            return Some(all.map(page).collect());
        }
        _ => return None,
    };
    let id = match route {
        _ if route.starts_with("/api/tasks/") => task,
        _ if route.starts_with("/auth/tokens/") => token,
        _ if route.starts_with("/api/webhooks/") => webhook,
        _ if route.starts_with("/api/reminders/") => reminder,
        _ if route.starts_with("/api/push-subscriptions/") => subscription,
        _ => conversation,
    };
    let path = route.replace(":id", id);
    let mut probes: Vec<Probe> = asked
        .into_iter()
        .map(|(method, body, of)| Probe { method, path: path.clone(), body, of })
        .collect();
    // The ways to look for what belongs to another.
    for query in match route {
        "/api/audit" => vec![format!("entity_id={task}"), "correlation_id=owners".to_owned()],
        "/api/tasks" => {
            ["status=active", "status=completed", "status=deleted", "q=milk", "filter=created<now"]
                .map(str::to_owned)
                .to_vec()
        }
        _ => vec![],
    } {
        let of = probes[0].of;
        probes.push(Probe { method: Method::GET, path: format!("{path}?{query}"), body: None, of });
    }
    Some(probes)
}

/// The routes of the manifest, and that there are any.
fn routes() -> Result<Vec<String>> {
    let manifest: toml::Value =
        toml::from_str(&std::fs::read_to_string(repository().join("spin.toml"))?)?;
    let triggers = manifest["trigger"]["http"].as_array().context("no HTTP triggers")?;
    triggers
        .iter()
        .map(|it| Ok(it["route"].as_str().context("a trigger without a route")?.to_owned()))
        .collect()
}

#[tokio::test]
async fn no_route_tells_a_stranger_anything() -> Result<()> {
    // Nobody is to be refused for asking often.
    let rates =
        ["auth_rate", "login_rate", "chat_rate", "mcp_rate", "parse_rate"].map(|rate| (rate, ""));
    let spindle = Spindle::start_with_variables(&rates).await?;
    let owner = Person::register(&spindle, "owner@example.com").await?;
    let owned = own(&spindle, &owner).await?;
    let before = everything(&spindle, &owner, &owned).await?;
    let stranger = Person::register(&spindle, "stranger@example.com").await?;
    let (token, _) = stranger.token(&spindle, &SCOPES).await?;
    let (gone, id) = owner.token(&spindle, &SCOPES).await?;
    let path = format!("/auth/tokens/{id}");
    assert_eq!(spindle.ask(&owner.access, Method::DELETE, &path, None).await?.0, 200);

    let routes = routes()?;
    for route in &routes {
        let Some(probes) = probes(route, &owned) else {
            bail!("{route} is new: say in this test what a stranger may ask of it");
        };
        for probe in &probes {
            let name = format!("{} {}", probe.method, probe.path);
            for (credentials, who) in [
                (Some(stranger.access.as_str()), "another person"),
                (Some(token.as_str()), "another's token"),
                (Some(gone.as_str()), "a revoked token"),
                (Some("nonsense"), "nonsense"),
                (None, "nobody"),
            ] {
                let (status, body) = ask(&spindle, probe, credentials).await?;
                let context = format!("{name} by {who}: {status} {body}");
                let text = body.to_string();
                ensure!(status < 500, "{context}");
                // What was asked for may be named in the answer, what was kept not.
                for kept in [MARK, &owned.task, &owner.id].map(|kept| kept.to_owned()) {
                    let asked = probe.path.contains(&kept)
                        || probe.body.as_ref().is_some_and(|it| it.to_string().contains(&kept));
                    ensure!(asked || !text.contains(&kept), "{context}");
                }
                ensure!(expected(probe.of, who).contains(&status), "{context}");
            }
            // The owner's own token, which may do everything but this.
            let (One(scope) | Own(scope)) = probe.of else { continue };
            let others: Vec<_> = SCOPES.into_iter().filter(|it| *it != scope).collect();
            let (less, _) = owner.token(&spindle, &others).await?;
            let (status, body) = ask(&spindle, probe, Some(&less)).await?;
            ensure!(status == 403, "{name} without {scope}: {status} {body}");
        }
    }
    assert_eq!(everything(&spindle, &owner, &owned).await?, before, "nothing has changed");
    spindle.stop().await
}

/// Which answers are right.
fn expected(of: Of, who: &str) -> &'static [u16] {
    let is_known = ["another person", "another's token"].contains(&who)
        // Local mode knows nobody as its demo user.
        || (who == "nobody" && Host::chosen() == Host::Spindle);
    match of {
        Everyone => &[200, 401, 404, 409],
        OurPages => &[403],
        Page if who == "another's token" => &[403],
        Page => &[200, 404],
        _ if !is_known => &[401],
        One(_) => &[404],
        Own(_) => &[200],
        OwnOfPerson | OneOfPerson if who == "another's token" => &[403],
        OwnOfPerson => &[200, 201],
        OneOfPerson => &[404],
    }
}

async fn ask(spindle: &Spindle, probe: &Probe, credentials: Option<&str>) -> Result<(u16, Value)> {
    // The client of the tests may be vouched for; nobody is not.
    let client = reqwest::Client::new();
    let mut request = client.request(probe.method.clone(), spindle.url(&probe.path));
    if let Some(token) = credentials {
        request = request.bearer_auth(token);
    }
    if let Some(body) = &probe.body {
        request = request.json(body);
    }
    if probe.path == "/mcp" {
        request = request.header("mcp-protocol-version", "2025-11-25");
    }
    let response = request.send().await?;
    if probe.of == Page {
        return Ok((response.status().as_u16(), Value::String(response.text().await?)));
    }
    answer(response).await
}

/// A task, a conversation, a token, and audit rows of all of them.
async fn own(spindle: &Spindle, owner: &Person) -> Result<Owned> {
    let request = spindle.client.post(spindle.url("/api/tasks")).bearer_auth(&owner.access);
    let request = request.header("X-Correlation-ID", "owners").json(&json!({ "title": MARK }));
    let (_, task) = answer(request.send().await?).await?;
    let said =
        json!({ "user_input": format!("add a task to {MARK}"), "conversation_id": CONVERSATION });
    let said = spindle.ask(&owner.access, Method::POST, "/chat/command", Some(&said)).await?.1;
    let (_, token) = owner.token(spindle, &["chat"]).await?;
    let hook =
        json!({ "url": format!("http://127.0.0.1:1/{MARK}"), "event_types": ["task.purged"] });
    let hook = spindle.ask(&owner.access, Method::POST, "/api/webhooks", Some(&hook)).await?.1;
    let id = task["id"].as_str().context("no task")?.to_owned();
    let made = |path: &'static str, document: Value| async move {
        let (status, made) =
            spindle.ask(&owner.access, Method::POST, path, Some(&document)).await?;
        ensure!(status == 201, "{path}: {status} {made}");
        Ok(made["id"].as_str().context("no id")?.to_owned())
    };
    let to = format!("http://127.0.0.1:1/{MARK}");
    let reminder = json!({ "task_id": id, "lead_time": "1h", "delivery_method": "webhook", "destination": to });
    let reminder = made("/api/reminders", reminder).await?;
    let subscription = made("/api/push-subscriptions", browser(&to)).await?;
    spindle_tests::eventually("the owner's audit row", async || {
        let path = format!("/api/audit?entity_id={id}");
        let (_, rows) = spindle.look(&owner.access, &path).await?;
        Ok(rows["items"].as_array().is_some_and(|rows| rows.len() == 2).then_some(()))
    })
    .await?;
    Ok(Owned {
        task: id,
        conversation: said["conversation"].as_str().context("no conversation")?.to_owned(),
        token,
        reminder,
        subscription,
        webhook: hook["id"].as_str().context("no webhook")?.to_owned(),
        refresh: owner.refresh.clone(),
    })
}

/// A browser that wants to be told. Its keys are of RFC 8291, section 5.
fn browser(endpoint: &str) -> Value {
    let key =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    json!({ "endpoint": endpoint, "keys": { "p256dh": key, "auth": "BTBZMqHH6r4Tts7J_aSIgg" } })
}

/// What the owner finds of their own.
async fn everything(spindle: &Spindle, owner: &Person, owned: &Owned) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for path in [
        "/auth/me".to_owned(),
        "/api/tasks".to_owned(),
        format!("/api/tasks/{}", owned.task),
        format!("/api/conversations/{}", owned.conversation),
        format!("/api/audit?entity_id={}", owned.task),
        format!("/api/webhooks/{}", owned.webhook),
        format!("/api/reminders/{}", owned.reminder),
        "/api/push-subscriptions".to_owned(),
    ] {
        let (status, body) = spindle.look(&owner.access, &path).await?;
        ensure!(status == 200, "{path}: {status} {body}");
        found.push(body);
    }
    Ok(found)
}

/// Calls of tools about somebody's task, and looks at it. What is wrong with one task is told in the answer, whose status is
/// 200.
fn mcp(task: &str) -> Vec<(Method, Option<Value>, Of)> {
    let request = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let call =
        |name, arguments| request("tools/call", json!({ "name": name, "arguments": arguments }));
    let read = |uri: String| request("resources/read", json!({ "uri": uri }));
    [
        (read(format!("spindle://tasks/{task}")), "tasks:read"),
        (read("spindle://tasks/week".to_owned()), "tasks:read"),
        (request("prompts/get", json!({ "name": "weekly_review" })), "tasks:read"),
        (call("parse", json!({ "text": "call mom tomorrow" })), "tasks:read"),
        (call("add_tasks", json!({ "tasks": [{ "text": "x" }, { "title": "y" }] })), "tasks:write"),
        (call("find_tasks", json!({ "search": "elses" })), "tasks:read"),
        (
            call(
                "update_tasks",
                json!({ "tasks": [{ "id": task, "changes": { "title": "taken" } }] }),
            ),
            "tasks:write",
        ),
        (
            call("reschedule_tasks", json!({ "tasks": [{ "id": task, "due": "tomorrow" }] })),
            "tasks:write",
        ),
        (call("complete_tasks", json!({ "ids": [task] })), "tasks:write"),
        (call("delete_tasks", json!({ "ids": [task] })), "tasks:write"),
        (call("add_reminder", json!({ "task_id": task, "lead_time": "1h" })), "tasks:write"),
        (call("activity", json!({ "task_id": task })), "audit"),
    ]
    .into_iter()
    .map(|(call, scope)| (Method::POST, Some(call), Own(scope)))
    .collect()
}
