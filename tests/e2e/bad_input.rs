//! Bad input gets a clear problem document, and nothing leaks.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use spindle_tests::{Host, Spindle, repository};

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    path: String,
    body: Option<String>,
    json: Option<Value>,
    status: u16,
    /// Words that the detail must have.
    #[serde(default)]
    says: Vec<String>,
    /// Methods that `Allow` must name.
    #[serde(default)]
    allow: Vec<String>,
}

/// What no answer may show.
const LEAKS: &[&str] = &[
    "select ",
    "insert into",
    "panicked",
    "backtrace",
    ".rs:",
    "/src/",
    "postgres",
    "pg_",
    "wasm",
];

#[tokio::test]
async fn bad_input_gets_a_problem_document() -> Result<()> {
    let cases: Vec<Case> =
        serde_json::from_slice(&std::fs::read(repository().join("tests/cases/bad-input.json"))?)?;
    let spindle = Spindle::start().await?;
    for case in &cases {
        let method: Method = case.method.parse()?;
        let mut request = spindle.client.request(method, spindle.url(&case.path));
        if let Some(body) = &case.body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        if let Some(json) = &case.json {
            request = request.json(json);
        }
        check(case, request).await.with_context(|| case.name.clone())?;
    }
    // Nothing of all that has become a task.
    let (_, list) = spindle.get("/api/tasks").await?;
    assert_eq!(list["items"], json!([]));
    spindle.stop().await
}

async fn check(case: &Case, request: reqwest::RequestBuilder) -> Result<()> {
    let name = &case.name;
    let response = request.send().await?;
    let headers = response.headers().clone();
    let status = response.status().as_u16();
    let text = response.text().await?;
    assert_eq!(status, case.status, "{name}: {text}");
    assert_eq!(headers["content-type"], "application/problem+json", "{name}");
    let problem: HashMap<String, Value> = serde_json::from_str(&text)?;
    for field in ["type", "title", "detail"] {
        assert!(
            problem[field].as_str().is_some_and(|value| !value.is_empty()),
            "{name}: {field} in {text}"
        );
    }
    assert_eq!(problem["status"], json!(status), "{name}");
    assert_eq!(problem["correlation_id"], headers["x-correlation-id"].to_str()?, "{name}");
    let detail = problem["detail"].as_str().unwrap_or_default();
    for word in &case.says {
        assert!(detail.contains(word.as_str()), "{name}: {word:?} in {detail:?}");
    }
    if !case.allow.is_empty() {
        let allow = headers["allow"].to_str()?;
        for method in &case.allow {
            assert!(allow.contains(method.as_str()), "{name}: {method} in {allow}");
        }
    }
    let lower = text.to_lowercase();
    for leak in LEAKS {
        assert!(!lower.contains(leak), "{name}: {leak:?} in {text}");
    }
    Ok(())
}

#[tokio::test]
async fn titles_are_up_to_500_characters_whatever_their_script() -> Result<()> {
    let spindle = Spindle::start().await?;
    let longest = "د".repeat(500);
    assert_eq!(spindle.create(&longest).await?["title"], json!(longest));
    let (status, problem) =
        spindle.post("/api/tasks", &json!({ "title": "د".repeat(501) })).await?;
    assert_eq!(status, 422, "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("title")), "{problem}");
    spindle.stop().await
}

#[tokio::test]
async fn an_operator_says_how_large_a_body_may_be() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("body_limit", "1KiB")]).await?;
    let title = |length| json!({ "title": "x", "description": "d".repeat(length) });
    assert_eq!(spindle.post("/api/tasks", &title(900)).await?.0, 200);
    let (status, problem) = spindle.post("/api/tasks", &title(1100)).await?;
    assert_eq!((status, &problem["type"]), (413, &json!("/problems/body-too-large")), "{problem}");
    spindle.stop().await
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused() -> Result<()> {
    let spindle = Spindle::start().await?;
    // Just over the API's limit, and far over the host's, with a length and without. Spin closes the connection of a
    // client that is still sending what no component reads, which then sees that instead of the answer.
    let far_over = if Host::chosen() == Host::Spin { (1 << 20) + 2 } else { 20 << 20 };
    for bytes in [(1 << 20) + 1, far_over] {
        for chunked in [false, true] {
            let body = vec![b' '; bytes];
            let request = spindle
                .client
                .post(spindle.url("/api/tasks"))
                .header("content-type", "application/json");
            let request = if chunked {
                request.body(reqwest::Body::wrap_stream(futures::stream::iter(
                    body.chunks(1 << 16)
                        .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
                        .collect::<Vec<_>>(),
                )))
            } else {
                request.body(body)
            };
            let response = request
                .send()
                .await
                .with_context(|| format!("{bytes} bytes, chunked: {chunked}"))?;
            assert_eq!(response.status(), 413, "{bytes} bytes, chunked: {chunked}");
            let problem: Value = response.json().await?;
            assert_eq!(problem["type"], "/problems/body-too-large", "whoever refuses it");
            assert!(problem["correlation_id"].is_string(), "{problem}");
        }
    }
    // An announced one is refused where nobody would read it, too.
    let task = spindle.create("small").await?;
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap_or_default());
    let request = spindle.client.post(spindle.url(&format!("{path}/complete")));
    assert_eq!(request.body(vec![b' '; 3 << 19]).send().await?.status(), 413);
    assert_eq!(spindle.get(&path).await?, (200, task), "it is not completed");
    spindle.stop().await
}
